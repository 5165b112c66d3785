//! What becomes of the syntax trees of Go files, as listeners are told.

/** Nodes by index: `from` up to, and without, `to`. */
export type NodeRange = { readonly from: number; readonly to: number };

/** What happened to a declaration, or another child of the tree's root. */
export type TreeChange =
  | { readonly what: "inserted"; readonly new: NodeRange }
  | { readonly what: "removed"; readonly old: NodeRange }
  | { readonly what: "updated" | "moved"; readonly old: NodeRange; readonly new: NodeRange };

/** A node of the tree as it was when it was asked for. */
export type TreeNode = {
  /** Index in preorder: until the next change the name of the node. */
  readonly index: number;
  /** Name of the kind in the Go grammar. */
  readonly kind: string;
  /** Text of an atom, operator of an expression; empty for others. */
  readonly label: string;
  /** How many nodes the subtree has. */
  readonly size: number;
};

/** A tree that changed. What it says was verified; it stays the same object until its file is gone. */
export type TreeEvent =
  | {
      readonly what: "changed";
      readonly file: string;
      readonly tree: LiveTree;
      /** The text that it is the tree of; texts with the same tree have no event of this kind. */
      readonly revision: bigint;
      /** Undefined when the tree was sent as a whole: then all of it may be another one. */
      readonly changes: readonly TreeChange[] | undefined;
    }
  | {
      /** The text of the tree is there, or is another one. Only for listeners that want texts. */
      readonly what: "text";
      readonly file: string;
      readonly tree: LiveTree;
      /** The text that it is. */
      readonly revision: bigint;
    }
  | { readonly what: "removed"; readonly file: string };

/** What can be read of a tree. Its text is there when the listener wants texts, and comes after the tree. */
export interface LiveTree {
  /** Structure root of the tree, as hexadecimal digits; nothing before the first snapshot. */
  readonly root: string | undefined;
  /** Root of the text that the tree is of, as hexadecimal digits; nothing while its trivia are not there. */
  readonly textRoot: string | undefined;
  /** How many nodes there are. */
  readonly count: number;
  /** The node with that index; nothing for one that is not there. */
  node(index: number): TreeNode | undefined;
  /** Children of a node, in order. */
  children(index: number): Iterable<TreeNode>;
  /** The parent of a node; nothing for the root. */
  parent(index: number): TreeNode | undefined;
  /** The text that the tree is of, byte for byte; nothing while its trivia are not there. */
  bytes(): Uint8Array | undefined;
  /** As `bytes`, as text; what is not UTF-8 is replaced. */
  text(): string | undefined;
}

export type TreeListener = (event: TreeEvent) => void;

export type ListenOptions = {
  /** Texts are wanted too, byte for byte as they were saved: comments and blanks are in no tree. */
  readonly text?: boolean | undefined;
};
