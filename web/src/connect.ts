//! The client as a library, for pages, workers and Node: opens its sockets and fetches what updates name. Nothing happens
//! on import.

import type { DevServerClient, Perform } from "./dev-server-client.js";
import { digest, isIntact } from "./digest.js";
import { EventFollower } from "./event-follower.js";
import { FollowerClient } from "./follower-client.js";
import { openSession } from "./http3.js";
import { LateSocket } from "./late-socket.js";
import type { Identity, ModuleReference } from "./messages.js";
import { SwapError } from "./swap-error.js";
import type { Socket } from "./transport.js";
import { TreeFollower } from "./tree-follower.js";

export type { DevServerClient, Perform } from "./dev-server-client.js";
export type { EventListener, EventPlace, FollowEventsOptions, ServerEvent } from "./event.js";
export type { FlagListener, FlagValue } from "./flag-values.js";
export type { GoModule, GoProgram, LaunchOptions, ProgramState } from "./go-module/go-program.js";
export type { Listener } from "./listeners.js";
export type {
  Asset,
  CodeFrame,
  Device,
  Diagnostic,
  Envelope,
  FailedStage,
  GlueScript,
  Identity,
  Level,
  Memory,
  MemoryWrite,
  ModuleReference,
  Patch,
  Place,
  Stage,
  Update,
  Updated,
  UpdateMessage,
} from "./messages.js";
export type { Position } from "./store.js";
export type { Socket, TransportState } from "./transport.js";
export type {
  ListenOptions,
  LiveTree,
  NodeRange,
  TreeChange,
  TreeEvent,
  TreeListener,
  TreeNode,
} from "./tree-event.js";
export { SwapError };

export type ConnectOptions = {
  /** Address of the server or of a page of it. A token in it is used as `token` is. */
  readonly url: string | { readonly href: string };
  /** Name of the program to follow; without it only events are told. */
  readonly program?: string | undefined;
  /** The project's token, for who has no cookie. Browsers cannot send it: there the page's cookie is used. */
  readonly token?: string | undefined;
  /** Digest of the files that a page was made from, as the server wrote it there: what is other than these is told. */
  readonly manifest?: string | undefined;
  /** Who this is for flags. */
  readonly identity?: Identity | undefined;
  /** Only looks on: nothing is brought up to date, no module is built for the client's sake, and it is none of the pages
   * that others see. */
  readonly looksOn?: boolean | undefined;
  /** Without it there is nothing to bring up to date, so that each update counts as done. */
  readonly perform?: Perform | undefined;
  /** Prefers HTTP/3 where there is WebTransport, and falls back to a WebSocket. */
  readonly http3?: boolean | undefined;
  /** Opens a socket in place of the runtime's own WebSocket. `headers`: what says the token. */
  readonly open?: ((url: string, headers: Readonly<Record<string, string>>) => Socket) | undefined;
  /** A number from 0 up to 1, by which pauses before another attempt are cut. */
  readonly random?: (() => number) | undefined;
  /** An update failed, a listener threw, or the server did not understand; nothing has to be done. */
  readonly onError?: ((error: unknown) => void) | undefined;
};

/** Connects now, and again whenever the connection is lost. */
export function connect(options: ConnectOptions): DevServerClient {
  return new Connection(options);
}

class Connection extends FollowerClient implements DevServerClient {
  readonly #fetch: (path: string) => Promise<Uint8Array<ArrayBuffer>>;

  constructor(options: ConnectOptions) {
    const server = new Server(options);
    const fetch = (path: string) => server.fetch(path);
    super({
      program: options.program ?? "",
      manifest: options.manifest ?? "",
      identity: { ...options.identity, looksOn: options.looksOn ?? false },
      random: options.random,
      open: () => server.open(),
      perform: options.perform ?? (() => {}),
      parts: {
        trees: async () => ({ TreeFollower }),
        events: async () => ({ EventFollower }),
        digest: async () => ({ isIntact }),
      },
      fetchReceiver: fetch,
      onError: options.onError ?? console.error,
    });
    this.#fetch = fetch;
    let refused = false;
    this.onState(async ({ name }) => {
      if (name === "open") refused = false;
      if (name !== "waiting" || refused) return;
      const error = await server.refusal();
      if (!error || refused) return;
      refused = true;
      (options.onError ?? console.error)(error);
    });
    // Whether there is a network is known to pages and workers only.
    globalThis.addEventListener?.("online", this.#online);
    this.start();
  }

  async fetchModule({ url, hash }: Pick<ModuleReference, "url" | "hash">): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#fetch(url);
    if (digest(bytes) !== hash) throw new SwapError("fetch", `${url}: its bytes are not those of its hash`);
    return bytes;
  }

  override close(): void {
    globalThis.removeEventListener?.("online", this.#online);
    super.close();
  }

  readonly #online = () => this.hurry();
}

/** Where the server is, and how one gets in. */
class Server {
  readonly #options: ConnectOptions;
  readonly #url: URL;
  readonly #headers: Record<string, string>;

  constructor(options: ConnectOptions) {
    const { url, token } = options;
    // Callers of plain JavaScript leave it out.
    if (url === undefined)
      throw new TypeError("connect() needs `url`, the address of the server or of a page of it");
    this.#options = options;
    this.#url = new URL(typeof url === "string" ? url : url.href);
    const known = token ?? this.#url.searchParams.get("token");
    this.#headers = known ? { authorization: `Bearer ${known}` } : {};
  }

  open(): Socket {
    const { http3 } = this.#options;
    if (!http3 || !("WebTransport" in globalThis)) return this.#webSocket();
    return new LateSocket(openSession(this.#at("/__dev/transport"), this.#headers), () => this.#webSocket());
  }

  /**
   * Why there was no connection, where that can be known: a socket does not say what it was answered. The attempts go on,
   * for a server that begins later may have this token.
   */
  async refusal(): Promise<Error | undefined> {
    const answer = await fetch(this.#at("/__dev/status"), { headers: this.#headers }).catch(() => undefined);
    if (answer?.status !== 401 && answer?.status !== 403) return undefined;
    const told = (await answer.text().catch(() => "")).split("\n", 1)[0]?.slice(0, 200);
    const token = this.#headers["authorization"] ? "this token" : "who has no token";
    return new Error(`the server does not let ${token} in: it answered ${answer.status} ${told}`.trim());
  }

  async fetch(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const url = this.#at(path);
    let answer: Response;
    try {
      answer = await fetch(url, { headers: this.#headers });
    } catch (error) {
      throw new SwapError("fetch", `${path}: no answer`, error);
    }
    if (!answer.ok) throw new SwapError("fetch", `${path}: the server answered ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  #webSocket(): Socket {
    const url = this.#at("/__dev/socket");
    url.protocol = url.protocol.replace("http", "ws");
    const { open } = this.#options;
    if (open) return open(url.href, this.#headers);
    // Browsers take protocols in this place and send no headers of a script; other runtimes take more.
    const more =
      "document" in globalThis || "WorkerGlobalScope" in globalThis ? [] : [{ headers: this.#headers }];
    return new (WebSocket as unknown as new (url: URL, ...more: unknown[]) => Socket)(url, ...more);
  }

  #at(path: string): URL {
    const url = new URL(path, this.#url);
    // The token is for this server alone.
    if (url.origin !== this.#url.origin)
      throw new SwapError("fetch", `${path} is not at ${this.#url.origin}`);
    url.search = "";
    return url;
  }
}
