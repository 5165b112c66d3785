//! A row of the table of errors: by which words of which engine it is recognised, and what it means.

import type { Doing } from "./explanation.js";
import type { ImportEntry, Outline } from "./outline.js";

/** Who chose the words: an engine, a compiler's runtime, the glue of both compilers, or this client. */
export type Speaker = "Chrome" | "Firefox" | "Safari" | "Go" | "TinyGo" | "wasm_exec.js" | "dev-server";

/** What is known of the error beyond the row that is looked for. */
export type Facts = {
  readonly kind: string;
  readonly message: string;
  readonly doing: Doing | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly outline: Outline | undefined;
  /** What the page offers; undefined: not known. */
  readonly imports: Readonly<Record<string, unknown>> | undefined;
  /** The import that does not fit. */
  readonly subject: ImportEntry | undefined;
  /** Name of the export that was called. */
  readonly name: string | undefined;
  /** WebAssembly was on the stack. */
  readonly inside: boolean;
  /** First byte of the instruction that failed. */
  readonly opcode: number | undefined;
};

export type Text = {
  readonly by: Speaker;
  /** `name` of the error. */
  readonly kind: string;
  readonly pattern: RegExp;
  /** A whole text, as it was seen or is documented. */
  readonly example: string;
  /** The same words also mean something else: this tells. Undefined: this row, when no other is sure. */
  readonly when: ((facts: Facts) => boolean) | undefined;
};

export type Row = {
  readonly code: string;
  readonly title: string;
  readonly texts: readonly Text[];
  readonly cause: string;
  readonly remedy: string;
  readonly link: string;
};

const said =
  (by: Speaker) =>
  (kind: string, pattern: RegExp, example: string, when?: (facts: Facts) => boolean): Text => ({
    by,
    kind,
    pattern,
    example,
    when,
  });

export const chrome = said("Chrome");
export const firefox = said("Firefox");
export const safari = said("Safari");
export const glue = said("wasm_exec.js");
export const client = said("dev-server");

const panicked =
  (by: Speaker) =>
  (pattern: RegExp, example: string): Text =>
    said(by)("panic", pattern, example);

export const go = panicked("Go");
export const tinygo = panicked("TinyGo");

const mdn = "https://developer.mozilla.org/en-US/docs/";

/** Pages that say more. */
export const links = {
  compile: `${mdn}WebAssembly/Reference/JavaScript_interface/compile_static`,
  compileError: `${mdn}WebAssembly/Reference/JavaScript_interface/CompileError`,
  streaming: `${mdn}WebAssembly/Reference/JavaScript_interface/compileStreaming_static`,
  policy: `${mdn}Web/HTTP/Reference/Headers/Content-Security-Policy/script-src#unsafe_webassembly_execution`,
  instantiate: `${mdn}WebAssembly/Reference/JavaScript_interface/instantiate_static`,
  linkError: `${mdn}WebAssembly/Reference/JavaScript_interface/LinkError`,
  memory: `${mdn}WebAssembly/Reference/JavaScript_interface/Memory/Memory`,
  grow: `${mdn}WebAssembly/Reference/JavaScript_interface/Memory/grow`,
  table: `${mdn}WebAssembly/Reference/JavaScript_interface/Table/Table`,
  global: `${mdn}WebAssembly/Reference/JavaScript_interface/Global/Global`,
  runtimeError: `${mdn}WebAssembly/Reference/JavaScript_interface/RuntimeError`,
  exported: `${mdn}WebAssembly/Guides/Exported_functions`,
  fetch: `${mdn}Web/API/Window/fetch#exceptions`,
  stack: `${mdn}Web/JavaScript/Reference/Errors/Too_much_recursion`,
  directives: "https://pkg.go.dev/cmd/compile#hdr-WebAssembly_Directives",
  glue: "https://go.dev/wiki/WebAssembly#getting-started",
  tinygo: "https://tinygo.org/docs/guides/webassembly/wasm/",
  panics: "https://go.dev/ref/spec#Run_time_panics",
  maps: "https://go.dev/blog/maps",
  index: "https://go.dev/ref/spec#Index_expressions",
  slices: "https://go.dev/ref/spec#Slice_expressions",
  make: "https://go.dev/ref/spec#Making_slices_maps_and_channels",
  integers: "https://go.dev/ref/spec#Integer_operators",
  conversions: "https://go.dev/ref/spec#Conversions",
  assertions: "https://go.dev/ref/spec#Type_assertions",
  channels: "https://go.dev/ref/spec#Close",
  handlingPanics: "https://go.dev/ref/spec#Handling_panics",
  functions: "https://pkg.go.dev/syscall/js#FuncOf",
  values: "https://pkg.go.dev/syscall/js#Value",
  jsError: "https://pkg.go.dev/syscall/js#Error",
  waitGroup: "https://pkg.go.dev/sync#WaitGroup",
  exit: "https://pkg.go.dev/os#Exit",
  stackLimit: "https://pkg.go.dev/runtime/debug#SetMaxStack",
  comparison: "https://go.dev/ref/spec#Comparison_operators",
} as const;
