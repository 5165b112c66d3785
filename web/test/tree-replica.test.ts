//! Trees in the module that pages load, from messages that the crate wrote.

import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { beforeAll, expect, test } from "vitest";
import { DeltaPatchSchema, TreePriority, TreeSnapshotSchema } from "../src/generated/devserver/v1/tree_pb.js";
import { type TreeChange, TreeModule, type TreeReplica } from "../src/tree-replica.js";

const golden = (name: string) =>
  readFileSync(new URL(`../../ast-diff/tests/golden/${name}`, import.meta.url));

let module: TreeModule;

beforeAll(async () => {
  const bytes = readFileSync(new URL("../../server/embedded/replica.wasm", import.meta.url));
  module = await TreeModule.load(new Uint8Array(bytes));
});

/** The pieces of all messages, in order. */
function pieces(): Uint8Array[] {
  const bytes = golden("history.parts");
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    found.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return found;
}

/** Root and nodes of each version. */
function versions(): { root: string; dump: string }[] {
  return golden("history.trees")
    .toString("utf8")
    .trimEnd()
    .split("\n\n")
    .map((text) => {
      const [root = "", ...nodes] = text.split("\n");
      return { root, dump: nodes.join("\n") };
    });
}

function dump(replica: TreeReplica): string {
  const lines: string[] = [];
  const depths: number[] = [];
  for (let index = 0; index < replica.count; index++) {
    const node = replica.node(index);
    if (node === undefined) throw new Error(`no node ${index}`);
    const parent = replica.parent(index);
    const depth = parent === undefined ? 0 : (depths[parent.index] ?? 0) + 1;
    depths.push(depth);
    const label = node.label.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    lines.push(`${" ".repeat(depth)}${node.kind} "${label}"`);
  }
  return lines.join("\n");
}

test("every version is the one that the crate has", () => {
  const events: (readonly TreeChange[])[] = [];
  using replica = module.replica((changes) => events.push(changes));
  expect(replica.wantsSnapshot).toBe("no tree yet");
  expect(replica.root).toBeUndefined();
  const seen: { root: string | undefined; dump: string }[] = [];
  for (const piece of pieces()) {
    const fed = replica.feedBytes(piece);
    if (fed.state === "changed") seen.push({ root: replica.root, dump: dump(replica) });
    else expect(fed.state).toBe("waiting");
  }
  expect(seen).toEqual(versions());
  expect(events).toHaveLength(seen.length);
  expect(replica.wantsSnapshot).toBeUndefined();
});

test("the order of pieces does not matter, nor do repeated ones", () => {
  using replica = module.replica();
  for (const piece of pieces().reverse()) {
    replica.feedBytes(piece);
    expect(replica.feedBytes(piece).state).toBe("repeated");
  }
  expect(replica.root).toBe(versions().at(-1)?.root);
});

test("changes name declarations", () => {
  using replica = module.replica();
  const all: (readonly TreeChange[])[] = [];
  const names: string[][] = [];
  for (const piece of pieces()) {
    const fed = replica.feedBytes(piece);
    if (fed.state !== "changed") continue;
    all.push(fed.changes);
    names.push(
      fed.changes.map((change) =>
        change.what === "removed" ? "" : (replica.node(change.new.from)?.kind ?? ""),
      ),
    );
  }
  expect(all[0]?.every(({ what }) => what === "inserted")).toBe(true);
  expect(all[1]?.map(({ what }) => what)).toEqual(["updated", "updated"]);
  expect(names[1]).toEqual(["function_declaration", "function_declaration"]);
  expect(all[2]?.some(({ what }) => what === "moved" || what === "updated")).toBe(true);
  expect(all[4]?.some(({ what }) => what === "removed")).toBe(true);
});

test("children and parents fit", () => {
  using replica = module.replica();
  for (const piece of pieces()) replica.feedBytes(piece);
  expect(replica.parent(0)).toBeUndefined();
  expect(replica.node(replica.count)).toBeUndefined();
  expect(replica.node(-1)).toBeUndefined();
  for (let index = 0; index < replica.count; index++)
    for (const child of replica.children(index)) expect(replica.parent(child.index)?.index).toBe(index);
  expect(Array.from(replica.children(0), ({ kind }) => kind)).toEqual([
    "package_clause",
    "function_declaration",
  ]);
});

test("messages of the schema are those of the crate", () => {
  using replica = module.replica();
  const fields = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [flags, piece] = [view.getUint8(0), view.getUint32(9, true)];
    const [message, last] = [view.getBigUint64(1, true), (flags & 1) === 1];
    return { flags, message, piece, last, priority: (flags >> 4) as TreePriority };
  };
  let kind = 0;
  for (const bytes of pieces()) {
    const { flags, ...common } = fields(bytes);
    if ((flags & 6) !== 0) kind = flags & 6;
    const isFirst = common.piece === 0;
    const grammar = isFirst ? bytes.slice(13, 21) : new Uint8Array();
    const root = isFirst ? bytes.slice(21, 37) : new Uint8Array();
    const base = isFirst ? bytes.slice(37, 45) : new Uint8Array();
    const fed =
      kind === 2
        ? replica.feed(
            create(TreeSnapshotSchema, { ...common, grammar, root, nodes: bytes.slice(isFirst ? 37 : 13) }),
          )
        : replica.feed(
            create(DeltaPatchSchema, {
              ...common,
              grammar,
              target: root,
              base,
              operations: bytes.slice(isFirst ? 45 : 13),
            }),
          );
    expect(fed.state).not.toBe("stuck");
    if (isFirst) expect(grammar).toEqual(module.grammar);
    expect(common.priority).toBe(isFirst ? TreePriority.ROOT : TreePriority.TREE);
  }
  expect(replica.root).toBe(versions().at(-1)?.root);
});

test("damage leaves the tree as it was", () => {
  const [first, ...rest] = pieces();
  if (first === undefined) throw new Error("no pieces");
  for (let seed = 0; seed < 300; seed++) {
    using replica = module.replica();
    const roots = new Set<string | undefined>([undefined, ...versions().map(({ root }) => root)]);
    for (const [number, piece] of [first, ...rest].entries()) {
      const copy = piece.slice();
      const at = (seed * 7919 + number * 104_729) % copy.length;
      if ((seed + number) % 5 === 0) copy[at] = (copy[at] ?? 0) ^ (1 << (seed % 8));
      replica.feedBytes(copy);
      expect(roots).toContain(replica.root);
    }
  }
});

test("a page that is not given a piece of this version is told", () => {
  using replica = module.replica();
  const [first] = pieces();
  const other = first?.slice() ?? new Uint8Array();
  other[14] = (other[14] ?? 0) ^ 1;
  expect(replica.feedBytes(other)).toEqual({ state: "stuck", reason: "another version" });
  expect(replica.feedBytes(new Uint8Array())).toEqual({ state: "stuck", reason: "another version" });
});
