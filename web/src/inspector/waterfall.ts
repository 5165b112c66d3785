//! Where the bars of a save are: one after the other, with what no stage accounts for between the server and the page.

import type { StageTime } from "./event-line.js";
import { isOnPage, type Phase, stageOf } from "./stage-order.js";

export type Bar = {
  readonly phase: Phase;
  readonly words: string;
  readonly ms: number;
  /** Milliseconds from the save on. */
  readonly from: number;
};

/** Below that a rest is what clocks differ by. */
const smallestRest = 0.5;

/**
 * Bars of all stages in their order. `total` is what passed from the save to the page's answer; where it is more than
 * the stages say, the rest lies where nobody has looked: between the end of the build and the page.
 */
export function barsOf(stages: readonly StageTime[], total: number): readonly Bar[] {
  const bars: Bar[] = [];
  let from = 0;
  const add = (phase: Phase, words: string, ms: number) => {
    bars.push({ phase, words, ms, from });
    from += ms;
  };
  const known = stages.reduce((sum, { ms }) => sum + ms, 0);
  const rest = total - known;
  let isRestDue = rest >= smallestRest;
  for (const { name, ms } of together(stages)) {
    if (isRestDue && isOnPage(name)) {
      isRestDue = false;
      add("rest", "waiting", rest);
    }
    const { phase, words } = stageOf(name);
    add(phase, words, ms);
  }
  if (isRestDue) add("rest", "waiting", rest);
  return bars;
}

/** A stage that was come back to is one stage, at its first place. */
function together(stages: readonly StageTime[]): readonly StageTime[] {
  const sums = new Map<string, number>();
  for (const { name, ms } of stages) sums.set(name, (sums.get(name) ?? 0) + ms);
  return [...sums].map(([name, ms]) => ({ name, ms }));
}

/** In which phases are drawn in a row, where single stages would be thinner than a line. */
const rowOrder: readonly Phase[] = ["watch", "analyse", "build", "rest", "way", "page", "frame"];

/** How long each phase took: all that is kept of a save for its row. */
export function phasesOf(bars: readonly Bar[]): Float32Array {
  const lengths = new Float32Array(rowOrder.length);
  for (const { phase, ms } of bars) {
    const place = rowOrder.indexOf(phase);
    lengths[place] = (lengths[place] ?? 0) + ms;
  }
  return lengths;
}

export type Piece = { readonly phase: Phase; readonly from: number; readonly ms: number };

/** Phases that took any time, one after the other. */
export function piecesOf(phases: Float32Array): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [place, phase] of rowOrder.entries()) {
    const ms = phases[place] ?? 0;
    if (ms > 0) pieces.push({ phase, from, ms });
    from += ms;
  }
  return pieces;
}

/** Where the middle of a row is: what an edit may take at most to be seen at once. */
const middle = 100;

/**
 * The place of a time on the axis of the list, from 0 up to 1. It is the same for all rows and never changes, so that
 * nothing moves when a longer save comes: half of it are the first 100 ms, and no time is beyond its end.
 */
export function placeOf(ms: number): number {
  return ms <= 0 ? 0 : ms / (ms + middle);
}

export function lengthOf(bars: readonly Bar[]): number {
  const last = bars.at(-1);
  return last ? last.from + last.ms : 0;
}

/** Marks of an axis that ends at `ms`: round numbers, four of them at most. */
export function marksOf(ms: number): readonly number[] {
  if (!(ms > 0)) return [];
  const decade = 10 ** Math.floor(Math.log10(ms));
  const step = [0.25, 0.5, 1, 2.5, 5, 10].map((part) => part * decade).find((step) => ms / step <= 4) ?? ms;
  return Array.from({ length: Math.floor(ms / step) }, (_, index) => (index + 1) * step);
}
