//! From Go signatures to TypeScript declarations, which the compiler of TypeScript accepts and understands.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { declarationText } from "../../src/vite/declaration-text.js";
import { declarations } from "../../src/vite/go-declarations.js";
import { signaturesOf, surface } from "../../src/vite/signature.js";

const source = `package main

type Celsius float64
type Id = uint64
type Loop Loop

// Mean is of two; */ ends nothing.
//go:wasmexport mean
func Mean(one, delete Celsius) Celsius { return 0 }

//go:wasmexport take
func take(a bool, b int8, c uint16, d uint32, e int64, f Id, g string, h *Celsius, i uintptr, _ rune) {}

//go:wasmexport is-it
func isIt() bool { return true }

//go:wasmexport delete
func remove(id Id) int64 { return 0 }

//go:wasmexport program
func program() uint64 { return 0 }

//go:wasmexport words
func words() string { return "" }

//go:wasmexport list
func list(of []int32) {}

//go:wasmexport loop
func loop(of Loop) {}

//go:wasmexport default
func standard() {}

//export pair
func pair() (int32, int32) { return 0, 0 }

//export mean
func mean() {}
`;

const found = declarations(source);
const made = surface(found.exported.map((of) => ({ of, file: "/app/app.go", types: found.types })));

const user = `
import go, { mean, take, "is-it" as isIt, delete as remove, program } from "./app.go";
const numbers: number = mean(1, 2.5);
const nothing: void = take(true, 1, 2, 3, 4n, 5n, "six", 7, 8, 9);
const truth: boolean = isIt();
const large: bigint = remove(1n) + program();
// @ts-expect-error a number is no bigint
remove(1);
// @ts-expect-error one is missing
mean(1);
// @ts-expect-error left out
import { words } from "./app.go";
go.onState(({ name }) => [numbers, nothing, truth, large, name, words]);
`;

test("TypeScript takes the declarations, and finds what is called wrongly", () => {
  const folder = mkdtempSync(join(tmpdir(), "dev-server-declarations-"));
  try {
    writeFileSync(join(folder, "app.go.d.ts"), declarationText(made));
    writeFileSync(join(folder, "user.ts"), user);
    const program = ts.createProgram([join(folder, "user.ts")], {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      strict: true,
      noEmit: true,
      types: [],
      paths: { "dev-server-client": [join(import.meta.dirname, "../../src/go-module/go-program.ts")] },
    });
    const wrong = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(folder));
    expect(wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what cannot cross is left out, with the reason", () => {
  expect(Object.fromEntries(made.unsupported.map(({ name, reason }) => [name, reason]))).toEqual({
    words: "a result of type string cannot be returned",
    list: "a parameter of type []int32 cannot be passed (of)",
    loop: "a parameter of type Loop cannot be passed (of)",
    default: "`default` is the name of the program itself in its module",
    pair: "it has more than one result",
    mean: "another function has the same name",
  });
  expect(declarationText(made)).toContain(
    "// words is left out: a result of type string cannot be returned.",
  );
  expect(signaturesOf(made.functions).take).toEqual([
    ["bool", "int8", "uint16", "uint32", "int64", "uint64", "string", "uint32", "uint32", "int32"],
    "nothing",
  ]);
});
