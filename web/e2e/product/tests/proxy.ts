//! Paths that go to a backend, which may come later than the page.

import { createServer, type Server } from "node:http";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { freePort } from "../dev-server.js";
import { Harness } from "../harness.js";

const harness = new Harness();

test("requests wait for a backend that starts late, and WebSockets go through", async () => {
  const project = harness.fixture("small");
  const port = await freePort();
  const server = await harness.serve(project, {
    compiler: "go",
    flags: ["--proxy", `/api=http://127.0.0.1:${port}`],
  });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");

  // Asked before there is anybody to answer.
  const early = tab.page.evaluate(async () => {
    const response = await fetch("/api/greeting?a=1", { method: "POST", body: "from the page" });
    return [response.status, await response.text()];
  });
  const asked = tab.page.waitForRequest(/api\/greeting/).catch(() => undefined);
  const backend = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const cookies = request.headers.cookie ?? "";
      response.setHeader("content-type", "text/plain");
      response.end(
        `${request.method} ${request.url} ${Buffer.concat(chunks)} token=${cookies.includes(server.token)}`,
      );
    });
  });
  const sockets = new WebSocketServer({ server: backend, path: "/api/socket" });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`echo ${String(data)}`)));
  try {
    await Promise.race([asked, early]);
    await listen(backend, port);
    const [status, text] = await early;
    expect([status, text]).toEqual([200, "POST /api/greeting?a=1 from the page token=false"]);

    const echo = await tab.page.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.send("hello");
          socket.onmessage = ({ data }) => resolve(String(data));
          socket.onerror = () => reject(new Error("the socket failed"));
        }),
      `${server.url.replace("http", "ws")}api/socket`,
    );
    expect(echo).toBe("echo hello");
  } finally {
    sockets.close();
    backend.closeAllConnections();
    backend.close();
  }
  expect(await server.stop()).toBe(0);
});

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}
