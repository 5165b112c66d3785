//! One program's life with a small glue in place of a compiler's: gates, ownership, end, and the exchange of two.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Go } from "../src/glue.js";
import { applyLaunch } from "../src/glue.js";
import { type Data, Hot } from "../src/hot.js";
import { Instance, type InstanceEvents } from "../src/instance.js";
import { Ownership, type Scope } from "../src/ownership.js";
import { ResourceSet, reachable } from "../src/resource.js";
import { exchange } from "../src/swap.js";
import { SwapError } from "../src/swap-error.js";

/** As much of `wasm_exec.js` as matters here; `main` is what Go would do. */
class Glue {
  importObject: WebAssembly.Imports = {
    gojs: { "runtime.sleepTicks": (call: () => void) => scope.setTimeout(call, 10) },
  };
  exited = false;
  exitCode = 0;
  declare exit?: (code: number) => void;
  _callbacks = new Map<number, (...given: unknown[]) => unknown>();
  _inst: WebAssembly.Instance | undefined;

  async run(instance: WebAssembly.Instance): Promise<void> {
    this._inst = instance;
    (instance.exports.run as () => void)();
  }
  _makeFuncWrapper(id: number) {
    return (...given: unknown[]) =>
      (this._inst?.exports.resume as undefined | ((...given: unknown[]) => unknown))?.(id, ...given);
  }
}

let scope: Scope;
let ownership: Ownership;

beforeEach(() => {
  vi.useFakeTimers();
  class Fresh extends EventTarget {}
  scope = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    EventTarget: Fresh,
  } as unknown as Scope;
  Object.assign(Fresh.prototype, {
    addEventListener: EventTarget.prototype.addEventListener,
    removeEventListener: EventTarget.prototype.removeEventListener,
  });
  ownership = new Ownership(scope);
});
afterEach(() => vi.useRealTimers());

function program(
  main: (
    make: (call: (...given: unknown[]) => unknown) => (...given: unknown[]) => unknown,
    glue: Glue,
  ) => void,
) {
  const glue = new Glue();
  const events = {
    onAccept: vi.fn(),
    onInvalidate: vi.fn(),
    onEnd: vi.fn(),
    onCrash: vi.fn(),
  } satisfies InstanceEvents;
  const instance = new Instance(glue as unknown as Go, 0, ownership, events);
  const callbacks: ((...given: unknown[]) => unknown)[] = [];
  const make = (call: (...given: unknown[]) => unknown) => {
    callbacks.push(call);
    // Through the object, as Go does it.
    return (glue as unknown as Go)._makeFuncWrapper(callbacks.length - 1);
  };
  const exports = {
    run: () => main(make, glue),
    resume: (id: number, ...given: unknown[]) => callbacks[id]?.(...given),
  };
  const wasm = Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } });
  return { glue, instance, events, start: () => void instance.start(wasm) };
}

const target = () => new (scope.EventTarget as unknown as typeof EventTarget)();

test("a callback runs, waits while paused, and does nothing once killed", () => {
  const heard: unknown[] = [];
  let callback: (...given: unknown[]) => unknown = () => {};
  const { instance, start } = program((make) => {
    callback = make((value) => {
      heard.push(value);
      return "answer";
    });
  });
  start();
  expect(callback(1)).toBe("answer");
  instance.pause();
  expect(callback(2)).toBeUndefined();
  expect(instance.through(() => callback(3))).toBe("answer");
  instance.resume();
  expect(heard).toEqual([1, 3, 2]);
  instance.kill(undefined);
  expect(callback(4)).toBeUndefined();
  expect(heard).toEqual([1, 3, 2]);
});

test("timers of callbacks and of the scheduler go with the program; the page's own stay", () => {
  const heard: string[] = [];
  const { instance, glue, start } = program((make) => {
    scope.setInterval(
      make(() => heard.push("interval")),
      10,
    );
    scope.setTimeout(
      make(() => heard.push("timeout")),
      1000,
    );
    (glue.importObject.gojs?.["runtime.sleepTicks"] as undefined | ((call: () => void) => void))?.(() =>
      heard.push("scheduler"),
    );
  });
  start();
  scope.setTimeout(() => heard.push("page"), 50);
  expect(instance.resourceCount).toBe(3);
  vi.advanceTimersByTime(25);
  expect(heard).toEqual(["interval", "scheduler", "interval"]);
  expect(instance.resourceCount).toBe(2);
  instance.kill(undefined);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(2000);
  expect(heard).toEqual(["interval", "scheduler", "interval", "page"]);
});

