//! Trees in the module that pages load, from messages that the crate wrote.

import { beforeAll, expect, test } from "vitest";
import { TreePriority } from "../src/generated/devserver/v1/tree_pb.js";
import { type TreeChange, TreeModule, type TreeReplica } from "../src/tree-replica.js";
import { pieces, receiver, versions, wirePieces } from "./golden-trees.js";

let module: TreeModule;

beforeAll(async () => {
  module = await TreeModule.load(receiver());
});

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
  for (const piece of wirePieces()) {
    const isFirst = piece.piece === 0;
    expect(replica.feed(piece).state).not.toBe("stuck");
    if (isFirst) expect(piece.grammar).toEqual(module.grammar);
    expect(piece.priority).toBe(isFirst ? TreePriority.ROOT : TreePriority.TREE);
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
