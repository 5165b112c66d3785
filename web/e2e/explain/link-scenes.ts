//! Modules and pages that do not fit together.

import type { Play, Scene } from "./scene.js";

/** Instantiates `it` with what the module `other` exports, and nothing else. */
const linkOther: Play = async (modules, notes) => {
  const other = await WebAssembly.instantiate(modules.other as Uint8Array<ArrayBuffer>);
  notes.doing = "instantiate";
  notes.module = modules.it as Uint8Array<ArrayBuffer>;
  notes.imports = { env: other.instance.exports };
  await WebAssembly.instantiate(notes.module, { env: other.instance.exports });
};
const add = '(module (import "env" "add" (func (param i32 i32) (result i64))))';

export const linkScenes: readonly Scene[] = [
  {
    code: "link/no-imports",
    wat: { it: add },
    play: async (modules, notes) => {
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      await WebAssembly.instantiate(notes.module);
    },
    says: { wanted: "//go:wasmimport env add\nfunc(int32, int32) int64" },
  },
  {
    code: "link/missing-module",
    wat: { it: add },
    play: async (modules, notes) => {
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = { environment: {} };
      await WebAssembly.instantiate(notes.module, { environment: {} });
    },
    says: { wanted: "//go:wasmimport env add\nfunc(int32, int32) int64", offered: "environment" },
  },
  {
    code: "link/missing-import",
    wat: { it: add },
    play: async (modules, notes) => {
      const imports = { env: { subtract: () => 1n } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "//go:wasmimport env add\nfunc(int32, int32) int64", offered: "subtract" },
  },
  {
    code: "link/not-a-function",
    wat: { it: add },
    play: async (modules, notes) => {
      const imports = { env: { add: 3 } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "//go:wasmimport env add\nfunc(int32, int32) int64", offered: "the number 3" },
  },
  {
    code: "link/signature",
    wat: {
      it: add,
      other: '(module (func (export "add") (param i32 f64) (result i32) (i32.const 0)))',
    },
    play: linkOther,
    says: {
      wanted: "//go:wasmimport env add\nfunc(int32, int32) int64",
      offered: "func(int32, float64) int32",
    },
  },
  {
    code: "link/memory-size",
    wat: {
      it: '(module (import "env" "memory" (memory 4)))',
      other: '(module (memory (export "memory") 2))',
    },
    play: linkOther,
    says: { wanted: "a memory of at least 4 pages", offered: "a memory of 2 pages" },
  },
  {
    code: "link/memory-maximum",
    wat: {
      it: '(module (import "env" "memory" (memory 1 3)))',
      other: '(module (memory (export "memory") 2 7))',
    },
    play: linkOther,
    says: { wanted: "at most 3", offered: "at most 7" },
  },
  {
    code: "link/memory-maximum",
    variant: "none at all",
    wat: {
      it: '(module (import "env" "memory" (memory 1 3)))',
      other: '(module (memory (export "memory") 2))',
    },
    play: linkOther,
    says: { wanted: "at most 3", offered: "without a limit" },
  },
  {
    code: "link/not-a-memory",
    wat: { it: '(module (import "env" "memory" (memory 4)))' },
    play: async (modules, notes) => {
      const imports = { env: { memory: new ArrayBuffer(65536) as unknown as WebAssembly.Memory } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "a memory of at least 4 pages", offered: "ArrayBuffer" },
  },
  {
    code: "link/table-size",
    wat: {
      it: '(module (import "env" "table" (table 8 funcref)))',
      other: '(module (table (export "table") 2 funcref))',
    },
    play: linkOther,
    says: { wanted: "a table of at least 8 functions", offered: "a table of 2 functions" },
  },
  {
    code: "link/table-size",
    variant: "its limit",
    wat: {
      it: '(module (import "env" "table" (table 1 8 funcref)))',
      other: '(module (table (export "table") 2 9 funcref))',
    },
    play: linkOther,
    says: { wanted: "at most 8", offered: "at most 9" },
  },
  {
    code: "link/not-a-table",
    wat: { it: '(module (import "env" "table" (table 8 funcref)))' },
    play: async (modules, notes) => {
      const imports = { env: { table: [] as unknown as WebAssembly.Table } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
  },
  {
    code: "link/global",
    variant: "type",
    wat: {
      it: '(module (import "env" "limit" (global i64)))',
      other: '(module (global (export "limit") i32 (i32.const 1)))',
    },
    play: linkOther,
    says: { wanted: "a global of int64", offered: "a global of int32" },
  },
  {
    code: "link/global",
    variant: "mutability",
    wat: {
      it: '(module (import "env" "limit" (global (mut i32))))',
      other: '(module (global (export "limit") i32 (i32.const 1)))',
    },
    play: linkOther,
    says: { wanted: "a variable global of int32", offered: "a global of int32" },
  },
  {
    code: "link/global",
    variant: "a number for one that varies",
    wat: { it: '(module (import "env" "limit" (global (mut i32))))' },
    play: async (modules, notes) => {
      const imports = { env: { limit: 7 } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "a variable global of int32", offered: "the number 7" },
  },
  {
    code: "link/global",
    variant: "a number for 64 bits",
    wat: { it: '(module (import "env" "limit" (global i64)))' },
    play: async (modules, notes) => {
      const imports = { env: { limit: 7 } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "a global of int64", offered: "the number 7" },
  },
  {
    code: "link/global",
    variant: "a text",
    wat: { it: '(module (import "env" "limit" (global i32)))' },
    play: async (modules, notes) => {
      const imports = { env: { limit: "7" as unknown as number } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
  },
  {
    code: "link/glue",
    variant: "a name that another version has",
    wat: { it: '(module (import "gojs" "runtime.later" (func (param i32))))' },
    play: async (modules, notes) => {
      const imports = { gojs: { "runtime.now": () => {} } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
    says: { wanted: "runtime.later" },
  },
  {
    code: "link/glue",
    variant: "the module of names of another version",
    wat: { it: '(module (import "gojs" "runtime.wasmExit" (func (param i32))))' },
    play: async (modules, notes) => {
      const imports = { go: { "runtime.wasmExit": () => {} } };
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      notes.imports = imports;
      await WebAssembly.instantiate(notes.module, imports);
    },
  },
  {
    code: "link/segment",
    variant: "data",
    wat: { it: '(module (memory 1) (data (i32.const 65535) "ab"))' },
    play: async (modules, notes) => {
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      await WebAssembly.instantiate(notes.module);
    },
  },
  {
    code: "link/segment",
    variant: "functions",
    wat: { it: "(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))" },
    play: async (modules, notes) => {
      notes.doing = "instantiate";
      notes.module = modules.it as Uint8Array<ArrayBuffer>;
      await WebAssembly.instantiate(notes.module);
    },
  },
];
