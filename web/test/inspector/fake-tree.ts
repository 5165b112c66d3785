//! A tree that is made of shapes: what the follower of trees hands over, without a server.

import type { LiveTree, TreeNode } from "../../src/tree-event.js";

/** Kind, label, children. */
export type Shape = readonly [kind: string, label: string, ...children: Shape[]];

export class FakeTree implements LiveTree {
  readonly root = "00";
  readonly textRoot = undefined;
  #nodes: TreeNode[] = [];

  constructor(shape: Shape) {
    this.become(shape);
  }

  /** The same tree, with other nodes. */
  become(shape: Shape): void {
    this.#nodes = [];
    const add = ([kind, label, ...children]: Shape): number => {
      const index = this.#nodes.length;
      this.#nodes.push({ index, kind, label, size: 1 });
      let size = 1;
      for (const child of children) size += add(child);
      this.#nodes[index] = { index, kind, label, size };
      return size;
    };
    add(shape);
  }

  get count(): number {
    return this.#nodes.length;
  }

  node(index: number): TreeNode | undefined {
    return this.#nodes[index];
  }

  *children(index: number): Iterable<TreeNode> {
    const end = index + (this.node(index)?.size ?? 0);
    for (let next = index + 1; next < end; next += this.node(next)?.size ?? 1) {
      const node = this.node(next);
      if (node) yield node;
    }
  }

  parent(): undefined {}
  bytes(): undefined {}
  text(): undefined {}
}

export const children = (tree: LiveTree): readonly TreeNode[] => [...tree.children(0)];

/** A function whose block has these names in it. */
export function declaration(name: string, ...names: readonly string[]): Shape {
  return [
    "function_declaration",
    "",
    ["identifier", name],
    ["parameter_list", ""],
    ["block", "", ...names.map((word): Shape => ["identifier", word])],
  ];
}
