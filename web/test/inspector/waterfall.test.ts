//! Where the bars of a save are.

import { expect, test } from "vitest";
import { barsOf, lengthOf, marksOf, phasesOf, piecesOf, placeOf } from "../../src/inspector/waterfall.js";

const stage = (name: string, ms: number) => ({ name, ms });

test("stages follow each other, and what none accounts for lies before the page", () => {
  const bars = barsOf([stage("watch", 3), stage("codegen", 12), stage("transfer", 2), stage("apply", 1)], 25);
  expect(bars.map(({ words, from, ms }) => [words, from, ms])).toEqual([
    ["watch", 0, 3],
    ["codegen", 3, 12],
    ["waiting", 15, 7],
    ["transfer", 22, 2],
    ["apply", 24, 1],
  ]);
  expect(lengthOf(bars)).toBe(25);
});

test("a stage that was come back to is one bar, and clocks that differ make no rest", () => {
  const bars = barsOf([stage("talk", 1), stage("front end", 2), stage("talk", 3)], 5.9);
  expect(bars.map(({ words, ms }) => [words, ms])).toEqual([
    ["talk", 4],
    ["check", 2],
  ]);
  expect(barsOf([stage("watch", 3)], 0)).toHaveLength(1);
  expect(barsOf([stage("watch", 3)], 10).at(-1)).toMatchObject({ phase: "rest", from: 3, ms: 7 });
  expect(barsOf([], 0)).toEqual([]);
});

test("a row has one piece for each phase", () => {
  const bars = barsOf([stage("parse", 1), stage("diff", 2), stage("link", 4), stage("of tomorrow", 8)], 0);
  expect(piecesOf(phasesOf(bars))).toEqual([
    { phase: "analyse", from: 0, ms: 3 },
    { phase: "build", from: 3, ms: 12 },
  ]);
  const seen = barsOf([stage("watch", 3), stage("transfer", 2)], 10);
  expect(piecesOf(phasesOf(seen)).map(({ phase, from }) => [phase, from])).toEqual([
    ["watch", 0],
    ["rest", 3],
    ["way", 8],
  ]);
});

test("the axis of the list grows with time and never ends", () => {
  const places = [-1, 0, 20, 100, 1000, 60_000, Number.MAX_VALUE].map(placeOf);
  expect(places.slice(0, 2)).toEqual([0, 0]);
  expect(places[3]).toBe(0.5);
  expect([...places].sort((one, other) => one - other)).toEqual(places);
  expect(places.at(-1)).toBeLessThanOrEqual(1);
});

test.each([
  [56, [25, 50]],
  [252, [100, 200]],
  [100, [25, 50, 75, 100]],
  [0, []],
  [Number.NaN, []],
])("marks of %d ms are round and few", (ms, expected) => {
  expect(marksOf(ms)).toEqual(expected);
});