test("a timer that the program clears itself is forgotten", () => {
  const { instance, start } = program((make) => {
    scope.clearInterval(
      scope.setInterval(
        make(() => {}),
        10,
      ),
    );
    scope.clearTimeout(
      scope.setTimeout(
        make(() => {}),
        10,
      ),
    );
  });
  start();
  expect([instance.resourceCount, vi.getTimerCount()]).toEqual([0, 0]);
});

test("listeners go with the program, those of the page stay, and a removed one is forgotten", () => {
  const heard: string[] = [];
  const node = target();
  node.addEventListener("click", () => heard.push("page"));
  const { instance, start } = program((make) => {
    node.addEventListener("click", make(() => heard.push("program")) as EventListener);
    node.addEventListener("click", { handleEvent: make(() => heard.push("object")) as EventListener });
    const removed = make(() => heard.push("removed")) as EventListener;
    node.addEventListener("click", removed, { capture: true });
    node.removeEventListener("click", removed, { capture: true });
  });
  start();
  expect(instance.resourceCount).toBe(2);
  node.dispatchEvent(new Event("click"));
  instance.kill(undefined);
  node.dispatchEvent(new Event("click"));
  expect(heard).toEqual(["page", "program", "object", "page"]);
});

test("a dead program holds nothing through its glue object", () => {
  const { instance, glue, start } = program(() => {});
  start();
  instance.kill(undefined);
  expect(Object.keys(glue)).toEqual(["exited"]);
  expect(glue.exited).toBe(true);
});

