//! A server inside the test: gives the client its socket, records what arrives, and pushes, stalls or closes when told.
//!
//!     const server = new FakeServer();
//!     new Client({ ...options, open: server.open });
//!     server.accept();                          // the socket opens
//!     expect(await server.next("hello")) ...    // waits for a frame, fails at a deadline
//!     server.push({ body: { case: "update", value: ... } });
//!     server.stall();                           // what the client sends piles up in its socket
//!     server.close(4500, "restart");            // the socket closes; the client opens the next by itself

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type ClientFrame, ClientFrameSchema } from "../src/generated/devserver/v1/client_pb.js";
import { ServerFrameSchema } from "../src/generated/devserver/v1/server_pb.js";
import type { Socket } from "../src/transport.js";

type Body = ClientFrame["body"];
type Case = Exclude<Body["case"], undefined>;
type Value<Name extends Case> = Extract<Body, { case: Name }>["value"];

const deadline = 30_000;

class FakeSocket implements Socket {
  binaryType = "blob";
  bufferedAmount = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  closedWith: number | undefined;
  readonly #onSend: (data: Uint8Array) => void;

  constructor(onSend: (data: Uint8Array) => void) {
    this.#onSend = onSend;
  }

  send(data: Uint8Array): void {
    this.#onSend(data);
  }

  close(code = 1005): void {
    this.closedWith = code;
    queueMicrotask(() => this.onclose?.({ code, reason: "" }));
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly frames: Body[] = [];
  readonly #taken = new Set<Body>();
  #wake: (() => void)[] = [];

  readonly open = (): Socket => {
    const socket = new FakeSocket((data) => {
      this.frames.push(fromBinary(ClientFrameSchema, data).body);
      this.#notify();
    });
    this.sockets.push(socket);
    this.#notify();
    return socket;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("the client has opened no socket");
    return socket;
  }

  accept(): void {
    this.socket.onopen?.();
  }

  push(frame: MessageInitShape<typeof ServerFrameSchema>): void {
    this.pushBytes(toBinary(ServerFrameSchema, create(ServerFrameSchema, { program: "demo", ...frame })));
  }

  pushBytes(bytes: Uint8Array): void {
    this.socket.onmessage?.({ data: bytes.slice().buffer });
  }

  stall(): void {
    this.socket.bufferedAmount = Number.MAX_SAFE_INTEGER;
  }

  close(code: number, reason = ""): void {
    this.socket.onclose?.({ code, reason });
  }

  async next<Name extends Case>(name: Name): Promise<Value<Name>> {
    const found: Value<Name>[] = [];
    await this.until(() => {
      const body = this.frames.find((frame) => frame.case === name && !this.#taken.has(frame));
      if (!body) return false;
      this.#taken.add(body);
      found.push(body.value as unknown as Value<Name>);
      return true;
    }, `frame "${name}"`);
    return found[0] as Value<Name>;
  }

  /** Waits for the client to have opened its `count`th socket. */
  connections(count: number): Promise<void> {
    return this.until(() => this.sockets.length >= count, `connection ${count}`);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + deadline;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no ${what}; got ${this.frames.map((frame) => frame.case).join(", ")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const call of wake) call();
  }
}
