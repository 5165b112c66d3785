//! What becomes of saves, from the events that a server has really sent.

import { expect, test } from "vitest";
import { readLine } from "../../src/inspector/event-line.js";
import { SaveStore, waterfallOf } from "../../src/inspector/save-store.js";
import { saveLines } from "./saves.js";

function take(store: SaveStore, lines: readonly string[], live = true): void {
  for (const line of lines) {
    const read = readLine(line);
    if (read) store.take(read, live);
  }
}

const make = (limits = {}) => new SaveStore("counter", () => 1_790_000_000_000, limits);

test("a save is one row, from the change to the page's answer", () => {
  const store = make();
  const [change = "", verdict = "", started = "", built = "", release = "", applied = ""] = saveLines(2);
  const steps = [change, verdict, started, built, release, applied].map((line) => {
    take(store, [line]);
    return store.newest(0)?.standing;
  });
  expect(steps).toEqual(["seen", "seen", "building", "building", "public", "applied"]);
  const save = store.newest(0);
  expect(save).toMatchObject({ revision: 2, title: "main.go", verdict: "body", level: 2, answers: 1 });
  expect(save?.at).toBe(1_790_000_000_000);
  expect(save?.ms).toBeCloseTo(55.8, 0);
  expect(save?.detail).toMatchObject({
    functions: ["main.showGreeting"],
    patchBytes: 596,
    reason: "bodies of functions: showGreeting changed",
    room: { bytesUsed: 30, bytes: 1000, slotsUsed: 1, slots: 50 },
    answers: [{ session: 1, memory: { pages: 40, functions: 5 } }],
  });
  const bars = save?.detail ? waterfallOf(save.detail, save.detail.answers[0]) : [];
  expect(bars.map(({ words }) => words)).toEqual([
    "watch",
    "parse",
    "diff",
    "analyse",
    "talk",
    "check",
    "plan",
    "codegen",
    "link",
    "asyncify",
    "waiting",
    "transfer",
    "browser compile",
    "apply",
    "first frame",
  ]);
});

test("what was wrong, and what was not applied, is said", () => {
  const store = make();
  const wrong = { severity: "error", message: "undefined: x" };
  take(store, [
    JSON.stringify({ event: "change", revision: 3, files: ["a.go", "b.go", "c.go"], count: 3 }),
    JSON.stringify({
      event: "build",
      revision: 3,
      program: "counter",
      status: "failed",
      ms: 6,
      diagnostics: [wrong],
    }),
    JSON.stringify({ event: "apply_failed", program: "counter", session: 4, stage: "patch", message: "no" }),
    JSON.stringify({ event: "apply_failed", program: "other", session: 5, stage: "patch", message: "no" }),
  ]);
  expect(store.newest(0)).toMatchObject({ standing: "failed", title: "a.go and 2 more" });
  expect(store.newest(0)?.detail?.stages.map(({ name }) => name)).toEqual(["build"]);
  expect(store.newest(0)?.detail).toMatchObject({
    errors: ["undefined: x"],
    failures: [{ session: 4, stage: "patch", message: "no" }],
  });
});

test("what a newer save has overtaken is not waited for", () => {
  const store = make();
  const lines = (revision: number, ...which: number[]) =>
    take(
      store,
      which.map((line) => saveLines(revision)[line] ?? ""),
    );
  const outcomes = () => [0, 1, 2, 3, 4].map((place) => store.newest(place)?.standing);
  take(store, saveLines(2));
  lines(3, 0, 1, 2);
  // Two more wait while the compiler ends, and only the last one is begun.
  lines(4, 0, 1);
  lines(5, 0, 1);
  const elsewhere = JSON.stringify({ event: "change", revision: 6, files: ["other.go"], count: 1 });
  take(store, [elsewhere]);
  expect(outcomes()).toEqual(["seen", "seen", "seen", "building", "applied"]);
  lines(5, 2);
  expect(outcomes()).toEqual(["seen", "building", "cancelled", "cancelled", "applied"]);
  lines(5, 3, 4, 5);
  expect(outcomes()).toEqual(["seen", "applied", "cancelled", "cancelled", "applied"]);
});

test("a server that was started again counts anew, and its saves are rows of their own", () => {
  const store = make();
  take(store, [...saveLines(1).slice(2), ...saveLines(2), ...saveLines(3)]);
  const started = (revision: number) => saveLines(revision)[2] ?? "";
  take(store, [started(1), ...saveLines(2)]);
  expect([0, 1, 2, 3, 4].map((place) => store.newest(place)?.revision)).toEqual([2, 1, 3, 2, 1]);
  // The one before it is not told of what becomes of this one.
  expect(store.newest(3)?.answers).toBe(1);
  take(store, [started(1)]);
  expect(store.newest(0)).toMatchObject({ revision: 1, standing: "building" });
  expect(store.count).toBe(6);
});

test("a page that answers late answers to its own save, and to one that is forgotten not at all", () => {
  const store = make({ kept: 10 });
  for (let revision = 1; revision <= 30; revision += 1) take(store, saveLines(revision).slice(0, 5));
  const late = (revision: number) => take(store, [saveLines(revision)[5] ?? ""]);
  late(29);
  expect(store.newest(1)).toMatchObject({ revision: 29, standing: "applied" });
  const { count } = store;
  late(1);
  expect(store.count).toBe(count);
});

test("what is kept has a bound, whatever happens", () => {
  const store = make({ kept: 100, detailed: 10, answers: 3 });
  for (let revision = 1; revision <= 1000; revision += 1) {
    take(store, saveLines(revision));
    for (let page = 0; page < 5; page += 1) take(store, saveLines(revision).slice(5));
  }
  expect(store.count).toBeLessThanOrEqual(110);
  expect(store.count + store.dropped).toBe(1000);
  const places = Array.from({ length: store.count }, (_, place) => place);
  expect(places.filter((place) => store.newest(place)?.detail)).toHaveLength(10);
  expect(store.newest(0)).toMatchObject({ answers: 6 });
  expect(store.newest(0)?.detail?.answers).toHaveLength(3);
  for (const place of [0, 50, store.count - 1]) {
    const id = store.newest(place)?.id ?? 0;
    expect(store.placeOf(id)).toBe(place);
    expect(store.find(id)).toBe(store.newest(place));
  }
  expect([store.placeOf(0), store.placeOf(1), store.placeOf(1001)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("what was there before anybody looked has no time, and what is nonsense is no save", () => {
  const store = make();
  take(store, saveLines(2), false);
  expect(store.newest(0)?.at).toBeUndefined();
  take(store, ["", "null", "[]", "{}", '{"event":"of tomorrow"}', '{"event":"client"}', '{"event":7}']);
  expect(store.count).toBe(1);
});
