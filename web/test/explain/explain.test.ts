//! What is said about modules and errors of all kinds, odd ones included.

import { expect, test } from "vitest";
import wabt from "wabt";
import { explain, explanationText } from "../../src/explain/explain.js";
import { readOutline } from "../../src/explain/outline.js";

const { parseWat } = await wabt();
const assemble = (text: string) => {
  const module = parseWat("it.wat", text);
  module.resolveNames();
  return new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
};
const whole = assemble(`(module
  (import "env" "add" (func $add (param i32 i64) (result f64)))
  (import "env" "memory" (memory 2 5))
  (import "env" "table" (table 3 funcref))
  (import "env" "limit" (global (mut f32)))
  (func $main.fall (export "Fall") (param f32) (result i32) (i32.const 1))
  (func $main.rise (export "Rise")))`);

test("an outline has imports and exports with their types, and functions with their names and places", () => {
  const outline = readOutline(whole);
  expect(outline.imports.map(({ module, name, kind }) => `${module}.${name} ${kind}`)).toEqual([
    "env.add function",
    "env.memory memory",
    "env.table table",
    "env.limit global",
  ]);
  expect(outline.imports[0]?.wanted).toEqual({
    kind: "function",
    type: { parameters: [[0x7f], [0x7e]], results: [[0x7c]] },
  });
  expect(outline.exports).toEqual([
    { name: "Fall", kind: "function", type: { parameters: [[0x7d]], results: [[0x7f]] } },
    { name: "Rise", kind: "function", type: { parameters: [], results: [] } },
  ]);
  expect([1, 2, 3].map((index) => outline.functionName(index))).toEqual([
    "main.fall",
    "main.rise",
    undefined,
  ]);
  const body = whole.indexOf(0x41, whole.length - 80);
  expect(outline.functionAt(body)).toBe(1);
  expect(outline.truncated).toBe(false);
});

test("no beginning and no damage of a module makes the reading throw", () => {
  for (let length = 0; length < whole.length; length += 1) {
    const outline = readOutline(whole.subarray(0, length));
    for (let offset = 0; offset < whole.length; offset += 7) outline.functionAt(offset);
    outline.functionName(1);
  }
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 0x7fffffff;
    return seed % below;
  };
  for (let round = 0; round < 4000; round += 1) {
    const damaged = whole.slice();
    for (let change = random(4); change >= 0; change -= 1) damaged[random(damaged.length)] = random(256);
    const outline = readOutline(damaged);
    expect(outline.imports.length).toBeLessThan(whole.length);
    outline.functionName(random(10));
    explain(new WebAssembly.LinkError("Import #3"), { module: damaged, imports: { env: {} } });
  }
});

test("a compiled module has names, but no types", () => {
  const error = new WebAssembly.LinkError('Import #0 "env" "add": function import requires a callable');
  const module = new WebAssembly.Module(whole);
  expect(explain(error, { module, imports: { env: {} } })).toMatchObject({
    code: "link/missing-import",
    wanted: "a function env.add",
    offered: "no add in env; there is nothing",
  });
  expect(explain(error, { module: whole, imports: { env: {} } }).wanted).toBe(
    "//go:wasmimport env add\nfunc(int32, int64) float64",
  );
});

test("what is not in the table keeps the browser's own words", () => {
  const explanation = explain(new WebAssembly.RuntimeError("the moon is out of range"));
  expect(explanation).toMatchObject({
    code: "unknown",
    kind: "RuntimeError",
    message: "the moon is out of range",
  });
  expect(explain("a text").message).toBe("a text");
  for (const thrown of [undefined, null, 7, Symbol("it"), {}, Object.create(null), { name: 3, message: {} }])
    expect(explain(thrown).code).toBe("unknown");
  expect(explain(new TypeError("it.draw is not a function")).code).toBe("unknown");
  expect(explain(new TypeError("Failed to fetch")).code).toBe("unknown");
});

test("a position known from elsewhere is preferred, else that of the stack is named by the module", () => {
  const error = Object.assign(new WebAssembly.RuntimeError("unreachable"), {
    stack:
      "RuntimeError: unreachable\n    at wasm://wasm/it:wasm-function[1]:0x50\n    at main (page.js:1:1)",
  });
  expect(explain(error, { module: whole }).position).toEqual({ function: "main.fall", offset: 0x50 });
  const frames = [{ function: "main.fall", file: "main.go", line: 7 }];
  expect(explain(error, { module: whole, frames }).position).toEqual(frames[0]);
});

test("as text each part has its line, and further lines stand below their first", () => {
  const error = new WebAssembly.LinkError(
    'Import #0 "env" "add": imported function does not match the expected type',
  );
  const text = explanationText(explain(error, { module: whole }));
  expect(text.split("\n").slice(0, 4)).toEqual([
    "LinkError: The imported function has another type (link/signature)",
    "  why:     A function of another module is taken only when its type is exactly the one that is imported.",
    "  wanted:  //go:wasmimport env add",
    "           func(int32, int64) float64",
  ]);
});

test("a panic is placed in the function that panicked, past the runtime that went down for it", () => {
  const at = (name: string, index: number) =>
    `    at ${name} (wasm://wasm/it-1a2b:wasm-function[${index}]:0x${index}f)`;
  const stack = [
    "RuntimeError: unreachable",
    at("runtime.runtimePanicAt", 3),
    at("main.(*Board).Step", 7),
  ].join("\n");
  const panic = { name: "panic", message: "assignment to entry in nil map", stack };
  expect(explain(panic).position).toEqual({ function: "main.(*Board).Step", offset: 0x7f });
  // Where there is nothing else, the runtime is better than nothing.
  expect(explain({ ...panic, stack: at("runtime.abort", 3) }).position).toEqual({
    function: "runtime.abort",
    offset: 0x3f,
  });
});

test("who knows the call better than the bytes is believed", () => {
  const error = new TypeError("Cannot convert 5 to a BigInt");
  const frames = [{ function: "Rise", file: "src/app.go", line: 12 }];
  const told = {
    doing: "call",
    name: "Rise",
    wanted: "func(height int64)",
    offered: "Rise(5)",
    frames,
  } as const;
  expect(explain(error, told)).toMatchObject({
    code: "call/bigint",
    wanted: told.wanted,
    offered: told.offered,
  });
  expect(explanationText(explain(error, told))).toContain("where:   Rise at src/app.go:12");
});

test("what a worker says of imports names the one that is missing", () => {
  const module = assemble(`(module
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "env" "add" (func (param i32 i32) (result i64))))`);
  const message = "the module imports what neither its glue nor the page offers: env.add";
  const told = explain({ name: "SwapError", message }, { doing: "instantiate", module });
  expect(told).toMatchObject({
    code: "link/missing-import",
    wanted: "//go:wasmimport env add\nfunc(int32, int32) int64",
  });
});
