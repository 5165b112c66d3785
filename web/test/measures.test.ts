//! Marks of updates: which spans there are, and where they lie.

import { expect, test } from "vitest";
import { measure } from "../src/measures.js";
import type { Stage, Updated } from "../src/messages.js";

class FakeClock {
  readonly timeOrigin = 1_000_000;
  marks: { name: string; start: number; duration: number; detail: { revision: number } }[] = [];
  readonly cleared: string[] = [];

  measure(name: string, options: object) {
    this.marks.push({ name, ...(options as Omit<FakeClock["marks"][number], "name">) });
    return {} as PerformanceMeasure;
  }

  clearMeasures(name?: string) {
    this.cleared.push(name ?? "");
    this.marks = this.marks.filter((mark) => mark.name !== name);
  }
}

const stages = (times: Record<string, number>): Stage[] =>
  Object.entries(times).map(([name, ms]) => ({ name, microseconds: ms * 1000 }));

function updated(level: Updated["level"], firstFrameMs: number): Updated {
  const server = stages({ watch: 5, "front end": 3, "new packages": 1, link: 2 });
  return {
    kind: "update",
    program: "app",
    revision: 7n,
    level,
    reason: "main.draw",
    update: { stages: [...server, ...stages({ watch: 1 })] },
    stages: stages({ apply: 1.5, first_frame: 4.5 }),
    firstFrameAt: (1_000_000 + firstFrameMs) * 1000,
  } as unknown as Updated;
}

const seen = ({ marks }: FakeClock) => marks.map(({ name, start, duration }) => [name, start, duration]);

test("all spans end with the first frame, each where the next one begins", () => {
  const clock = new FakeClock();
  measure(updated("hot-patch", 118), clock);
  expect(seen(clock)).toEqual([
    ["dev-server/save", 100, 18],
    ["dev-server/watch", 100, 6],
    ["dev-server/check", 106, 3],
    ["dev-server/new_packages", 109, 1],
    ["dev-server/link", 110, 2],
    ["dev-server/apply", 112, 1.5],
    ["dev-server/first_frame", 113.5, 4.5],
  ]);
  expect(clock.marks.every(({ detail }) => detail.revision === 7)).toBe(true);
});

test("nothing is said of stages that are of no save of this page's time", () => {
  const clock = new FakeClock();
  measure(updated("asset-swap", 118), clock);
  expect(seen(clock).map(([name]) => name)).toEqual([
    "dev-server/save",
    "dev-server/apply",
    "dev-server/first_frame",
  ]);
  measure(updated("hot-patch", 10), clock);
  measure({ ...updated("hot-patch", 118), firstFrameAt: 0 }, clock);
  measure({ ...updated("none", 118), stages: [] }, clock);
  expect(clock.marks.length).toBe(3);
});

test("marks of old saves are taken away, those of others are not", () => {
  const clock = new FakeClock();
  clock.measure("watch", { start: 0, duration: 1 });
  for (let save = 0; save < 1_000; save += 1) measure(updated("hot-patch", 118), clock);
  expect(clock.marks.length).toBeLessThanOrEqual(1 + 7 * 200);
  expect(clock.marks[0]?.name).toBe("watch");
  expect(new Set(clock.cleared.map((name) => name.split("/")[0]))).toEqual(new Set(["dev-server"]));
});
