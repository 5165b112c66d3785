//! A lasting conversation with a server: says what runs here, judges updates one after the other, has them done, answers
//! them, and hands on what else is said. Knows no DOM.

import type { EventListener, FollowEventsOptions } from "./event.js";
import type { EventFollower } from "./event-follower.js";
import { FlagValues } from "./flag-values.js";
import { LateFollower } from "./late-follower.js";
import { Listeners } from "./listeners.js";
import type {
  ClientMessage,
  Diagnostic,
  Introduction,
  Level,
  Memory,
  ServerMessage,
  Stage,
  Updated,
  UpdateMessage,
} from "./messages.js";
import { decode, encode } from "./protocol.js";
import { LatestQueue } from "./queue.js";
import * as store from "./store.js";
import { SwapError, words } from "./swap-error.js";
import { type Socket, Transport, type TransportState } from "./transport.js";
import type { ListenOptions, TreeListener } from "./tree-event.js";
import type { TreeFollower } from "./tree-follower.js";

/** What runs now. */
export type Running = {
  /** Hash of the module; empty: none. */
  readonly base: string;
  /** Number of the last patch on it. */
  readonly patch: number;
  readonly accepts: boolean;
  readonly memory?: Memory | undefined;
};

/** An update that was done. */
export type Done = {
  /** The level that was really taken, and why it is higher than what was asked for. */
  readonly level: Level;
  readonly reason: string;
  readonly stages: readonly Stage[];
  /** Waits until it is to be seen. Absent: nobody sees it. */
  readonly seen?: () => Promise<Seen>;
};

/** What was to be seen, when (in microseconds since the Unix epoch), and what took time until then. */
export type Seen = { readonly at: number; readonly stages: readonly Stage[] };

/** Parts that not every client needs. */
export type Parts = {
  readonly trees: () => Promise<Pick<typeof import("./tree-follower.js"), "TreeFollower">>;
  readonly events: () => Promise<Pick<typeof import("./event-follower.js"), "EventFollower">>;
  readonly digest: () => Promise<Digest>;
};

/** What checks hashes; and where somebody may look into patches, what says whose lines they are. */
export type Digest = {
  readonly isIntact: store.IsIntact;
  readonly named?: (message: UpdateMessage) => UpdateMessage;
};

export type SessionOptions = {
  readonly program: string;
  /** Digest of the files that the page was made from, in hexadecimal. */
  readonly manifest: string;
  readonly pageBoots: boolean;
  /** Who this is for flags, and whether anything will ever run here. */
  readonly identity?: Introduction | undefined;
  readonly open: () => Socket;
  readonly random?: (() => number) | undefined;
  readonly running: Running;
  /** Before that nothing can be done, though everything can be said. */
  readonly ready: Promise<void>;
  /** Undefined: it is not done, and not to be answered. Throws a `SwapError` after which what ran before still runs. */
  readonly perform: (message: UpdateMessage) => Promise<Done | undefined>;
  readonly parts: Parts;
  /** Bytes of the module that reads trees. */
  readonly fetchReceiver: (url: string) => Promise<Uint8Array<ArrayBuffer> | ArrayBuffer>;
  readonly onState: (state: TransportState) => void;
  /** Whatever the session has nothing to do with itself. */
  readonly onMessage: (message: ServerMessage) => void;
  readonly onFailed: (error: SwapError) => void;
  /** Something of this client, or of those who listen, went wrong. */
  readonly onError: (error: unknown) => void;
};

/** Of what is said without a connection the first is the most telling. */
const mostUnsent = 100;
/** What servers keep of a message. */
const longestMessage = 4096;

export class Session {
  readonly flags: FlagValues;
  readonly #options: SessionOptions;
  readonly #transport: Transport;
  readonly #queue: LatestQueue<UpdateMessage>;
  readonly #updates: Listeners<Updated>;
  readonly #diagnostics: Listeners<readonly Diagnostic[]>;
  readonly #trees: LateFollower<TreeFollower>;
  readonly #events: LateFollower<EventFollower>;
  readonly #told: { [kind in ServerMessage["kind"]]?: ServerMessage } = {};
  #wrong: readonly Diagnostic[] | undefined;
  #store: store.StoreState;
  /** How often this client has said who it is. */
  #hellos = 0;
  #unsent: ClientMessage[] = [];

