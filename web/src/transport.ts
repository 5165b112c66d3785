//! One lasting connection over many sockets: opens, waits, opens again. Knows bytes, not messages.

import { reconnects } from "./close-code.js";

/** The part of `WebSocket` that is used, so that tests can bring their own. */
export interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type TransportState =
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "open" }
  | { readonly name: "waiting"; readonly attempt: number; readonly milliseconds: number }
  | { readonly name: "closed"; readonly code: number; readonly reason: string };

export type TransportOptions = {
  readonly open: () => Socket;
  readonly onState: (state: TransportState) => void;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** A number from 0 up to 1; makes the tabs of a restarted server come back one by one. */
  readonly random?: () => number;
};

/** The first pause is short: most lost connections are a restarted server. */
const firstPause = 100;
/** Above this a developer would reload the page by hand. */
const longestPause = 5_000;
const attemptsUntilLongest = Math.ceil(Math.log2(longestPause / firstPause));
/** A page that prints faster than the socket takes it must not eat the tab's memory: older text is dropped. */
const mostBuffered = 4 * 1024 * 1024;

export class Transport {
  readonly #options: TransportOptions;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: TransportState = { name: "connecting", attempt: 0 };

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get state(): TransportState {
    return this.#state;
  }

  start(): void {
    this.#connect(0);
  }

  /** False when there is no connection or too much waits in it already; the caller says whether that matters. */
  send(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (this.#state.name !== "open" || !socket || socket.bufferedAmount > mostBuffered) return false;
    socket.send(bytes);
    return true;
  }

  /** The server said something that is no frame: start over on a fresh socket, slowly, since it may say it again. */
  reset(): void {
    this.#detach();
    this.#wait(attemptsUntilLongest);
  }

  /** What was said on this socket is not so any more: go on with a fresh one. */
  renew(): void {
    this.#detach();
    this.#wait(0);
  }

  /** A wait ends at once, because the tab came to the front or the network came back. */
  hurry(): void {
    if (this.#state.name === "waiting") this.#connect(this.#state.attempt);
  }

  stop(): void {
    this.#detach();
    this.#become({ name: "closed", code: 1000, reason: "" });
  }

  #connect(attempt: number): void {
    this.#detach();
    this.#become({ name: "connecting", attempt });
    const socket = this.#options.open();
    this.#socket = socket;
    // A server that takes connections and ends them at once would be asked ten times a second for ever.
    let failures = attempt + 1;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#become({ name: "open" });
    socket.onmessage = ({ data }) => {
      failures = 0;
      if (data instanceof ArrayBuffer) this.#options.onBytes(new Uint8Array(data));
    };
    // An error is always followed by a close, which bears the code.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      this.#detach();
      if (reconnects(code)) this.#wait(failures);
      else this.#become({ name: "closed", code, reason });
    };
  }

  #wait(attempt: number): void {
    const full = Math.min(longestPause, firstPause * 2 ** attempt);
    const milliseconds = full / 2 + ((this.#options.random ?? Math.random)() * full) / 2;
    this.#become({ name: "waiting", attempt, milliseconds });
    this.#timer = setTimeout(() => this.#connect(attempt), milliseconds);
  }

  #detach(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  #become(state: TransportState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
