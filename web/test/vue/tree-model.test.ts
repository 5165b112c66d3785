//! The reactive tree, along the golden history of a tree: it is what the tree is, and keeps what stays the same.

import { expect, test, vi } from "vitest";
import { effect } from "vue";
import type { LiveTree, TreeEvent, TreeNode } from "../../src/tree-event.js";
import { TreeFollower } from "../../src/tree-follower.js";
import { type GoTreeNode, TreeModel } from "../../src/vue/tree-model.js";
import { receiver, wirePieces } from "../golden-trees.js";

type Changed = Extract<TreeEvent, { what: "changed" }>;

type Plain = { kind: string; label: string; children: Plain[] };
const ofModel = ({ kind, label, children }: GoTreeNode): Plain => ({
  kind,
  label,
  children: children.map(ofModel),
});
const ofTree = (tree: LiveTree, { kind, label, index }: TreeNode): Plain => ({
  kind,
  label,
  children: [...tree.children(index)].map((child) => ofTree(tree, child)),
});

/** Calls `each` after each change of the golden history. */
async function follow(each: (event: Changed) => void): Promise<number> {
  let told = 0;
  const follower = new TreeFollower({
    send: () => {},
    fetchReceiver: async () => receiver(),
    onError: (error) => expect.unreachable(String(error)),
  });
  follower.connected();
  follower.listen((event) => {
    if (event.what !== "changed") return;
    told += 1;
    each(event);
  });
  const envelope = { program: "demo", epoch: "", sequence: 0n, base: "" };
  follower.take({ ...envelope, revision: 1n, kind: "tree-files", files: ["main.go"], receiver: "/m/1.wasm" });
  const all = wirePieces();
  for (const piece of all)
    follower.take({ ...envelope, revision: piece.message, kind: "tree-piece", file: "main.go", piece });
  const messages = new Set(all.map(({ message }) => message)).size;
  await vi.waitFor(() => expect(told).toBeGreaterThanOrEqual(messages - 1));
  return told;
}

test("at each step the model is the tree, and children that did not change are the same objects", async () => {
  let model: TreeModel | undefined;
  let kept = 0;
  const told = await follow((event) => {
    const { tree, changes } = event;
    const root = tree.node(0) as TreeNode;
    const before = model ? [...model.root.children] : [];
    if (model) model.patch(event);
    else model = new TreeModel(event);
    expect(ofModel(model.root)).toEqual(ofTree(tree, root));
    if (!changes) return;
    const isNew = new Set(changes.flatMap((change) => (change.what === "inserted" ? [change.new.from] : [])));
    const isOther = new Set(changes.flatMap((change) => ("new" in change ? [change.new.from] : [])));
    for (const [index, { index: at }] of [...tree.children(0)].entries()) {
      const child = model.root.children[index] as GoTreeNode;
      if (!isOther.has(at)) {
        expect(before).toContain(child);
        expect(child.revision).toBeLessThan(event.revision);
        kept += 1;
      } else if (isNew.has(at)) expect(before).not.toContain(child);
    }
  });
  expect(told).toBeGreaterThan(3);
  expect(kept).toBeGreaterThan(3);
});

test("without a list of changes the model comes to the same, and keys stay unique", async () => {
  let model: TreeModel | undefined;
  await follow((event) => {
    const whole = { ...event, changes: undefined };
    if (model) model.patch(whole);
    else model = new TreeModel(whole);
    expect(ofModel(model.root)).toEqual(ofTree(event.tree, event.tree.node(0) as TreeNode));
    const keys: number[] = [];
    const walk = (node: GoTreeNode) => {
      keys.push(node.key);
      node.children.forEach(walk);
    };
    walk(model.root);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

/** A tree from nested lists: `[kind, label, ...children]`. */
type Nested = [kind: string, label: string, ...children: Nested[]];
function treeOf(nested: Nested): LiveTree {
  const nodes: (TreeNode & { children: number[] })[] = [];
  const add = ([kind, label, ...children]: Nested): number => {
    const node = { index: nodes.length, kind, label, size: 1, children: [] as number[] };
    nodes.push(node);
    for (const child of children) node.children.push(add(child));
    node.size = nodes.length - node.index;
    return node.index;
  };
  add(nested);
  return {
    root: "",
    textRoot: undefined,
    count: nodes.length,
    node: (index) => nodes[index],
    children: (index) => (nodes[index]?.children ?? []).map((child) => nodes[child] as TreeNode),
    parent: () => undefined,
    bytes: () => undefined,
    text: () => undefined,
  };
}

test("an edit of one literal touches that node alone", () => {
  const file = (value: string): Nested => [
    "file",
    "",
    ["function", "", ["name", "f"], ["block", "", ["return", "", ["int", value]], ["call", "g"]]],
    ["function", "", ["name", "h"]],
  ];
  const model = new TreeModel({ tree: treeOf(file("1")), revision: 1n, changes: undefined });
  const literal = model.root.children[0]?.children[1]?.children[0]?.children[0];
  let lists = 0;
  effect(() => {
    const walk = (node: GoTreeNode) => node.children.forEach(walk);
    walk(model.root);
    lists += 1;
  });
  model.patch({
    tree: treeOf(file("2")),
    revision: 2n,
    changes: [{ what: "updated", old: { from: 1, to: 7 }, new: { from: 1, to: 7 } }],
  });
  expect([literal?.label, literal?.revision]).toEqual(["2", 2n]);
  expect(model.root.children.map((child) => child.revision)).toEqual([2n, 1n]);
  expect(model.root.children[0]?.children.map((child) => child.revision)).toEqual([1n, 2n]);
  expect(lists).toBe(1);
});
