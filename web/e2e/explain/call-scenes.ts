//! Calls that a page makes wrongly, and programs that go down.

import type { callAcross as CallAcross } from "../../src/go-module/crossing.js";
import type { Play, Scene } from "./scene.js";

/** As modules in a page of Vite are called; the page has it. */
declare const callAcross: typeof CallAcross;

/** Calls the export `run` of `it`. */
const run: Play = async (modules, notes) => {
  const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
  notes.doing = "call";
  notes.module = modules.it as Uint8Array<ArrayBuffer>;
  notes.exports = instance.exports;
  notes.name = "run";
  (instance.exports.run as () => void)();
};
const body = (text: string) => ({ it: `(module (memory 1) (func (export "run") ${text}))` });

export const callScenes: readonly Scene[] = [
  {
    code: "call/no-export",
    wat: { it: '(module (func (export "Increment")))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      notes.doing = "call";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.exports = instance.exports;
      notes.name = "increment";
      (instance.exports.increment as () => void)();
    },
    says: { wanted: "increment", offered: "Increment" },
  },
  {
    code: "call/no-export",
    variant: "it is no function",
    wat: { it: '(module (memory (export "memory") 1))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      notes.doing = "call";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.exports = instance.exports;
      notes.name = "memory";
      (instance.exports.memory as unknown as () => void)();
    },
    says: { offered: "a memory" },
  },
  {
    code: "call/no-export",
    variant: "in a page of Vite",
    wat: { it: '(module (func (export "Increment")))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      Object.assign(notes, {
        doing: "call",
        module: modules.it,
        exports: instance.exports,
        name: "increment",
      });
      callAcross(instance.exports, "increment", [[], "nothing"], [], () => {});
    },
    says: { wanted: "increment", offered: "Increment" },
  },
  {
    code: "call/arguments",
    wat: { it: '(module (func (export "Twice") (param i32) (result i32) (local.get 0)))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      Object.assign(notes, { doing: "call", module: modules.it, exports: instance.exports, name: "Twice" });
      callAcross(instance.exports, "Twice", [["int32"], "int32"], [], () => {});
    },
    says: { wanted: "//go:wasmexport Twice\nfunc(int32) int32" },
  },
  {
    code: "call/bigint",
    wat: { it: '(module (func (export "Twice") (param i64) (result i64) (local.get 0)))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      notes.doing = "call";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.exports = instance.exports;
      notes.name = "Twice";
      (instance.exports.Twice as (number: unknown) => void)(5);
    },
    says: { wanted: "//go:wasmexport Twice\nfunc(int64) int64" },
  },
  {
    code: "call/bigint",
    variant: "nothing at all",
    wat: { it: '(module (func (export "Twice") (param i64) (result i64) (local.get 0)))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      notes.doing = "call";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.name = "Twice";
      (instance.exports.Twice as () => void)();
    },
    says: { wanted: "func(int64) int64" },
  },
  {
    code: "call/number",
    wat: { it: '(module (func (export "Twice") (param i32)))' },
    play: async (modules, notes) => {
      const { instance } = await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>);
      notes.doing = "call";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.name = "Twice";
      (instance.exports.Twice as (number: unknown) => void)(5n);
    },
    says: { wanted: "//go:wasmexport Twice\nfunc(int32)" },
  },
  {
    code: "call/not-passable",
    bytes: {
      // (func (export "run") (param v128))
      it: [
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7b, 0, 3, 2, 1, 0, 7, 7, 1, 3, 0x72, 0x75],
        ...[0x6e, 0, 0, 10, 4, 1, 2, 0, 0x0b],
      ],
    },
    play: run,
    says: { wanted: "v128" },
  },
  {
    code: "call/exited",
    play: async (_, notes) => {
      notes.doing = "call";
      const { callbackOfEnded } = globalThis as unknown as { callbackOfEnded: () => Promise<() => void> };
      (await callbackOfEnded())();
    },
  },
  {
    code: "call/no-glue",
    play: (_, notes) => {
      notes.doing = "run";
      // As a page's script says it, which no compiler of this file may look at.
      return new Function("return new Go()")();
    },
  },
  {
    code: "call/not-an-instance",
    wat: { it: "(module)" },
    play: async (modules, notes) => {
      notes.doing = "run";
      const { loadGlue } = globalThis as unknown as {
        loadGlue: () => Promise<new () => { run(it: unknown): Promise<void> }>;
      };
      const Glue = await loadGlue();
      await new Glue().run(await WebAssembly.instantiate(modules.it as Uint8Array<ArrayBuffer>));
    },
  },
  { code: "run/unreachable", wat: body("unreachable"), play: run },
  { code: "run/out-of-bounds", wat: body("(drop (i32.load (i32.const 70000)))"), play: run },
  {
    code: "run/out-of-bounds",
    variant: "a bulk operation",
    wat: body("(memory.fill (i32.const 65530) (i32.const 0) (i32.const 100))"),
    play: run,
  },
  { code: "run/divide-by-zero", wat: body("(drop (i32.div_s (i32.const 1) (i32.const 0)))"), play: run },
  {
    code: "run/divide-by-zero",
    variant: "a remainder",
    wat: body("(drop (i64.rem_u (i64.const 1) (i64.const 0)))"),
    play: run,
  },
  {
    code: "run/overflow",
    wat: body("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))"),
    play: run,
  },
  {
    code: "run/float-to-integer",
    wat: body("(drop (i32.trunc_f64_s (f64.const 1e30)))"),
    play: run,
  },
  {
    code: "run/float-to-integer",
    variant: "no number",
    wat: body("(drop (i32.trunc_f32_u (f32.const nan)))"),
    play: run,
  },
  {
    code: "run/indirect-null",
    wat: { it: '(module (table 2 funcref) (func (export "run") (call_indirect (i32.const 1))))' },
    play: run,
  },
  {
    code: "run/indirect-signature",
    wat: {
      it: '(module (table funcref (elem $f)) (func $f (param i32)) (func (export "run") (call_indirect (i32.const 0))))',
    },
    play: run,
  },
  {
    code: "run/indirect-bounds",
    wat: { it: '(module (table 2 funcref) (func (export "run") (call_indirect (i32.const 7))))' },
    play: run,
  },
  {
    code: "run/table-bounds",
    wat: { it: '(module (table 2 externref) (func (export "run") (drop (table.get 0 (i32.const 9)))))' },
    play: run,
  },
  { code: "run/stack", wat: { it: '(module (func $f (export "run") (call $f)))' }, play: run },
  {
    code: "run/grow",
    play: (_, notes) => {
      notes.doing = "call";
      new WebAssembly.Memory({ initial: 1, maximum: 2 }).grow(7);
    },
  },
  {
    code: "run/memory-limit",
    play: (_, notes) => {
      notes.doing = "call";
      return new WebAssembly.Memory({ initial: 70_000 });
    },
  },
];
