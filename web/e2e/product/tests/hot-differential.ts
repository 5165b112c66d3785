//! Edits of the example programs, found in their sources: the program into which they were patched shows the same as
//! a fresh one of the same text, given the same input.

import { readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DevServer } from "../dev-server.js";
import { bases, freshBase } from "../hot/bases.js";
import { type ChromiumBrowser, launchChromium } from "../hot/live-tab.js";
import { type Mutation, mutated, mutations, spread } from "../hot/mutations.js";
import { HotProgram } from "../hot/program.js";
import { counterInput, counterReset, played, type Step, todoInput, todoReset } from "../hot/replay.js";
import { Project } from "../project.js";

type Example = {
  readonly name: "counter" | "todo";
  readonly folders: readonly string[];
  /** Functions that run only at the start, whose edits nobody sees in a program that runs. */
  readonly left: RegExp;
  readonly started: string;
  readonly input: readonly (readonly Step[])[];
  readonly reset: readonly Step[];
  /** What changes by itself. */
  readonly unstable: readonly string[];
  readonly edits: number;
  readonly batches: number;
};

const examples: readonly Example[] = [
  {
    name: "counter",
    folders: ["."],
    left: /^(showGeneration|showUptime|element|listen)$/,
    started: "document.querySelector('#count')?.textContent.trim() === '0'",
    input: [counterInput, counterReset, counterInput],
    reset: counterReset,
    unstable: ["#uptime", "#generation", "#caption"],
    edits: 20,
    batches: 2,
  },
  {
    name: "todo",
    folders: ["app", "command", "entry", "model", "query"],
    left: /^(New|Saved|main)$/,
    started: "document.querySelector('#app').childElementCount > 0",
    input: todoInput,
    reset: todoReset,
    // When something is written nobody knows; what can be undone is more where somebody has been before.
    unstable: ["[class^=saved]", "[class^=footer] > :nth-child(5)", "[class^=footer] > :nth-child(6)"],
    edits: 100,
    batches: 6,
  },
];

let browser: ChromiumBrowser;
let server: DevServer | undefined;
let project: Project | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});

afterEach(async (context) => {
  if (context.task.result?.state === "fail") console.error(`events of the server:\n${server?.log.report()}`);
  await server?.kill();
  project?.remove();
});

afterAll(async () => {
  await browser.close();
});

test.each(examples)("$name", async (example) => {
  project = Project.example(example.name);
  server = await DevServer.start(project, { compiler: "tinygo" });
  const comparison = new Comparison(example, project, server);
  const live = await comparison.open();
  const plain = await comparison.play(live);
  const told = { edits: 0, seen: 0 };
  for (const batch of comparison.batches()) {
    await live.tab.evaluate(played([example.reset], []));
    const made = await comparison.patch(live, batch);
    const fresh = await comparison.fresh();
    const what = made.map(({ file, line, to }) => `${file}:${line} ${to}`).join("\n");
    const wanted = await comparison.play(fresh);
    const shown = await comparison.play(live);
    expect.soft(fresh.tab.errors, `the fresh program fell with:\n${what}`).toEqual([]);
    expect.soft(live.tab.errors, `the patched program fell with:\n${what}`).toEqual([]);
    for (const [part, there] of wanted.entries())
      expect.soft(shown[part], `after part ${part} of the input, with:\n${what}`).toBe(there);
    await fresh.tab.close();
    told.edits += made.length;
    if (JSON.stringify(wanted) !== JSON.stringify(plain)) told.seen += 1;
    await comparison.undo(live);
  }
  // Input that shows nothing of the edits would compare nothing.
  expect(told.seen).toBeGreaterThanOrEqual(example.batches - 1);
  expect(told.edits).toBeGreaterThanOrEqual(example.name === "todo" ? 92 : 10);
  expect(server.log.all("apply_failed")).toEqual([]);
});

class Comparison {
  readonly #example: Example;
  readonly #project: Project;
  readonly #server: DevServer;
  readonly #originals: ReadonlyMap<string, string>;
  #known: ReadonlySet<string> = new Set();

  constructor(example: Example, project: Project, server: DevServer) {
    this.#example = example;
    this.#project = project;
    this.#server = server;
    const files = example.folders.flatMap((folder) =>
      readdirSync(project.path(folder)).map((name) => (folder === "." ? name : `${folder}/${name}`)),
    );
    const sources = files.filter((file) => /\.go$/.test(file) && !/_(test|other)\.go$/.test(file));
    this.#originals = new Map(sources.map((file) => [file, project.read(file)]));
  }

  async open(): Promise<HotProgram> {
    return HotProgram.open(this.#project, this.#server, await browser.tab(), this.#example.started);
  }

  batches(): Mutation[][] {
    const { left, edits, batches } = this.#example;
    const all = [...this.#originals].flatMap(([file, text]) => mutations(file, text, left));
    return spread(all, edits, batches);
  }

  /** Saves one edit after the other, and leaves out those that do not compile. */
  async patch(live: HotProgram, batch: readonly Mutation[]): Promise<Mutation[]> {
    let made: Mutation[] = [];
    for (const mutation of batch) {
      const next = [...made, mutation];
      const text = this.#text(mutation.file, next);
      if (text === this.#text(mutation.file, made)) continue;
      const released = await live.put(new Map([[mutation.file, text]])).catch((error: Error) => error);
      if (released instanceof Error) {
        if (!released.message.startsWith("it does not compile")) throw released;
        this.#project.write(mutation.file, this.#text(mutation.file, made));
        continue;
      }
      const { level, refusals } = await live.arrived(released);
      expect.soft(refusals, `${mutation.file}:${mutation.line} ${mutation.to}`).toEqual([]);
      expect.soft(level, `${mutation.file}:${mutation.line} ${mutation.to}`).toBeLessThanOrEqual(2);
      made = next;
    }
    // One that is made from now on is of the last of these texts.
    this.#known = bases();
    return made;
  }

  /** A tab with a program that was made whole of the text of now. */
  async fresh(): Promise<HotProgram> {
    await freshBase(this.#known);
    return this.open();
  }

  async play(program: HotProgram): Promise<readonly unknown[]> {
    const { input, unstable } = this.#example;
    const shown = await program.tab.evaluate(played(input, unstable));
    if (!Array.isArray(shown)) throw new Error(`the page shows ${JSON.stringify(shown)}`);
    return shown;
  }

  async undo(live: HotProgram): Promise<void> {
    const changed = [...this.#originals].filter(([file, text]) => this.#project.read(file) !== text);
    await live.write(new Map(changed));
  }

  #text(file: string, made: readonly Mutation[]): string {
    const own = made.filter((mutation) => mutation.file === file);
    return mutated(this.#originals.get(file) ?? "", own);
  }
}
