//! What ends a call into WebAssembly, as far as the engine knows.

import { chrome, type Facts, firefox, links, type Row, safari } from "./row.js";

const trap = "RuntimeError";

const codes =
  (...all: readonly number[]) =>
  ({ opcode }: Facts) =>
    opcode !== undefined && all.includes(opcode);
const callsIndirectly = codes(0x11, 0x13);
const usesTable = codes(0x25, 0x26);
/** The eight conversions of floats to integers. */
const converts = codes(0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1);
const inside = (facts: Facts) => facts.inside;
const bounds = "index out of bounds";

export const runRows: readonly Row[] = [
  {
    code: "run/unreachable",
    title: "The program went down",
    texts: [
      chrome(trap, /^unreachable$/, "unreachable"),
      firefox(trap, /^unreachable executed$/, "unreachable executed"),
      safari(trap, /Unreachable code should not be executed/, "Unreachable code should not be executed"),
    ],
    cause:
      "The runtime of Go has given up: most often after a panic, whose text was printed before this error.",
    remedy: "Read the line before this error in the console; the Go stack says where it happened.",
    link: links.handlingPanics,
  },
  {
    code: "run/out-of-bounds",
    title: "Memory was used that is not there",
    texts: [
      chrome(trap, /memory access out of bounds/, "memory access out of bounds"),
      firefox(trap, /^index out of bounds$/, bounds),
      safari(trap, /Out of bounds memory access/, "Out of bounds memory access"),
    ],
    cause:
      "An address lies outside of the memory: with TinyGo most often a nil pointer, or memory reached through `unsafe`; or JavaScript has passed a wrong address or length.",
    remedy: "Look at the innermost Go function for a pointer, map or interface that may be nil.",
    link: links.runtimeError,
  },
  {
    code: "run/divide-by-zero",
    title: "An integer was divided by zero",
    texts: [
      chrome(trap, /^(?:divide|remainder) by zero$/, "divide by zero"),
      firefox(trap, /integer divide by zero/, "integer divide by zero"),
      safari(trap, /Division by zero/, "Division by zero"),
    ],
    cause: "The right operand of `/` or `%` was 0.",
    remedy: "Test it before, in the function that the stack names first.",
    link: links.integers,
  },
  {
    code: "run/overflow",
    title: "The result of a division is too large",
    texts: [
      chrome(trap, /divide result unrepresentable/, "divide result unrepresentable"),
      firefox(trap, /^integer overflow$/, "integer overflow"),
      safari(trap, /^Integer overflow/, "Integer overflow"),
    ],
    cause: "The smallest integer was divided by -1; its opposite does not exist.",
    remedy: "Test for it before, or use a larger type.",
    link: links.integers,
  },
  {
    code: "run/float-to-integer",
    title: "A float has no integer",
    texts: [
      chrome(trap, /float unrepresentable in integer range/, "float unrepresentable in integer range"),
      firefox(trap, /invalid conversion to integer/, "invalid conversion to integer"),
      firefox(trap, /^integer overflow$/, "integer overflow", converts),
      safari(trap, /Out of bounds Trunc operation/, "Out of bounds Trunc operation"),
    ],
    cause: "The float was NaN, infinite or outside of the range of the integer type.",
    remedy: "Test with `math.IsNaN` and for the range before it is converted.",
    link: links.conversions,
  },
  {
    code: "run/indirect-null",
    title: "A function was called that is not there",
    texts: [
      chrome(trap, /^null function/, "null function"),
      firefox(trap, /indirect call to null/, "indirect call to null"),
      safari(trap, /call_indirect to a null table entry/, "call_indirect to a null table entry"),
    ],
    cause: "The value of function type, or the method of an interface, was nil; or memory was overwritten.",
    remedy: "Test the function for nil before it is called.",
    link: links.runtimeError,
  },
  {
    code: "run/indirect-signature",
    title: "A function was called as one of another type",
    texts: [
      chrome(
        trap,
        /function signature mismatch|null function or function signature/,
        "function signature mismatch",
      ),
      firefox(trap, /indirect call signature mismatch/, "indirect call signature mismatch"),
      safari(
        trap,
        /call_indirect to a signature that does not match/,
        "call_indirect to a signature that does not match",
      ),
    ],
    cause:
      "The function pointer leads to another function: memory was overwritten, or C code casts function types.",
    remedy:
      "Look for `unsafe` and for functions that are passed through C or through linknames with another type.",
    link: links.runtimeError,
  },
  {
    code: "run/indirect-bounds",
    title: "A function pointer leads outside of the table",
    texts: [
      chrome(trap, /^table index is out of bounds/, "table index is out of bounds", callsIndirectly),
      firefox(trap, /^index out of bounds$/, bounds, callsIndirectly),
      safari(trap, /Out of bounds call_indirect/, "Out of bounds call_indirect"),
    ],
    cause: "What was called is no function: memory was overwritten, or was never set.",
    remedy: "Look for `unsafe` and for lengths that JavaScript passes.",
    link: links.runtimeError,
  },
  {
    code: "run/table-bounds",
    title: "An entry of a table was used that is not there",
    texts: [
      chrome(trap, /^table index is out of bounds/, "table index is out of bounds"),
      firefox(trap, /^index out of bounds$/, bounds, usesTable),
      safari(trap, /Out of bounds table access/, "Out of bounds table access"),
    ],
    cause: "The module reads or writes an entry beyond the end of a table.",
    remedy: "Make the table larger: `table.grow(count)`, or `initial` where it is made.",
    link: links.table,
  },
  {
    code: "run/stack",
    title: "Calls go too deep",
    texts: [
      chrome("RangeError", /Maximum call stack size exceeded/, "Maximum call stack size exceeded", inside),
      firefox("InternalError", /too much recursion/, "too much recursion", inside),
      safari("RangeError", /Maximum call stack size exceeded/, "Maximum call stack size exceeded.", inside),
      safari(trap, /Stack overflow/, "Stack overflow"),
    ],
    cause: "A function calls itself without an end, or for more steps than the browser has stack for.",
    remedy: "Look at the function that is repeated in the stack; make it a loop, or give it an end.",
    link: links.stack,
  },
  {
    code: "run/grow",
    title: "The memory could not grow",
    texts: [
      chrome(
        "RangeError",
        /Memory\.grow\(\): (?:Maximum memory size exceeded|Unable to grow)/,
        "WebAssembly.Memory.grow(): Maximum memory size exceeded",
      ),
      firefox("RangeError", /failed to grow memory/, "failed to grow memory"),
      safari(
        "RangeError",
        /Memory\.grow (?:would exceed|expects)|Out of memory/,
        "WebAssembly.Memory.grow would exceed the memory's declared maximum size",
      ),
    ],
    cause: "The memory has reached its limit, or the browser has no more.",
    remedy: "Make it with a larger `maximum`, or keep less: look at what the program holds in the inspector.",
    link: links.grow,
  },
  {
    code: "run/memory-limit",
    title: "More memory was asked for than there can be",
    texts: [
      chrome(
        "RangeError",
        /Memory\(\): .*above the upper bound|Out of memory: Cannot allocate Wasm memory|could not allocate memory/,
        "WebAssembly.Memory(): Property 'initial': value 70000 is above the upper bound 65536",
      ),
      firefox(
        "RangeError",
        /bad Memory (?:initial|maximum) size|too many memory pages/,
        "bad Memory initial size",
      ),
      safari("RangeError", /page count is too large/, "WebAssembly.Memory 'initial' page count is too large"),
    ],
    cause: "A memory of 32 bits has at most 65,536 pages of 64 KiB, which is 4 GiB.",
    remedy: "`initial` and `maximum` count pages, not bytes: divide by 65,536.",
    link: links.memory,
  },
];
