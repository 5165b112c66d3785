//! Passes what pages ask of a dev-server on to it, with its token, and the sockets of pages, too.

import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Admission, refusal } from "./admission.js";
import type { ServerAddress } from "./running-server.js";

export type ProxyOptions = {
  readonly admission: () => Admission;
  /** Of the server that a page means; the first one where it names none. */
  readonly address: (id: string | undefined) => Promise<ServerAddress | undefined>;
  readonly addresses: () => Promise<readonly ServerAddress[]>;
};

const socketPath = "/__dev/socket";
/** What pages need: scripts below `/__dev/`, and modules with their glue, named by their hashes. */
const passed = /^\/(?:__dev\/[a-z0-9_-]+\.js|m\/[0-9a-f]{64}\.(?:wasm|js))$/;
/** The query that makes the address of a module that of its source map. */
const map = "?map";
/** Headers that say something about this connection only, or about who asks. */
const own = new Set(["host", "connection", "origin", "referer", "cookie", "authorization", "upgrade"]);

export class DevServerProxy {
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** For a server of the kind that Vite's is; what is not ours goes on to `next`. */
  readonly answer = (from: IncomingMessage, to: ServerResponse, next: (error?: unknown) => void): void => {
    const path = pathOf(from);
    const reason = refusal(from, this.#options.admission());
    if (!passed.test(path)) next();
    else if (reason !== undefined) refuse(to, 403, reason);
    else if (from.method !== "GET" && from.method !== "HEAD")
      refuse(to, 405, "Only GET and HEAD are passed on.");
    else this.#answer(from.url?.endsWith(map) ? path + map : path, from, to).catch(next);
  };

  readonly upgrade = (from: IncomingMessage, socket: Duplex, early: Buffer): void => {
    if (pathOf(from) !== socketPath) return;
    const reason = refusal(from, this.#options.admission());
    socket.on("error", () => socket.destroy());
    if (reason !== undefined) close(socket, 403, reason);
    else this.#upgrade(from, socket, early).catch((error) => close(socket, 502, String(error)));
  };

  /** Content is named by its hash: whoever has it has the right one. */
  async #answer(path: string, from: IncomingMessage, to: ServerResponse): Promise<void> {
    const addresses = await this.#options.addresses();
    for (const [index, address] of addresses.entries()) {
      const answer = await ask(address, path, from);
      if (answer.statusCode === 404 && index < addresses.length - 1) {
        answer.resume();
        continue;
      }
      to.writeHead(answer.statusCode ?? 502, responseHeaders(answer));
      answer.pipe(to);
      return;
    }
    refuse(to, 404, "No dev-server runs: nothing that was asked for yet imports a Go program.");
  }

  async #upgrade(from: IncomingMessage, socket: Duplex, early: Buffer): Promise<void> {
    const id = new URL(from.url ?? "", "http://localhost").searchParams.get("of");
    const address = await this.#options.address(id ?? undefined);
    if (!address) {
      close(socket, 404, "no dev-server runs for that program");
      return;
    }
    const to = request(new URL(socketPath, address.url), { headers: requestHeaders(from, address, true) });
    to.on("error", (error) => close(socket, 502, error.message));
    to.on("response", (answer) => {
      answer.resume();
      close(socket, answer.statusCode ?? 502, "the dev-server takes no socket");
    });
    to.on("upgrade", (answer, upstream, first) => {
      const head = [`HTTP/1.1 101 Switching Protocols`];
      for (let index = 0; index < answer.rawHeaders.length; index += 2)
        head.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
      socket.write(first);
      upstream.write(early);
      upstream.on("error", () => socket.destroy());
      upstream.on("close", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    to.end();
  }
}

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

function ask(address: ServerAddress, path: string, from: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = requestHeaders(from, address, false);
    request(new URL(path, address.url), { method: from.method ?? "GET", headers }, resolve)
      .on("error", reject)
      .end();
  });
}

function requestHeaders({ headers }: IncomingMessage, { token }: ServerAddress, upgrades: boolean) {
  const kept = Object.entries(headers).filter(
    ([name]) => !own.has(name) && !name.startsWith("sec-fetch-") && !name.startsWith("x-forwarded-"),
  );
  return {
    ...Object.fromEntries(kept),
    authorization: `Bearer ${token}`,
    ...(upgrades && { connection: "Upgrade", upgrade: "websocket" }),
  };
}

function responseHeaders({ headers }: IncomingMessage) {
  const { connection, "keep-alive": _, "transfer-encoding": __, ...rest } = headers;
  return rest;
}

function refuse(to: ServerResponse, status: number, reason: string): void {
  to.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(reason);
}

function close(socket: Duplex, status: number, reason: string): void {
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} \r\nConnection: close\r\nContent-Length: 0\r\nX-Reason: ${reason.replace(/[^ -~]/g, " ")}\r\n\r\n`,
    );
  socket.end();
}
