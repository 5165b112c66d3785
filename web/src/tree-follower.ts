//! Follows the syntax trees of a program's Go files: asks for them, feeds a replica for each file, asks for a snapshot when
//! one cannot go on, and tells who listens. Knows no DOM. A script of its own, loaded by the first page script that listens.

import type { ClientMessage, ServerMessage } from "./messages.js";
import type { ListenOptions, LiveTree, TreeEvent, TreeListener } from "./tree-event.js";
import { TreeModule, type TreeReplica } from "./tree-replica.js";

export type FollowerOptions = {
  /** Does nothing without a connection. */
  readonly send: (message: ClientMessage) => void;
  /** Bytes of the receiver at that URL. */
  readonly fetchReceiver: (url: string) => Promise<Uint8Array<ArrayBuffer> | ArrayBuffer>;
  readonly onError: (error: unknown) => void;
};

/** A file, and what is known of its tree. */
class Followed implements LiveTree {
  /** The last tree that was whole. */
  #now: TreeReplica;
  /** What takes pieces; another one than `#now` until the snapshot that was asked for is whole. */
  #coming: TreeReplica;
  asked = false;
  askedTrivia = false;
  revision = 0n;
  /** Of the text that was told last, or is about to be. */
  textRevision = 0n;
  toldText: string | undefined;

  constructor(replica: TreeReplica) {
    this.#now = replica;
    this.#coming = replica;
  }

  get root(): string | undefined {
    return this.#now.root;
  }

  get count(): number {
    return this.#now.count;
  }

  get textRoot(): string | undefined {
    return this.#now.textRoot;
  }

  node(index: number) {
    return this.#now.node(index);
  }

  children(index: number) {
    return this.#now.children(index);
  }

  parent(index: number) {
    return this.#now.parent(index);
  }

  text() {
    return this.#now.text();
  }

  bytes() {
    return this.#now.bytes();
  }

  get coming(): TreeReplica {
    return this.#coming;
  }

  /** Messages begin anew. What is known stays until there is something newer. */
  begin(replica: TreeReplica): void {
    this.asked = false;
    this.askedTrivia = false;
    if (this.#coming !== this.#now) this.#coming[Symbol.dispose]();
    this.#coming = replica;
  }

  /** The tree that was coming is there. True when it was sent as a whole. */
  arrived(): boolean {
    this.asked = false;
    if (this.#now === this.#coming) return false;
    this.#now[Symbol.dispose]();
    this.#now = this.#coming;
    return true;
  }

  end(): void {
    this.begin(this.#now);
    this.#now[Symbol.dispose]();
  }
}

type TreeMessage = Extract<ServerMessage, { kind: "tree-files" | "tree-piece" }>;

/** All trees of a page. It asks for nothing before somebody listens, and for nothing more once nobody does. */
export class TreeFollower {
  readonly #options: FollowerOptions;
  readonly #listeners = new Set<{ readonly listener: TreeListener; readonly text: boolean }>();
  readonly #files = new Map<string, Followed>();
  #tasks: Promise<void> = Promise.resolve();
  /** Where `#module` is from. */
  #receiver = "";
  #module: TreeModule | undefined;
  /** Texts were asked for; they come until nobody listens any more. */
  #withTrivia = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Calls the listener for every tree that is known, and for every change from then on; the answer ends that. */
  listen(listener: TreeListener, { text = false }: ListenOptions = {}): () => void {
    const entry = { listener, text };
    this.#listeners.add(entry);
    // Without a connection it is said on the next one.
    if (this.#listeners.size === 1 || (text && !this.#withTrivia)) this.#ask(this.#withTrivia || text);
    for (const [file, tree] of this.#files) {
      const { root, revision, textRevision } = tree;
      if (root !== undefined) listener({ what: "changed", file, tree, revision, changes: undefined });
      if (text && tree.textRoot !== undefined) listener({ what: "text", file, tree, revision: textRevision });
    }
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#unfollow();
    };
  }

  /** There is a connection, on which nothing was said about trees yet. */
  connected(): void {
    // The server may be another one, which numbers its messages anew.
    this.#then(async () => this.#beginAll());
    if (this.#listeners.size > 0) this.#ask([...this.#listeners].some(({ text }) => text));
  }

  take(message: TreeMessage): void {
    this.#then(async () => {
      // What was on its way when the last listener went.
      if (this.#listeners.size === 0) return;
      if (message.kind === "tree-piece") return this.#piece(message);
      const { receiver, files } = message;
      if (receiver !== this.#receiver) {
        this.#module = await TreeModule.load(await this.#options.fetchReceiver(receiver));
        this.#receiver = receiver;
        // Another receiver reads another coding.
        this.#beginAll();
      }
      this.#list(files);
    });
  }

  #ask(withTrivia: boolean): void {
    this.#withTrivia = withTrivia;
    this.#options.send({ kind: "follow-trees", withTrivia });
  }

  /** What is known would become old. */
  #unfollow(): void {
    this.#withTrivia = false;
    this.#options.send({ kind: "unfollow-trees" });
    this.#then(async () => {
      if (this.#listeners.size > 0) return this.#beginAll();
      for (const tree of this.#files.values()) tree.end();
      this.#files.clear();
    });
  }

  /** One thing after the other: what comes while the receiver is loaded waits for it. */
  #then(task: () => Promise<void>): void {
    this.#tasks = this.#tasks.then(task).catch(this.#options.onError);
  }

