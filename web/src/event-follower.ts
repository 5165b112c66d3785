//! Follows what happens at the server: tells each event once and in order, and names those that will not come. Knows no
//! DOM. A script of its own, loaded by the first page script that listens.

import type { EventListener, EventPlace, FollowEventsOptions, ServerEvent } from "./event.js";
import { Listeners } from "./listeners.js";
import type { ClientMessage, ServerMessage } from "./messages.js";

export type EventFollowerOptions = {
  /** False without a connection. */
  readonly send: (message: ClientMessage) => boolean;
  readonly onError: (error: unknown) => void;
};

type EventMessage = Extract<ServerMessage, { kind: "event" | "events-skipped" }>;

export class EventFollower {
  readonly #options: EventFollowerOptions;
  readonly #listeners: Listeners<ServerEvent>;
  #place: EventPlace | undefined;
  /** It was said on this connection where this follower is. */
  #asked = false;
  /** Nothing came yet on this connection: the server may not know the place that was named. */
  #first = true;

  constructor(options: EventFollowerOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.onError);
  }

  /** Tells the listener what happens from now on, or from `after` on; the answer ends that. */
  listen(listener: EventListener, { after }: FollowEventsOptions = {}): () => void {
    this.#place ??= after ?? { epoch: "", number: 0n };
    const stop = this.#listeners.listen(listener);
    this.#ask();
    return stop;
  }

  /** There is a connection, on which nothing was said about events yet. */
  connected(): void {
    this.#asked = false;
    this.#ask();
  }

  take(message: EventMessage): void {
    // What nobody hears counts as not come: the next one is told where the gap is.
    if (!this.#place || this.#listeners.size === 0) return;
    const { epoch } = message;
    const [first, last] =
      message.kind === "event" ? [message.number, message.number] : [message.first, message.last];
    // A server that does not know the place, or has another epoch, begins with the first that it keeps.
    if (epoch !== this.#place.epoch || (this.#first && first <= this.#place.number)) {
      const had = this.#place.number > 0n;
      this.#place = { epoch, number: 0n };
      if (had) this.#listeners.tell({ what: "restarted", epoch });
    }
    this.#first = false;
    const next = this.#place.number + 1n;
    if (last < next) return;
    this.#place = { epoch, number: last };
    const missing = message.kind === "event" ? last - 1n : last;
    if (missing >= next) this.#listeners.tell({ what: "skipped", epoch, first: next, last: missing });
    if (message.kind === "event")
      this.#listeners.tell({ what: "event", epoch, number: last, json: message.json });
  }

  #ask(): void {
    if (this.#asked || !this.#place || this.#listeners.size === 0) return;
    this.#asked = this.#options.send({ kind: "follow-events", after: this.#place });
    if (this.#asked) this.#first = true;
  }
}
