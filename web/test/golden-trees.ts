//! The golden histories of a tree and of a text: messages that the crate wrote, and what there is after each.

import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import {
  DeltaPatchSchema,
  TreeSnapshotSchema,
  TreeTriviaSchema,
} from "../src/generated/devserver/v1/tree_pb.js";
import type { TreePiece } from "../src/tree-piece.js";

const golden = (name: string) =>
  readFileSync(new URL(`../../ast-diff/tests/golden/${name}`, import.meta.url));

/** The module that reads them. */
export function receiver(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL("../../server/embedded/replica.wasm", import.meta.url)));
}

type History = "history" | "texts";

/** The pieces of all messages, in order. */
export function pieces(history: History = "history"): Uint8Array[] {
  const bytes = golden(`${history}.parts`);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    found.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return found;
}

/** The same pieces as frames have them. */
export function wirePieces(history: History = "history"): TreePiece[] {
  let kind = 0;
  return pieces(history).map((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const flags = view.getUint8(0);
    const piece = view.getUint32(9, true);
    const [message, last, priority] = [view.getBigUint64(1, true), (flags & 1) === 1, flags >> 4];
    const isFirst = piece === 0;
    if (isFirst) kind = flags & 14;
    const common = { message, piece, last, priority };
    let at = 13;
    const head = (length: number) => {
      const field = isFirst ? bytes.slice(at, at + length) : new Uint8Array();
      at += field.length;
      return field;
    };
    const [grammar, root] = [head(8), head(16)];
    const base = (kind & 4) !== 0 ? head(8) : new Uint8Array();
    const tree = (kind & 8) !== 0 ? head(16) : new Uint8Array();
    const content = bytes.slice(at);
    if ((kind & 8) !== 0) return create(TreeTriviaSchema, { ...common, grammar, root, base, tree, content });
    return kind === 2
      ? create(TreeSnapshotSchema, { ...common, grammar, root, nodes: content })
      : create(DeltaPatchSchema, { ...common, grammar, target: root, base, operations: content });
  });
}

/** Roots of tree and text, and the text, of each version. */
export function texts(): { root: string; textRoot: string; text: string }[] {
  const lines = golden("texts.roots").toString("utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [, root = "", textRoot = "", json = '""'] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
    return { root, textRoot, text: JSON.parse(json) as string };
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
