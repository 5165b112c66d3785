//! Which rows of a long list are there.

import { expect, test } from "vitest";
import { scrollTo, windowOf } from "../../src/inspector/list-window.js";

const view = { height: 400, rowHeight: 40, count: 10_000 };

test("only rows that are seen are there, and some around them", () => {
  expect(windowOf({ ...view, scrollTop: 0 })).toEqual([0, 16]);
  expect(windowOf({ ...view, scrollTop: 4000 })).toEqual([94, 116]);
  expect(windowOf({ ...view, scrollTop: 10_000 * 40 - 400 })).toEqual([9984, 10_000]);
  for (let scrollTop = -100; scrollTop < 500_000; scrollTop += 997) {
    const [first, end] = windowOf({ ...view, scrollTop });
    expect(end - first).toBeLessThanOrEqual(23);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(view.count);
  }
});

test("a list that is empty, short or not to be seen", () => {
  expect(windowOf({ ...view, scrollTop: 0, count: 0 })).toEqual([0, 0]);
  expect(windowOf({ ...view, scrollTop: 9000, count: 3 })).toEqual([3, 3]);
  expect(windowOf({ ...view, scrollTop: 0, height: 0, count: 3 })).toEqual([0, 3]);
});

test("a row is brought to the nearer edge, and not moved when it is seen", () => {
  expect(scrollTo(3, { ...view, scrollTop: 0 })).toBe(0);
  expect(scrollTo(20, { ...view, scrollTop: 0 })).toBe(440);
  expect(scrollTo(2, { ...view, scrollTop: 100 })).toBe(80);
  expect(scrollTo(9999, { ...view, scrollTop: 0 })).toBe(10_000 * 40 - 400);
});
