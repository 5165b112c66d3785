//! Which nodes of a declaration are other ones than before: each has a digest of 32 bits, and what is between the
//! equal ones at both ends is new. A collision hides a change from the eye and does nothing else.

import type { LiveTree, NodeRange } from "../tree-event.js";

/** In preorder, of `size` nodes from `index` on. */
export function digestsOf(tree: LiveTree, index: number, size: number): Uint32Array {
  const digests = new Uint32Array(size);
  for (let place = 0; place < size; place += 1) {
    const node = tree.node(index + place);
    digests[place] = node ? digest(`${node.kind} ${node.label}`) : 0;
  }
  return digests;
}

/** Places of the nodes in `now` that `before` does not have; undefined when there are none. */
export function changedRange(before: Uint32Array, now: Uint32Array): NodeRange | undefined {
  const shorter = Math.min(before.length, now.length);
  let from = 0;
  while (from < shorter && before[from] === now[from]) from += 1;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === now[now.length - 1 - same]) same += 1;
  const to = now.length - same;
  return from < to ? { from, to } : undefined;
}

/** FNV-1a. */
function digest(text: string): number {
  let value = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1)
    value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  return value >>> 0;
}
