//! Syntax trees in a page, against what the command line says of the same files.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tab } from "../browser.js";
import { fresh, Harness } from "../harness.js";
import { server as binary } from "../places.js";
import type { Project } from "../project.js";

const harness = new Harness();

/** For the watcher, the package graph and the socket; what a build takes is not waited for. */
const timeout = 60_000;

type Told = { readonly file: string; readonly root: string | undefined; readonly whole: boolean };

/** The root that `dev-server diff` gives to a text. */
function rootOf(project: Project, text: string): string {
  const folder = join(project.root, ".texts");
  mkdirSync(folder, { recursive: true });
  const [empty, file] = [join(folder, "empty.go"), join(folder, "text.go")];
  writeFileSync(empty, "package p\n");
  writeFileSync(file, text);
  const answer = execFileSync(binary, ["diff", empty, file, "--json"], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return (JSON.parse(answer) as { root_new: string }).root_new;
}

/** Writes down in the page what it is told about trees. */
async function follow(tab: Tab): Promise<void> {
  await tab.page.evaluate(() => {
    type Event = { what: string; file: string; tree?: { root: string }; changes?: unknown[] };
    const scope = globalThis as unknown as {
      devServer: { onTree(listener: (event: Event) => void): void };
      told: unknown[];
    };
    scope.told = [];
    scope.devServer.onTree(({ file, tree, changes }) =>
      scope.told.push({ file, root: tree?.root, whole: changes === undefined }),
    );
  });
}

const told = (tab: Tab): Promise<Told[]> =>
  tab.page.evaluate(() => (globalThis as unknown as { told: Told[] }).told);

test("the tree in a page is that of the text as saved", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  await follow(tab);
  const reaches = async (text: string) => {
    const root = rootOf(project, text);
    const last = async () => (await told(tab)).filter(({ file }) => file === "main.go").at(-1)?.root;
    await expect.poll(last, { timeout }).toBe(root);
  };
  const original = project.read("main.go");
  await reaches(original);

  const words = JSON.stringify(fresh("A tree"));
  const edited = project.edited("main.go", '"Hello"', words);
  project.write("main.go", edited);
  await reaches(edited);
  const last = (await told(tab)).at(-1);
  expect(last?.whole).toBe(false);

  // Neither what no compiler takes nor what no package graph can be made of.
  for (const broken of [`${edited}\nfunc unfinished( {\n`, edited.replace("package main", "packag main")]) {
    project.write("main.go", broken);
    await reaches(broken);
  }
  project.write("main.go", edited);
  await reaches(edited);
  await tab.sees("h1", JSON.parse(words) as string);

  // A comment is in no tree: nothing is told.
  const before = (await told(tab)).length;
  project.write("main.go", `// Said.\n${edited}`);
  project.write("second.go", "package main\n\nconst second = 2\n");
  const since = async () => (await told(tab)).slice(before);
  await expect.poll(since, { timeout }).toMatchObject([{ file: "second.go", whole: true }]);
  rmSync(project.path("second.go"));
  await expect.poll(since, { timeout }).toMatchObject([{ file: "second.go" }, { file: "second.go" }]);
  expect((await told(tab)).at(-1)?.root).toBeUndefined();
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});

/** Follows texts, and writes down in the page what it is told, until it is to stop. */
async function followTexts(tab: Tab): Promise<void> {
  await tab.page.evaluate(() => {
    type Tree = { root: string; text(): string | undefined };
    type Event = { what: string; file: string; tree?: Tree; revision?: bigint };
    const scope = globalThis as unknown as {
      devServer: { onTree(listener: (event: Event) => void, options: { text: boolean }): () => void };
      texts: unknown[];
      stop: () => void;
    };
    scope.texts = [];
    scope.stop = scope.devServer.onTree(
      ({ what, file, tree }) => scope.texts.push({ what, file, root: tree?.root, text: tree?.text() }),
      { text: true },
    );
  });
}

type Text = { readonly what: string; readonly file: string; readonly root?: string; readonly text?: string };

const textsOf = (tab: Tab): Promise<Text[]> =>
  tab.page.evaluate(() => (globalThis as unknown as { texts: Text[] }).texts);

test("the text in a page is the file, byte for byte, and a comment reloads nothing", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  // What follows trees is fetched by those who do.
  const fetched = () =>
    tab.page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
  expect((await fetched()).filter((path) => path === "/__dev/trees.js" || path.includes("replica"))).toEqual(
    [],
  );
  await tab.page.evaluate(() => {
    (globalThis as unknown as { untouched: boolean }).untouched = true;
  });
  await followTexts(tab);
  const last = async () => (await textsOf(tab)).filter(({ file }) => file === "main.go").at(-1);
  const reaches = async (text: string) => {
    await expect
      .poll(last, { timeout })
      .toEqual({ what: "text", file: "main.go", root: rootOf(project, text), text });
  };
  const original = project.read("main.go");
  await reaches(original);
  expect(await fetched()).toContain("/__dev/trees.js");

  const before = (await textsOf(tab)).length;
  const commented = `// Größe \u2192 said.\n${original.replace("\n}\n", "\n\n\t// At last.\n}\n")}\n\n`;
  project.write("main.go", commented);
  await reaches(commented);
  const told = (await textsOf(tab)).slice(before);
  expect(told.map(({ what }) => what)).toEqual(["text"]);
  expect(told[0]?.root).toBe(rootOf(project, original));

  const words = JSON.stringify(fresh("A text"));
  const edited = commented.replace('"Hello"', words).replaceAll("\n", "\r\n");
  project.write("main.go", edited);
  await reaches(edited);
  await tab.sees("h1", JSON.parse(words) as string);

  // Neither Go nor UTF-8 without a mark: still a text.
  const odd = `\ufeff${commented.replace("func main() {", "func main( {")}`;
  project.write("main.go", odd);
  await reaches(odd);
  const untouched = () =>
    tab.page.evaluate(() => (globalThis as unknown as { untouched?: boolean }).untouched);
  expect(await untouched()).toBe(true);

  // Nobody listens any more: nothing is told, and listening again begins anew.
  await tab.page.evaluate(() => (globalThis as unknown as { stop: () => void }).stop());
  const ended = (await textsOf(tab)).length;
  project.write("main.go", original);
  await tab.sees("h1", "Hello!");
  expect(await textsOf(tab)).toHaveLength(ended);
  await followTexts(tab);
  await reaches(original);
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});
