//! The syntax tree of a Go file as reactive nodes, patched in place: what stays the same stays the same object.

import { shallowReactive } from "vue";
import type { LiveTree, TreeChange, TreeNode } from "../tree-event.js";

export type GoTreeNode = {
  /** The same for as long as the node is there. */
  readonly key: number;
  /** Name of the kind in the Go grammar. */
  readonly kind: string;
  /** Text of an atom, operator of an expression; empty for others. */
  label: string;
  children: readonly GoTreeNode[];
  /** The text in which it, or something in it, last became another one. */
  revision: bigint;
};

/** `print`: equal for equal subtrees. */
type Node = Omit<GoTreeNode, "children"> & { children: readonly Node[]; print: number; index: number };

export type GoTreeFile = { readonly file: string; readonly root: GoTreeNode; readonly revision: bigint };

type Change = {
  readonly tree: LiveTree;
  readonly revision: bigint;
  readonly changes: readonly TreeChange[] | undefined;
};

let keys = 0;

export class TreeModel {
  readonly #root: Node;
  #revision: bigint;

  constructor({ tree, revision }: Change) {
    this.#root = read(tree, rootOf(tree), revision);
    this.#revision = revision;
  }

  get root(): GoTreeNode {
    return this.#root;
  }

  get revision(): bigint {
    return this.#revision;
  }

  patch({ tree, revision, changes }: Change): void {
    this.#revision = revision;
    const paired = changes && pair(this.#root.children, [...tree.children(0)], changes);
    if (!paired) {
      reconcile(this.#root, read(tree, rootOf(tree), revision), revision);
      return;
    }
    const children = paired.map(({ old, now, isSame }) => {
      if (old && isSame) {
        old.index = now.index;
        return old;
      }
      const fresh = read(tree, now, revision);
      return old && reconcile(old, fresh, revision) ? old : fresh;
    });
    replace(this.#root, children);
    this.#root.revision = revision;
  }
}

type Pair = { readonly old: Node | undefined; readonly now: TreeNode; readonly isSame: boolean };

/** Each child of the new root with the old one that it was. Undefined: they do not fit, which no server sends. */
function pair(
  before: readonly Node[],
  now: readonly TreeNode[],
  changes: readonly TreeChange[],
): Pair[] | undefined {
  const byIndex = new Map(before.map((node) => [node.index, node]));
  const known = new Map<number, Pair["old"]>();
  const isMoved = new Set<number>();
  for (const change of changes) {
    const old = change.what === "inserted" ? undefined : byIndex.get(change.old.from);
    if (change.what !== "inserted") byIndex.delete(change.old.from);
    if (change.what === "removed") continue;
    known.set(change.new.from, old);
    if (change.what === "moved") isMoved.add(change.new.from);
  }
  const rest = [...byIndex.values()];
  const pairs = now.map((node) => {
    if (!known.has(node.index)) return { old: rest.shift(), now: node, isSame: true };
    return { old: known.get(node.index), now: node, isSame: isMoved.has(node.index) };
  });
  const fits =
    rest.length === 0 && pairs.every(({ old, now: { kind }, isSame }) => !isSame || old?.kind === kind);
  return fits ? pairs : undefined;
}

/** Makes `old` what `fresh` is, with as few new nodes as their order allows. False: it is of another kind. */
function reconcile(old: Node, fresh: Node, revision: bigint): boolean {
  if (old.kind !== fresh.kind) return false;
  const waiting: [Node, Node][] = [[old, fresh]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [was, is] = next;
    was.index = is.index;
    if (was.print === is.print) continue;
    was.print = is.print;
    was.label = is.label;
    was.revision = revision;
    const before = was.children;
    const after = is.children;
    let head = 0;
    while (head < before.length && head < after.length && before[head]?.print === after[head]?.print)
      head += 1;
    let tail = 0;
    const left = () => Math.min(before.length, after.length) - head;
    while (tail < left() && before.at(-1 - tail)?.print === after.at(-1 - tail)?.print) tail += 1;
    const children = after.map((node, index) => {
      const fromEnd = after.length - index;
      const one =
        fromEnd <= tail
          ? before[before.length - fromEnd]
          : index < before.length - tail
            ? before[index]
            : undefined;
      if (!one || one.kind !== node.kind) return node;
      waiting.push([one, node]);
      return one;
    });
    replace(was, children);
  }
  return true;
}

/** Nobody has to look again at a list that is the same. */
function replace(node: Node, children: readonly Node[]): void {
  const isSame =
    children.length === node.children.length &&
    children.every((child, index) => child === node.children[index]);
  if (!isSame) node.children = children;
}

function rootOf(tree: LiveTree): TreeNode {
  return tree.node(0) ?? { index: 0, kind: "source_file", label: "", size: 1 };
}

/** Without recursion: what a program nests is not for a page to limit. */
function read(tree: LiveTree, top: TreeNode, revision: bigint): Node {
  const make = ({ index, kind, label }: TreeNode): Node =>
    shallowReactive({ key: ++keys, kind, label, children: [], revision, print: 0, index });
  const root = make(top);
  const all: Node[] = [root];
  // It grows while it is walked: parents come before their children.
  for (const node of all) {
    node.children = [...tree.children(node.index)].map(make);
    all.push(...node.children);
  }
  for (const node of all.reverse()) {
    let print = mix(mixText(mixText(17, node.kind), node.label), node.children.length);
    for (const child of node.children) print = mix(print, child.print);
    node.print = print;
  }
  return root;
}

/** 53 bits would be too slow to multiply, and 32 do for what only keeps objects: labels are compared themselves. */
function mix(print: number, with_: number): number {
  return Math.imul(print ^ with_, 0x01000193) ^ (print >>> 15);
}

function mixText(print: number, text: string): number {
  let mixed = print;
  for (let at = 0; at < text.length; at += 1) mixed = mix(mixed, text.charCodeAt(at));
  return mix(mixed, text.length);
}