  #list(files: readonly string[]): void {
    const named = new Set(files);
    for (const [file, tree] of this.#files) {
      if (named.has(file)) continue;
      this.#files.delete(file);
      tree.end();
      this.#tell({ what: "removed", file });
    }
    for (const file of files) {
      if (!this.#files.has(file) && this.#module) this.#files.set(file, new Followed(this.#module.replica()));
    }
  }

  #piece({ file, revision, piece }: Extract<TreeMessage, { kind: "tree-piece" }>): void {
    const tree = this.#files.get(file);
    if (!tree) return;
    const before = tree.root;
    if (piece.$typeName === "devserver.v1.TreeTrivia") tree.textRevision = revision;
    const fed = tree.coming.feed(piece);
    if (fed.state === "changed") {
      const isWhole = tree.arrived() || before === undefined;
      if (tree.root !== before) {
        tree.revision = revision;
        this.#tell({ what: "changed", file, tree, revision, changes: isWhole ? undefined : fed.changes });
      }
    } else if (fed.state === "stuck" && !tree.asked) {
      // Once, until a tree has come: a snapshot that cannot be read would not be better the next time.
      this.#begin(tree);
      tree.asked = true;
      this.#options.send({ kind: "want-snapshot", file, onlyTrivia: false });
    }
    this.#text(file, tree, fed.state === "text-stuck");
  }

  /** Trivia may have come, or have been waiting for the tree that came. */
  #text(file: string, tree: Followed, isStuck: boolean): void {
    const { textRoot } = tree;
    if (textRoot !== undefined && textRoot !== tree.toldText) {
      tree.toldText = textRoot;
      this.#tell({ what: "text", file, tree, revision: tree.textRevision });
    }
    const reason = tree.coming.wantsTrivia;
    if (reason === undefined) {
      tree.askedTrivia = false;
      // What waited for its tree says only later that it is of no use; that nothing came yet is no reason.
    } else if ((isStuck || reason !== "no tree yet") && !tree.askedTrivia) {
      tree.askedTrivia = true;
      this.#options.send({ kind: "want-snapshot", file, onlyTrivia: true });
    }
  }

  #beginAll(): void {
    for (const tree of this.#files.values()) this.#begin(tree);
  }

  #begin(tree: Followed): void {
    if (this.#module) tree.begin(this.#module.replica());
  }

  /** A listener that throws does not keep the others from hearing. */
  #tell(event: TreeEvent): void {
    for (const { listener, text } of this.#listeners) {
      if (event.what === "text" && !text) continue;
      try {
        listener(event);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }
}
