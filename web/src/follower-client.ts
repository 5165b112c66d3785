//! A client without a page: follows a server, has updates done by whoever made it, and tells what it hears. Knows neither
//! DOM nor addresses.

import type { EventListener, FollowEventsOptions } from "./event.js";
import type { FlagListener, FlagValue } from "./flag-values.js";
import { type Listener, Listeners } from "./listeners.js";
import type { Diagnostic, Identity, Updated, UpdateMessage } from "./messages.js";
import { type Done, type Parts, Session } from "./session.js";
import type { Position } from "./store.js";
import type { Socket, TransportState } from "./transport.js";
import type { ListenOptions, TreeListener } from "./tree-event.js";

/** Brings what the client stands for to where the update leads. A `SwapError` says where it failed; whatever it throws,
 * what ran before has to run on: the server is told, and sends a whole module. */
export type Perform = (update: UpdateMessage) => void | Promise<void>;

export type FollowerOptions = {
  readonly program: string;
  readonly manifest: string;
  readonly identity?: Identity | undefined;
  readonly open: () => Socket;
  readonly random?: (() => number) | undefined;
  readonly perform: Perform;
  readonly parts: Parts;
  readonly fetchReceiver: (url: string) => Promise<Uint8Array<ArrayBuffer>>;
  readonly onError: (error: unknown) => void;
};

/** All listeners are told until what `on...` answers is called. */
export class FollowerClient {
  readonly #session: Session;
  readonly #states: Listeners<TransportState>;
  readonly #running = { base: "", patch: 0, accepts: true };

  constructor({ perform, onError, ...options }: FollowerOptions) {
    this.#states = new Listeners(onError);
    this.#session = new Session({
      ...options,
      pageBoots: false,
      running: this.#running,
      ready: Promise.resolve(),
      perform: (message) => this.#perform(message, perform),
      onState: (state) => this.#states.tell(state),
      onMessage: (message) => {
        if (message.kind === "protocol-error") onError(new Error(message.message));
      },
      onFailed: onError,
      onError,
    });
  }

  /** Where the connection is. */
  get state(): TransportState {
    return this.#session.state;
  }

  /** The published state that this client is at. */
  get at(): Position {
    return this.#session.at;
  }

  /** Calls the listener with the state of the connection, and with each other one. */
  onState(listener: Listener<TransportState>): () => void {
    return this.#states.listen(listener, this.state);
  }

  /** Calls the listener after each update that was done. */
  onUpdate(listener: Listener<Updated>): () => void {
    return this.#session.onUpdate(listener);
  }

  /** Calls the listener with all that is wrong with the source, and whenever that is another. */
  onDiagnostics(listener: Listener<readonly Diagnostic[]>): () => void {
    return this.#session.onDiagnostics(listener);
  }

  /** Calls the listener for the syntax tree of each Go file of the program's own, and for each change of one. */
  onTree(listener: TreeListener, options?: ListenOptions): () => void {
    return this.#session.onTree(listener, options);
  }

  /** Calls the listener with the values of all flags for this client, and whenever one is another. */
  onFlags(listener: FlagListener): () => void {
    return this.#session.flags.listen(listener);
  }

  /** What a flag is for this client now; `fallback` while the server says nothing of one of that name and type. */
  flag<Value extends FlagValue>(name: string, fallback: Value): Value {
    return this.#session.flags.get(name, fallback);
  }

  /** Calls the listener for what happens at the server: each event once and in order, or named as missing. */
  onEvents(listener: EventListener, options?: FollowEventsOptions): () => void {
    return this.#session.onEvents(listener, options);
  }

  start(): void {
    this.#session.start();
  }

  /** Ends a pause before the next attempt, for example because the network is back. */
  hurry(): void {
    this.#session.hurry();
  }

  /** Ends the connection for good. */
  close(): void {
    this.#session.stop();
  }

  async #perform(message: UpdateMessage, perform: Perform): Promise<Done> {
    await perform(message);
    const { level, reason, module, patches } = message.update;
    const running = this.#running;
    if (level === "hot-patch") running.patch = Math.max(running.patch, patches.at(-1)?.number ?? 0);
    else if (level === "module-swap" || level === "page-reload")
      Object.assign(running, { base: module?.hash ?? "", patch: 0 });
    return { level, reason, stages: [] };
  }
}
