//! What a module wants, in the words of Go.

import type { FunctionType, ImportEntry, Limits, ValueType, Wanted } from "./outline.js";

const goTypes: Readonly<Record<number, string>> = {
  127: "int32",
  126: "int64",
  125: "float32",
  124: "float64",
  123: "v128",
  112: "a function reference",
  111: "a JavaScript value",
};

/** Size of a page of memory, in KiB. */
const pageSize = 64;

export function typeWords(type: ValueType): string {
  return goTypes[type[0] ?? 0] ?? "a reference";
}

/** Such as `func(int32, int32) int64`. */
export function functionWords({ parameters, results }: FunctionType): string {
  const back = results.map(typeWords);
  const tail = back.length > 1 ? ` (${back.join(", ")})` : back.length > 0 ? ` ${back[0]}` : "";
  return `func(${parameters.map(typeWords).join(", ")})${tail}`;
}

export function importWords({ module, name, wanted, kind }: ImportEntry): string {
  if (!wanted) return `${article(kind)} ${module}.${name}`;
  const words = wantedWords(wanted);
  if (wanted.kind !== "function") return `${words}, as ${module}.${name}`;
  return `//go:wasmimport ${directiveWord(module)} ${directiveWord(name)}\n${words}`;
}

export function exportWords(name: string, type: FunctionType): string {
  return `//go:wasmexport ${directiveWord(name)}\n${functionWords(type)}`;
}

function wantedWords(wanted: Wanted): string {
  switch (wanted.kind) {
    case "function":
      return wanted.type ? functionWords(wanted.type) : "a function";
    case "memory":
      return memoryWords(wanted.limits);
    case "table":
      return `a table of at least ${tableSize(wanted.limits.initial, wanted.element)}${atMost(wanted.limits.maximum)}`;
    case "global":
      return globalWords(wanted.type, wanted.varies);
    case "tag":
      return "a tag of exceptions";
    default:
      return wanted satisfies never;
  }
}

function memoryWords({ initial, maximum, flags }: Limits): string {
  const shared = flags & 2 ? "shared " : "";
  return `a ${shared}memory of at least ${pages(initial)}${atMost(maximum)}`;
}

export function globalWords(type: ValueType, varies: boolean): string {
  return `a ${varies ? "variable " : ""}global of ${typeWords(type)}`;
}

export function pages(count: number): string {
  return `${count} page${count === 1 ? "" : "s"} (${count * pageSize} KiB)`;
}

export function tableSize(count: number, element: ValueType): string {
  const what = element[0] === 112 ? "function" : "value";
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

const atMost = (maximum: number | undefined) => (maximum === undefined ? "" : ` and at most ${maximum}`);

export const article = (word: string) => `${/^[aeiou]/i.test(word) ? "an" : "a"} ${word}`;

/** A directive's words end at blanks. */
function directiveWord(word: string): string {
  return /^[^\s"]+$/.test(word) ? word : JSON.stringify(word);
}
