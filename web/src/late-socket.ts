//! A socket that is there later: whichever of two ways to the server opens.

import type { Socket } from "./transport.js";

/** Takes what `better` opens, or, when that fails, what `plain` does. */
export class LateSocket implements Socket {
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  #socket: Socket | undefined;
  #closed = false;

  constructor(better: Promise<Socket>, plain: () => Socket) {
    void better.then(
      (socket) => {
        this.#take(socket);
        if (!this.#closed) this.onopen?.();
      },
      () => this.#closed || this.#take(plain()),
    );
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(data: Uint8Array): void {
    this.#socket?.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#closed = true;
    this.#socket?.close(code, reason);
  }

  #take(socket: Socket): void {
    this.#socket = socket;
    if (this.#closed) {
      socket.close();
      return;
    }
    socket.binaryType = this.binaryType;
    socket.onopen = () => this.onopen?.();
    socket.onmessage = (event) => this.onmessage?.(event);
    socket.onclose = (event) => this.onclose?.(event);
    socket.onerror = () => this.onerror?.();
  }
}
