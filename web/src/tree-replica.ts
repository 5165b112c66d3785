//! Follows the syntax tree of a Go file: pieces of messages in, a tree that was verified and what changed in it out, and
//! the text that it is of.

import type { LiveTree, TreeChange, TreeNode } from "./tree-event.js";
import type { TreePiece } from "./tree-piece.js";

/** What became of a piece. `text`: the tree is the same, and its text another one. */
export type Fed =
  | { readonly state: "repeated" | "waiting" | "text" }
  | { readonly state: "changed"; readonly changes: readonly TreeChange[] }
  | { readonly state: "stuck" | "text-stuck"; readonly reason: SnapshotReason };

/** Why a snapshot is needed, by the number that the module gives. */
const reasons = [
  undefined,
  "no tree yet",
  "too much early",
  "contradiction",
  "another version",
  "another base",
  "unreadable",
  "inapplicable",
  "another target",
] as const;

export type SnapshotReason = Exclude<(typeof reasons)[number], undefined>;

/** What the module exports. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  open(longest: number): number;
  close(handle: number): void;
  input(length: number): number;
  output(): number;
  output_length(): number;
  feed(handle: number): number;
  wants_snapshot(handle: number): number;
  wants_trivia(handle: number): number;
  root(handle: number): void;
  text_root(handle: number): void;
  text(handle: number): void;
  count(handle: number): number;
  kind(handle: number, index: number): number;
  size(handle: number, index: number): number;
  parent(handle: number, index: number): number;
  label(handle: number, index: number): void;
  kind_name(number: number): void;
  grammar(): void;
};

/** Bytes of pieces that are kept when they come before others. */
const longestHeld = 16 << 20;
const [isLast, isSnapshot, isPatch, isTrivia, priorityShift] = [1, 2, 4, 8, 4];

/** The module that knows the messages; one is enough for all trees of a page. */
export class TreeModule {
  readonly #exports: Exports;
  readonly #kinds: string[] = [];
  /** Digest of the coding that this module reads; messages of another one are refused. */
  readonly grammar: Uint8Array;

  private constructor(exports: Exports) {
    this.#exports = exports;
    exports.grammar();
    this.grammar = this.answer();
  }

  /** Compiles and starts the module. */
  static async load(bytes: BufferSource): Promise<TreeModule> {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new TreeModule(instance.exports as unknown as Exports);
  }

  /** A tree that is empty until its first snapshot. */
  replica(onChange: (changes: readonly TreeChange[]) => void = () => {}): TreeReplica {
    return new TreeReplica(this, this.#exports, onChange);
  }

  /** What the last call has to say, copied: the memory may move with the next one. */
  answer(): Uint8Array {
    const { memory, output, output_length } = this.#exports;
    return new Uint8Array(memory.buffer, output(), output_length()).slice();
  }

  /** Name of a kind. */
  kindName(number: number): string {
    const known = this.#kinds[number];
    if (known !== undefined) return known;
    this.#exports.kind_name(number);
    const name = new TextDecoder().decode(this.answer());
    this.#kinds[number] = name;
    return name;
  }
}

/** One tree. What it says was verified by its root: a damaged or wrong message never changes it. */
export class TreeReplica implements LiveTree, Disposable {
  readonly #module: TreeModule;
  readonly #exports: Exports;
  readonly #handle: number;
  readonly #onChange: (changes: readonly TreeChange[]) => void;

  constructor(module: TreeModule, exports: Exports, onChange: (changes: readonly TreeChange[]) => void) {
    this.#module = module;
    this.#exports = exports;
    this.#handle = exports.open(longestHeld);
    this.#onChange = onChange;
  }

  /** Takes a piece of a message, in any order; one that came before does nothing. */
  feed(piece: TreePiece): Fed {
    return this.feedBytes(pieceBytes(piece));
  }

