//! Patches of functions as a server makes them, that apply nothing.

import { digest, targetOf } from "../src/digest.js";
import type { Patch } from "../src/messages.js";

/** The patch after `number - 1` on the module with the hash `base`. */
export function hotPatch(base: string, number: number, module: Uint8Array<ArrayBuffer>): Patch {
  const patch: Omit<Patch, "target"> = {
    number,
    follows: number - 1,
    module,
    hash: digest(module),
    tableLength: 0,
    tableGrowth: 0,
    writes: [],
    hasInitializer: false,
    stackChain: 0,
    functions: [],
    notes: [],
  };
  return { ...patch, target: targetOf(base, patch) };
}
