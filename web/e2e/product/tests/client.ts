//! The client of the package, against the real server: in both browsers over both ways, and in Node.

import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { bundle } from "../../../build/bundle.mjs";
import { connect, type DevServerClient, type ServerEvent } from "../../../src/connect.js";
import type { Socket } from "../../../src/transport.js";
import type { DevServer } from "../dev-server.js";
import { fresh, Harness } from "../harness.js";
import { type LiveBrowser, type LiveTab, launch } from "../hot/live-tab.js";
import { type BrowserName, browsers } from "../places.js";
import type { Project } from "../project.js";

const harness = new Harness();
const timeout = 120_000;

let browser: LiveBrowser | undefined;
const clients: DevServerClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await browser?.close();
  browser = undefined;
});

/** A page that has the library among its files, as any page may. */
async function projectWithLibrary(): Promise<Project> {
  const project = harness.fixture("small");
  project.write("connect.js", await bundle("src/connect.ts", "esm"));
  project.edit("index.html", "</head>", '<script type="module" src="connect.js"></script></head>');
  return project;
}

/** Connects beside the page's own client, and writes down what it is told. */
function follow(http3: boolean): string {
  return `(async () => {
    const opened = [];
    const Native = WebSocket;
    globalThis.WebSocket = class extends Native {
      constructor(url) { super(url); opened.push(String(url)); }
    };
    const { connect } = await import("./connect.js");
    const told = { opened, states: [], updates: [], wrong: [], files: [], events: [], bytes: [], errors: [] };
    const client = connect({
      url: location.href,
      program: "small",
      http3: ${http3},
      perform: async ({ update }) => {
        if (update.module) told.bytes.push((await client.fetchModule(update.module)).length === update.module.size);
      },
      onError: (error) => told.errors.push(String(error)),
    });
    client.onState(({ name }) => told.states.push(name));
    client.onUpdate(({ level }) => told.updates.push(level));
    client.onDiagnostics((items) => told.wrong.push(items.length));
    client.onTree(({ file, tree }) => told.files.push(file + " " + (tree.root !== undefined)));
    client.onEvents((event) => told.events.push(event.what === "event" ? Number(event.number) : event.what));
    window.told = told;
    window.client = client;
  })()`;
}

type Told = {
  readonly opened: readonly string[];
  readonly states: readonly string[];
  readonly updates: readonly string[];
  readonly wrong: readonly number[];
  readonly files: readonly string[];
  readonly events: readonly (number | string)[];
  readonly bytes: readonly boolean[];
  readonly errors: readonly string[];
};

const told = (tab: LiveTab) => tab.evaluate("window.told") as Promise<Told>;

/** Whether each number is the one after the one before it. */
function inOrder(numbers: readonly (number | string)[]): boolean {
  return numbers.every((number, index) => number === (numbers[0] as number) + index);
}

const ways = [
  // What the server offers, what the client asks for, what it is to get.
  ["a WebSocket", "never", false, 1],
  ["WebTransport", "always", true, 0],
  ["a WebSocket where there is no HTTP/3", "never", true, 1],
] as const;
const runs = browsers.flatMap((name) => ways.map((way) => [name, ...way] as const));

test.each<readonly [BrowserName, string, "never" | "always", boolean, number]>(runs)(
  "%s over %s",
  async (name, _, offered, http3, sockets) => {
    const project = await projectWithLibrary();
    const server = await harness.serve(project, { compiler: "go", flags: ["--http3", offered] });
    browser = await launch(name);
    const tab = await browser.tab();
    await tab.goto(server.openUrl);
    const runs = () => tab.evaluate("document.querySelector('h1')?.textContent");
    await expect.poll(runs, { timeout }).toBe("Hello!");
    await tab.evaluate(follow(http3));

    await expect.poll(async () => (await told(tab)).updates, { timeout }).toEqual(["module-swap"]);
    await expect.poll(async () => (await told(tab)).files, { timeout }).toContain("main.go true");
    const edited = project.edited("main.go", '"Hello"', JSON.stringify(fresh("Followed")));
    project.write("main.go", edited);
    await expect.poll(async () => (await told(tab)).updates.length, { timeout }).toBe(2);
    project.write("main.go", `${edited}\nfunc unfinished( {\n`);
    await expect.poll(async () => (await told(tab)).wrong.at(-1), { timeout }).toBeGreaterThan(0);
    project.write("main.go", edited);
    await expect.poll(async () => (await told(tab)).wrong.at(-1), { timeout }).toBe(0);

    const end = await told(tab);
    expect(end.opened).toHaveLength(sockets);
    expect(end.states).toEqual(["connecting", "open"]);
    expect(end.bytes.every(Boolean) && end.bytes.length >= 2).toBe(true);
    expect(end.events.length).toBeGreaterThan(3);
    expect(inOrder(end.events)).toBe(true);
    expect([end.errors, tab.errors]).toEqual([[], []]);
    await tab.evaluate("window.client.close()");
    expect((await told(tab)).states.at(-1)).toBe("closed");
    expect(await server.stop()).toBe(0);
  },
  300_000,
);

/** A client in this process, with the sockets of a package. */
function connectHere(server: DevServer, events: ServerEvent[]): DevServerClient {
  const client = connect({
    url: server.openUrl,
    program: "small",
    open: (url, headers) => new WebSocket(url, { headers }) as unknown as Socket,
    // A server that has just started says that it knows no program yet.
    onError: (error) => expect(String(error)).toContain("no program of that name"),
  });
  clients.push(client);
  client.onEvents((event) => events.push(event));
  return client;
}

test("in Node, over a server that is killed: each event once and in order", async () => {
  const project = harness.fixture("small");
  const first = await harness.serve(project, { compiler: "go" });
  const events: ServerEvent[] = [];
  const states: string[] = [];
  const updates: string[] = [];
  const client = connectHere(first, events);
  client.onState(({ name }) => states.push(name));
  client.onUpdate(({ base }) => updates.push(base));
  await expect.poll(() => updates.length, { timeout }).toBe(1);

  first.signal("SIGKILL");
  await first.ended();
  await expect.poll(() => states.at(-1), { timeout }).toBe("waiting");
  const { port, state } = first;
  const second = await harness.serve(project, { compiler: "go", port, state });
  project.edit("main.go", '"Hello"', JSON.stringify(fresh("Again")));
  await expect.poll(() => updates.length, { timeout }).toBe(2);
  expect(updates[0]).not.toBe(updates[1]);
  expect(client.at.base).toBe(updates[1]);

  const built = () =>
    events.filter((event) => event.what === "event" && JSON.parse(event.json).event === "release").length;
  await expect.poll(built, { timeout }).toBeGreaterThanOrEqual(2);
  expect(events.every(({ what }) => what === "event")).toBe(true);
  const numbers = events.map((event) => (event.what === "event" ? Number(event.number) : event.what));
  expect(inOrder(numbers)).toBe(true);
  expect(await second.stop()).toBe(0);
}, 300_000);
