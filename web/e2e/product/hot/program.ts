//! The program of the fixture `hot` in one tab, under edits: what was saved, what came of it, what it says now.

import { existsSync, rmSync } from "node:fs";
import { expect } from "vitest";
import type { DevServer } from "../dev-server.js";
import type { EventOf } from "../events.js";
import type { Project } from "../project.js";
import type { LiveTab } from "./live-tab.js";

/** A piece of a file that becomes another one; an empty piece stands for a file that is not there. */
export type Edit = readonly [file: string, from: string, to: string];

/** Lines `name=value` by their names. */
export type Rows = Record<string, string>;

/** What came of a save. */
export type Outcome = {
  /** Level that the page has taken; 0 when there was nothing to do for it. */
  readonly level: number;
  readonly reason: string;
  readonly functions: readonly string[];
  readonly notes: readonly string[];
  readonly refusals: readonly string[];
};

/** What the server has said about a save. */
export type Released = Omit<Outcome, "level" | "reason"> & {
  readonly revision: number;
  /** Events from here on are of the save. */
  readonly after: number;
  /** Pages have nothing to do. */
  readonly silent: boolean;
};

/** How long an edit may take, its new packages of the standard library included. */
export const deadline = 60_000;

export class HotProgram {
  readonly project: Project;
  /** Another one after it was started again. */
  server: DevServer;
  readonly tab: LiveTab;
  /** What the server calls the page's connection. */
  session = 0;
  /** How often `bump` was called. */
  bumps = 0;
  #clicks = 0;

  private constructor(project: Project, server: DevServer, tab: LiveTab) {
    this.project = project;
    this.server = server;
    this.tab = tab;
  }

  /** One tab at a time: the next page that connects is taken for this one. It is there once `started` is true. */
  static async open(
    project: Project,
    server: DevServer,
    tab: LiveTab,
    started = "typeof hot === 'object' && typeof hot.report === 'function'",
  ): Promise<HotProgram> {
    const program = new HotProgram(project, server, tab);
    const after = server.log.mark();
    await server.log.waitFor("release", undefined, { deadline });
    await tab.goto(server.openUrl);
    await program.connects(after);
    await server.log.waitFor("applied", ({ session }) => session === program.session, { after, deadline });
    await program.eventually(
      "the program has started",
      async () => (await tab.evaluate(started)) === true || undefined,
    );
    return program;
  }

  /** Waits until a page connects, which has to be this one. */
  async connects(after: number): Promise<void> {
    const { log } = this.server;
    const { session } = await log.waitFor("client", ({ connected }) => connected, { after, deadline });
    this.session = session;
  }

  /** Saves edits at once and waits until the page is where they lead. */
  async save(edits: readonly Edit[]): Promise<Outcome> {
    return this.arrived(await this.release(edits));
  }

  /** Saves edits at once and waits until the server has an answer. */
  async release(edits: readonly Edit[]): Promise<Released> {
    const texts = new Map<string, string>();
    for (const [file, from, to] of edits) {
      const before = texts.get(file) ?? (from === "" ? "" : this.project.read(file));
      if (!before.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
      texts.set(
        file,
        before.replace(from, () => to),
      );
    }
    return this.put(texts);
  }

  /** Saves whole files; one without a text is removed. */
  async write(texts: ReadonlyMap<string, string | undefined>): Promise<Outcome> {
    return this.arrived(await this.put(texts));
  }

  async put(texts: ReadonlyMap<string, string | undefined>): Promise<Released> {
    const after = this.server.log.mark();
    // New files first: with a folder of their own nobody hears of them before somebody imports them.
    const fresh = (file: string) => !existsSync(this.project.path(file));
    const files = [...texts.keys()].sort((a, b) => Number(fresh(b)) - Number(fresh(a)));
    const known = files.filter((file) => !fresh(file));
    for (const file of files) {
      const text = texts.get(file);
      if (text === undefined) rmSync(this.project.path(file));
      else this.project.write(file, text);
    }
    return this.released(after, known);
  }

  /** Waits until there is something for pages. */
  async released(after: number, files: readonly string[]): Promise<Released> {
    const { log } = this.server;
    const seen = new Set<string>();
    const last = await log.waitFor(
      "change",
      (change) => {
        for (const file of change.files) seen.add(file);
        return files.every((file) => seen.has(file));
      },
      { after, deadline },
    );
    const newest = (event: { revision: number }) => event.revision >= last.revision;
    const failed = () => log.all("build", after).find((build) => newest(build) && build.status === "failed");
    const release = await this.eventually(
      "a release",
      () => log.all("release", after).find(newest) ?? failed(),
    );
    if (release.event === "build") {
      throw new Error(`it does not compile: ${JSON.stringify(release.diagnostics)}`);
    }
    const releases = log.all("release", after);
    const all = (of: (release: EventOf<"release">) => readonly string[]) => [
      ...new Set(releases.flatMap(of)),
    ];
    return {
      revision: last.revision,
      after,
      silent: releases.every(({ patch_bytes, refusals }) => patch_bytes === 0 && refusals.length === 0),
      functions: all(({ functions }) => functions),
      notes: all(({ notes }) => notes),
      refusals: all(({ refusals }) => refusals),
    };
  }

  /** Waits until the page is there. */
  async arrived({ revision, after, silent, ...told }: Released): Promise<Outcome> {
    if (silent) return { level: 0, reason: "", ...told };
    const own = (applied: EventOf<"applied">) =>
      applied.session === this.session && applied.revision >= revision;
    const applied = await this.server.log.waitFor("applied", own, { after, deadline });
    return { level: applied.level, reason: applied.reason, ...told };
  }

  /** Calls `hot.name(argument)`. */
  async act(name: string, argument = ""): Promise<string> {
    const value = await this.tab.evaluate(`hot[${JSON.stringify(name)}](${JSON.stringify(argument)})`);
    if (typeof value !== "string") throw new Error(`hot.${name} answers ${JSON.stringify(value)}`);
    return value;
  }

  async report(): Promise<Rows> {
    return rows(await this.act("report"));
  }

  async state(): Promise<Rows> {
    return rows(await this.act("state"));
  }

  /** Counts in all parts of the state. */
  async bump(): Promise<void> {
    this.bumps += 1;
    const answer = await this.act("bump");
    if (answer !== String(this.bumps))
      throw new Error(`bumped ${this.bumps} times, the program says ${answer}`);
  }

  /** Checks the value of an expression in the page. */
  async expect(expression: string, value: unknown): Promise<void> {
    expect(await this.tab.evaluate(expression), expression).toEqual(value);
  }

  /** Calls the closure that the page holds, which has to count on by so much. */
  async expectClick(step: number, words: string): Promise<void> {
    this.#clicks += step;
    await this.expect("hot.click()", `${words}${this.#clicks}`);
  }

  /** Lines that goroutines have written, once there are so many. */
  journal(count: number): Promise<string> {
    return this.eventually(`${count} lines in the journal`, async () => {
      const text = await this.act("journal");
      return text !== "" && text.split("; ").length >= count ? text : undefined;
    });
  }

  /** Looks again and again until there is something to see. */
  async eventually<Found>(
    what: string,
    look: () => Promise<Found | undefined> | Found | undefined,
    patience = deadline,
  ): Promise<Found> {
    const end = Date.now() + patience;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end)
        throw new Error(`not within ${patience} ms: ${what}\n${this.server.log.report()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export function rows(text: string): Rows {
  const found: Rows = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    found[line.slice(0, at)] = line.slice(at + 1);
  }
  return found;
}