describe("the end of a program", () => {
  test("an ordinary one", () => {
    const { instance, events, start } = program((_, glue) => {
      glue.exited = true;
      glue.exit?.(0);
    });
    start();
    expect(events.onEnd).toHaveBeenCalledOnce();
    expect([instance.ended, instance.crashed]).toEqual([true, false]);
  });

  test("a panic of Go: text, trace, exit code 2", () => {
    const { instance, events, start } = program((_, glue) => {
      instance.printed("panic: boom\n");
      instance.printed("goroutine 1 [running]:\nmain.main()\n\t/home/main.go:5 +0x2");
      glue.exited = true;
      glue.exit?.(2);
    });
    expect(start).toThrow("panic: boom");
    expect(events.onCrash.mock.calls[0]?.[0]).toMatchObject({
      kind: "panic",
      message: "boom",
      stack: expect.stringContaining("main.go:5"),
    });
    expect(instance.crashed).toBe(true);
  });

  test("a panic of TinyGo: text, then a trap", () => {
    const trap = new WebAssembly.RuntimeError("unreachable");
    const { instance, events, start } = program(() => {
      instance.printed("panic: runtime error at 0x1: nil pointer dereference");
      throw trap;
    });
    expect(start).toThrow("panic: runtime error at 0x1: nil pointer dereference");
    expect(events.onCrash.mock.calls[0]?.[0]).toMatchObject({
      kind: "panic",
      message: "runtime error at 0x1: nil pointer dereference",
      error: trap,
    });
  });

  test("TinyGo leaves by throwing what is no error", () => {
    const { events, start } = program((_, glue) => {
      glue.exited = true;
      throw {};
    });
    start();
    expect([events.onEnd.mock.calls.length, events.onCrash.mock.calls.length]).toEqual([1, 0]);
  });

  test("text that only looks like a panic is none", () => {
    let callback: () => unknown = () => {};
    const { instance, events, start } = program((make) => {
      instance.printed("panic: said a user");
      callback = make(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    });
    start();
    expect(events.onCrash).not.toHaveBeenCalled();
    expect(() => callback()).toThrow("unreachable");
    expect(events.onCrash.mock.calls[0]?.[0]).toMatchObject({ kind: "RuntimeError", message: "unreachable" });
    expect(callback()).toBeUndefined();
  });
});

describe("exchange", () => {
  const page = () => new Hot({}, 0, { onAccept: () => {}, onInvalidate: () => {} });
  const player = (log: string[], name: string) => ({
    hot: page(),
    ended: false,
    pause: () => log.push(`${name} pause`),
    resume: () => log.push(`${name} resume`),
    through: <Result>(call: () => Result) => call(),
    kill: (data: Data | undefined) => log.push(`${name} kill${data ? " keep" : ""}`),
  });
  const setUp = () => {
    const log: string[] = [];
    const old = player(log, "old");
    const next = player(log, "next");
    old.hot.dispose((data) => {
      log.push("dispose");
      data.count = 3;
    });
    old.hot.accept((data) => log.push(`old accept ${data.count}`));
    const record = () => ({ keep: () => log.push("keep"), undo: () => log.push("undo") });
    const offer = (hot: Hot | undefined) => log.push(`offer ${hot === old.hot ? "old" : "next"}`);
    const start = () => {
      log.push(`start ${next.hot.data.count}`);
    };
    return { log, exchange: { old, next, start, page: page(), handOver: true, offer, record } };
  };

  test("hands over, then ends the old one", () => {
    const { log, exchange: given } = setUp();
    exchange(given);
    expect(log).toEqual(["old pause", "dispose", "offer next", "start 3", "keep", "old kill keep"]);
  });

  test("a start that fails gives the page back to the old one", () => {
    const { log, exchange: given } = setUp();
    const start = () => {
      throw new Error("trap");
    };
    expect(() => exchange({ ...given, start })).toThrow(
      expect.objectContaining({ stage: "start", message: "trap" }),
    );
    expect(log).toEqual([
      "old pause",
      "dispose",
      "offer next",
      "next kill",
      "undo",
      "offer old",
      "old resume",
      "old accept 3",
    ]);
  });

  test("a dispose that fails changes nothing either", () => {
    const { log, exchange: given } = setUp();
    given.old.hot.dispose(() => {
      throw new Error("no");
    });
    expect(() => exchange(given)).toThrow(SwapError);
    expect(log).not.toContain("start 3");
    expect(log.slice(-2)).toEqual(["old resume", "old accept 3"]);
  });

  test("a program that goes down over its dispose is replaced all the same", () => {
    const { log, exchange: given } = setUp();
    given.old.hot.dispose(() => {
      given.old.ended = true;
      throw new WebAssembly.RuntimeError("unreachable");
    });
    exchange(given);
    expect(log.slice(-3)).toEqual(["start 3", "keep", "old kill keep"]);
  });

  test("a restart hands nothing over, and a program that has ended is not asked", () => {
    const { log, exchange: given } = setUp();
    exchange({ ...given, handOver: false });
    expect(log).toContain("start undefined");
    const second = setUp();
    exchange({ ...second.exchange, old: { ...second.exchange.old, ended: true } });
    expect(second.log).not.toContain("dispose");
  });
});

test("hot: registering calls nothing, accept is told once", () => {
  const events = { onAccept: vi.fn(), onInvalidate: vi.fn() };
  const hot = new Hot({ count: 1 }, 4, events);
  const { accept, invalidate } = hot;
  const handler = vi.fn();
  accept(handler);
  accept();
  expect([handler.mock.calls.length, events.onAccept.mock.calls.length, hot.accepts]).toEqual([0, 1, true]);
  invalidate("x".repeat(5000));
  expect(events.onInvalidate.mock.calls[0]?.[0].length).toBe(1024);
});

test("what was handed over is found wherever it lies, cycles included", () => {
  const socket = new (class Socket {})();
  const data: Data = { list: [new Map([["key", { deep: new Set([socket]) }]])] };
  data.self = data;
  expect(reachable(data).has(socket)).toBe(true);
  expect(reachable({}).has(socket)).toBe(false);
});

test("a set of resources forgets what is garbage as it grows", () => {
  const set = new ResourceSet();
  for (let index = 0; index < 1000; index += 1) set.add({ release: () => {}, gone: () => index % 100 !== 0 });
  expect(set.size).toBeLessThan(100);
});

test("a launch sets arguments, environment and imports", () => {
  const go = new Glue() as unknown as Go;
  const draw = () => {};
  applyLaunch(go, { argv: ["js", "x"], env: { A: "1" }, imports: { env: { draw } } });
  expect([go.argv, go.env, go.importObject.env?.draw]).toEqual([["js", "x"], { A: "1" }, draw]);
  expect(go.importObject.gojs).toHaveProperty(["runtime.sleepTicks"]);
});

test("what a program holds is counted while it is there: its memory, values and functions that call it", () => {
  const [memory, table] = [{ buffer: new ArrayBuffer(3 * 65536) }, { length: 17 }];
  const { instance, glue } = program(() => {});
  expect(instance.memory).toBeUndefined();
  const start = (exports: WebAssembly.Exports) =>
    void instance.start(Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } }));
  const wrapped = (glue as unknown as Go)._makeFuncWrapper(0);
  (glue as unknown as { _ids: Map<unknown, number> })._ids = new Map<unknown, number>([
    [globalThis, 5],
    ["text", 7],
    [() => {}, 8],
    [wrapped, 9],
  ]);
  start({ run: () => {}, memory, __indirect_function_table: table } as unknown as WebAssembly.Exports);
  expect(instance.memory).toEqual({ pages: 3, values: 4, functions: 1, table: 17 });
  instance.kill(undefined);
  expect(instance.memory).toBeUndefined();

  // The standard compiler's module calls it otherwise, and has no table that anybody sees.
  const other = program(() => {}).instance;
  const exports = { run: () => {}, mem: memory };
  void other.start(Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } }));
  expect(other.memory).toEqual({ pages: 3, values: 0, functions: 0, table: 0 });
});
