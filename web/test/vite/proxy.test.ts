//! What Vite's server passes on to a dev-server: content by its hash, with the query that asks for its source map.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { DevServerProxy } from "../../src/vite/proxy.js";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("a module and its map are passed on with the token, and no other query is", async () => {
  const asked: (string | undefined)[] = [];
  const upstream = await listen(
    createServer(({ url, headers }, answer) => {
      asked.push(`${url} ${headers.authorization}`);
      answer.end("passed on");
    }),
  );
  const address = { url: upstream, token: "secret" };
  const proxy = new DevServerProxy({
    admission: () => ({ allowedHosts: [], isSecure: false }),
    address: async () => address,
    addresses: async () => [address],
  });
  const url = await listen(
    createServer((from, to) => proxy.answer(from, to, () => to.writeHead(404).end("not ours"))),
  );
  const module = `m/${"ab".repeat(32)}.wasm`;
  const texts = async (paths: string[]) => {
    const found: string[] = [];
    for (const path of paths) found.push(await (await fetch(url + path)).text());
    return found;
  };
  expect(await texts([module, `${module}?map`, `${module}?map=x`, `${module}?t=1`])).toEqual(
    Array(4).fill("passed on"),
  );
  expect(asked).toEqual([
    `/${module} Bearer secret`,
    `/${module}?map Bearer secret`,
    `/${module} Bearer secret`,
    `/${module} Bearer secret`,
  ]);
  expect(await texts(["m/main.go?map", "app/main.wasm"])).toEqual(["not ours", "not ours"]);
});
