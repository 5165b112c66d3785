//! BLAKE3, which browsers do not have. A script of its own, loaded with the first bytes that are to be checked.

import { blake3 } from "@noble/hashes/blake3.js";
import { toHexadecimal } from "./hexadecimal.js";

/** The hash of bytes, as the protocol has it, in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return toHexadecimal(blake3(bytes));
}
