//! A client without a page: follows a server, has updates done by whoever made it, and tells what it hears. Knows neither
//! DOM nor addresses.

import type { DevServerClient, Perform } from "./dev-server-client.js";
import type { EventListener, FollowEventsOptions } from "./event.js";
import type { FlagListener, FlagValue } from "./flag-values.js";
import { type Listener, Listeners } from "./listeners.js";
import type { Diagnostic, Introduction, Updated, UpdateMessage } from "./messages.js";
import { type Done, type Parts, Session } from "./session.js";
import type { Position } from "./store.js";
import type { Socket, TransportState } from "./transport.js";
import type { ListenOptions, TreeListener } from "./tree-event.js";

export type FollowerOptions = {
  readonly program: string;
  readonly manifest: string;
  readonly identity?: Introduction | undefined;
  readonly open: () => Socket;
  readonly random?: (() => number) | undefined;
  readonly perform: Perform;
  readonly parts: Parts;
  readonly fetchReceiver: (url: string) => Promise<Uint8Array<ArrayBuffer>>;
  readonly onError: (error: unknown) => void;
};

export class FollowerClient implements Omit<DevServerClient, "fetchModule"> {
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

  get state(): TransportState {
    return this.#session.state;
  }

  get at(): Position {
    return this.#session.at;
  }

  onState(listener: Listener<TransportState>): () => void {
    return this.#states.listen(listener, this.state);
  }

  onUpdate(listener: Listener<Updated>): () => void {
    return this.#session.onUpdate(listener);
  }

  onDiagnostics(listener: Listener<readonly Diagnostic[]>): () => void {
    return this.#session.onDiagnostics(listener);
  }

  onTree(listener: TreeListener, options?: ListenOptions): () => void {
    return this.#session.onTree(listener, options);
  }

  onFlags(listener: FlagListener): () => void {
    return this.#session.flags.listen(listener);
  }

  flag<Value extends FlagValue>(name: string, fallback: Value): Value {
    return this.#session.flags.get(name, fallback);
  }

  onEvents(listener: EventListener, options?: FollowEventsOptions): () => void {
    return this.#session.onEvents(listener, options);
  }

  openLocation(location: bigint): void {
    this.#session.send({ kind: "open-location", location });
  }

  start(): void {
    this.#session.start();
  }

  hurry(): void {
    this.#session.hurry();
  }

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
