//! The golden history of a tree: messages that the crate wrote, and the tree after each.

import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import {
  type DeltaPatch,
  DeltaPatchSchema,
  type TreeSnapshot,
  TreeSnapshotSchema,
} from "../src/generated/devserver/v1/tree_pb.js";

const golden = (name: string) =>
  readFileSync(new URL(`../../ast-diff/tests/golden/${name}`, import.meta.url));

/** The module that reads them. */
export function receiver(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL("../../server/embedded/replica.wasm", import.meta.url)));
}

/** The pieces of all messages, in order. */
export function pieces(): Uint8Array[] {
  const bytes = golden("history.parts");
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    found.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return found;
}

/** The same pieces as frames have them. */
export function wirePieces(): (DeltaPatch | TreeSnapshot)[] {
  let kind = 0;
  return pieces().map((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const flags = view.getUint8(0);
    const piece = view.getUint32(9, true);
    const [message, last, priority] = [view.getBigUint64(1, true), (flags & 1) === 1, flags >> 4];
    if ((flags & 6) !== 0) kind = flags & 6;
    const common = { message, piece, last, priority };
    const isFirst = piece === 0;
    const head = (from: number, to: number) => (isFirst ? bytes.slice(from, to) : new Uint8Array());
    const [grammar, root, base] = [head(13, 21), head(21, 37), head(37, 45)];
    return kind === 2
      ? create(TreeSnapshotSchema, { ...common, grammar, root, nodes: bytes.slice(isFirst ? 37 : 13) })
      : create(DeltaPatchSchema, {
          ...common,
          grammar,
          target: root,
          base,
          operations: bytes.slice(isFirst ? 45 : 13),
        });
  });
}

/** Root and nodes of each version. */
export function versions(): { root: string; dump: string }[] {
  return golden("history.trees")
    .toString("utf8")
    .trimEnd()
    .split("\n\n")
    .map((text) => {
      const [root = "", ...nodes] = text.split("\n");
      return { root, dump: nodes.join("\n") };
    });
}
