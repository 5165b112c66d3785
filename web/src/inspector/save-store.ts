//! What became of each save, from the server's events. Bounded: of old saves only what a row shows is kept, and of very old
//! ones nothing.

import type { Memory } from "../messages.js";
import type { EventLine, Room, StageTime } from "./event-line.js";
import { type Bar, barsOf, lengthOf, phasesOf } from "./waterfall.js";

/** How far a save is. */
export type Standing = "seen" | "building" | "failed" | "cancelled" | "public" | "applied" | "nothing";

/** A page that has answered to it. */
export type Answer = {
  readonly session: number;
  readonly level: number;
  readonly reason: string;
  readonly ms: number;
  readonly stages: readonly StageTime[];
  readonly memory: Memory | undefined;
};

export type Detail = {
  files: readonly string[];
  fileCount: number;
  reason: string;
  errors: readonly string[];
  compilerMs: number;
  fromCache: boolean;
  module: string;
  size: number;
  functions: readonly string[];
  patchBytes: number;
  refusals: readonly string[];
  notes: readonly string[];
  stages: readonly StageTime[];
  room: Room | undefined;
  /** The first ones. */
  answers: readonly Answer[];
  failures: readonly { readonly session: number; readonly stage: string; readonly message: string }[];
};

export type Save = {
  /** Grows from one to the next; revisions begin anew with every run of the server. */
  readonly id: number;
  readonly revision: number;
  /** When it was heard of, in milliseconds since the Unix epoch; undefined when that was before anybody listened. */
  readonly at: number | undefined;
  /** Grows with each change of it. */
  version: number;
  standing: Standing;
  verdict: string;
  /** What was changed, in as many words as a row has room for. */
  title: string;
  /** From the save to the first page's answer; else what stages say. */
  ms: number;
  level: number | undefined;
  /** How many pages have answered. */
  answers: number;
  phases: Float32Array | undefined;
  detail: Detail | undefined;
};

export type SaveLimits = {
  /** Rows. */
  readonly kept: number;
  /** Rows of which everything is known. */
  readonly detailed: number;
  /** Answers of pages to one save that are known. */
  readonly answers: number;
};

const defaults: SaveLimits = { kept: 10_000, detailed: 200, answers: 16 };

export class SaveStore {
  readonly #limits: SaveLimits;
  readonly #now: () => number;
  /** Oldest first. */
  #saves: Save[] = [];
  /** Of the run of the server that the newest one is of. */
  readonly #byRevision = new Map<number, Save>();
  #ids = 0;
  #program: string;
  #version = 0;
  #dropped = 0;

  constructor(program: string, now: () => number, limits: Partial<SaveLimits> = {}) {
    this.#program = program;
    this.#now = now;
    this.#limits = { ...defaults, ...limits };
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  get count(): number {
    return this.#saves.length;
  }

  /** How many old ones were forgotten. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The newest is number 0. */
  newest(place: number): Save | undefined {
    return this.#saves[this.#saves.length - 1 - place];
  }

  find(id: number): Save | undefined {
    const place = this.placeOf(id);
    return place === undefined ? undefined : this.newest(place);
  }

  placeOf(id: number): number | undefined {
    let [low, high] = [0, this.#saves.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#saves[middle]?.id ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return this.#saves[low]?.id === id ? this.#saves.length - 1 - low : undefined;
  }

  /** The server has another history: revisions begin anew. */
  clear(): void {
    this.#saves = [];
    this.#byRevision.clear();
    this.#version += 1;
  }

  /** `live`: it happens now, and was not only kept by the server. */
  take(line: EventLine, live: boolean): void {
    if ("program" in line && line.program !== this.#program) return;
    if (line.event === "client" || line.event === "flags" || line.event === "client_log") return;
    if (line.event === "apply_failed") {
      const { session, stage, message } = line;
      const save = this.newest(0);
      if (save)
        this.#change(save, (detail) => (detail.failures = [...detail.failures, { session, stage, message }]));
      return;
    }
    if (this.#isOfAnotherRun(line)) this.#byRevision.clear();
    const save = this.#save(line.revision, live);
    if (!save) return;
    switch (line.event) {
      case "change":
        save.title = titleOf(line.files, line.count);
        this.#change(save, (detail) => Object.assign(detail, { files: line.files, fileCount: line.count }));
        return;
      case "verdict":
        save.verdict = line.verdict;
        if (line.verdict === "nothing") save.standing = "nothing";
        this.#change(save, (detail) => (detail.reason = line.reason));
        return;
      case "build":
        this.#build(save, line);
        return;
      case "release":
        this.#release(save, line);
        return;
      case "applied":
        this.#applied(save, line);
    }
  }

  /** A server that was started again counts from the start. Of one run changes are told in order, and nothing is built twice
   * without a change. */
  #isOfAnotherRun(line: EventLine): boolean {
    if (line.event === "change") return line.revision <= this.#newestRevision;
    if (line.event !== "build" || line.status !== "started" || line.revision !== 1) return false;
    const first = this.#byRevision.get(1);
    return this.#newestRevision > 1 || (first !== undefined && first.standing !== "seen");
  }

  get #newestRevision(): number {
    return this.#byRevision.size > 0 ? (this.newest(0)?.revision ?? 0) : 0;
  }

  #build(save: Save, { status, ms, fromCache, errors }: Extract<EventLine, { event: "build" }>): void {
    if (status === "started") save.standing = "building";
    else if (status === "failed" || status === "cancelled") save.standing = status;
    if (save.title === "") save.title = "whole program";
    this.#overtake(save);
    this.#change(save, (detail) =>
      Object.assign(detail, { errors, fromCache, compilerMs: status === "started" ? 0 : ms }),
    );
    if (status !== "failed") return;
    // More is not said of what came to nothing.
    if (save.detail) save.detail.stages = [{ name: "build", ms }];
    this.#draw(save);
  }

