//! A page over WebTransport: everything that it does over a socket, and nothing over a socket.

import { expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";

const harness = new Harness();

test("a page is brought up to date over HTTP/3, and comes back when the server does", async () => {
  const project = harness.fixture("small");
  const options = { compiler: "go", flags: ["--http3", "always"] } as const;
  const first = await harness.serve(project, options);
  const tab = await harness.open(first);
  const sockets: string[] = [];
  tab.page.on("websocket", (socket) => sockets.push(socket.url()));
  await tab.page.reload();
  await tab.sees("h1", "Hello!");
  const loaded = () =>
    tab.page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
  await expect.poll(loaded, { timeout: 30_000 }).toContain("/__dev/transport");

  const words = fresh("Over HTTP/3");
  const edited = project.edited("main.go", '"Hello"', JSON.stringify(words));
  project.write("main.go", edited);
  await tab.sees("h1", words);
  // Later there may be some: without a server, every way is tried.
  expect(sockets).toEqual([]);

  const { port, state } = first;
  await first.end();
  await harness.serve(project, { ...options, port, state });
  const again = fresh("After a restart");
  project.write("main.go", edited.replace(words, again));
  await tab.sees("h1", again);
}, 240_000);
