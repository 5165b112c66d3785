//! Values that Go functions make, as a component reads them.

import { expect, test } from "vitest";
import { effectScope, ref } from "vue";
import type { GoProgram, ProgramState } from "../../src/go-module/go-program.js";
import type { Updated } from "../../src/messages.js";
import { useGoModule } from "../../src/vue/use-go-module.js";

function fakeProgram() {
  const listeners = {
    state: new Set<(state: ProgramState) => void>(),
    update: new Set<(updated: Updated) => void>(),
  };
  let state: ProgramState = { name: "running" };
  const listen =
    <Told>(all: Set<(told: Told) => void>, known?: Told) =>
    (listener: (told: Told) => void) => {
      all.add(listener);
      if (known) listener(known);
      return () => all.delete(listener);
    };
  const program = {
    name: "demo",
    isDevelopment: true,
    get state() {
      return state;
    },
    onState: listen(listeners.state, state),
    onUpdate: listen(listeners.update),
    onDiagnostics: () => () => {},
  } as unknown as GoProgram;
  return {
    program,
    become: (now: ProgramState) => {
      state = now;
      for (const listener of listeners.state) listener(now);
    },
    update: (level: Updated["level"]) => {
      for (const listener of listeners.update) listener({ level } as Updated);
    },
    size: () => listeners.state.size + listeners.update.size,
  };
}

test("a value is read again after an update, after a run, and when Vue's own data is another", () => {
  const { program, update } = fakeProgram();
  let count = 1;
  let factor = 10;
  const own = ref(1);
  let reads = 0;
  const scope = effectScope();
  scope.run(() => {
    const { read, run, updated } = useGoModule({ default: program });
    const value = read(() => {
      reads += 1;
      return count * factor * own.value;
    });
    expect([value.value, value.value, reads]).toEqual([10, 10, 1]);
    expect(run(() => ++count)).toBe(2);
    expect(value.value).toBe(20);
    factor = 100;
    expect(value.value).toBe(20);
    update("hot-patch");
    expect([value.value, updated.value?.level]).toEqual([200, "hot-patch"]);
    own.value = 2;
    expect([value.value, reads]).toEqual([400, 4]);
  });
});

test("while the program does not run a value stays what it was", () => {
  const { program, become } = fakeProgram();
  const { read, run, state } = useGoModule(program);
  let isDown = false;
  const value = read(() => {
    if (isDown) throw new Error("it went down");
    return "fine";
  });
  expect(value.value).toBe("fine");
  isDown = true;
  expect(() =>
    run(() => {
      become({ name: "crashed", message: "panic" });
      throw new Error("it went down");
    }),
  ).toThrow("it went down");
  expect([value.value, state.value.name]).toEqual(["fine", "crashed"]);
  isDown = false;
  become({ name: "running" });
  expect(value.value).toBe("fine");
});

test("a component that is gone listens to nothing", () => {
  const { program, size } = fakeProgram();
  const scope = effectScope();
  scope.run(() => useGoModule(program));
  expect(size()).toBe(2);
  scope.stop();
  expect(size()).toBe(0);
});
