//! Each text of the table is recognised as what it means, those of browsers that are not there to be asked included; and
//! the page that people read says the same.

import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { type Attempt, explain } from "../../src/explain/explain.js";
import type { Row, Text } from "../../src/explain/row.js";
import { table } from "../../src/explain/table.js";
import { tableText } from "./table-text.js";

const bytes = (...values: readonly number[]) => new Uint8Array(values);
const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** It imports the function `env` `add`. */
const importing = bytes(
  ...head,
  ...[1, 4, 1, 0x60, 0, 0],
  ...[2, 11, 1, 3, 0x65, 0x6e, 0x76, 3, 0x61, 0x64, 0x64, 0, 0],
);
/** It imports the function `gojs` `f`, from the glue. */
const fromGlue = bytes(
  ...head,
  ...[1, 4, 1, 0x60, 0, 0],
  ...[2, 10, 1, 4, 0x67, 0x6f, 0x6a, 0x73, 1, 0x66, 0, 0],
);
const instruction = (opcode: number) => ({
  module: bytes(...head, opcode),
  stack: "run@http://127.0.0.1/it.wasm:wasm-function[0]:0x8",
});

/** What has to be known beside the words, where they mean more than one thing. */
const known: Readonly<Record<string, Attempt & { readonly stack?: string }>> = {
  "fetch/network": { doing: "compile" },
  "compile/html": { module: new TextEncoder().encode("<!doctype html>") },
  "compile/empty": { module: bytes() },
  "compile/truncated": { module: bytes(...head, 10, 7, 1) },
  "link/glue": { doing: "instantiate", module: fromGlue, imports: { gojs: {} } },
  "link/not-a-function": { doing: "instantiate", module: importing, imports: { env: { add: 3 } } },
  "link/segment": { doing: "instantiate" },
  "call/no-export": { doing: "call", name: "increment" },
  "run/float-to-integer": instruction(0xaa),
  "run/indirect-bounds": instruction(0x11),
  "run/table-bounds": instruction(0x25),
  "run/stack": { stack: "at main.deeper (wasm://wasm/it:wasm-function[0]:0x8)" },
};

const all = table.flatMap((row) =>
  row.texts.map((text): [string, Row, Text] => [`${row.code}, ${text.by}`, row, text]),
);

test.each(all)("%s", (_, row, { by, kind, pattern, example }) => {
  expect(example).toMatch(pattern);
  const { stack, ...attempt } = known[row.code] ?? {};
  const explanation = explain({ name: kind, message: example, stack }, attempt);
  // Both compilers have runtimes with the same words; the first row says it for both.
  expect(explanation.code, by).toBe(row.code);
});

test("every row says why, what to do, and where there is more", () => {
  for (const { code, title, cause, remedy, link } of table) {
    expect(code).toMatch(/^(?:fetch|compile|link|call|run|go)\/[a-z0-9-]+$/);
    expect([title, cause, remedy].every((text) => text.length > 10)).toBe(true);
    expect(remedy, code).not.toBe(cause);
    expect(link).toMatch(/^https:\/\/(?:developer\.mozilla\.org|go\.dev|pkg\.go\.dev|tinygo\.org)\//);
  }
  const codes = table.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

test("Safari's words are known wherever Chrome's are, but where it has no such limit", () => {
  const has = (row: Row, name: Text["by"]) => row.texts.some(({ by }) => by === name);
  const without = table.filter((row) => has(row, "Chrome") && !has(row, "Safari")).map(({ code }) => code);
  expect(without).toEqual(["compile/too-large"]);
});

test("the table in docs/errors.md is that of the code", async () => {
  const path = new URL("../../docs/errors.md", import.meta.url);
  const written = await readFile(path, "utf8");
  const begin = written.indexOf("## ");
  const whole = `${written.slice(0, begin)}${tableText()}`;
  if (process.env.REGENERATE) await writeFile(path, whole);
  else
    expect(written === whole, "run `REGENERATE=1 npx vitest run test/explain/table.test.ts` in web/").toBe(
      true,
    );
});
