//! Replaces functions of a running program: everything is compiled and checked first, then one step, or nothing.

import { missingImports } from "./glue.js";
import type { MemoryWrite, Patch, Stage } from "./messages.js";
import { SwapError, words } from "./swap-error.js";

/** A patch that the engine has compiled. */
export type Prepared = { readonly patch: Patch; readonly module: WebAssembly.Module };

/** What a base exports so that it can be patched. */
type Base = {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  readonly __stack_pointer: WebAssembly.Global<"i32">;
  readonly __asyncify_state: WebAssembly.Global<"i32">;
};

/** The module that offers entries of the base's table to a patch, and the one that offers the base's exports. */
const [tableModule, baseModule] = ["t", "e"];

/** Entries have their numbers for names, in as few digits as JavaScript can read. */
const entryRadix = 36;

/** What patches call the exports of their base. */
const shortNames = {
  m: "memory",
  t: "__indirect_function_table",
  s: "__stack_pointer",
  u: "__asyncify_state",
  p: "asyncify_put",
  q: "asyncify_pull",
};

/** Compiles those that are newer than `patched` while the program runs on, then applies one after the other. */
export async function bring(
  patches: readonly Patch[],
  patched: number,
  applyOne: (prepared: Prepared) => void,
): Promise<{ readonly stages: readonly Stage[] }> {
  const begin = performance.now();
  const prepared = await prepare(patches.filter(({ number }) => number > patched));
  const compiled = performance.now();
  for (const one of prepared) applyOne(one);
  return {
    stages: [
      { name: "compile", microseconds: (compiled - begin) * 1000 },
      { name: "apply", microseconds: (performance.now() - compiled) * 1000 },
    ],
  };
}

/** Throws a `SwapError`. */
function prepare(patches: readonly Patch[]): Promise<readonly Prepared[]> {
  return Promise.all(
    patches.map(async (patch) => {
      try {
        return { patch, module: await WebAssembly.compile(patch.module) };
      } catch (error) {
        throw new SwapError("patch", `patch ${patch.number}: ${words(error)}`, error);
      }
    }),
  );
}

/**
 * Applies one patch between two calls of the program; no Go code may be on the stack. `run` calls the initializer.
 * Throws a `SwapError`, after which the old functions run on; the table may have grown then, so that only a whole
 * module brings the program further. Returns what the patch exports.
 */
export function apply(
  exports: WebAssembly.Exports,
  imports: WebAssembly.Imports,
  { patch, module }: Prepared,
  run: (initialize: () => unknown) => unknown,
): WebAssembly.Exports {
  const base = patchable(exports);
  const { memory, __indirect_function_table: table, __asyncify_state: suspended } = base;
  if (suspended.value !== 0) throw refuse(patch, "the program is being suspended");
  if (table.length !== patch.tableLength) {
    throw refuse(
      patch,
      `it was made for a table of ${patch.tableLength} functions, there are ${table.length}`,
    );
  }
  const entries: WebAssembly.ModuleImports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const entry = Number.parseInt(name, entryRadix);
    if (from === tableModule && entry < table.length) entries[name] = table.get(entry);
  }
  const offered = { ...imports, [tableModule]: entries, [baseModule]: shortened(exports) };
  const missing = missingImports(module, offered);
  if (missing.length > 0) throw refuse(patch, `the page does not offer ${missing.join(", ")}`);

  let instance: WebAssembly.Instance;
  try {
    table.grow(patch.tableGrowth);
    instance = new WebAssembly.Instance(module, offered);
  } catch (error) {
    throw refuse(patch, words(error));
  }
  const before = patch.writes.map(({ address, content }) => copy(memory, address, content.length));
  write(memory, patch.writes);
  const { initialize } = instance.exports;
  if (patch.hasInitializer && typeof initialize === "function") {
    const stack = base.__stack_pointer.value;
    const chain = patch.stackChain > 0 ? [copy(memory, patch.stackChain, 4)] : [];
    try {
      // It returns 0 when the goroutine that computes them waits.
      const computed = run(initialize as () => unknown);
      if (computed === 0 || suspended.value !== 0) throw new Error("an initial value waits for something");
    } catch (error) {
      write(memory, [...before, ...chain]);
      base.__stack_pointer.value = stack;
      suspended.value = 0;
      throw refuse(patch, `its initial values could not be computed: ${words(error)}`);
    }
  }
  return patch.hasInitializer ? without(initialize, instance.exports) : instance.exports;
}

function shortened(exports: WebAssembly.Exports): WebAssembly.ModuleImports {
  const offered = Object.entries(shortNames).map(([short, name]) => [short, exports[name]]);
  return Object.fromEntries(offered.filter(([, value]) => value !== undefined));
}

/** All but the initializer, which is none of the program's functions. */
function without(initialize: unknown, exports: WebAssembly.Exports): WebAssembly.Exports {
  return Object.fromEntries(Object.entries(exports).filter(([, value]) => value !== initialize));
}

function patchable(exports: WebAssembly.Exports): Base {
  const base = exports as unknown as Base;
  if (!base.__indirect_function_table || !base.__asyncify_state || !base.__stack_pointer) {
    throw new SwapError("patch", "the module that runs was not made to be patched");
  }
  return base;
}

function copy(memory: WebAssembly.Memory, address: number, length: number): MemoryWrite {
  return { address, content: new Uint8Array(memory.buffer, address, length).slice() };
}

function write(memory: WebAssembly.Memory, writes: readonly MemoryWrite[]): void {
  for (const { address, content } of writes) new Uint8Array(memory.buffer).set(content, address);
}

function refuse({ number }: Patch, reason: string): SwapError {
  return new SwapError("patch", `patch ${number}: ${reason}`);
}
