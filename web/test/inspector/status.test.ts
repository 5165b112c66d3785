//! How a server stands, read with care, and asked for no oftener than it helps.

import { expect, test } from "vitest";
import { isBehind, lagOf } from "../../src/inspector/clients-view.js";
import { type ClientStatus, readStatus, type Status, StatusWatch } from "../../src/inspector/status.js";

const json = {
  versions: { server: "0.1.0", compiler: "TinyGo 0.41.1" },
  revision: 5,
  clients_behind: 0,
  events: { last: 28 },
  sessions: [
    {
      session: 3,
      program: "counter",
      device: "firefox 140 linux",
      base: "11",
      patch: 3,
      ended: false,
      lacks: 0,
      update: { revision: 5, level: 2, ms: 51 },
      failed: null,
      memory: { pages: 40, values: 12, functions: 5, table: 300 },
    },
    { session: 4, program: "counter", base: null, lacks: null, update: null },
  ],
  programs: [
    {
      name: "counter",
      revision: 5,
      building: true,
      release: { revision: 5, base: "11", bytes: 9, bases: [{ base: "11", patches: 3 }] },
      errors: 1,
      warnings: 0,
    },
    { name: "new", release: null },
  ],
};

test("what the server says, and what an older or a newer one does", () => {
  const status = readStatus(json);
  expect(status).toMatchObject({ lastEvent: 28, compiler: "TinyGo 0.41.1", revision: 5 });
  expect(status.clients[0]).toMatchObject({ lacks: 0, memory: { pages: 40 }, update: { ms: 51 } });
  expect(status.clients[1]).toMatchObject({ base: "", lacks: undefined, update: undefined });
  expect(status.programs[0]).toMatchObject({ building: true, release: { bases: [{ patches: 3 }] } });
  expect(status.programs[1]?.release).toBeUndefined();
  for (const odd of [null, [], "x", {}, { programs: 7, sessions: [1, null] }])
    expect(readStatus(odd)).toMatchObject({ clients: [], programs: [] });
});

test.each([
  [{ lacks: 0, base: "11" }, "none", false],
  [{ lacks: 1, base: "11" }, "1 patch", true],
  [{ lacks: 3, base: "11" }, "3 patches", true],
  [{ base: "22" }, "needs a whole module", true],
  [{ base: "" }, "nothing runs", true],
  [{ base: "11", ended: true }, "has ended", true],
])("the lag of %o is %s", (said, words, behind) => {
  const { programs, clients } = readStatus(json);
  const client = { ...clients[1], ...said } as ClientStatus;
  expect(lagOf(client, programs[0])).toBe(words);
  expect(isBehind(client)).toBe(behind);
  expect(lagOf({ ...client, ended: false }, programs[1])).toBe("nothing to run yet");
});

test("many events are one question, and what happens during an answer is asked for again", async () => {
  const tasks: (() => void)[] = [];
  const answers: ((value: unknown) => void)[] = [];
  const told: Status[] = [];
  const errors: unknown[] = [];
  const watch = new StatusWatch({
    ask: () => new Promise((resolve) => answers.push(resolve)),
    onStatus: (status) => told.push(status),
    onError: (error) => errors.push(error),
    wait: (task) => tasks.push(task),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  for (let event = 0; event < 10; event += 1) watch.changed();
  expect(tasks).toHaveLength(1);
  tasks.shift()?.();
  watch.changed();
  watch.changed();
  expect(tasks).toHaveLength(0);
  answers.shift()?.(json);
  await settled();
  expect(told).toHaveLength(1);
  expect(tasks).toHaveLength(1);
  tasks.shift()?.();
  answers.shift()?.(Promise.reject(new Error("gone")));
  await settled();
  expect(errors).toHaveLength(1);
  watch.changed();
  watch.close();
  tasks.shift()?.();
  expect(answers).toHaveLength(0);
});
