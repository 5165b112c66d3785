//! What a page offers in the place of an import, in words.

import { article, functionWords, globalWords, pages, tableSize } from "./go-words.js";
import type { ImportEntry } from "./outline.js";
import { fits, functionType, globalType, memoryMaximum, tableElement, tableMaximum } from "./probe.js";

type Offers = Readonly<Record<string, unknown>>;

/** Names that are listed; nobody reads more. */
const mostNames = 12;

/** The first import that cannot be linked with what is offered. */
export function misfit(imports: readonly ImportEntry[], offers: Offers): ImportEntry | undefined {
  return imports.find(({ module, name, wanted, kind }) => {
    const value = member(offers, module, name);
    if (kind === "function" && typeof value !== "function") return true;
    return value === undefined || (wanted !== undefined && linkable(wanted) && !fits(value, wanted));
  });
}

/** Types that the module itself defines cannot be asked for in another module. */
function linkable(wanted: NonNullable<ImportEntry["wanted"]>): boolean {
  if (wanted.kind === "tag") return false;
  if (wanted.kind !== "function") return true;
  return (
    wanted.type !== undefined &&
    [...wanted.type.parameters, ...wanted.type.results].every((type) => type.length === 1)
  );
}

export function member(offers: Offers, module: string, name: string): unknown {
  const from = offers[module];
  const holds = (typeof from === "object" && from !== null) || typeof from === "function";
  return holds ? Reflect.get(from as object, name) : undefined;
}

export function offeredWords(offers: Offers, { module, name, wanted }: ImportEntry): string {
  const from = offers[module];
  if (from === undefined) return `nothing called ${module}; there ${names(Object.keys(offers))}`;
  if ((typeof from !== "object" || from === null) && typeof from !== "function")
    return `${valueWords(from)} as ${module}`;
  const value = Reflect.get(from as object, name);
  if (value === undefined) return `no ${name} in ${module}; there ${names(Object.keys(from as object))}`;
  if (typeof value === "function") {
    const likely = wanted?.kind === "function" ? wanted.type : undefined;
    const type = functionType(value, likely);
    if (type === "any") return "a function of JavaScript, which fits every type";
    return type ? functionWords(type) : `a function of a module with ${value.length} parameters`;
  }
  return valueWords(value);
}

function names(all: readonly string[]): string {
  if (all.length === 0) return "is nothing";
  const more = all.length > mostNames ? ` and ${all.length - mostNames} more` : "";
  return `${all.length === 1 ? "is" : "are"} ${all.slice(0, mostNames).join(", ")}${more}`;
}

export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof WebAssembly.Memory) {
    const most = memoryMaximum(value);
    return `a memory of ${pages(value.buffer.byteLength / 65536)}, ${limitWords(most)}`;
  }
  if (value instanceof WebAssembly.Table) {
    const element = tableElement(value) ?? [];
    return `a table of ${tableSize(value.length, element)}, ${limitWords(tableMaximum(value, element))}`;
  }
  if (value instanceof WebAssembly.Global) {
    const found = globalType(value);
    return found ? globalWords(found.type, found.varies) : "a global of another type";
  }
  switch (typeof value) {
    case "number":
    case "bigint":
      return `the ${typeof value === "number" ? "number" : "BigInt"} ${value}`;
    case "string":
      return `the text ${JSON.stringify(value.slice(0, 40))}`;
    case "object":
      return article(value.constructor?.name || "object");
    default:
      return article(typeof value);
  }
}

const limitWords = (most: number | undefined) =>
  most === undefined ? "without a limit" : `which may grow to at most ${most}`;
