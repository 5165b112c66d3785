//! Modules and pages that do not fit together.

import { member } from "./offered.js";
import { chrome, client, type Facts, firefox, links, type Row, safari } from "./row.js";

const link = "LinkError";

/** Names that only the glue of the compiler offers. */
function isGlue({ subject }: Facts): boolean {
  if (!subject) return false;
  const { module, name } = subject;
  return (
    module === "gojs" ||
    (module === "go" && /^(?:runtime|syscall)[./]/.test(name)) ||
    name.startsWith("syscall/js.")
  );
}

/** It is known that nothing is offered under the name. */
function isMissing({ imports, subject }: Facts): boolean {
  return !imports || !subject || member(imports, subject.module, subject.name) === undefined;
}
const isThere = (facts: Facts) => !isMissing(facts);
const lacksGlue = (facts: Facts) => isGlue(facts) && isMissing(facts);
const starts = ({ doing, inside }: Facts) => doing === "instantiate" && !inside;

const chromeFunction =
  'WebAssembly.instantiate(): Import #0 "env" "add": function import requires a callable';
const firefoxFunction = "import object field 'add' is not a Function";
const safariFunction = "import function env:add must be callable";
const functionTexts = (when: (facts: Facts) => boolean, sure: boolean) => {
  const condition = sure ? undefined : when;
  return [
    chrome(link, /function import requires a callable/, chromeFunction, condition),
    firefox(link, /is not a Function/, firefoxFunction, condition),
    safari(link, /import function .* must be callable/, safariFunction, condition),
  ];
};
const chromeModule = 'WebAssembly.instantiate(): Import #0 "env": module is not an object or function';
const firefoxModule = "import object field 'env' is not an Object";
const safariModule = "import env:add must be an object";
const moduleTexts = (when?: (facts: Facts) => boolean) => [
  chrome("TypeError", /module is not an object or function/, chromeModule, when),
  firefox("TypeError", /import object field .* is not an Object/, firefoxModule, when),
  safari("TypeError", /import .* must be an object/, safariModule, when),
];