  /** As `feed`, for a piece as the server's crate writes it. */
  feedBytes(bytes: Uint8Array): Fed {
    const place = this.#exports.input(bytes.length);
    new Uint8Array(this.#exports.memory.buffer, place, bytes.length).set(bytes);
    const outcome = this.#exports.feed(this.#handle);
    if (outcome === 2) {
      const changes = changesOf(this.#module.answer());
      this.#onChange(changes);
      return { state: "changed", changes };
    }
    if (outcome < 2) return { state: outcome === 0 ? "repeated" : "waiting" };
    if (outcome === 5) return { state: "text" };
    if (outcome === 6) return { state: "text-stuck", reason: this.wantsTrivia ?? "unreadable" };
    // Another one: the piece could not be read.
    return { state: "stuck", reason: (outcome === 3 && this.wantsSnapshot) || "another version" };
  }

  /** Why a snapshot is needed, if one is. */
  get wantsSnapshot(): SnapshotReason | undefined {
    return reasons[this.#exports.wants_snapshot(this.#handle)];
  }

  /** Why whole trivia are needed, if they are: for those who asked for trivia. */
  get wantsTrivia(): SnapshotReason | undefined {
    return reasons[this.#exports.wants_trivia(this.#handle)];
  }

  /** Structure root of the tree, as hexadecimal digits; nothing before the first snapshot. */
  get root(): string | undefined {
    this.#exports.root(this.#handle);
    return this.#digits();
  }

  /** Root of the text that the tree is of, as hexadecimal digits; nothing while its trivia are not there. */
  get textRoot(): string | undefined {
    this.#exports.text_root(this.#handle);
    return this.#digits();
  }

  /** The text that the tree is of, byte for byte; nothing while its trivia are not there. */
  bytes(): Uint8Array | undefined {
    if (this.textRoot === undefined) return undefined;
    this.#exports.text(this.#handle);
    return this.#module.answer();
  }

  /** As `bytes`, as text; what is not UTF-8 is replaced. */
  text(): string | undefined {
    const bytes = this.bytes();
    // The mark at the start of a file is a part of it.
    return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  #digits(): string | undefined {
    const digits = Array.from(this.#module.answer(), (byte) => byte.toString(16).padStart(2, "0"));
    return digits.length > 0 ? digits.join("") : undefined;
  }

  /** How many nodes there are. */
  get count(): number {
    return this.#exports.count(this.#handle);
  }

  /** The node with that index; nothing for one that is not there. */
  node(index: number): TreeNode | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) return undefined;
    this.#exports.label(this.#handle, index);
    const label = new TextDecoder().decode(this.#module.answer());
    const kind = this.#module.kindName(this.#exports.kind(this.#handle, index));
    return { index, kind, label, size: this.#exports.size(this.#handle, index) };
  }

  /** Children of a node, in order. */
  *children(index: number): Generator<TreeNode> {
    const parent = this.node(index);
    if (parent === undefined) return;
    const end = parent.index + parent.size;
    for (let next = parent.index + 1; next < end; ) {
      const child = this.node(next);
      if (child === undefined) return;
      yield child;
      next += child.size;
    }
  }

  /** The parent of a node; nothing for the root. */
  parent(index: number): TreeNode | undefined {
    return index > 0 && index < this.count ? this.node(this.#exports.parent(this.#handle, index)) : undefined;
  }

  /** Frees the tree's memory. */
  [Symbol.dispose](): void {
    this.#exports.close(this.#handle);
  }
}

function changesOf(answer: Uint8Array): TreeChange[] {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const changes: TreeChange[] = [];
  for (let at = 0; at + 20 <= answer.length; at += 20) {
    const number = (index: number) => view.getUint32(at + 4 * index, true);
    const old = { from: number(0), to: number(1) };
    const now = { from: number(2), to: number(3) };
    if (old.from === old.to) changes.push({ what: "inserted", new: now });
    else if (now.from === now.to) changes.push({ what: "removed", old });
    else changes.push({ what: number(4) === 1 ? "moved" : "updated", old, new: now });
  }
  return changes;
}

/** A piece as the module reads it: flags, message, number, the head, the coded bytes. */
function pieceBytes(piece: TreePiece): Uint8Array {
  const { kind, head, content } = parts(piece);
  // One that was not said is that of the tree.
  const priority = piece.priority || 2;
  const all = piece.piece === 0 ? [...head, content] : [content];
  const bytes = new Uint8Array(13 + all.reduce((sum, part) => sum + part.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (priority << priorityShift) | (piece.last ? isLast : 0) | (piece.piece === 0 ? kind : 0));
  view.setBigUint64(1, piece.message, true);
  view.setUint32(9, piece.piece, true);
  let at = 13;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function parts(piece: TreePiece): { kind: number; head: Uint8Array[]; content: Uint8Array } {
  switch (piece.$typeName) {
    case "devserver.v1.TreeSnapshot":
      return { kind: isSnapshot, head: [piece.grammar, piece.root], content: piece.nodes };
    case "devserver.v1.DeltaPatch":
      return { kind: isPatch, head: [piece.grammar, piece.target, piece.base], content: piece.operations };
    case "devserver.v1.TreeTrivia": {
      const kind = isTrivia | (piece.base.length > 0 ? isPatch : isSnapshot);
      return { kind, head: [piece.grammar, piece.root, piece.base, piece.tree], content: piece.content };
    }
  }
}
