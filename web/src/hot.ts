//! The contract between a program and the next one: `data`, `accept`, `dispose`, `invalidate`, `onPatch`, `generation`.

export type Data = Record<string, unknown>;
export type Handler = (data: Data) => unknown;
/** Gets the full names of the functions that were replaced. */
export type PatchHandler = (functions: readonly string[]) => unknown;

/**
 * Handed to a Go program as `__devServerLive` and to the page's own scripts as `devServer.hot`. Registering calls
 * nothing: a program that starts reads `data` itself, and its accept handlers are called only when it is given the
 * page back after a swap that failed.
 */
export class Hot {
  data: Data;
  readonly generation: number;
  readonly accept: (handler?: Handler) => void;
  readonly dispose: (handler: Handler) => void;
  readonly invalidate: (reason?: unknown) => void;
  readonly onPatch: (handler: PatchHandler) => void;

  #accepting: Handler[] = [];
  #disposing: Handler[] = [];
  #patching: PatchHandler[] = [];
  #accepts = false;

  constructor(
    data: Data,
    generation: number,
    events: { onAccept(): void; onInvalidate(reason: string): void },
  ) {
    this.data = data;
    this.generation = generation;
    // Own closures: Go takes methods off the object, and a script may destructure it.
    this.accept = (handler) => {
      if (typeof handler === "function") this.#accepting.push(handler);
      if (this.#accepts) return;
      this.#accepts = true;
      events.onAccept();
    };
    this.dispose = (handler) => {
      this.#disposing.push(handler);
    };
    this.onPatch = (handler) => {
      this.#patching.push(handler);
    };
    this.invalidate = (reason) =>
      events.onInvalidate(String(reason ?? "the program asks for it").slice(0, 1024));
  }

  get accepts(): boolean {
    return this.#accepts;
  }

  runDispose(data: Data): void {
    for (const handler of this.#disposing) handler(data);
  }

  runAccept(data: Data): void {
    this.data = data;
    for (const handler of this.#accepting) handler(data);
  }

  /** The new functions run already: a handler that throws cannot take that back, and keeps no other from hearing. */
  runPatch(functions: readonly string[]): void {
    for (const handler of this.#patching) {
      try {
        handler(functions);
      } catch (error) {
        reportError(error);
      }
    }
  }

  /** Drops the functions of a dead program. */
  clear(): void {
    this.#accepting = [];
    this.#disposing = [];
    this.#patching = [];
    this.data = {};
  }
}
