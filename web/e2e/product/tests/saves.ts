//! From the calls of an editor to one build of the final bytes.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DevServer } from "../dev-server.js";
import { saves } from "../editors.js";
import { fresh, Harness } from "../harness.js";
import { compilers } from "../places.js";
import { descendants, eventually, running } from "../processes.js";
import type { Project } from "../project.js";

const harness = new Harness();

/** Half of what the watcher waits for a next write and for a file to be closed, in milliseconds. */
const patience = { closed: 5, flushed: 500 };

/**
 * A later edit that has arrived: what an earlier save has started is in the log by then, since the watcher keeps
 * the order.
 */
async function fence(project: Project, server: DevServer): Promise<void> {
  const after = server.log.mark();
  project.write("style.css", `/* ${fresh("fence")} */\n`);
  await server.log.waitFor("verdict", ({ verdict }) => verdict === "asset", { after });
}

test.each(Object.keys(saves))("one save as %s does it is one build", async (editor) => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  let last = '"Hello"';
  let checked = 0;
  for (let round = 0; round < 20 && checked < 5; round += 1) {
    const words = JSON.stringify(fresh(`Saved${" by hand".repeat(round)}`));
    const after = server.log.mark();
    const save = saves[editor];
    if (save === undefined) throw new Error(`no editor ${editor}`);
    const pause = save(project.path("main.go"), project.edited("main.go", last, words));
    last = words;
    await tab.sees("h1", JSON.parse(words) as string);
    await fence(project, server);
    // The machine was busy with something else in between: for the watcher these were two saves.
    if (pause.closed >= patience.closed || pause.flushed >= patience.flushed) continue;
    const builds = server.log.all("build", after);
    expect(builds.map(({ status }) => status)).toEqual(["started", "built"]);
    expect(server.log.all("release", after).length).toBe(1);
    checked += 1;
  }
  expect(checked).toBe(5);
  expect(await server.stop()).toBe(0);
});

test("a checkout of many files ends with the final bytes", async () => {
  const project = harness.fixture("small");
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], {
      cwd: project.root,
      stdio: "pipe",
    });
  rmSync(`${project.root}/.git`, { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  const file = (index: number, text: string) =>
    project.write(
      `words/word${index}.go`,
      `package words\n\n// Word${index} is one of many.\nconst Word${index} = ${JSON.stringify(text)}\n`,
    );
  for (let index = 0; index < 200; index += 1) file(index, "first");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  git("checkout", "--quiet", "-b", "other");
  const words = fresh("Checked out");
  for (let index = 0; index < 200; index += 1) file(index, `second ${index}`);
  project.edit("main.go", "greeting+words.Mark", "greeting+words.Mark+words.Word0+words.Word199");
  project.edit("main.go", '"Hello"', JSON.stringify(words));
  git("commit", "--quiet", "--all", "--message", "second");
  git("checkout", "--quiet", "main");

  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  git("checkout", "--quiet", "other");
  await tab.sees("h1", `${words}!second 0second 199`);
  git("checkout", "--quiet", "main");
  await tab.sees("h1", "Hello!");
  git("checkout", "--quiet", "other");
  git("checkout", "--quiet", "main");
  git("checkout", "--quiet", "other");
  await tab.sees("h1", `${words}!second 0second 199`);
  expect(await tab.overlay.count()).toBe(0);
  expect(await server.stop()).toBe(0);
});

describe.each(compilers)("with %s", (compiler) => {
  test("a save during a build is not lost, and the build it overtakes is ended", async () => {
    const project = harness.fixture("small");
    // A single function is compiled before anybody can save again.
    const server = await harness.serve(project, { compiler, flags: ["--hot", "off"] });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    const after = server.log.mark();
    const first = JSON.stringify(fresh("Overtaken"));
    project.edit("main.go", '"Hello"', first);
    await server.log.waitFor("build", ({ status }) => status === "started", { after });
    const compiling = await eventually("the compiler runs", () => {
      const found = descendants(server.id);
      return found.length > 0 && found;
    });
    const words = fresh("The last word");
    project.edit("main.go", first, JSON.stringify(words));
    await server.log.waitFor("build", ({ status }) => status === "cancelled", { after });
    const ids = new Set(compiling.map(({ id }) => id));
    await eventually("the overtaken compiler is gone", () => !running().some(({ id }) => ids.has(id)), 1000);
    await tab.sees("h1", words);
    expect(server.log.all("release", after).length).toBe(1);
    expect(server.log.all("build", after).filter(({ status }) => status === "built").length).toBe(1);
    expect(server.log.all("build", after).filter(({ status }) => status === "failed")).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  test("a storm of saves ends with the last one", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    let last = '"Hello"';
    for (let round = 0; round < 30; round += 1) {
      const words = JSON.stringify(fresh(`Storm${"y".repeat(2 * round)}`));
      project.edit("main.go", last, words);
      last = words;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await tab.sees("h1", JSON.parse(last) as string);
    expect(server.log.all("build").filter(({ status }) => status === "built").length).toBeLessThan(10);
    expect(await server.stop()).toBe(0);
  });
});

test("delete and recreate, rename, and a new file are all seen", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  const text = project.read("words/words.go");
  rmSync(project.path("words/words.go"));
  await tab.overlay.waitFor();
  project.write("words/other.go", text.replace('"!"', '"?!"'));
  await tab.sees("h1", "Hello?!");
  await tab.hidesOverlay();
  project.write("words/more.go", 'package words\n\nfunc init() { println("more words") }\n');
  await server.log.waitFor("client_log", ({ text: line }) => line.includes("more words"));
  expect(await server.stop()).toBe(0);
});
