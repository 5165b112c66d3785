//! A connection over WebTransport with the face of a WebSocket. Loaded only by pages that use it.
//!
//! Each frame has its length before it, four bytes, the most significant first; length 0 is the end: a close code of two
//! bytes and a reason follow. What is most urgent comes on the stream that was opened here, everything else on streams
//! that the server opens.

import type { Socket } from "./transport.js";

/** What `/__dev/transport` answers. */
type Invitation = {
  readonly port: number;
  readonly path: string;
  readonly ticket: string;
  /** SHA-256 of the certificate in base64. */
  readonly certificate: string;
};

/** The part of the browser's interface that is used. */
type Session = {
  readonly ready: Promise<void>;
  readonly closed: Promise<unknown>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  createBidirectionalStream(): Promise<{
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  }>;
  close(): void;
};

type SessionClass = new (
  url: string,
  options: {
    readonly serverCertificateHashes: readonly { readonly algorithm: string; readonly value: Uint8Array }[];
    readonly congestionControl: string;
  },
) => Session;

/** Where UDP is dropped nothing answers, and browsers wait for long. */
const longestHandshake = 3_000;

/** Asks for an invitation at `url` and opens a session; rejects when there is no way. */
export async function openSession(url: URL, headers?: Readonly<Record<string, string>>): Promise<Socket> {
  const answer = await fetch(url, { headers: { ...headers, accept: "application/json" } });
  if (!answer.ok) throw new Error(`no invitation: ${answer.status}`);
  const { port, path, ticket, certificate } = (await answer.json()) as Invitation;
  const value = Uint8Array.from(atob(certificate), (letter) => letter.charCodeAt(0));
  // A name may lead to another address than the one that the server listens at.
  const host = url.hostname === "localhost" ? "127.0.0.1" : url.hostname;
  const { WebTransport } = globalThis as unknown as { WebTransport: SessionClass };
  const session = new WebTransport(`https://${host}:${port}${path}?ticket=${ticket}`, {
    serverCertificateHashes: [{ algorithm: "sha-256", value }],
    congestionControl: "low-latency",
  });
  const timer = setTimeout(() => session.close(), longestHandshake);
  try {
    await session.ready;
  } finally {
    clearTimeout(timer);
  }
  const talk = await session.createBidirectionalStream();
  return new SessionSocket(session, talk.writable.getWriter(), talk.readable);
}

class SessionSocket implements Socket {
  binaryType = "arraybuffer";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #session: Session;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #buffered = 0;
  #ended = false;

  constructor(
    session: Session,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    first: ReadableStream<Uint8Array>,
  ) {
    this.#session = session;
    this.#writer = writer;
    const gone = () => this.#end(1006, "");
    void this.#read(first).then(gone, gone);
    void this.#readOthers().catch(gone);
    void session.closed.then(gone, gone);
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(data: Uint8Array): void {
    const record = new Uint8Array(4 + data.length);
    new DataView(record.buffer).setUint32(0, data.length);
    record.set(data, 4);
    this.#buffered += record.length;
    const written = () => {
      this.#buffered -= record.length;
    };
    void this.#writer.write(record).then(written, written);
  }

  close(): void {
    this.#ended = true;
    this.#session.close();
  }

  async #readOthers(): Promise<void> {
    const streams = this.#session.incomingUnidirectionalStreams.getReader();
    for (;;) {
      const { done, value } = await streams.read();
      if (done) return;
      void this.#read(value).catch(() => {});
    }
  }

  /** Until the stream ends or says that the conversation does. */
  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader();
    let bytes = new Uint8Array(0);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes = joined(bytes, value);
      let at = 0;
      while (bytes.length >= at + 4) {
        const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
        if (length === 0 || bytes.length < at + 4 + length) break;
        const frame = bytes.slice(at + 4, at + 4 + length);
        if (!this.#ended) this.onmessage?.({ data: frame.buffer });
        at += 4 + length;
      }
      bytes = bytes.slice(at);
    }
    if (bytes.length >= 6) {
      const code = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4);
      this.#end(code, new TextDecoder().decode(bytes.subarray(6)));
    }
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.close();
    this.onclose?.({ code, reason });
  }
}

function joined(first: Uint8Array<ArrayBuffer>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
