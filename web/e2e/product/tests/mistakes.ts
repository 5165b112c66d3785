//! What is wrong is shown: mistakes of the source, panics of the program; and goes away by itself.

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fresh, freshName, Harness } from "../harness.js";
import { compilers } from "../places.js";
import { eventually } from "../processes.js";

const harness = new Harness();

describe.each(compilers)("with %s", (compiler) => {
  test("all mistakes are shown, also to tabs opened later, above the program that runs on", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    await tab.find("#click").click();

    const good = [project.read("main.go"), project.read("words/words.go")] as const;
    const after = server.log.mark();
    const missing = freshName("missing");
    project.edit("main.go", "show()\n\tbutton", `show()\n\t${missing}One()\n\tvar unused int\n\tbutton`);
    project.write("more.go", `package main\n\nvar wrong int = "text ${missing}"\n`);
    const failed = await server.log.waitFor(
      "build",
      (build) => build.status === "failed" && build.diagnostics.length >= 3,
      {
        after,
      },
    );
    expect(failed.diagnostics.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([
      expect.stringMatching(/^main\.go:(29|30)$/),
      expect.stringMatching(/^main\.go:(29|30)$/),
      "more.go:3",
    ]);
    expect(failed.diagnostics.every(({ column, message }) => column > 0 && message !== "")).toBe(true);
    const shown = tab.overlay.locator("article");
    await tab.overlay.filter({ hasText: `${missing}One` }).waitFor();
    await expect.poll(() => shown.count()).toBe(3);
    expect(await tab.overlay.locator(".row.here").count()).toBe(3);
    await tab.picture(`overlay-${compiler}`);

    const late = await harness.beside(tab, server);
    await expect.poll(() => late.overlay.locator("article").count()).toBe(3);
    await late.sees("h1", "Hello!");
    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 2 times");

    const undone = server.log.mark();
    // The last of these makes the text right: whatever is seen between them has mistakes.
    rmSync(project.path("more.go"));
    project.write("words/words.go", good[1]);
    project.write("main.go", good[0]);
    await tab.hidesOverlay();
    await late.hidesOverlay();
    const built = server.log.all("build", undone).filter(({ status }) => status === "built");
    expect(built.filter(({ from_cache }) => !from_cache)).toEqual([]);
    expect(server.log.all("release", undone)).toEqual([]);
    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 3 times");
    expect(await server.stop()).toBe(0);
  });

  test("a mistake that is undone clears the overlay without a build", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    const good = project.read("main.go");
    project.edit("main.go", "select {}", "select {} // }{ \n}}");
    await tab.overlay.waitFor();
    const after = server.log.mark();
    project.write("main.go", good);
    await tab.hidesOverlay();
    expect(server.log.all("build", after).map(({ status }) => status)).toEqual([]);
    expect(server.log.all("verdict", after).map(({ verdict }) => verdict)).toEqual(["nothing"]);
    expect(await server.stop()).toBe(0);
  });

  test("a syntax error at the start is shown, and mending it starts the program", async () => {
    const project = harness.fixture("small");
    project.edit("main.go", "func main() {", "func main( {");
    const server = await harness.serve(project, { compiler });
    const failed = await server.log.waitFor("build", ({ status }) => status === "failed");
    expect(failed.diagnostics[0]).toMatchObject({ file: "main.go", severity: "error" });
    const tab = await harness.open(server);
    await tab.overlay.filter({ hasText: /expected/ }).waitFor();
    expect(await tab.overlay.locator(".about").textContent()).not.toContain("keeps running");
    await tab.picture(`syntax-error-at-start-${compiler}`);
    project.edit("main.go", "func main( {", "func main() {");
    await tab.sees("h1", "Hello!");
    await tab.hidesOverlay();
    expect(await server.stop()).toBe(0);
  });

  test("a panic is shown with its place in the source, and the next save starts afresh", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    await tab.find("#click").click();
    const line =
      project
        .read("main.go")
        .split("\n")
        .findIndex((text) => text.includes('panic("fell')) + 1;
    await tab.find("#panic").click();
    const log = await server.log.waitFor("client_log", ({ severity }) => severity === "panic");
    expect(log.text).toContain("fell at 1");
    const own = log.frames.find(({ file }) => file.endsWith("main.go"));
    expect(own).toMatchObject({ function: "main.fall", file: "main.go", line });
    await tab.overlay.filter({ hasText: "fell at 1" }).waitFor();
    await tab.overlay.filter({ hasText: `main.go:${line}` }).waitFor();
    await tab.picture(`crash-${compiler}`);

    const words = fresh("Risen");
    const after = server.log.mark();
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    const applied = await server.log.waitFor("applied", undefined, { after });
    await tab.sees("h1", words);
    await tab.hidesOverlay();
    // What a program that fell could hand over is not to be trusted.
    expect(await tab.find("#click").textContent()).toBe("Clicked 0 times");
    expect(applied.reason).not.toBe("");
    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 1 times");
    expect(await server.stop()).toBe(0);
  });

  test("a click on a place opens the editor there", async () => {
    const project = harness.fixture("small");
    const seen = join(project.root, "seen");
    const editor = join(project.root, "editor");
    writeFileSync(editor, `#!/bin/sh\nprintf '%s|' "$@" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`);
    chmodSync(editor, 0o755);
    const server = await harness.serve(project, {
      compiler,
      flags: ["--editor", `${editor} --at {file} {line} {column}`],
    });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    const nowhere = freshName("nowhere");
    project.edit("words/words.go", '"!"', nowhere);
    await tab.overlay.locator("button.place").first().click();
    await eventually("the editor is started", () => existsSync(seen));
    expect(readFileSync(seen, "utf8")).toBe(`--at|${project.path("words/words.go")}|5|14|`);
    expect(await server.stop()).toBe(0);
  });
});

test("hostile names stay text in the overlay", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  project.write("<img src=x onerror=alert(1)>.go", 'package main\n\nvar wrong int = "<script>\\x1b[31m"\n');
  await tab.overlay.filter({ hasText: "<img src=x" }).waitFor();
  expect(await tab.page.locator("dev-server-overlay img").count()).toBe(0);
  expect(await server.stop()).toBe(0);
});
