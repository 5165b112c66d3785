//! Says to the browser where the source map of a patch is: what is compiled from bytes has no address that a relative one
//! could be read against, so that a patch is given the whole one here, once its bytes were checked.

import type { Patch, UpdateMessage } from "./messages.js";

const section = "sourceMappingURL";

/** The same update, with patches whose lines debuggers find at `origin`. */
export function withMaps(message: UpdateMessage, origin: string): UpdateMessage {
  const { update } = message;
  const patches = update.patches.map((patch) => named(patch, `${origin}/m/${patch.hash}.wasm?map`));
  return { ...message, update: { ...update, patches } };
}

/** With a custom section: its id, the length of what follows, and two texts, each behind its length. */
function named(patch: Patch, url: string): Patch {
  const content = [...text(section), ...text(url)];
  const added = [0, ...length(content.length), ...content];
  const module = new Uint8Array(patch.module.length + added.length);
  module.set(patch.module);
  module.set(added, patch.module.length);
  return { ...patch, module };
}

/** Origins and hashes are ASCII. */
function text(words: string): number[] {
  return [...length(words.length), ...[...words].map((letter) => letter.charCodeAt(0))];
}

/** Seven bits at a time, the least significant first. */
function length(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...length(number >> 7)];
}