export const linkRows: readonly Row[] = [
  {
    code: "link/no-imports",
    title: "The module wants imports and was given none",
    texts: [
      chrome(
        "TypeError",
        /Imports argument must be present/,
        "WebAssembly.instantiate(): Imports argument must be present and must be an object",
      ),
      firefox("TypeError", /second argument must be an object/, "second argument must be an object"),
      safari(
        "TypeError",
        /there is no imports Object/,
        "can't make WebAssembly.Instance because there is no imports Object and the WebAssembly.Module requires imports",
      ),
    ],
    cause: "The second argument of `instantiate` is missing.",
    remedy: "Give it `go.importObject` of `new Go()`, with your own functions added.",
    link: links.instantiate,
  },
  {
    code: "link/glue",
    title: "wasm_exec.js is not of the compiler that built the module",
    texts: [
      ...functionTexts(lacksGlue, false),
      ...moduleTexts(lacksGlue),
      client(
        "SwapError",
        /neither its glue nor the page offers: .*(?:gojs\.|runtime\.|syscall\/js\.)/,
        "the module imports what neither its glue nor the page offers: gojs.runtime.later",
      ),
    ],
    cause: "The module imports a function of its runtime that this `wasm_exec.js` does not have.",
    remedy:
      "Take the file of the same compiler and version: `$(go env GOROOT)/lib/wasm/wasm_exec.js`, or `$(tinygo env TINYGOROOT)/targets/wasm_exec.js`.",
    link: links.glue,
  },
  {
    code: "link/missing-module",
    title: "The page offers nothing under the first name of an import",
    texts: moduleTexts(),
    cause: "The import object has no object of that name: it is spelt otherwise, or was not added.",
    remedy: "Add it before the module is instantiated: `go.importObject.env = { add: (a, b) => ... }`.",
    link: links.directives,
  },
  {
    code: "link/not-a-function",
    title: "What the page offers is no function",
    texts: functionTexts(isThere, false),
    cause: "There is a value of that name, but the module calls it.",
    remedy: "Offer a function there: `go.importObject.env.add = (a, b) => ...`.",
    link: links.directives,
  },
  {
    code: "link/missing-import",
    title: "The page does not offer a function that the module imports",
    texts: [
      ...functionTexts(isMissing, true),
      client(
        "SwapError",
        /neither its glue nor the page offers/,
        "the module imports what neither its glue nor the page offers: env.add",
      ),
    ],
    cause:
      "The object of that name is there, but not the function in it: it is spelt otherwise, or was not added.",
    remedy:
      "Add it before the module is instantiated: `go.importObject.env.add = (a, b) => ...`, or drop the `//go:wasmimport`.",
    link: links.directives,
  },
  {
    code: "link/signature",
    title: "The imported function has another type",
    texts: [
      chrome(
        link,
        /imported function does not match the expected type/,
        'WebAssembly.instantiate(): Import #0 "env" "add": imported function does not match the expected type',
      ),
      firefox(
        link,
        /imported function .* signature mismatch/,
        "imported function 'env.add' signature mismatch",
      ),
      safari(
        link,
        /imported function .* signature doesn't match/,
        "imported function env:add signature doesn't match the provided WebAssembly function's signature",
      ),
    ],
    cause: "A function of another module is taken only when its type is exactly the one that is imported.",
    remedy:
      "Change the Go declaration to the type that is offered, or offer a function of JavaScript that converts.",
    link: links.directives,
  },
  {
    code: "link/memory-size",
    title: "The memory that is offered is too small",
    texts: [
      chrome(
        link,
        /memory import has \d+ pages which is smaller/,
        'WebAssembly.instantiate(): Import #0 "env" "memory": memory import has 2 pages which is smaller than the declared initial of 4',
      ),
      firefox(link, /imported Memory with incompatible size/, "imported Memory with incompatible size"),
      safari(
        link,
        /Memory import .* smaller than the module's declared/,
        "Memory import env:memory provided a 'size' that is smaller than the module's declared 'initial' import memory size",
      ),
    ],
    cause: "The module begins with more pages than the memory has.",
    remedy: "Make it at least that large: `new WebAssembly.Memory({ initial })`.",
    link: links.memory,
  },
  {
    code: "link/memory-maximum",
    title: "The memory that is offered may grow further than the module allows",
    texts: [
      chrome(
        link,
        /memory import has (?:a larger maximum size|no maximum)/,
        'WebAssembly.instantiate(): Import #0 "env" "memory": memory import has a larger maximum size 7 than the module\'s declared maximum 3',
      ),
      firefox(
        link,
        /imported Memory with incompatible maximum/,
        "imported Memory with incompatible maximum size",
      ),
      safari(
        link,
        /Memory import .*(?:did not have a 'maximum'|'maximum' that is larger)/,
        "Memory import env:memory did not have a 'maximum' but the module requires that it does",
      ),
    ],
    cause: "A module that names a limit takes only memories with a limit of at most that.",
    remedy: "Make it with that limit: `new WebAssembly.Memory({ initial, maximum })`.",
    link: links.memory,
  },
  {
    code: "link/not-a-memory",
    title: "What the page offers is no memory",
    texts: [
      chrome(
        link,
        /memory import must be a WebAssembly\.Memory/,
        'WebAssembly.instantiate(): Import #0 "env" "memory": memory import must be a WebAssembly.Memory object',
      ),
      firefox(link, /is not a Memory/, "import object field 'memory' is not a Memory"),
      safari(
        link,
        /Memory import .* is not an instance of/,
        "Memory import env:memory is not an instance of WebAssembly.Memory",
      ),
    ],
    cause:
      "The module was linked with an imported memory (`--import-memory`), and nothing or something else is there.",
    remedy: "Offer `new WebAssembly.Memory({ initial })`, or link without `--import-memory`.",
    link: links.memory,
  },
  {
    code: "link/table-size",
    title: "The table that is offered has another size",
    texts: [
      chrome(
        link,
        /table import .*(?:is smaller than initial|larger maximum|no maximum)/,
        "WebAssembly.instantiate(): table import 0 is smaller than initial 8, got 2",
      ),
      firefox(
        link,
        /imported Table with incompatible (?:maximum )?size/,
        "imported Table with incompatible size",
      ),
      safari(
        link,
        /(?:Table import .*(?:that is too small|does not have a 'maximum')|Imported Table .* is larger)/,
        "Table import env:table provided an 'initial' that is too small",
      ),
    ],
    cause: "The module needs more entries than the table has, or names a limit that the table goes beyond.",
    remedy:
      'Make it as the module wants it: `new WebAssembly.Table({ element: "anyfunc", initial, maximum })`.',
    link: links.table,
  },
  {
    code: "link/not-a-table",
    title: "What the page offers is no table",
    texts: [
      chrome(
        link,
        /table import requires a WebAssembly\.Table/,
        'WebAssembly.instantiate(): Import #0 "env" "table": table import requires a WebAssembly.Table',
      ),
      firefox(link, /is not a Table/, "import object field 'table' is not a Table"),
      safari(
        link,
        /Table import .* is not an instance of/,
        "Table import env:table is not an instance of WebAssembly.Table",
      ),
    ],
    cause:
      "The module was linked with an imported table (`--import-table`), and nothing or something else is there.",
    remedy:
      'Offer `new WebAssembly.Table({ element: "anyfunc", initial })`, or link without `--import-table`.',
    link: links.table,
  },
  {
    code: "link/global",
    title: "The imported global has another type",
    texts: [
      chrome(
        link,
        /imported global does not match|imported mutable global must be|global import must be a/,
        'WebAssembly.instantiate(): Import #0 "env" "limit": imported global does not match the expected type',
      ),
      firefox(
        link,
        /imported global (?:type|mutability) mismatch|is not a (?:BigInt|Number)|is not a Global/,
        "imported global type mismatch",
      ),
      safari(
        link,
        /imported global .* (?:must be|cannot be)/,
        "imported global env:limit must be a same mutability",
      ),
    ],
    cause:
      "A global is taken only when type and mutability are the same; a plain value must be a number, and for 64 bits a BigInt.",
    remedy: "Make it as the module wants it: `new WebAssembly.Global({ value, mutable }, start)`.",
    link: links.global,
  },
  {
    code: "link/segment",
    title: "The module's data does not fit into its memory or table",
    texts: [
      chrome(
        "RuntimeError",
        /data segment \d+ is out of bounds/,
        "WebAssembly.instantiate(): data segment 0 is out of bounds (offset 65535, length 2, memory size 65536)",
      ),
      chrome(
        "RuntimeError",
        /table (?:index|initializer).* out of bounds|table index is out of bounds/,
        "WebAssembly.instantiate(): table index is out of bounds",
        starts,
      ),
      firefox("RuntimeError", /index out of bounds/, "index out of bounds", starts),
      safari(
        "RuntimeError",
        /Invalid data segment initialization/,
        "Invalid data segment initialization: segment of 2 bytes memory of 65536 bytes, at offset 65535, segment writes outside of memory",
      ),
      safari("RuntimeError", /Out of bounds table access/, "Out of bounds table access", starts),
    ],
    cause: "The initial contents lie outside of a memory or table that is imported, or was made too small.",
    remedy: "Offer a larger one, or link with a larger `--initial-memory`.",
    link: links.runtimeError,
  },
];
