//! Trees in the module that pages load, from messages that the crate wrote.

import { beforeAll, expect, test } from "vitest";
import { TreePriority } from "../src/generated/devserver/v1/tree_pb.js";
import type { TreeChange } from "../src/tree-event.js";
import { TreeModule, type TreeReplica } from "../src/tree-replica.js";
import { pieces, receiver, texts, versions, wirePieces } from "./golden-trees.js";

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

test("every text is the one that the crate has, and comes after its tree", () => {
  using replica = module.replica();
  expect([replica.text(), replica.textRoot, replica.wantsTrivia]).toEqual([
    undefined,
    undefined,
    "no tree yet",
  ]);
  const seen: unknown[] = [];
  for (const piece of wirePieces("texts")) {
    const isTrivia = piece.$typeName === "devserver.v1.TreeTrivia";
    expect(piece.priority === TreePriority.TRIVIA).toBe(isTrivia);
    const { state } = replica.feed(piece);
    if (state === "changed") expect(replica.text()).toBeUndefined();
    if (state === "text") seen.push({ root: replica.root, textRoot: replica.textRoot, text: replica.text() });
    expect(["text", "changed", "waiting"]).toContain(state);
  }
  expect(seen).toEqual(texts());
  expect(replica.wantsTrivia).toBeUndefined();
  expect(new TextDecoder().decode(replica.bytes())).toBe(texts().at(-1)?.text);
});

test("trivia wait for their tree, and what is of no use leaves the text", () => {
  const all = wirePieces("texts");
  const isTrivia = (piece: (typeof all)[number]) => piece.$typeName === "devserver.v1.TreeTrivia";
  const of = (message: bigint, trivia: boolean) =>
    all.filter((piece) => isTrivia(piece) === trivia && piece.message === message);
  using replica = module.replica();
  for (const piece of [...of(0n, true), ...of(0n, false)]) replica.feed(piece);
  expect(replica.text()).toBe(texts()[0]?.text);
  // The third is made from the second, which has not come, and waits for its own tree.
  for (const piece of of(2n, true)) expect(replica.feed(piece).state).toBe("waiting");
  for (const piece of of(1n, false)) replica.feed(piece);
  expect([replica.root, replica.text()]).toEqual([texts()[2]?.root, undefined]);
  expect(replica.wantsTrivia).toBe("another base");
  expect(replica.wantsSnapshot).toBeUndefined();
  for (const piece of of(3n, true).slice(0, -1)) replica.feed(piece);
  const last = of(3n, true).at(-1);
  expect(last && replica.feed(last)).toEqual({ state: "text-stuck", reason: "another base" });
});
