//! Real modules, as small as they can be: a base that calls through a slot, and patches for it.

import { beforeEach, describe, expect, test, vi } from "vitest";
import wabt from "wabt";
import type { Go } from "../src/glue.js";
import { Instance } from "../src/instance.js";
import type { Patch } from "../src/messages.js";
import { Ownership, type Scope } from "../src/ownership.js";
import { bring } from "../src/patch.js";

const { parseWat } = await wabt();

function assemble(text: string): Uint8Array<ArrayBuffer> {
  const module = parseWat("test.wat", text);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** Words: 16 the slot of `answer`, 32 a variable, 48 the head of the chain of frames. */
const base = assemble(`(module
  (type $answer (func (result i32)))
  (import "page" "now" (func $now (result i32)))
  (memory (export "memory") 1)
  (table (export "__indirect_function_table") 2 100 funcref)
  (global (export "__stack_pointer") (mut i32) (i32.const 65536))
  (global (export "__asyncify_state") (mut i32) (i32.const 0))
  (func $old (result i32) (i32.const 1))
  (func (export "answer") (result i32) (call_indirect (type $answer) (i32.load (i32.const 16))))
  (func (export "variable") (result i32) (i32.load (i32.const 32)))
  (func (export "chain") (result i32) (i32.load (i32.const 48)))
  (func (export "_start"))
  (elem (i32.const 1) $old)
  (data (i32.const 16) "\\01")
  (data (i32.const 48) "\\63"))`);

const imports = `
  (import "t" "1" (func $old (result i32)))
  (import "page" "now" (func $now (result i32)))
  (import "e" "m" (memory 1))
  (import "e" "t" (table 2 funcref))
  (import "e" "s" (global $stack (mut i32)))
  (import "e" "u" (global $state (mut i32)))`;

/** A patch whose function answers `expression`. */
function patch(number: number, expression: string, more: Partial<Patch> = {}, functions = ""): Patch {
  const entry = number + 1;
  return {
    number,
    follows: number - 1,
    module: assemble(`(module ${imports}
      (func $new (export "fresh${number}") (result i32) ${expression})
      (elem (i32.const ${entry}) $new) ${functions})`),
    hash: "",
    target: "",
    tableLength: entry,
    tableGrowth: 1,
    writes: [{ address: 16, content: Uint8Array.of(entry, 0, 0, 0) }],
    hasInitializer: functions !== "",
    stackChain: 48,
    functions: ["main.answer"],
    notes: [],
    ...more,
  };
}

function initializer(body: string): string {
  return `(func (export "initialize") (i32.store (i32.const 32) (i32.const 7)) ${body})`;
}

type Entry = () => number;

let instance: Instance;
let exports: Record<string, Entry>;
const events = { onAccept: vi.fn(), onInvalidate: vi.fn(), onEnd: vi.fn(), onCrash: vi.fn() };

beforeEach(async () => {
  vi.clearAllMocks();
  const glue = {
    importObject: { page: { now: () => 99 } },
    exited: false,
    async run(wasm: WebAssembly.Instance) {
      exports = wasm.exports as Record<string, Entry>;
      exports._start?.();
    },
    _makeFuncWrapper: () => () => undefined,
  };
  class Target extends EventTarget {}
  const scope = { setTimeout, clearTimeout, setInterval, clearInterval, EventTarget: Target };
  const ownership = new Ownership(scope as unknown as Scope);
  instance = new Instance(glue as unknown as Go, 0, ownership, events);
  const { instance: wasm } = await WebAssembly.instantiate(base, glue.importObject);
  void instance.start(wasm);
});

function apply(...patches: Patch[]): Promise<unknown> {
  return bring(patches, instance.patched, (prepared) => instance.patch(prepared));
}

test("a call through the slot meets the new function, which can call the old one", async () => {
  expect(exports.answer?.()).toBe(1);
  await apply(patch(1, "(i32.add (call $old) (i32.const 41))"));
  expect(exports.answer?.()).toBe(42);
  expect(instance.patched).toBe(1);
});

test("a list is applied in its order, without what is applied already", async () => {
  const first = patch(1, "(i32.const 10)");
  await apply(first);
  await apply(first, patch(2, "(call $now)"), patch(3, "(i32.add (call $now) (i32.const 1))"));
  expect(exports.answer?.()).toBe(100);
  expect(instance.patched).toBe(3);
});

test("what is exported newly is there under the program's exports, and an old export stays", async () => {
  const replaced = exports.answer;
  await apply(patch(1, "(i32.const 5)"));
  expect(exports.fresh1?.()).toBe(5);
  expect(exports.answer).toBe(replaced);
});

test("an export of a known name takes the place of the old one; the initializer is none", async () => {
  await apply(patch(1, "(i32.const 5)", {}, `${initializer("")} (export "answer" (func $new))`));
  await apply(patch(2, "(i32.const 6)"));
  expect(exports.answer?.()).toBe(5);
  expect(exports.initialize).toBeUndefined();
});

test("listeners hear of the functions when they run; one that throws keeps nobody else from hearing", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const heard: unknown[] = [];
  instance.hot.onPatch(() => {
    throw new Error("not mine");
  });
  instance.hot.onPatch((functions) => heard.push(functions, exports.answer?.()));
  await apply(patch(1, "(i32.const 6)"));
  expect(heard).toEqual([["main.answer"], 6]);
  expect(reported).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

test("initial values are computed once, after the slots are written", async () => {
  const with7 = patch(1, "(i32.const 2)", {}, initializer(""));
  await apply(with7);
  await apply(with7);
  expect(exports.variable?.()).toBe(7);
});

describe("a failure leaves the old function running", () => {
  const failing = initializer(
    `(global.set $stack (i32.const 1)) (i32.store (i32.const 48) (i32.const 2)) unreachable`,
  );
  const suspending = initializer("(global.set $state (i32.const 1))");
  test.each<[string, Patch, RegExp]>([
    ["a gap in the numbers", patch(2, "(i32.const 0)"), /table of 3 functions, there are 2/],
    ["bytes that are no module", { ...patch(1, "(i32.const 0)"), module: Uint8Array.of(0, 1) }, /patch 1: /],
    [
      "an import that the page lacks",
      patch(1, "(i32.const 0)", {
        module: assemble(`(module (import "page" "later" (func)) (import "t" "77" (func)))`),
      }),
      /does not offer page\.later, t\.77/,
    ],
    [
      "a module that cannot be instantiated",
      patch(1, "(i32.const 0)", {
        module: assemble(`(module (import "e" "memory" (memory 1)) (data (i32.const 70000) "x"))`),
      }),
      /patch 1: /,
    ],
    [
      "an initial value that traps",
      patch(
        1,
        "(i32.const 0)",
        {
          writes: [
            { address: 16, content: Uint8Array.of(2, 0, 0, 0) },
            { address: 32, content: Uint8Array.of(1, 1, 1, 1) },
          ],
        },
        failing,
      ),
      /initial values could not be computed/,
    ],
    ["an initial value that waits", patch(1, "(i32.const 0)", {}, suspending), /waits for something/],
  ])("%s", async (_, bad, message) => {
    const stack = (await moduleStack()).value;
    await expect(apply(bad)).rejects.toMatchObject({
      stage: "patch",
      message: expect.stringMatching(message),
    });
    expect(exports.answer?.()).toBe(1);
    expect(exports.chain?.()).toBe(99);
    expect((await moduleStack()).value).toBe(stack);
    expect(instance.patched).toBe(0);
    expect(instance.ended).toBe(false);
    expect(events.onCrash).not.toHaveBeenCalled();
  });

  async function moduleStack(): Promise<WebAssembly.Global> {
    return exports.__stack_pointer as unknown as WebAssembly.Global;
  }

  test("in the middle of a list keeps what came before it", async () => {
    await expect(apply(patch(1, "(i32.const 8)"), patch(3, "(i32.const 9)"))).rejects.toThrow("patch 3");
    expect([exports.answer?.(), instance.patched]).toEqual([8, 1]);
  });
});

test("a module that was not made for it is refused", async () => {
  const plain = assemble(`(module (func (export "_start")))`);
  const { instance: wasm } = await WebAssembly.instantiate(plain, {});
  const glue = { importObject: {}, run: async () => {}, _makeFuncWrapper: () => () => undefined };
  const scope = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    EventTarget: class extends EventTarget {},
  };
  const other = new Instance(glue as unknown as Go, 0, new Ownership(scope as unknown as Scope), events);
  void other.start(wasm);
  await expect(bring([patch(1, "(i32.const 0)")], 0, (one) => other.patch(one))).rejects.toThrow(
    "was not made to be patched",
  );
});
