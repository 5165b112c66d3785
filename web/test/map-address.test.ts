//! The address of a source map in a patch: a module still, and found by the engine.

import { expect, test } from "vitest";
import { withMaps } from "../src/map-address.js";
import type { UpdateMessage } from "../src/messages.js";

/** A module with a function that returns 7. */
const module = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0x41, 7, 0x0b],
);

test.each(["http://127.0.0.1:7700", `https://${"a".repeat(20_000)}.example`])(
  "a patch names its map at %.20s",
  async (origin) => {
    const hash = "ab".repeat(32);
    const patch = { number: 1, module, hash };
    const message = { update: { patches: [patch] } } as unknown as UpdateMessage;
    const [named] = withMaps(message, origin).update.patches;
    const compiled = await WebAssembly.compile(named?.module as Uint8Array<ArrayBuffer>);
    const [section] = WebAssembly.Module.customSections(compiled, "sourceMappingURL");
    const bytes = new Uint8Array(section ?? new ArrayBuffer(0));
    const url = `${origin}/m/${hash}.wasm?map`;
    const text = new TextDecoder().decode(bytes);
    expect(text.endsWith(url)).toBe(true);
    // Before it stands its length.
    const head = bytes.subarray(0, bytes.length - url.length);
    expect(head.reduce((sum, byte, place) => sum + (byte & 127) * 128 ** place, 0)).toBe(url.length);
    expect(message.update.patches[0]?.module, "what was checked stays what it is").toBe(module);
  },
);
