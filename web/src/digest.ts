//! Checks by BLAKE3, which browsers do not have. A script of its own, loaded with the first bytes that are to be checked.

import { blake3 } from "@noble/hashes/blake3.js";
import { fromHexadecimal, toHexadecimal } from "./hexadecimal.js";
import type { Patch } from "./messages.js";

/** The hash of bytes, as the protocol has it, in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return toHexadecimal(blake3(bytes));
}

/** Whether a patch on the module with the hash `base` is what its two hashes are of. */
export function isIntact(base: string, patch: Patch): boolean {
  return digest(patch.module) === patch.hash && targetOf(base, patch) === patch.target;
}

/** Hash of all that is applied and of what it is applied to; `proto/schema/devserver/v1/server.proto` has the layout. */
export function targetOf(base: string, patch: Omit<Patch, "target">): string {
  const { follows, number, tableLength, tableGrowth, hasInitializer, stackChain, writes, hash } = patch;
  const state = blake3.create().update(fromHexadecimal(base));
  const say = (...numbers: number[]) => {
    const view = new DataView(new ArrayBuffer(4 * numbers.length));
    numbers.forEach((each, index) => {
      view.setUint32(4 * index, each, true);
    });
    state.update(new Uint8Array(view.buffer));
  };
  say(follows, number, tableLength, tableGrowth, Number(hasInitializer), stackChain, writes.length);
  for (const { address, content } of writes) {
    say(address, content.length);
    state.update(content);
  }
  return toHexadecimal(state.update(fromHexadecimal(hash)).digest());
}
