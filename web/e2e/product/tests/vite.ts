//! Go programs as modules in a page of Vite's, without any framework.

import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { expect, test } from "vitest";
import { DevServer } from "../dev-server.js";
import { fresh } from "../harness.js";
import type { LiveTab } from "../hot/live-tab.js";
import { Project } from "../project.js";
import { type Version, ViteHarness, versions } from "../vite/vite-harness.js";

const harness = new ViteHarness();
const timeout = 60_000;
const serving = ["--port", "0", "--host", "127.0.0.1"];

async function serve(version: Version, path = "", options: Record<string, unknown> = {}) {
  const project = harness.project(Project.fixture("vite-page"), version);
  const vite = harness.vite(project, serving, options);
  const address = await vite.address();
  const tab = await harness.open(`${address}${path}`);
  await becomes(tab, "window.ready", true);
  return { project, vite, address, tab };
}

const becomes = (tab: LiveTab, expression: string, expected: unknown) =>
  expect.poll(() => tab.evaluate(expression), { timeout, message: expression }).toEqual(expected);

/** What an expression answers, or says when it throws. */
const attempt = (expression: string) =>
  `(() => { try { return ${expression} } catch (error) { return error.name + ": " + error.message } })()`;

/** The same for as long as the page is not loaded anew. */
const page = (tab: LiveTab) => tab.evaluate("performance.timeOrigin");

test.each(versions)(
  "%s: functions are called, and a save replaces them with all state kept",
  async (version) => {
    const { project, vite, tab } = await serve(version);
    expect(await tab.evaluate("document.querySelector('#shown').textContent")).toBe("3 6");
    expect(
      await tab.evaluate("[functions.Version(), functions.IsLarge(2n ** 41n), functions.IsLarge(1n)]"),
    ).toEqual([4_000_000_000, true, false]);
    await tab.evaluate("document.querySelector('#field').value = 'half a sen'");
    const before = await page(tab);

    project.edit("src/app.go", "return one + other\n", "return 10 * (one + other)\n");
    await becomes(tab, "updates.at(-1)?.level", "hot-patch");
    expect(await tab.evaluate("updates.at(-1)")).toMatchObject({ program: "src", functions: ["main.Add"] });
    expect(await tab.evaluate("[functions.Add(2, 3), functions.Total()]")).toEqual([50, 8]);

    // A package that the program imports, by a file that no module stands for.
    project.edit("src/words/words.go", "int32(len(text))", "-int32(len(text))");
    await becomes(tab, "functions.Shout('four')", -5);
    expect(await tab.evaluate("document.querySelector('#field').value")).toBe("half a sen");
    expect(await tab.evaluate("[functions.Total(), states.at(-1)]")).toEqual([8, "running"]);
    expect(await page(tab)).toBe(before);
    expect(tab.errors).toEqual([]);
    await vite.prints(/src hot-patch: /);
    await vite.stop();
  },
);

test.each(versions)(
  "%s: a new function is typed, and imported without a load of the page",
  async (version) => {
    const { project, vite, address, tab } = await serve(version);
    await tab.evaluate("functions.Add(20, 22)");
    const before = await page(tab);
    expect(project.read("src/app.go.d.ts")).toContain("export declare function Shout(text: string): number;");

    project.edit(
      "src/app.go",
      "func main()",
      "//go:wasmexport Twice\nfunc Twice(n int32) int32 { return 2 * n }\n\nfunc main()",
    );
    await expect
      .poll(() => project.read("src/app.go.d.ts"), { timeout })
      .toContain("function Twice(n: number): number;");
    const drawing = (text: string) =>
      `import { Twice } from "./app.go";\nexport const drawing = { text: String(Twice(21)) + "${text}" };\nimport.meta.hot?.accept();\nwindow.drawing = drawing;\n`;
    // Nothing accepts the old one, so the page is loaded: by Vite, for a script.
    project.write("src/drawing.js", drawing(" first"));
    await becomes(tab, "window.ready && window.drawing.text", "42 first");
    const loaded = await page(tab);
    expect(loaded).not.toBe(before);

    await tab.evaluate("functions.Add(20, 22)");
    // What a script asks for before it is there comes when it is.
    project.write("src/drawing.js", drawing(" second").replaceAll("Twice", "Thrice"));
    await vite.prints(/hmr update \/src\/drawing\.js/);
    // All of it: Vite may have read the file while it was being written.
    const read = async () => (await fetch(`${address}src/drawing.js`)).text();
    await expect.poll(read, { timeout }).toMatch(/Thrice[\s\S]*hot\?\.accept/);
    project.edit(
      "src/app.go",
      "func main()",
      "//go:wasmexport Thrice\nfunc Thrice(n int32) int32 { return 3 * n }\n\nfunc main()",
    );
    await becomes(tab, "window.drawing.text", "63 second");
    // Other parameters: scripts that have the function call it rightly from then on.
    project.edit(
      "src/app.go",
      "Twice(n int32) int32 { return 2 * n }",
      "Twice(n int64) int64 { return n + n + 0 }",
    );
    await becomes(tab, attempt("String(functions.Twice(1n << 40n))"), (1n << 41n).toString());
    expect(await tab.evaluate("functions.Total()")).toBe(45);
    expect(await page(tab)).toBe(loaded);
    await vite.stop();
  },
);

