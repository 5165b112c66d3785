//! Signatures of exported functions as JavaScript sees them: how each value crosses, and what cannot.

import type { Crossing, Signature, Signatures } from "../go-module/crossing.js";
import type { ExportedFunction } from "./go-declarations.js";

/** A function that JavaScript cannot call as a function of its module, and why. */
export type Unsupported = { readonly name: string; readonly line: number; readonly reason: string };

/** A function of which everything is known. */
export type TypedFunction = {
  readonly name: string;
  readonly about: string;
  readonly parameterNames: readonly string[];
  readonly signature: Signature;
  /** Where it is declared, and its type as Go has it. */
  readonly declared: { readonly file: string; readonly line: number; readonly type: string };
};

export type Surface = {
  readonly functions: readonly TypedFunction[];
  readonly unsupported: readonly Unsupported[];
};

const crossings: Readonly<Record<string, Crossing>> = {
  bool: "bool",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  rune: "int32",
  // Of a module with 32 bits.
  int: "int32",
  uint8: "uint8",
  byte: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  uint: "uint32",
  uintptr: "uint32",
  "unsafe.Pointer": "uint32",
  int64: "int64",
  "time.Duration": "int64",
  uint64: "uint64",
  float32: "float",
  float64: "float",
  string: "string",
};

/** A type that is made of itself is none; the compiler says so. */
const deepest = 16;

/** `types`: the package's own. `taken`: names that the module needs for itself. */
export function surface(
  exported: readonly {
    readonly of: ExportedFunction;
    readonly file: string;
    readonly types: ReadonlyMap<string, string>;
  }[],
): Surface {
  const functions: TypedFunction[] = [];
  const unsupported: Unsupported[] = [];
  for (const { of, file, types } of exported) {
    const typed = typedFunction(of, file, types);
    if (typeof typed === "string") unsupported.push({ name: of.name, line: of.line, reason: typed });
    else if (functions.some(({ name }) => name === of.name)) {
      unsupported.push({ name: of.name, line: of.line, reason: "another function has the same name" });
    } else functions.push(typed);
  }
  return { functions, unsupported };
}

export function signaturesOf(functions: readonly TypedFunction[]): Signatures {
  return Object.fromEntries(functions.map(({ name, signature }) => [name, signature]));
}

function typedFunction(
  { name, line, about, parameters, results }: ExportedFunction,
  file: string,
  types: ReadonlyMap<string, string>,
): TypedFunction | string {
  if (name === "default") return "`default` is the name of the program itself in its module";
  const taken: Crossing[] = [];
  for (const { name: parameter, type } of parameters) {
    const crossing = crossingOf(type, types);
    if (!crossing) return `a parameter of type ${type} cannot be passed (${parameter || "without a name"})`;
    taken.push(crossing);
  }
  if (results.length > 1) return "it has more than one result";
  const [result] = results;
  const given = result === undefined ? "nothing" : crossingOf(result, types);
  if (!given || given === "string") return `a result of type ${result} cannot be returned`;
  return {
    name,
    about,
    parameterNames: parameters.map(({ name }) => name),
    signature: [taken, given],
    declared: { file, line, type: goType(parameters, result) },
  };
}

function goType(parameters: ExportedFunction["parameters"], result = ""): string {
  const list = parameters.map(({ name, type }) => `${name} ${type}`.trim()).join(", ");
  return `func(${list}) ${result}`.trim();
}

function crossingOf(type: string, types: ReadonlyMap<string, string>): Crossing | undefined {
  let name = type;
  for (let depth = 0; depth < deepest; depth += 1) {
    if (name.startsWith("*")) return "uint32";
    const known = types.get(name);
    if (known === undefined) return Object.hasOwn(crossings, name) ? crossings[name] : undefined;
    name = known;
  }
  return undefined;
}
