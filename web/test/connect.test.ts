//! What the library does beyond the conversation: addresses, the token, modules, and what it does without HTTP/3.

import { afterEach, expect, test, vi } from "vitest";
import { type ConnectOptions, connect, type DevServerClient, type SwapError } from "../src/connect.js";
import { digest } from "../src/digest.js";
import { FakeServer } from "./fake-server.js";

const clients: DevServerClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.unstubAllGlobals();
});

function setUp(options: Partial<ConnectOptions> = {}) {
  const server = new FakeServer();
  const asked: unknown[] = [];
  const onError = vi.fn();
  const client = connect({
    url: "https://dev.example:8443/app/?token=secret",
    program: "demo",
    open: (url, headers) => {
      asked.push(url, headers);
      return server.open();
    },
    random: () => 0,
    onError,
    ...options,
  });
  clients.push(client);
  return { client, server, asked, onError };
}

const module = new TextEncoder().encode("a module");

test("the token is said in a header, not in an address", () => {
  const { asked } = setUp();
  expect(asked).toEqual(["wss://dev.example:8443/__dev/socket", { authorization: "Bearer secret" }]);
});

test("an address is wanted", () => {
  expect(() => connect({} as ConnectOptions)).toThrow("connect() needs `url`");
});

test("who is not let in hears of it once, and goes on asking", async () => {
  const fetch = vi.fn(
    async (_: URL, __: RequestInit) => new Response("no such token\nmore", { status: 401 }),
  );
  vi.stubGlobal("fetch", fetch);
  const { server, onError } = setUp();
  for (const attempt of [1, 2, 3]) {
    await server.connections(attempt);
    server.close(1006);
  }
  await server.connections(4);
  await vi.waitFor(() => expect(onError).toHaveBeenCalled());
  expect(onError.mock.calls.map(([error]) => (error as Error).message)).toEqual([
    "the server does not let this token in: it answered 401 no such token",
  ]);
  expect(fetch.mock.calls[0]?.[0].href).toBe("https://dev.example:8443/__dev/status");
});

test.each<[string, () => Promise<Response>]>([
  ["nobody answers", () => Promise.reject(new Error("offline"))],
  ["it ends just then", async () => new Response("", { status: 503 })],
])("nothing is said of the token when %s", async (_, answer) => {
  const fetch = vi.fn(answer);
  vi.stubGlobal("fetch", fetch);
  const { server, onError } = setUp();
  server.close(1006);
  await server.connections(2);
  await vi.waitFor(() => expect(fetch).toHaveBeenCalled());
  expect(onError).not.toHaveBeenCalled();
});

test("a module is fetched with the token, and its bytes are those of its hash", async () => {
  const fetch = vi.fn(async (_: URL, __: RequestInit) => new Response(module));
  vi.stubGlobal("fetch", fetch);
  const { client } = setUp();
  expect(await client.fetchModule({ url: "/m/x.wasm", hash: digest(module) })).toEqual(module);
  const [url, request] = fetch.mock.calls[0] ?? [];
  expect([url?.href, request?.headers]).toEqual([
    "https://dev.example:8443/m/x.wasm",
    { authorization: "Bearer secret" },
  ]);
});

test.each<[string, () => Promise<Response>, RegExp]>([
  [
    "bytes that were damaged",
    async () => new Response(module.map((byte) => byte ^ 1)),
    /not those of its hash/,
  ],
  ["bytes that are only a part", async () => new Response(module.slice(1)), /not those of its hash/],
  ["another answer", async () => new Response("", { status: 404 }), /the server answered 404/],
  ["none", () => Promise.reject(new Error("offline")), /no answer/],
])("a module is refused: %s", async (_, answer, message) => {
  vi.stubGlobal("fetch", vi.fn(answer));
  const refused = setUp().client.fetchModule({ url: "/m/x.wasm", hash: digest(module) });
  await expect(refused).rejects.toMatchObject({ stage: "fetch", message: expect.stringMatching(message) });
});

test("nothing is fetched from elsewhere, where the token has no business", async () => {
  const fetch = vi.fn();
  vi.stubGlobal("fetch", fetch);
  const refused = setUp().client.fetchModule({ url: "//evil.example/m/x.wasm", hash: digest(module) });
  await expect(refused).rejects.toThrow("is not at https://dev.example:8443");
  expect(fetch).not.toHaveBeenCalled();
});

test("an update that fetches damaged bytes fails, and a whole module is asked for", async () => {
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(module.slice(1))),
  );
  const { client, server, onError } = setUp({
    perform: async ({ update }) => {
      if (update.module) await client.fetchModule(update.module);
    },
  });
  server.accept();
  server.push({
    sequence: 1n,
    body: { case: "update", value: { level: 4, module: { hash: new Uint8Array(32), url: "/m/x.wasm" } } },
  });
  expect((await server.next("failed")).stage).toBe("fetch");
  expect(onError.mock.calls.map(([error]) => (error as SwapError).stage)).toEqual(["fetch"]);
  server.close(1006);
  await server.connections(2);
  server.accept();
  await server.next("hello");
  expect((await server.next("hello")).wantsWhole).toBe(true);
});

test.each<[string, () => Promise<Response>, new () => unknown]>([
  [
    "the server has no HTTP/3",
    async () => new Response("", { status: 404 }),
    class {
      constructor() {
        throw new Error("nobody asks for one");
      }
    },
  ],
  [
    "the session cannot be opened",
    async () => Response.json({ port: 1, path: "/", ticket: "t", certificate: btoa("hash") }),
    class {
      ready = Promise.reject(new Error("QUIC is blocked"));
    },
  ],
])("a socket is opened when %s", async (_, answer, transport) => {
  const fetch = vi.fn(answer);
  vi.stubGlobal("fetch", fetch);
  vi.stubGlobal("WebTransport", transport);
  const { client, server } = setUp({ http3: true });
  expect([client.state.name, server.sockets.length]).toEqual(["connecting", 0]);
  await server.connections(1);
  server.accept();
  await server.next("hello");
  expect(client.state).toEqual({ name: "open" });
  expect(fetch).toHaveBeenCalledOnce();
});

test("a socket is opened when nobody answers in time", async () => {
  vi.useFakeTimers();
  try {
    const invitation = { port: 1, path: "/", ticket: "t", certificate: btoa("hash") };
    vi.stubGlobal("fetch", async () => Response.json(invitation));
    const close = vi.fn();
    vi.stubGlobal(
      "WebTransport",
      class {
        readonly ready = new Promise((_, reject) => {
          close.mockImplementation(() => reject(new Error("closed")));
        });
        readonly close = close;
      },
    );
    const { server } = setUp({ http3: true });
    await vi.advanceTimersByTimeAsync(2_900);
    expect([server.sockets.length, close.mock.calls.length]).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(200);
    expect([server.sockets.length, close.mock.calls.length]).toEqual([1, 1]);
  } finally {
    vi.useRealTimers();
  }
});

test("without WebTransport nobody asks for it", () => {
  const fetch = vi.fn();
  vi.stubGlobal("fetch", fetch);
  expect(setUp({ http3: true }).server.sockets).toHaveLength(1);
  expect(fetch).not.toHaveBeenCalled();
});
