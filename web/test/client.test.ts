//! The whole client without a page: real frames through a fake socket, a host and a display that record.

import { describe, expect, test, vi } from "vitest";
import { Client, type ClientOptions } from "../src/client.js";
import type { Display } from "../src/display.js";
import { Glue_Kind } from "../src/generated/devserver/v1/module_pb.js";
import { Level } from "../src/generated/devserver/v1/server_pb.js";
import { fromHexadecimal, toHexadecimal } from "../src/hexadecimal.js";
import { Hot } from "../src/hot.js";
import type { ModuleReference, Patch } from "../src/messages.js";
import type { Reloaded } from "../src/reload.js";
import type { Host, Start } from "../src/runtime.js";
import { SwapError } from "../src/swap-error.js";
import { FakeServer } from "./fake-server.js";
import { receiver, versions, wirePieces } from "./golden-trees.js";
import { hotPatch } from "./hot-patch.js";

const hash = (number: number) => number.toString(16).padStart(2, "0").repeat(32);
const epoch = new Uint8Array(16).fill(7);

class FakeHost implements Host {
  base = "";
  patch = 0;
  accepts = true;
  ended = false;
  readonly hot = new Hot({}, 0, { onAccept: () => {}, onInvalidate: () => {} });
  readonly launched: [string, Start][] = [];
  fails: SwapError | undefined;

  async applyPatches(patches: readonly Patch[]) {
    for (const { number } of patches) {
      if (this.fails) throw this.fails;
      this.patch = number;
    }
    return { stages: [{ name: "apply", microseconds: 1 }] };
  }

  async launch(module: ModuleReference, start: Start) {
    this.launched.push([module.hash, start]);
    if (this.fails) throw this.fails;
    this.base = module.hash;
    this.patch = 0;
    this.ended = false;
    return { stages: [{ name: "swap", microseconds: 1 }] };
  }
}

const parts = {
  trees: () => import("../src/tree-follower.js"),
  events: () => import("../src/event-follower.js"),
  digest: () => import("../src/digest.js"),
};

function setUp(options: Partial<ClientOptions> = {}) {
  const server = new FakeServer();
  const host = new FakeHost();
  const display = {
    connection: vi.fn(),
    building: vi.fn(),
    diagnostics: vi.fn(),
    applied: vi.fn(),
    failed: vi.fn(),
    held: vi.fn(),
    unstable: vi.fn(),
    crashed: vi.fn(),
    explained: vi.fn(),
    why: vi.fn(),
    renewed: vi.fn(),
  } satisfies Display;
  const reload = vi.fn();
  const swapAssets = vi.fn<ClientOptions["swapAssets"]>(async () => []);
  const client = new Client({
    program: "demo",
    pageBoots: false,
    manifest: "ab".repeat(32),
    host,
    display,
    open: server.open,
    random: () => 0,
    swapAssets,
    ready: Promise.resolve(),
    now: () => 0,
    firstFrame: async () => 1_000_000,
    reload,
    reloaded: undefined,
    onBoot: () => {},
    explain: async () => ({ tell: async () => undefined }),
    parts,
    fetchReceiver: async () => receiver(),
    ...options,
  });
  client.session.start();
  const update = (sequence: bigint, level = Level.MODULE_SWAP, module = Number(sequence), base = "") =>
    server.push({
      epoch,
      sequence,
      base: fromHexadecimal(base),
      body: {
        case: "update",
        value: {
          level,
          reason: `edit ${sequence}`,
          module: {
            hash: fromHexadecimal(hash(module)),
            url: `/m/${hash(module)}.wasm`,
            glue: { kind: Glue_Kind.GO, url: "/m/glue.js" },
          },
          assets: level === Level.ASSET_SWAP ? [{ path: "/a.css", hash: fromHexadecimal(hash(9)) }] : [],
          manifest: fromHexadecimal(hash(200)),
        },
      },
    });
  return { server, host, display, reload, swapAssets, client, update };
}

test("says hello, boots, swaps, and says hello again with where it is", async () => {
  const { server, host, update } = setUp();
  server.accept();
  const hello = await server.next("hello");
  expect([hello.program, hello.sequence, hello.base.length, hello.epoch.length]).toEqual(["demo", 0n, 0, 0]);
  update(1n);
  const first = await server.next("applied");
  expect([first.sequence, first.level, first.stages.map((stage) => stage.name)]).toEqual([
    1n,
    Level.MODULE_SWAP,
    ["swap", "first_frame"],
  ]);
  expect(first.firstFrameAtUs).toBe(1_000_000n);
  update(2n);
  await server.next("applied");
  expect(host.launched).toEqual([
    [hash(1), "boot"],
    [hash(2), "swap"],
  ]);
  server.close(1012);
  await server.connections(2);
  server.accept();
  const again = await server.next("hello");
  expect([
    again.sequence,
    toHexadecimal(again.base),
    toHexadecimal(again.epoch),
    toHexadecimal(again.manifest),
  ]).toEqual([2n, hash(2), toHexadecimal(epoch), hash(200)]);
});