const layout = ["type sum struct{ total int32 }", "type sum struct{ other, total int32 }"] as const;

test.each(versions)(
  "%s: for what cannot be patched the page is loaded, and is as it was",
  async (version) => {
    const { project, vite, tab } = await serve(version);
    await tab.evaluate("functions.Add(20, 22); document.querySelector('#field').value = 'half a sen'");
    const before = await page(tab);
    project.edit("src/app.go", ...layout);
    await becomes(tab, `performance.timeOrigin !== ${before} && window.ready`, true);
    expect(await tab.evaluate("functions.Total()")).toBe(3);
    await becomes(tab, "document.querySelector('#field').value", "half a sen");
    // What is in the way of a patch is known as soon as the compiler is warm, which it may not be at the first save.
    await vite.prints(/src: (the layout of type main\.sum changed; )?the program does not call live\.Accept/);
    await vite.stop();
  },
);

test.each(versions)("%s: who accepts the module gets another one, in the same page", async (version) => {
  const { project, vite, tab } = await serve(version, "accepting.html");
  const before = await page(tab);
  await tab.evaluate("functions.Add(20, 22)");
  project.edit("src/app.go", ...layout);
  await becomes(tab, "window.taken?.Add(1, 1)", 2);
  // Whoever has the old module calls the new program, too.
  expect(
    await tab.evaluate("[taken.Total(), functions.Total(), taken.default === functions.default]"),
  ).toEqual([2, 2, true]);
  project.edit("src/app.go", "return one + other\n", "return 7 * (one + other)\n");
  await becomes(tab, "taken.Add(1, 1)", 14);
  expect(await page(tab)).toBe(before);
  expect(tab.errors).toEqual([]);
  await vite.stop();
});

test.each(versions)("%s: mistakes and panics are shown, and gone when they are mended", async (version) => {
  const { project, vite, tab } = await serve(version);
  const good = project.read("src/app.go");
  const overlay =
    "document.querySelector('dev-server-overlay')?.shadowRoot.querySelector('.panel')?.textContent ?? ''";
  project.edit("src/app.go", "return one + other\n", "return one + another\n");
  await expect.poll(() => tab.evaluate(overlay), { timeout }).toContain("another");
  await vite.prints(/app\.go:\d+:\d+: undefined: another/);
  expect(await tab.evaluate("functions.Add(1, 1)")).toBe(2);
  project.write("src/app.go", good);
  await becomes(tab, overlay, "");

  expect(await tab.evaluate(attempt("functions.Fall(5)"))).toBe("RuntimeError: unreachable");
  await expect.poll(() => tab.evaluate(overlay), { timeout }).toContain("index out of range");
  await becomes(tab, "states.at(-1)", "crashed");
  expect(await tab.evaluate(attempt("functions.Total()"))).toMatch(
    /^Error: Total: the Go program src went down: panic: /,
  );
  project.edit("src/app.go", "return one + other\n", `return one + other // ${fresh("mended")}\n`);
  project.edit("src/app.go", "[]int32{1, 2}[index]", "[]int32{1, 2, 3, 4, 5, 6}[index]");
  await becomes(tab, attempt("functions.Fall(5)"), 6);
  await vite.stop();
});

