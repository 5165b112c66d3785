import { expect, test } from "vitest";
import { LatestQueue } from "../src/queue.js";

test("one after the other, a newer one in the place of those that wait", async () => {
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const queue = new LatestQueue<string>({
    apply: async (item) => {
      log.push(`begin ${item}`);
      await new Promise<void>((resolve) => gates.push(resolve));
      log.push(`end ${item}`);
    },
    combine: (waiting, newer) => `${waiting}+${newer}`,
    onError: () => log.push("error"),
  });
  for (const item of ["1", "2", "3", "4"]) queue.push(item);
  expect(log).toEqual(["begin 1"]);
  gates.shift()?.();
  await Promise.resolve();
  await Promise.resolve();
  expect(log).toEqual(["begin 1", "end 1", "begin 2+3+4"]);
});

test("an error is told and stops nothing", async () => {
  const errors: unknown[] = [];
  let done: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const queue = new LatestQueue<number>({
    apply: async (item) => {
      if (item === 1) throw new Error("first");
      done();
    },
    combine: (_, newer) => newer,
    onError: (error) => errors.push(error),
  });
  queue.push(1);
  queue.push(2);
  await finished;
  expect(errors).toEqual([new Error("first")]);
});
