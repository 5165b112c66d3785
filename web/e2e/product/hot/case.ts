//! What a case of an edit is, and how one is played: before, the patch, after, taken back.

import { expect } from "vitest";
import type { Edit, HotProgram, Rows } from "./program.js";

export type Case = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Lines of the report that say something else afterwards; all others stay as they are. */
  readonly report?: Rows;
  /** Full names of exactly the functions that are replaced or come. */
  readonly functions: readonly string[];
  /** What is said of things that stay as they were: one pattern a note. */
  readonly notes?: readonly RegExp[];
  /** 0 for an edit that pages need not be told of; otherwise functions are replaced. */
  readonly level?: 0 | 2;
  /** The same of the edit back, where that differs. */
  readonly back?: Partial<Pick<Case, "functions" | "notes" | "report" | "level">>;
  before?(program: HotProgram): Promise<void>;
  after?(program: HotProgram): Promise<void>;
  /** After the edit was taken back. */
  last?(program: HotProgram): Promise<void>;
};

/** Plays a case; what the program has counted goes on all the time. */
export async function play(program: HotProgram, one: Case): Promise<void> {
  const known = await program.state();
  const report = await program.report();
  await bump(program, known);
  await one.before?.(program);
  const files = [...new Set(one.edits.map(([file]) => file))];
  const created = one.edits.filter(([, from]) => from === "").map(([file]) => file);
  const texts = new Map(
    files.map((file) => [file, created.includes(file) ? undefined : program.project.read(file)]),
  );

  const there = await program.save(one.edits);
  expect.soft(await program.report(), "the report after the edit").toEqual({ ...report, ...one.report });
  expect.soft(summary(there), "the edit").toEqual(expected(one));
  matches(there.notes, one.notes ?? []);
  await bump(program, known);
  await one.after?.(program);

  const back = await program.write(texts);
  const backwards = { ...one, ...one.back };
  expect
    .soft(await program.report(), "the report after the edit back")
    .toEqual({ ...report, ...one.back?.report });
  expect
    .soft(summary(back), "the edit back")
    .toEqual(expected({ ...backwards, functions: one.back?.functions ?? back.functions }));
  matches(back.notes, backwards.notes ?? []);
  await bump(program, known);
  await one.last?.(program);
  expect.soft(program.tab.errors, "errors of the page").toEqual([]);
  expect.soft(program.server.log.all("apply_failed"), "patches that could not be applied").toEqual([]);
}

type Summary = {
  readonly level: number;
  readonly functions: readonly string[];
  readonly refusals: readonly string[];
};

function summary({ level, functions, refusals }: Summary): Summary {
  return { level, functions: [...functions].sort(), refusals };
}

function expected({ level = 2, functions }: Pick<Case, "level" | "functions">): Summary {
  return { level, functions: [...functions].sort(), refusals: [] };
}

function matches(notes: readonly string[], patterns: readonly RegExp[]): void {
  expect.soft(notes.length, `notes: ${notes.join("; ")}`).toBe(patterns.length);
  for (const pattern of patterns) {
    expect
      .soft(
        notes.some((note) => pattern.test(note)),
        `${pattern} in notes: ${notes.join("; ")}`,
      )
      .toBe(true);
  }
}

/** Counts, and checks that it is the same program which has forgotten nothing and whose goroutines all go on. */
export async function bump(program: HotProgram, known: Rows): Promise<void> {
  const { ticks: before } = await program.state();
  await program.bump();
  const { bumps } = program;
  const wanted = {
    instance: known.instance,
    pokes: known.pokes,
    bumps: String(bumps),
    jobs: String(bumps),
    chosen: String(21 * bumps),
    visits: String(2 * bumps),
    entries: String(bumps),
    texts: String(bumps),
  };
  let seen: Rows = {};
  const good = async () => {
    const { ticks, ...rest } = await program.state();
    seen = { ticks: ticks ?? "", ...rest };
    const same = Object.entries(wanted).every(([name, value]) => rest[name] === value);
    return (same && Number(ticks) > Number(before)) || undefined;
  };
  await program.eventually("the state goes on", good, 5_000).catch((error: unknown) => {
    expect(seen, `ticks were ${before}; ${error instanceof Error ? error.message : error}`).toMatchObject(
      wanted,
    );
    throw error;
  });
}
