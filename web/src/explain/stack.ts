//! What the stack of an error says of WebAssembly.

export type StackPlace = { readonly function: number; readonly offset: number; readonly name: string };

/**
 * V8:             `at main.fall (wasm://wasm/main.wasm-1a2b:wasm-function[12]:0x3f)`
 * SpiderMonkey:   `main.fall@http://host/main.wasm:wasm-function[12]:0x3f`
 * JavaScriptCore: `<?>.wasm-function[main.fall]@[wasm code]`, without an offset
 */
const frame = /^\s*(?:at )?(?:([^\s@]*)(?: \(|@))?.*wasm-function\[(\d+)\]:0x([0-9a-f]+)/;

/** How the runtimes of both compilers go down once something is wrong: says nothing about the program. */
const runtime = /^(?:runtime\.|internal\/|panic$|abort$)/;

/** The innermost function of a module, as far as the engine says where. */
export function innermost(stack: string): StackPlace | undefined {
  return places(stack).next().value;
}

/** The innermost one that is none of the runtime; undefined where the module names none. */
export function innermostOfProgram(stack: string): StackPlace | undefined {
  for (const place of places(stack)) if (place.name !== "" && !runtime.test(place.name)) return place;
  return undefined;
}

function* places(stack: string): Generator<StackPlace, undefined> {
  for (const line of stack.split("\n")) {
    const [, name = "", index, offset] = frame.exec(line) ?? [];
    if (index === undefined || offset === undefined) continue;
    yield { function: Number(index), offset: Number.parseInt(offset, 16), name: nameOnly(name) };
  }
}

export function mentionsWasm(stack: string): boolean {
  return stack.includes("wasm-function[");
}

/** V8 puts `wasm-function[3]` where there is no name, SpiderMonkey `it.wasm` and the like nothing. */
function nameOnly(name: string): string {
  return /^wasm-function\[|:\/\//.test(name) ? "" : name;
}