test.each(versions)(
  "%s: a build has the release module as a file of its own, and nothing of development",
  async (version) => {
    const project = harness.project(Project.fixture("vite-page"), version);
    expect(await harness.vite(project, ["build", "--base", "/below/"]).ended()).toBe(0);
    const files = readdirSync(project.path("dist/assets"));
    expect(files).toEqual([
      expect.stringMatching(/^index-\S+\.js$/),
      expect.stringMatching(/^src-\S+\.wasm$/),
    ]);
    const script = readFileSync(project.path(`dist/assets/${files[0]}`), "utf8");
    expect(script).not.toMatch(/__dev|localhost|Bearer|dev-server:/);
    // The client alone would be many times as much.
    expect(script.length).toBeLessThan(20_000);

    const preview = harness.vite(project, [
      "preview",
      "--base",
      "/below/",
      "--port",
      "0",
      "--host",
      "127.0.0.1",
    ]);
    const tab = await harness.open(await preview.address());
    await becomes(tab, "window.ready", true);
    expect(
      await tab.evaluate("[functions.Add(2, 3), functions.Total(), functions.Version(), states.at(-1)]"),
    ).toEqual([5, 8, 4_000_000_000, "running"]);
    expect(await tab.evaluate("functions.Shout('ten')")).toBe(4);
    await tab.evaluate("go.stop()");
    expect(await tab.evaluate(attempt("functions.Total()"))).toBe(
      "Error: Total: the Go program src was stopped",
    );
    await tab.evaluate("go.start()");
    expect(await tab.evaluate("functions.Total()")).toBe(0);
    expect(tab.errors).toEqual([]);
    await preview.stop();
  },
);

test("with the standard compiler functions are called as well, and an edit brings another program", async () => {
  const { project, vite, tab } = await serve("vite", "accepting.html", { compiler: "go" });
  await vite.prints(/src is compiled by Go /);
  expect(await tab.evaluate("[functions.Add(2, 3), functions.Total(), functions.IsLarge(1n)]")).toEqual([
    5,
    5,
    false,
  ]);
  // What only TinyGo has.
  expect(await tab.evaluate(attempt("functions.Shout('three')"))).toBe(
    "TypeError: the Go program that runs does not export Shout",
  );
  expect(await tab.evaluate(attempt("functions.Count('three')"))).toMatch(
    /^TypeError: Count: only programs of TinyGo/,
  );
  project.edit("src/app.go", "return one + other\n", "return 10 * (one + other)\n");
  await becomes(tab, "window.taken?.Add(1, 1)", 20);
  await vite.stop();
});

/** What a program that is no browser is answered, which may say of itself what it likes. */
function ask(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers });
    asking.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(answer.statusCode);
    });
    asking.on("error", reject);
    asking.end();
  });
}

test("one that runs is joined, and through Vite's server only its own pages reach it", async () => {
  const project = harness.project(Project.fixture("vite-page"), "vite");
  const server = await DevServer.start(project, { folder: "src", compiler: "tinygo" });
  try {
    const vite = harness.vite(project, serving, { url: server.openUrl });
    const address = await vite.address();
    const tab = await harness.open(address);
    await becomes(tab, "window.ready", true);
    await server.log.waitFor("applied", ({ program }) => program === "src");
    project.edit("src/app.go", "return one + other\n", "return 10 * (one + other)\n");
    await becomes(tab, "functions.Add(2, 3)", 50);

    const loaded = (await tab.evaluate(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    )) as string[];
    const module = loaded.find((url) => /\/m\/[0-9a-f]{64}\.wasm$/.test(url)) ?? "";
    const { host, origin } = new URL(address);
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const socket = `${origin}/__dev/socket?of=src`;
    expect(await ask(module, {})).toBe(200);
    expect(await ask(module, { origin: "http://evil.example" })).toBe(403);
    expect(await ask(module, { host: "evil.example" })).toBe(403);
    expect(await ask(module, { "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await ask(socket, { ...upgrade, origin })).toBe(101);
    expect(await ask(socket, { ...upgrade, origin: "http://evil.example" })).toBe(403);
    expect(await ask(socket, { ...upgrade, origin: "http://evil.example", host: "evil.example" })).toBe(403);
    expect(await ask(socket, upgrade)).toBe(403);
    expect(await ask(`${origin}/__dev/socket?of=elsewhere`, { ...upgrade, origin })).toBe(404);
    // What changes something, or tells of other programs, is not passed on: Vite's own page answers.
    for (const path of ["/__dev/flags", "/__dev/status", "/metrics"]) {
      const answer = await fetch(`${origin}${path}`, { headers: { accept: "text/html" } });
      expect(await answer.text(), path).not.toMatch(/"programs"|devserver_/);
    }
    expect(host).toBe(new URL(module).host);
    for (const url of [address, ...loaded]) {
      const text = await (await fetch(url)).text();
      expect(text.includes(server.token), url).toBe(false);
    }
    await vite.stop();
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill();
  }
});
