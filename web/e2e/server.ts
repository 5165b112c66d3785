//! A small server that speaks the real protocol: serves pages, bundles and real modules, and lets a test play the
//! part of `dev-server`: push frames, wait for what the page says.

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type WebSocket, WebSocketServer } from "ws";
import { embedded } from "../build/bundle.mjs";
import { type ClientFrame, ClientFrameSchema } from "../src/generated/devserver/v1/client_pb.js";
import { Glue_Kind } from "../src/generated/devserver/v1/module_pb.js";
import { Level, ServerFrameSchema } from "../src/generated/devserver/v1/server_pb.js";
import { fromHexadecimal } from "../src/hexadecimal.js";
import type { Built, Compiler } from "./programs.js";

export { Level };

type Body = ClientFrame["body"];
type Case = Exclude<Body["case"], undefined>;
type Value<Name extends Case> = Extract<Body, { case: Name }>["value"];

/** Nothing inline, no eval: what the client must survive. */
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws:; img-src 'self'";
/** Long, since machines that run tests are busy; a passing test never waits for it. */
const deadline = 30_000;

export class DevServer {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server, path: "/__dev/socket" });
  readonly #files = new Map<string, { readonly type: string; readonly bytes: Buffer | string }>();
  readonly #frames: { readonly body: Body; taken: boolean }[] = [];
  readonly #lost = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #epoch = crypto.getRandomValues(new Uint8Array(16));
  #socket: WebSocket | undefined;
  #sequence = 0n;
  #moduleNow: Built | undefined;

  static async start(): Promise<DevServer> {
    const server = new DevServer();
    for (const name of ["client.js", "worker.js", "trees.js", "explain.js"]) {
      server.file(`/__dev/${name}`, "text/javascript", await readFile(`${embedded}/${name}`));
    }
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.#sockets.on("connection", (socket) => server.#connected(socket));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  file(path: string, type: string, bytes: Buffer | string): void {
    this.#files.set(path, { type, bytes });
  }

  page(body: string, { boot = "client", worker = false, head = "" } = {}): void {
    const data = `data-program="demo" data-boot="${boot}"${worker ? ' data-worker="true"' : ""} data-base-path="/demo/"`;
    this.file(
      "/demo/",
      "text/html",
      `<!doctype html><html><head><script src="/__dev/client.js" ${data}></script><meta charset="utf-8">${head}</head><body>${body}</body></html>`,
    );
  }

  /** Makes a module available under its name, and its glue, and as the page's `main.wasm`. */
  publish(built: Built, compiler: Compiler): void {
    this.file(`/m/${built.hash}.wasm`, "application/wasm", built.bytes);
    this.file(`/m/${compiler.glue.hash}.js`, "text/javascript", compiler.glue.bytes);
    this.#moduleNow = built;
  }

  /** From now on the module is not found, whatever is published. */
  forget(built: Built): void {
    this.#lost.add(`/m/${built.hash}.wasm`);
  }

  async update(built: Built, compiler: Compiler, more: Partial<Update> = {}): Promise<bigint> {
    this.publish(built, compiler);
    this.#sequence += 1n;
    await this.send({
      sequence: this.#sequence,
      body: {
        case: "update",
        value: {
          level: Level.MODULE_SWAP,
          reason: "main.go changed",
          module: {
            hash: fromHexadecimal(built.hash),
            url: `/m/${built.hash}.wasm`,
            size: BigInt(built.bytes.length),
            glue: {
              kind: compiler.name === "go" ? Glue_Kind.GO : Glue_Kind.TINYGO,
              hash: fromHexadecimal(compiler.glue.hash),
              url: `/m/${compiler.glue.hash}.js`,
            },
          },
          stages: [{ name: "build", microseconds: 42_000n }],
          ...more,
        },
      },
    });
    return this.#sequence;
  }

  async send(frame: MessageInitShape<typeof ServerFrameSchema>): Promise<void> {
    await this.#until(() => this.#socket !== undefined, "a connection");
    const whole = create(ServerFrameSchema, { program: "demo", epoch: this.#epoch, ...frame });
    this.#socket?.send(toBinary(ServerFrameSchema, whole));
  }

  /** The next frame of a kind that no test has taken yet, and that fits. */
  async next<Name extends Case>(
    name: Name,
    fits: (value: Value<Name>) => boolean = () => true,
  ): Promise<Value<Name>> {
    const found: Value<Name>[] = [];
    await this.#until(() => {
      for (const frame of this.#frames) {
        if (frame.taken || frame.body.case !== name || !fits(frame.body.value as unknown as Value<Name>))
          continue;
        frame.taken = true;
        found.push(frame.body.value as unknown as Value<Name>);
        return true;
      }
      return false;
    }, `a frame "${name}"`);
    return found[0] as Value<Name>;
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + deadline;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(`no ${what}; got ${this.#frames.map(({ body }) => describe(body)).join("\n")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, left);
        const waiting = this.#waiting;
        function wake() {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
      });
    }
  }

  #connected(socket: WebSocket): void {
    socket.on("message", (data: Buffer) => {
      const { body } = fromBinary(ClientFrameSchema, new Uint8Array(data));
      this.#frames.push({ body, taken: false });
      if (body.case === "hello") this.#socket = socket;
      this.#wake();
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", this.url);
    const file = this.#lost.has(pathname) ? undefined : this.#files.get(pathname);
    if (!file && pathname.startsWith("/demo/") && pathname.endsWith(".wasm") && this.#moduleNow) {
      response
        .writeHead(302, { location: `/m/${this.#moduleNow.hash}.wasm`, "cache-control": "no-store" })
        .end();
      return;
    }
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": file.type, "content-security-policy": policy }).end(file.bytes);
  }
}

type UpdateCase = Extract<
  NonNullable<MessageInitShape<typeof ServerFrameSchema>["body"]>,
  { case: "update" }
>;
type Update = Exclude<UpdateCase["value"], { $typeName: string }>;

function describe(body: Body): string {
  return JSON.stringify(body, (_, value: unknown) =>
    typeof value === "bigint"
      ? String(value)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString("hex").slice(0, 8)
        : value,
  );
}
