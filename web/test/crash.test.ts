import { expect, test, vi } from "vitest";
import { format, forwardConsole } from "../src/console.js";
import { crashOf, downfallOf, wasmFrames } from "../src/crash.js";

const base = "aa".repeat(32);
const patch = "bb".repeat(32);

test.each([
  ["V8, named", `    at main.step (http://127.0.0.1:7700/m/${patch}.wasm:wasm-function[12]:0x3f)`, patch],
  ["V8, nameless", `    at http://127.0.0.1:7700/m/${patch}.wasm:wasm-function[12]:0x3f`, patch],
  ["V8, compiled from bytes", "    at main.step (wasm://wasm/main-0a1b2c3d:wasm-function[12]:0x3f)", base],
  ["SpiderMonkey", `main.step@http://127.0.0.1:7700/m/${patch}.wasm:wasm-function[12]:0x3f`, patch],
  [
    "an address without a hash",
    "main.step@http://127.0.0.1:7700/demo/main.wasm:wasm-function[12]:0x3f",
    base,
  ],
  ["no address", "wasm-function[12]:0x3f", base],
])("a frame of %s", (_, line, module) => {
  expect(wasmFrames(`Error: x\n${line}\n    at run (http://127.0.0.1/a.js:1:2)`, base)).toEqual([
    { module, patch: 0, function: 12, offset: 0x3f },
  ]);
});

test.each([
  ["V8", "    at main.show$1@3 (wasm://wasm/0a1b2c3d:wasm-function[2]:0x3f)"],
  [
    "SpiderMonkey",
    "main.show$1@3@http://127.0.0.1:7700/client.js line 1 > WebAssembly.compile:wasm-function[2]:0x3f",
  ],
])("a frame of a patch in %s", (_, line) => {
  expect(wasmFrames(line, base)).toEqual([{ module: base, patch: 3, function: 2, offset: 0x3f }]);
});

test("keeps the innermost 64 frames, in order", () => {
  const stack = Array.from(
    { length: 100 },
    (_, index) => `at wasm://wasm/x:wasm-function[${index}]:0x1`,
  ).join("\n");
  expect(wasmFrames(stack, base).map((frame) => frame.function)).toEqual(
    Array.from({ length: 64 }, (_, index) => index),
  );
});

test("an error without Go on its stack is the page's own", () => {
  expect(crashOf(base, 1n, downfallOf(new TypeError("x"))).base).toBe("");
  expect(crashOf(base, 1n, { kind: "panic", message: "boom", stack: "" }).base).toBe(base);
  expect(downfallOf("thrown text")).toEqual({ kind: "error", message: "thrown text", stack: "" });
  expect(downfallOf(undefined, "Script error.").message).toBe("Script error.");
});

test("bounds what it sends", () => {
  const crash = crashOf(base, 1n, { kind: "panic", message: "ü".repeat(1e6), stack: "ü".repeat(1e6) });
  expect(new TextEncoder().encode(crash.stack).length).toBeLessThanOrEqual(16 * 1024);
  expect(new TextEncoder().encode(crash.message).length).toBeLessThanOrEqual(4 * 1024);
});

test.each<[readonly unknown[], string]>([
  [["a", 1, null, undefined, true], "a 1 null undefined true"],
  [["%s has %d of %o%%", "x", 3.7, { a: 1 }, "rest"], 'x has 3 of {"a":1}% rest'],
  [["%cred", "color: red"], "red"],
  [["100% sure"], "100% sure"],
  [["missing %s"], "missing %s"],
  [[10n, Symbol("s")], "10 Symbol(s)"],
  [[{ big: 1n }], '{"big":"1"}'],
  [[], ""],
])("prints as one line, case %#", (given, text) => {
  expect(format(given)).toBe(text);
});

test("prints what refers to itself", () => {
  const knot: Record<string, unknown> = {};
  knot.self = knot;
  expect(format([knot])).toBe("[object Object]");
});

function consoleWith(forward: (severity: string, text: string) => void, now = () => 0) {
  const native = { debug: vi.fn(), log: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const target = { ...native };
  forwardConsole(target, { forward, observe: () => {}, now });
  return { target, native };
}

test("forwards with its severity and still prints", () => {
  const forward = vi.fn();
  const { target, native } = consoleWith(forward);
  target.warn("careful", 1);
  expect(native.warn).toHaveBeenCalledWith("careful", 1);
  expect(forward.mock.calls).toEqual([["warning", "careful 1"]]);
});

test("printing while it forwards is not forwarded again, and an error in it does not reach the program", () => {
  const lines: string[] = [];
  const { target, native } = consoleWith((_, text) => {
    lines.push(text);
    target.log("from inside");
    throw new Error("socket");
  });
  target.log("first");
  target.log("second");
  expect(lines).toEqual(["first", "second"]);
  expect(native.log).toHaveBeenCalledTimes(4);
});

test("leaves out what nobody could read, and says how much", () => {
  const lines: string[] = [];
  let now = 0;
  const { target } = consoleWith(
    (_, text) => lines.push(text),
    () => now,
  );
  for (let index = 0; index < 1000; index += 1) target.log(`line ${index}`);
  expect(lines.length).toBe(200);
  now = 1000;
  target.log("x".repeat(100_000));
  expect(lines[200]).toBe("(800 lines left out)");
  expect(new TextEncoder().encode(lines[201]).length).toBeLessThanOrEqual(8 * 1024);
});
