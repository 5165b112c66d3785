//! Explains what went wrong between a page and a WebAssembly module: which error it is, what the module wants and what
//! it was given, where, and what can be done.

import type { Attempt, Explanation, GoPosition } from "./explanation.js";
import { article, exportWords, importWords } from "./go-words.js";
import { misfit, offeredWords } from "./offered.js";
import { type ImportEntry, type Outline, outlineOf, readOutline } from "./outline.js";
import { recognise } from "./recognise.js";
import type { Facts, Row } from "./row.js";
import { innermost, innermostOfProgram, mentionsWasm } from "./stack.js";

export type { Attempt, Doing, Explanation, GoPosition } from "./explanation.js";
export { explanationText } from "./explanation-text.js";

/** What was thrown, or what of it has come through a message. */
export type Thrown = { readonly name: string; readonly message: string; readonly stack?: string | undefined };

/**
 * Never throws. What no row of the table fits is returned with the code "unknown" and the browser's own words. A panic is
 * given as `{ name: "panic", message }`.
 */
export function explain(error: unknown, attempt: Attempt = {}): Explanation {
  const { name: kind, message, stack = "" } = thrown(error);
  const { bytes, outline } = read(attempt.module);
  const place = innermost(stack);
  const named = { kind, message, doing: attempt.doing, bytes, outline, name: attempt.name };
  const imports = offers(attempt.imports);
  const facts: Facts = {
    ...named,
    imports,
    subject: outline && links(named) ? subject(message, outline, imports) : undefined,
    inside: mentionsWasm(stack),
    opcode: place && bytes?.[place.offset],
  };
  const row = recognise(facts);
  const { wanted, offered } = crossing(row, facts);
  return {
    code: row?.code ?? "unknown",
    kind,
    message,
    title: row?.title ?? "An error that is not in the table",
    cause: row?.cause ?? "The browser says no more than its message.",
    wanted: attempt.wanted ?? wanted,
    offered: attempt.offered ?? offered,
    position: attempt.frames?.[0] ?? position(row, facts, innermostOfProgram(stack) ?? place),
    remedy: row?.remedy ?? "Search for the message together with the name of the browser.",
    link: row?.link ?? "https://developer.mozilla.org/en-US/docs/WebAssembly",
  };
}

/** Anything may be thrown. */
function thrown(error: unknown): Thrown {
  const holds = typeof error === "object" && error !== null;
  const text = (name: string) => {
    const value: unknown = holds ? Reflect.get(error, name) : undefined;
    return typeof value === "string" ? value : undefined;
  };
  return {
    name: text("name") ?? "error",
    message: text("message") ?? String(holds ? "" : error),
    stack: text("stack") ?? "",
  };
}

function read(module: Attempt["module"]): {
  readonly bytes: Uint8Array | undefined;
  readonly outline: Outline | undefined;
} {
  if (module === undefined) return { bytes: undefined, outline: undefined };
  if (module instanceof WebAssembly.Module) return { bytes: undefined, outline: outlineOf(module) };
  // Where there is no WebAssembly.Module in the types, a module is any object.
  const bytes = ArrayBuffer.isView(module)
    ? new Uint8Array(module.buffer, module.byteOffset, module.byteLength)
    : new Uint8Array(module as ArrayBuffer);
  return { bytes, outline: readOutline(bytes) };
}

function offers(imports: unknown): Facts["imports"] {
  return typeof imports === "object" && imports !== null ? (imports as Facts["imports"]) : undefined;
}

/** Such an error may be about an import. */
function links({ kind, message, doing }: Pick<Facts, "kind" | "message" | "doing">): boolean {
  return kind === "LinkError" || doing === "instantiate" || /\bimports?\b/i.test(message);
}

/** The import that the message names; engines name it by number, by both names, by the second, or not at all. */
function subject(message: string, { imports }: Outline, offered: Facts["imports"]): ImportEntry | undefined {
  const number = /Import #(\d+)/.exec(message)?.[1];
  if (number !== undefined) return imports[Number(number)];
  // The client's own words, which are all that comes out of a worker.
  const missing = /\boffers?:? (\S.*)$/.exec(message)?.[1]?.split(", ") ?? [];
  const both = imports.find(
    ({ module, name }) =>
      message.includes(`${module}:${name}`) ||
      message.includes(`'${module}.${name}'`) ||
      missing.includes(`${module}.${name}`),
  );
  if (both) return both;
  const found = offered ? misfit(imports, offered) : imports[0];
  const field = /import object field '([^']*)'/.exec(message)?.[1];
  if (field === undefined || found?.name === field || found?.module === field) return found;
  return (
    imports.find(({ name }) => name === field) ?? imports.find(({ module }) => module === field) ?? found
  );
}

/** What is wanted at the border between page and module, and what there is. */
function crossing(row: Row | undefined, facts: Facts): { wanted: string; offered: string } {
  const { subject, imports, outline, name, doing } = facts;
  if (subject && row?.code.startsWith("link/")) {
    const wanted = importWords(subject);
    if (row.code === "link/no-imports") return { wanted, offered: "no import object" };
    return { wanted, offered: imports ? offeredWords(imports, subject) : "" };
  }
  if (doing === "call" && name !== undefined && outline && row?.code.startsWith("call/")) {
    const entry = outline.exports.find((each) => each.name === name);
    if (entry?.type) return { wanted: exportWords(name, entry.type), offered: "" };
    const functions = outline.exports.filter(({ kind }) => kind === "function").map((each) => each.name);
    const offered = entry
      ? `${article(entry.kind)} called ${name}`
      : `exports that can be called: ${functions.slice(0, 12).join(", ") || "none"}`;
    return { wanted: `//go:wasmexport ${name}`, offered };
  }
  return { wanted: "", offered: "" };
}

/** Bytes from the start of the module, as engines say it in their messages. */
const offsetInMessage = /@\+(\d+)|at offset (\d+)|at byte (\d+)/;

function position(
  row: Row | undefined,
  facts: Facts,
  place: ReturnType<typeof innermost>,
): GoPosition | undefined {
  const { message, outline } = facts;
  if (place) {
    const known = place.name || outline?.functionName(place.function);
    return { function: known || `wasm-function[${place.function}]`, offset: place.offset };
  }
  if (!row?.code.startsWith("compile/")) return undefined;
  const digits = offsetInMessage
    .exec(message)
    ?.slice(1)
    .find((each) => each !== undefined);
  const offset = digits === undefined ? undefined : Number(digits);
  const said = /function (?:#|at index )(\d+)/.exec(message)?.[1];
  const index =
    said !== undefined ? Number(said) : offset !== undefined ? outline?.functionAt(offset) : undefined;
  if (index === undefined) return undefined;
  return { function: outline?.functionName(index) ?? `wasm-function[${index}]`, offset };
}
