//! What type something has that a page offers: engines do not say it, but they link only what fits. So small modules that
//! import one thing are linked with it.

import type { FunctionType, Limits, ValueType, Wanted } from "./outline.js";

export const numbers: readonly ValueType[] = [[0x7f], [0x7e], [0x7d], [0x7c]];
const references: readonly ValueType[] = [[0x70], [0x6f]];

/** Functions with more parameters have more types than can be tried in some milliseconds. */
const mostParameters = 4;

/** More than memories and tables can have. */
const mostEntries = 2 ** 32 - 1;
const mostPages = 65_536;

/** Whether `value` can be linked where this is wanted. */
export function fits(value: unknown, wanted: Wanted): boolean {
  try {
    const module = new WebAssembly.Module(new Uint8Array(moduleThatWants(wanted)));
    new WebAssembly.Instance(module, { m: { n: value as WebAssembly.ImportValue } });
    return true;
  } catch {
    return false;
  }
}

/** Of a function that a module exports; "any" for one of JavaScript, which fits everywhere. */
export function functionType(
  value: unknown,
  likely: FunctionType | undefined,
): FunctionType | "any" | undefined {
  const links = (type: FunctionType) => fits(value, { kind: "function", type });
  const one = (type: ValueType): FunctionType => ({ parameters: [type], results: [] });
  if (links(one([0x7f])) && links(one([0x7e]))) return "any";
  const { length } = value as { length: number };
  if (likely && links(likely)) return likely;
  if (length > mostParameters) return undefined;
  for (const parameters of combinations(length)) {
    for (const results of [[], ...numbers.map((type) => [type])]) {
      const type = { parameters, results };
      if (links(type)) return type;
    }
  }
  return undefined;
}

export function globalType(value: unknown): { type: ValueType; varies: boolean } | undefined {
  for (const type of [...numbers, ...references]) {
    for (const varies of [false, true])
      if (fits(value, { kind: "global", type, varies })) return { type, varies };
  }
  return undefined;
}

/** The largest number that it may grow to; undefined: it has no limit. */
export function memoryMaximum(value: unknown): number | undefined {
  return maximum(mostPages, (limit) => fits(value, { kind: "memory", limits: limits(limit) }));
}

export function tableMaximum(value: unknown, element: ValueType): number | undefined {
  return maximum(mostEntries, (limit) => fits(value, { kind: "table", element, limits: limits(limit) }));
}

export function tableElement(value: unknown): ValueType | undefined {
  return references.find((element) =>
    fits(value, { kind: "table", element, limits: { flags: 0, initial: 0, maximum: undefined } }),
  );
}

const limits = (maximum: number): Limits => ({ flags: 1, initial: 0, maximum });

function maximum(most: number, isWithin: (limit: number) => boolean): number | undefined {
  if (!isWithin(most)) return undefined;
  let [below, within] = [-1, most];
  while (within - below > 1) {
    const middle = Math.floor((below + within) / 2);
    if (isWithin(middle)) within = middle;
    else below = middle;
  }
  return within;
}

function* combinations(length: number): Generator<readonly ValueType[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const rest of combinations(length - 1)) for (const type of numbers) yield [...rest, type];
}

/** It imports one thing, `m` `n`. */
function moduleThatWants(wanted: Wanted): readonly number[] {
  const type = wanted.kind === "function" ? wanted.type : undefined;
  return [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...(type ? section(1, [1, 0x60, ...vector(type.parameters), ...vector(type.results)]) : []),
    ...section(2, [1, 1, 0x6d, 1, 0x6e, ...description(wanted)]),
  ];
}

function description(wanted: Wanted): readonly number[] {
  switch (wanted.kind) {
    case "function":
      return [0, 0];
    case "table":
      return [1, ...wanted.element, ...limitBytes(wanted.limits)];
    case "memory":
      return [2, ...limitBytes(wanted.limits)];
    case "global":
      return [3, ...wanted.type, wanted.varies ? 1 : 0];
    case "tag":
      return [4, 0, 0];
    default:
      return wanted satisfies never;
  }
}

const limitBytes = ({ flags, initial, maximum }: Limits) => [
  flags,
  ...unsigned(initial),
  ...(maximum === undefined ? [] : unsigned(maximum)),
];
const vector = (types: readonly ValueType[]) => [...unsigned(types.length), ...types.flat()];
const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];

function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}