test("applies nothing twice and nothing out of order", async () => {
  const { server, host, update } = setUp();
  server.accept();
  update(5n);
  await server.next("applied");
  update(5n);
  update(4n);
  update(6n);
  expect((await server.next("applied")).sequence).toBe(6n);
  expect(host.launched.map(([module]) => module)).toEqual([hash(5), hash(6)]);
});

test("refuses what was made for another module, then waits for a full one", async () => {
  const { server, host, update, swapAssets } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  update(2n, Level.ASSET_SWAP, 1, hash(77));
  const failed = await server.next("failed");
  expect([failed.stage, failed.message, toHexadecimal(failed.base)]).toEqual([
    "patch",
    expect.stringContaining("made for 4d4d4d4d"),
    hash(1),
  ]);
  update(3n, Level.ASSET_SWAP, 1);
  update(4n);
  expect((await server.next("applied")).sequence).toBe(4n);
  expect(host.launched.at(-1)).toEqual([hash(4), "swap"]);
  expect(swapAssets).not.toHaveBeenCalled();
});

test("a failed launch is told with its stage, and the next full module is taken", async () => {
  const { server, host, display, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  host.fails = new SwapError("link", "missing env.draw");
  update(2n);
  const failed = await server.next("failed");
  expect([failed.stage, failed.message, failed.sequence, toHexadecimal(failed.base)]).toEqual([
    "link",
    "missing env.draw",
    2n,
    hash(1),
  ]);
  expect(display.failed).toHaveBeenCalledWith("link", "missing env.draw");
  host.fails = undefined;
  update(3n);
  expect((await server.next("applied")).sequence).toBe(3n);
});

test.each([
  ["takes nothing over", { accepts: false }, "does not call live.Accept"],
  ["has ended and takes nothing over", { accepts: false, ended: true }, "has ended"],
])("reloads the page when the program %s", async (_, state, reason) => {
  const { server, host, reload, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  Object.assign(host, state);
  update(2n);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(reload.mock.calls[0]?.[0]).toMatchObject({ reason: expect.stringContaining(reason), sequence: "2" });
});

test("a program that has ended is started afresh", async () => {
  const { server, host, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  host.ended = true;
  update(2n);
  await server.next("applied");
  expect(host.launched.at(-1)).toEqual([hash(2), "restart"]);
});

test("an asset that nobody swaps becomes a page reload with the reason", async () => {
  const { server, reload, swapAssets, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  swapAssets.mockImplementation(async (assets) => assets);
  update(2n, Level.ASSET_SWAP, 1);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(reload.mock.calls[0]?.[0].reason).toContain("/a.css");
});

test("a page is loaded anew once for an update, not again and again", async () => {
  const reloaded = { reason: "index.html changed", epoch: toHexadecimal(epoch), sequence: "3" };
  const { server, reload, update } = setUp({ reloaded });
  server.accept();
  update(3n, Level.PAGE_RELOAD);
  const applied = await server.next("applied");
  expect([applied.level, applied.reason]).toEqual([Level.PAGE_RELOAD, "index.html changed"]);
  expect(reload).not.toHaveBeenCalled();
  update(4n, Level.PAGE_RELOAD);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
});

test("a page that starts its program itself is waited for", async () => {
  const { server, host, client, update } = setUp({ pageBoots: true });
  server.accept();
  const hello = await server.next("hello");
  // Without it a page that starts its program itself would never hear of changed files.
  expect([hello.pageBoots, toHexadecimal(hello.manifest)]).toEqual([true, "ab".repeat(32)]);
  update(1n);
  host.base = hash(1);
  client.status();
  const applied = await server.next("applied");
  expect([applied.level, toHexadecimal(applied.base)]).toEqual([Level.NONE, hash(1)]);
  expect(host.launched).toEqual([]);
});

test("orders of the terminal", async () => {
  const { server, host, reload, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  server.push({ body: { case: "order", value: { kind: 1 } } });
  await server.next("status");
  expect(host.launched.at(-1)).toEqual([hash(1), "restart"]);
  server.push({ body: { case: "order", value: { kind: 2 } } });
  expect(reload).toHaveBeenCalledOnce();
});

test("a hub that is behind repeats no order and shows nothing that was overtaken", async () => {
  const { server, display, host, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  const say = (sequence: bigint, of = epoch) => {
    server.push({ epoch: of, sequence, body: { case: "diagnostics", value: { items: [] } } });
    server.push({ epoch: of, sequence, body: { case: "order", value: { kind: 1 } } });
    const restarts = host.launched.filter((launch) => launch.includes("restart"));
    return [display.diagnostics.mock.calls.length, restarts.length];
  };
  expect(say(5n)).toEqual([1, 1]);
  expect(say(4n)).toEqual([1, 1]);
  expect(say(5n)).toEqual([2, 1]);
  expect(say(6n)).toEqual([3, 2]);
  expect(say(1n, new Uint8Array(16))).toEqual([4, 3]);
});

test("frames of another program are none of its business; bytes that are no frame end the connection", async () => {
  const { server, display, client } = setUp();
  server.accept();
  server.push({ program: "other", body: { case: "diagnostics", value: { items: [{ message: "x" }] } } });
  expect(display.diagnostics).not.toHaveBeenCalled();
  server.push({ body: { case: "diagnostics", value: { items: [{ message: "x" }] } } });
  expect(display.diagnostics.mock.calls[0]?.[0]).toMatchObject([{ message: "x", severity: "error" }]);
  const { socket } = server;
  server.pushBytes(new Uint8Array([0xff, 0xff, 0xff]));
  expect(socket.closedWith).toBe(1005);
  client.session.hurry();
  await server.connections(2);
});

test("what goes wrong before there is a connection is told after the hello", async () => {
  const { server, client } = setUp();
  client.log("error", "too early");
  server.accept();
  expect((await server.next("log")).text).toBe("too early");
  expect(server.frames.map((frame) => frame.case)).toEqual(["hello", "log"]);
});

test("a program that invalidates itself at every start gets three reloads, then the overlay says so", async () => {
  let reloaded: Reloaded | undefined;
  let time = 0;
  const visit = async () => {
    const page = setUp({ reloaded, now: () => time });
    page.reload.mockImplementation((cause: Reloaded) => {
      reloaded = cause;
    });
    page.server.accept();
    page.update(1n);
    await page.server.next("applied");
    return page;
  };
  for (let times = 1; times <= 3; times += 1) {
    const { client, reload } = await visit();
    client.invalidate(hash(1), "type changed");
    expect(reload).toHaveBeenCalledOnce();
    expect(reloaded?.invalidated).toEqual({ module: hash(1), times });
  }
  const { client, reload, display } = await visit();
  client.invalidate(hash(1), "type changed");
  await vi.waitFor(() => expect(display.unstable).toHaveBeenCalledWith("type changed", 3));
  expect(reload).not.toHaveBeenCalled();

  const edited = await visit();
  edited.client.invalidate(hash(2), "type changed again");
  expect(reloaded?.invalidated).toEqual({ module: hash(2), times: 1 });

  const stable = await visit();
  time = 5_000;
  stable.client.invalidate(hash(1), "asked for by hand");
  expect(reloaded?.invalidated).toEqual({ module: hash(1), times: 1 });
});

/** A patch on the module 1 as the server sends it. */
function patchOnWire(number: number, module: Uint8Array<ArrayBuffer>, more: { notes?: string[] } = {}) {
  const patch = hotPatch(hash(1), number, module);
  const [sent, target] = [fromHexadecimal(patch.hash), fromHexadecimal(patch.target)];
  return { number, follows: number - 1, module, hash: sent, target, ...more };
}

test("functions are patched, and the server hears how far; a failure waits for a whole module", async () => {
  const { server, host, display, update } = setUp();
  server.accept();
  update(1n);
  await server.next("applied");
  const wire = (number: number) =>
    patchOnWire(number, new Uint8Array([0, number]), { notes: [`note ${number}`] });
  const patch = (sequence: bigint, ...numbers: number[]) =>
    server.push({
      epoch,
      sequence,
      base: fromHexadecimal(hash(1)),
      body: {
        case: "update",
        value: {
          level: Level.HOT_PATCH,
          reason: "2 functions",
          patches: numbers.map(wire),
        },
      },
    });
  patch(2n, 1, 2);
  const applied = await server.next("applied");
  expect([applied.level, applied.patch, toHexadecimal(applied.base)]).toEqual([Level.HOT_PATCH, 2, hash(1)]);
  expect(display.applied).toHaveBeenLastCalledWith("hot-patch", "2 functions", 0, ["note 1", "note 2"]);

  host.fails = new SwapError("patch", "patch 3: does not fit");
  patch(3n, 3);
  const failed = await server.next("failed");
  expect([failed.stage, failed.patch]).toEqual(["patch", 2]);
  expect(display.failed).not.toHaveBeenCalled();

  host.fails = undefined;
  patch(4n, 4);
  update(5n, Level.MODULE_SWAP, 1);
  const whole = await server.next("applied");
  expect([whole.sequence, whole.patch, whole.level]).toEqual([5n, 0, Level.MODULE_SWAP]);
  expect(host.launched).toHaveLength(2);
});

describe("a patch that cannot be trusted", () => {
  const wire = (bytes: number[], sent = bytes) => ({
    ...patchOnWire(1, new Uint8Array(bytes)),
    module: new Uint8Array(sent),
  });
  const patch = (patches: ReturnType<typeof wire>[]) => ({
    epoch,
    sequence: 2n,
    base: fromHexadecimal(hash(1)),
    body: { case: "update" as const, value: { level: Level.HOT_PATCH, patches } },
  });

  test("touches nothing, and a whole module is asked for and taken, also on the next connection", async () => {
    const { server, host, display, update } = setUp();
    server.accept();
    update(1n);
    await server.next("applied");
    const applyPatches = vi.spyOn(host, "applyPatches");
    server.push(patch([wire([0, 97, 115, 109], [0, 97, 115, 108])]));
    const failed = await server.next("failed");
    expect([failed.stage, failed.sequence, failed.patch]).toEqual(["patch", 2n, 0]);
    expect(failed.message).toBe("the bytes of patch 1 are not those of its hashes");
    expect(applyPatches).not.toHaveBeenCalled();
    expect(display.failed).not.toHaveBeenCalled();
    server.close(1006);
    await server.connections(2);
    server.accept();
    await vi.waitFor(() =>
      expect(server.frames.filter(({ case: name }) => name === "hello")).toHaveLength(2),
    );
    await server.next("hello");
    expect((await server.next("hello")).wantsWhole).toBe(true);
    update(3n);
    expect((await server.next("applied")).sequence).toBe(3n);
  });

  test("is one when there is nothing to check it with", async () => {
    const digests = vi.fn(parts.digest).mockRejectedValueOnce(new Error("offline"));
    const { server, host, update } = setUp({ parts: { ...parts, digest: digests } });
    server.accept();
    update(1n);
    await server.next("applied");
    expect(digests).not.toHaveBeenCalled();
    server.push(patch([wire([1])]));
    const failed = await server.next("failed");
    expect([failed.stage, failed.message, host.patch]).toEqual(["patch", "offline", 0]);
    update(3n);
    await server.next("applied");
  });
});

test("a page hears of its updates when they were done, and of all that is wrong", async () => {
  const { server, client, update } = setUp();
  const updates: unknown[] = [];
  const wrong: string[][] = [];
  client.session.onUpdate(({ sequence, level, base, patch }) => updates.push([sequence, level, base, patch]));
  const stop = client.session.onDiagnostics((items) => wrong.push(items.map(({ message }) => message)));
  server.accept();
  update(1n);
  await server.next("applied");
  update(2n);
  await server.next("applied");
  expect(updates).toEqual([
    [1n, "module-swap", hash(1), 0],
    [2n, "module-swap", hash(2), 0],
  ]);
  const tell = (...messages: string[]) =>
    server.push({
      body: { case: "diagnostics", value: { items: messages.map((message) => ({ message })) } },
    });
  tell("undefined: x");
  tell();
  stop();
  tell("undefined: y");
  expect(wrong).toEqual([["undefined: x"], []]);
  client.session.onDiagnostics((items) => wrong.push(items.map(({ message }) => message)));
  expect(wrong.at(-1)).toEqual(["undefined: y"]);
});

test("what happens is followed on each connection once somebody listens", async () => {
  const { server, client } = setUp();
  server.accept();
  await server.next("hello");
  const heard: bigint[] = [];
  client.session.onEvents((event) => event.what === "event" && heard.push(event.number));
  expect((await server.next("followEvents")).after).toBe(0n);
  server.push({ program: "", epoch, body: { case: "event", value: { number: 1n, json: "{}" } } });
  expect(heard).toEqual([1n]);
  server.close(1006);
  await server.connections(2);
  server.accept();
  const again = await server.next("followEvents");
  expect([again.after, toHexadecimal(again.epoch)]).toEqual([1n, toHexadecimal(epoch)]);
});

test("trees are asked for on each connection once somebody listens, and what comes is followed", async () => {
  const { server, client } = setUp();
  server.accept();
  await server.next("hello");
  const roots: (string | undefined)[] = [];
  client.session.onTree((event) => roots.push(event.what === "changed" ? event.tree.root : event.file));
  await server.next("followTrees");
  const push = (body: NonNullable<Parameters<typeof server.push>[0]["body"]>) =>
    server.push({ program: "demo", body });
  push({ case: "treeFiles", value: { files: ["main.go"], receiver: "/m/1.wasm" } });
  for (const piece of wirePieces()) {
    if (piece.$typeName === "devserver.v1.TreeTrivia") throw new Error("there is none in this history");
    const value =
      piece.$typeName === "devserver.v1.TreeSnapshot"
        ? ({ case: "snapshot", value: piece } as const)
        : ({ case: "patch", value: piece } as const);
    push({ case: "treePiece", value: { file: "main.go", piece: value } });
  }
  await vi.waitFor(() => expect(roots.at(-1)).toBe(versions().at(-1)?.root));
  push({ case: "treeFiles", value: { files: [], receiver: "/m/1.wasm" } });
  await vi.waitFor(() => expect(roots.at(-1)).toBe("main.go"));
});

test("a listener that goes is the last thing that is said about trees", async () => {
  const { server, client } = setUp();
  server.accept();
  await server.next("hello");
  // Gone before the follower was loaded: nothing is asked for.
  client.session.onTree(() => {})();
  const stop = client.session.onTree(() => {});
  expect((await server.next("followTrees")).withTrivia).toBe(false);
  const stopTexts = client.session.onTree(() => {}, { text: true });
  expect((await server.next("followTrees")).withTrivia).toBe(true);
  stop();
  stopTexts();
  stopTexts();
  await server.next("unfollowTrees");
  server.close(1012);
  await server.connections(2);
  server.accept();
  await server.next("hello");
  client.session.onTree(() => {});
  expect((await server.next("followTrees")).withTrivia).toBe(false);
});

test("a follower that cannot be loaded is told, and loaded by the next who listens", async () => {
  const trees = vi.fn(parts.trees);
  trees.mockRejectedValueOnce(new Error("offline"));
  const { server, client, display } = setUp({ parts: { ...parts, trees } });
  server.accept();
  await server.next("hello");
  expect(trees).not.toHaveBeenCalled();
  client.session.onTree(() => {});
  await vi.waitFor(() => expect(display.failed).toHaveBeenCalledWith("client", "offline"));
  client.session.onTree(() => {});
  await server.next("followTrees");
});

test("says who it is, and tells what its flags are now and whenever one is another", async () => {
  const device = {
    browser: "firefox",
    browserVersion: 128,
    cores: 8,
    memoryMib: 0,
    platform: "linux",
    mobile: false,
  };
  const { server, client, display } = setUp({ identity: { clientId: new Uint8Array([1, 2]), device } });
  server.accept();
  const hello = await server.next("hello");
  expect([...hello.clientId]).toEqual([1, 2]);
  expect(hello.device).toMatchObject(device);
  expect(client.session.flags.get("form", false)).toBe(false);
  const heard: unknown[] = [];
  const stop = client.session.flags.listen((flags) => heard.push({ ...flags }));
  const tell = (form: boolean) =>
    server.push({
      body: {
        case: "flags",
        value: {
          revision: 1n,
          flags: [
            { name: "form", value: { case: "boolValue", value: form } },
            { name: "rows", value: { case: "integerValue", value: -5n } },
            { name: "theme", value: { case: "stringValue", value: "dark" } },
            { name: "later" },
          ],
        },
      },
    });
  tell(true);
  await vi.waitFor(() => expect(heard).toEqual([{ form: true, rows: -5, theme: "dark" }]));
  expect(client.session.flags.get("form", false)).toBe(true);
  expect(client.session.flags.get("rows", 3)).toBe(-5);
  expect([client.session.flags.get("rows", "x"), client.session.flags.get("constructor", 1)]).toEqual([
    "x",
    1,
  ]);
  const late: unknown[] = [];
  client.session.flags.listen((flags) => late.push(flags.form));
  stop();
  tell(false);
  await vi.waitFor(() => expect(late).toEqual([true, false]));
  expect(heard.length).toBe(1);
  server.push({ body: { case: "held", value: { reason: "update.highest_level is 2" } } });
  await vi.waitFor(() => expect(display.held).toHaveBeenCalledWith("update.highest_level is 2"));
});