  constructor(options: SessionOptions) {
    const { open, random, onError, parts, fetchReceiver } = options;
    this.#options = options;
    this.#store = store.startAt(options.manifest);
    this.#transport = new Transport({
      open,
      onState: (state) => this.#connection(state),
      onBytes: (bytes) => this.#receive(bytes),
      ...(random && { random }),
    });
    this.#queue = new LatestQueue({
      apply: (message) => this.#apply(message),
      combine: store.combine,
      onError,
    });
    this.flags = new FlagValues(onError);
    this.#updates = new Listeners(onError);
    this.#diagnostics = new Listeners(onError);
    const send = (message: ClientMessage) => this.send(message);
    this.#trees = new LateFollower(async () => {
      const { TreeFollower } = await parts.trees();
      return new TreeFollower({ send, fetchReceiver, onError });
    }, onError);
    this.#events = new LateFollower(async () => {
      const { EventFollower } = await parts.events();
      return new EventFollower({ send, onError });
    }, onError);
  }

  get state(): TransportState {
    return this.#transport.state;
  }

  /** The published state that this client is at. */
  get at(): store.Position {
    return this.#store.at;
  }

  start(): void {
    this.#transport.start();
  }

  hurry(): void {
    this.#transport.hurry();
  }

  stop(): void {
    this.#transport.stop();
  }

  /** Calls the listener after each update that was done. */
  onUpdate(listener: (updated: Updated) => void): () => void {
    return this.#updates.listen(listener);
  }

  /** Calls the listener with all that is wrong with the source, and whenever that is another. */
  onDiagnostics(listener: (items: readonly Diagnostic[]) => void): () => void {
    return this.#diagnostics.listen(listener, this.#wrong);
  }

  /** Follows the syntax trees of the program's own Go files from now on. */
  onTree(listener: TreeListener, options?: ListenOptions): () => void {
    return this.#trees.listen((follower) => follower.listen(listener, options));
  }

  /** Follows what happens at the server from now on. */
  onEvents(listener: EventListener, options?: FollowEventsOptions): () => void {
    return this.#events.listen((follower) => follower.listen(listener, options));
  }

  /** False: there is no connection, or too much waits in it. */
  send(message: ClientMessage): boolean {
    return this.#transport.send(encode(message));
  }

  /** What happens while there is no connection is told later: the first errors of a page come before its socket. */
  tell(message: ClientMessage): void {
    if (!this.send(message) && this.#unsent.length < mostUnsent) this.#unsent.push(message);
  }

  /** Something else runs, without an update. */
  rebased(ended: boolean): void {
    const { base, patch, accepts } = this.#options.running;
    this.#store = store.rebased(this.#store, base, patch);
    this.send({ kind: "status", base, patch, accepts, ended });
  }

  #connection(state: TransportState): void {
    this.#options.onState(state);
    // The server says again what the next Hello does not say that it has come.
    this.#queue.clear();
    if (state.name !== "open") return;
    this.#hellos += 1;
    const { running, program, pageBoots, identity } = this.#options;
    const { epoch, sequence, manifest } = this.#store.at;
    const { base, patch, accepts } = running;
    const wantsWhole = this.#store.name === "awaiting-full";
    this.send({
      kind: "hello",
      hello: { ...identity, program, epoch, sequence, manifest, base, patch, wantsWhole, accepts, pageBoots },
    });
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const message of unsent) this.send(message);
    this.#trees.there?.connected();
    this.#events.there?.connected();
  }

  #receive(bytes: Uint8Array): void {
    let message: ServerMessage;
    try {
      message = decode(bytes);
    } catch {
      this.#transport.reset();
      return;
    }
    if (message.program === "" || message.program === this.#options.program) this.#handle(message);
  }

  #handle(message: ServerMessage): void {
    switch (message.kind) {
      case "update":
        this.#queue.push(message);
        return;
      case "flags":
        this.flags.take(message.flags);
        return;
      case "tree-files":
      case "tree-piece":
        this.#trees.there?.take(message);
        return;
      case "event":
      case "events-skipped":
        this.#events.there?.take(message);
        return;
      case "order":
        if (!this.#isNews(message)) return;
        break;
      case "diagnostics":
        if (!this.#isNews(message)) return;
        this.#wrong = message.items;
        this.#diagnostics.tell(message.items);
    }
    this.#options.onMessage(message);
  }

  /** A hub that is behind the server before it says again what was obeyed, and what was wrong before. */
  #isNews(message: ServerMessage): boolean {
    const { kind, epoch, sequence } = message;
    const last = this.#told[kind];
    if (sequence && last?.epoch === epoch && sequence <= last.sequence - (kind === "order" ? 0n : 1n))
      return false;
    this.#told[kind] = message;
    return true;
  }

  async #apply(message: UpdateMessage): Promise<void> {
    const { ready, perform } = this.#options;
    const hellos = this.#hellos;
    await ready;
    try {
      const digest = await this.#digest(message);
      const judgement = store.judge(this.#store, message, digest?.isIntact);
      if (judgement.verdict === "ignore") return;
      if (judgement.verdict === "refuse") throw new SwapError("patch", judgement.reason);
      const done = await perform(digest?.named?.(message) ?? message);
      if (done) await this.#report(message, done);
      // Hello said something else than what is so by now: what comes on this connection presupposes it.
      if (done && hellos < this.#hellos && this.state.name === "open") {
        this.#queue.clear();
        this.#transport.renew();
      }
    } catch (error) {
      this.#fail(message, error instanceof SwapError ? error : new SwapError("start", words(error), error));
    }
  }

  /** What checks hashes, when there are some. */
  async #digest({ update }: UpdateMessage): Promise<Digest | undefined> {
    if (update.patches.length === 0) return undefined;
    try {
      return await this.#options.parts.digest();
    } catch (error) {
      throw new SwapError("patch", words(error), error);
    }
  }

  async #report(message: UpdateMessage, done: Done): Promise<void> {
    const { running } = this.#options;
    const { level, reason } = done;
    this.#store = store.applied(this.#store, message, running.base, running.patch);
    const { at: firstFrameAt, stages } = (await done.seen?.()) ?? { at: 0, stages: [] };
    const { epoch, sequence } = message;
    const { base, patch, accepts, memory } = running;
    const applied = {
      epoch,
      sequence,
      base,
      patch,
      level,
      reason,
      stages: [...done.stages, ...stages],
      firstFrameAt,
      accepts,
      memory,
    };
    this.send({ kind: "applied", applied });
    this.#updates.tell({ ...message, ...applied });
  }

  #fail(message: UpdateMessage, error: SwapError): void {
    const { base, patch } = this.#options.running;
    this.#store = store.refused(store.rebased(this.#store, base, patch), error.message);
    const { epoch, sequence } = message;
    const { stage } = error;
    const text = error.message.slice(0, longestMessage);
    this.send({ kind: "failed", failed: { epoch, sequence, base, patch, stage, message: text } });
    this.#options.onFailed(error);
  }
}