  /** One program is built once at a time: what an older save has begun, or waits for, is never finished. */
  #overtake({ revision }: Save): void {
    for (let place = 0; ; place += 1) {
      const older = this.newest(place);
      // Rows of an earlier run of the server stay as they are.
      if (!older || this.#byRevision.get(older.revision) !== older) return;
      if (older.revision >= revision) continue;
      const isDue = older.standing === "building" || (older.standing === "seen" && older.verdict !== "");
      if (!isDue && older.standing !== "cancelled") return;
      if (!isDue) continue;
      older.standing = "cancelled";
      this.#change(older, () => {});
    }
  }

  #release(save: Save, line: Extract<EventLine, { event: "release" }>): void {
    const { module, size, functions, patchBytes, refusals, notes, stages, room } = line;
    if (save.standing !== "applied") save.standing = "public";
    this.#change(save, (detail) =>
      Object.assign(detail, { module, size, functions, patchBytes, refusals, notes, stages, room }),
    );
    this.#draw(save);
  }

  #applied(save: Save, line: Extract<EventLine, { event: "applied" }>): void {
    const { session, level, reason, ms, stages, memory } = line;
    save.standing = "applied";
    save.level = Math.max(save.level ?? 0, level);
    save.answers += 1;
    this.#change(save, (detail) => {
      if (detail.answers.length >= this.#limits.answers) return;
      detail.answers = [...detail.answers, { session, level, reason, ms, stages, memory }];
    });
    // The first page's: others may have been asleep.
    if (save.answers === 1) this.#draw(save);
  }

  #draw(save: Save): void {
    const { detail } = save;
    if (!detail) return;
    const bars = waterfallOf(detail, detail.answers[0]);
    save.phases = phasesOf(bars);
    save.ms = lengthOf(bars);
  }

  #change(save: Save, change: (detail: Detail) => void): void {
    if (save.detail) change(save.detail);
    save.version += 1;
    this.#version += 1;
  }

  #save(revision: number, live: boolean): Save | undefined {
    const known = this.#byRevision.get(revision);
    if (known) return known;
    // It was forgotten already.
    if (revision < this.#newestRevision) return undefined;
    this.#ids += 1;
    const save: Save = {
      id: this.#ids,
      revision,
      at: live ? this.#now() : undefined,
      version: 0,
      standing: "seen",
      verdict: "",
      title: "",
      ms: 0,
      level: undefined,
      answers: 0,
      phases: undefined,
      detail: {
        files: [],
        fileCount: 0,
        reason: "",
        errors: [],
        compilerMs: 0,
        fromCache: false,
        module: "",
        size: 0,
        functions: [],
        patchBytes: 0,
        refusals: [],
        notes: [],
        stages: [],
        room: undefined,
        answers: [],
        failures: [],
      },
    };
    this.#saves.push(save);
    this.#byRevision.set(revision, save);
    this.#forget();
    return save;
  }

  #forget(): void {
    const { kept, detailed } = this.#limits;
    const old = this.newest(detailed);
    if (old?.detail) {
      old.detail = undefined;
      old.version += 1;
    }
    // In strides: to move all rows for each save would cost more than to keep some for a while.
    if (this.#saves.length < kept + Math.ceil(kept / 10)) return;
    const surplus = this.#saves.length - kept;
    for (const save of this.#saves.splice(0, surplus))
      if (this.#byRevision.get(save.revision) === save) this.#byRevision.delete(save.revision);
    this.#dropped += surplus;
  }
}

/** The bars of a save as one page saw it; of the server alone when no page has. */
export function waterfallOf(detail: Detail, answer: Answer | undefined): readonly Bar[] {
  if (!answer) return barsOf(detail.stages, 0);
  // A page that was given a whole module says the server's stages, too.
  const names = new Set(answer.stages.map(({ name }) => name));
  const before = detail.stages.filter(({ name }) => !names.has(name));
  return barsOf(
    before.length === detail.stages.length ? [...before, ...answer.stages] : answer.stages,
    answer.ms,
  );
}

function titleOf(files: readonly string[], count: number): string {
  const [first = ""] = files;
  return count > 1 ? `${first} and ${count - 1} more` : first;
}
