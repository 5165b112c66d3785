//! Calls between a page and a program that cannot be.

import { chrome, client, type Facts, firefox, glue, links, type Row, safari } from "./row.js";

const type = "TypeError";

/** A page has many functions of its own; only of a call into a module it is known that an export was meant. */
const callsExport = ({ message, name, doing }: Facts) =>
  /\bexports\b/.test(message) || (doing === "call" && name !== undefined);

export const callRows: readonly Row[] = [
  {
    code: "call/no-export",
    title: "The module exports no such function",
    texts: [
      chrome(type, /is not a function/, "instance.exports.increment is not a function", callsExport),
      firefox(type, /is not a function/, "instance.exports.increment is not a function", callsExport),
      safari(
        type,
        /is not a function/,
        "instance.exports.increment is not a function. (In 'instance.exports.increment()', 'instance.exports.increment' is undefined)",
        callsExport,
      ),
      client(
        type,
        /^(?:the Go program that runs does not export |.* is not exported by the Go program )/,
        "the Go program that runs does not export Increment",
      ),
    ],
    cause:
      "The name is spelt otherwise, the Go function bears no `//go:wasmexport`, or the export is no function.",
    remedy: "Write `//go:wasmexport Name` above the Go function, and call it by exactly that name.",
    link: links.directives,
  },
  {
    code: "call/arguments",
    title: "A function of Go was given too few arguments",
    texts: [client(type, /takes \d+ arguments?, and was given \d/, "Add takes 2 arguments, and was given 1")],
    cause:
      "Go has no optional parameters. WebAssembly would take 0 for what is missing, which a module in a page of Vite refuses.",
    remedy:
      "Pass all of them; a type checker that reads the `.d.ts` beside the Go file sees it before it runs.",
    link: links.exported,
  },
  {
    code: "call/bigint",
    title: "A 64-bit integer has to be a BigInt",
    texts: [
      chrome(type, /Cannot convert .* to a BigInt/, "Cannot convert 5 to a BigInt"),
      firefox(type, /can't convert .* to BigInt/, "can't convert 5 to BigInt"),
      safari(type, /Invalid argument type in ToBigInt/, "Invalid argument type in ToBigInt operation"),
    ],
    cause:
      "`int64` and `uint64` of Go are BigInts in JavaScript; a number, or nothing, was given or returned.",
    remedy: "Pass `BigInt(value)` or `5n`; functions that Go imports return a BigInt for an `int64`.",
    link: links.exported,
  },
  {
    code: "call/number",
    title: "A BigInt was given for a number",
    texts: [
      chrome(type, /Cannot convert a BigInt value to a number/, "Cannot convert a BigInt value to a number"),
      firefox(type, /can't convert BigInt to number/, "can't convert BigInt to number"),
      safari(
        type,
        /Conversion from 'BigInt' to 'number' is not allowed/,
        "Conversion from 'BigInt' to 'number' is not allowed.",
      ),
    ],
    cause:
      "`int32`, `uint32`, smaller integers and floats of Go are numbers in JavaScript; a BigInt was given or returned.",
    remedy: "Pass `Number(value)`, or declare the parameter as `int64`.",
    link: links.exported,
  },
  {
    code: "call/not-passable",
    title: "A type cannot pass between WebAssembly and JavaScript",
    texts: [
      chrome(
        type,
        /type incompatibility when transforming from\/to JS/,
        "type incompatibility when transforming from/to JS",
      ),
      firefox(type, /cannot pass .* to or from JS/, "cannot pass value to or from JS"),
      safari(
        type,
        /cannot contain a v128/,
        "an exported wasm function cannot contain a v128 parameter or return value",
      ),
    ],
    cause:
      "The function has a parameter or result, such as a vector of 128 bits, that JavaScript has no value for.",
    remedy: "Export a function that takes it apart into numbers, or keeps it in memory.",
    link: links.exported,
  },
  {
    code: "call/exited",
    title: "A function of a Go program was called after the program had ended",
    texts: [glue("Error", /Go program has already exited/, "Go program has already exited")],
    cause:
      "`main` has returned, and with it everything that the program had given to the page, such as event listeners.",
    remedy: "End `main` with `select {}`; or take listeners back and call `Release` before it returns.",
    link: links.functions,
  },
  {
    code: "call/no-glue",
    title: "wasm_exec.js is not loaded",
    texts: [
      chrome("ReferenceError", /^Go is not defined/, "Go is not defined"),
      firefox("ReferenceError", /^Go is not defined/, "Go is not defined"),
      safari("ReferenceError", /Can't find variable: Go\b/, "Can't find variable: Go"),
    ],
    cause:
      "The class `Go` comes with `wasm_exec.js`, which was not loaded before it was used, or was not found.",
    remedy: 'Put `<script src="wasm_exec.js"></script>` before the script that uses `new Go()`.',
    link: links.glue,
  },
  {
    code: "call/not-an-instance",
    title: "`go.run` was given something else than an instance",
    texts: [
      glue("Error", /Go\.run: WebAssembly\.Instance expected/, "Go.run: WebAssembly.Instance expected"),
    ],
    cause: "`instantiate` of bytes answers `{ module, instance }`, and all of it was given.",
    remedy:
      "Give it the instance: `const { instance } = await WebAssembly.instantiateStreaming(...); go.run(instance)`.",
    link: links.glue,
  },
];
