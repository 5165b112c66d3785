//! The golden frames of `proto/fixtures`, which `proto/tests/golden.rs` writes: same bytes, same meaning on this side.

import { readdir, readFile } from "node:fs/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ClientFrameSchema } from "../src/generated/devserver/v1/client_pb.js";
import { GestureSchema } from "../src/generated/devserver/v1/gesture_pb.js";
import {
  DeltaPatchSchema,
  TreePriority,
  TreeSnapshotSchema,
  TreeTriviaSchema,
} from "../src/generated/devserver/v1/tree_pb.js";
import type { ClientMessage, ServerMessage } from "../src/messages.js";
import { decode, encode } from "../src/protocol.js";

const fixtures = new URL("../../proto/fixtures/", import.meta.url);
const golden = async (name: string) => new Uint8Array(await readFile(new URL(`${name}.bin`, fixtures)));

const hash = (byte: number) => byte.toString(16).padStart(2, "0").repeat(32);
const epoch = "07".repeat(16);
const envelope = (sequence: bigint, base = "") => ({
  program: "counter",
  epoch,
  sequence,
  revision: 5n,
  base,
});
const place = { id: 9n, file: "main.go", line: 12, column: 3 };
const frame = { firstLine: 11, lines: ["func main() {", "\tx := 1"] };

/** A click into the middle of the second entry of a list. */
const gesture = toBinary(
  GestureSchema,
  create(GestureSchema, {
    page: new Uint8Array(8).fill(9),
    location: "/counter/",
    target: ["#app", "li:2"],
    body: {
      case: "pointer",
      value: { type: "click", x: 32768, y: 32768, button: 0, buttons: 1, modifiers: 8 },
    },
  }),
);

const fromServer: Record<string, ServerMessage> = {
  "server-welcome": {
    program: "",
    epoch: "",
    sequence: 0n,
    revision: 0n,
    base: "",
    kind: "welcome",
    protocolVersion: 1,
    session: 3n,
    serverVersion: "0.1.0",
  },
  "server-event": {
    ...envelope(0n),
    kind: "event",
    number: 300n,
    json: '{"event":"client","program":"counter","session":3,"connected":true}',
  },
  "server-events-skipped": { ...envelope(0n), kind: "events-skipped", first: 1n, last: 299n },
  "server-gesture": { ...envelope(0n), epoch: "", revision: 0n, kind: "gesture", gesture },
  "server-held": { ...envelope(0n), kind: "held", reason: "update.highest_level is 2" },
  "server-building": { ...envelope(0n), kind: "building", running: true, expectedMilliseconds: 900 },
  "server-update": {
    ...envelope(4n, hash(1)),
    kind: "update",
    update: {
      level: "module-swap",
      reason: "the program changed",
      module: {
        hash: hash(2),
        url: "/m/0202.wasm",
        size: 123_456,
        glue: { kind: "tinygo", hash: hash(3), url: "/m/0303.js" },
      },
      assets: [{ path: "/style.css", hash: hash(4), mediaType: "text/css" }],
      patches: [],
      stages: [{ name: "build", microseconds: 1_234_567 }],
      manifest: hash(5),
    },
  },
  "server-update-patch": {
    ...envelope(5n, hash(2)),
    kind: "update",
    update: {
      level: "hot-patch",
      reason: "1 function",
      module: undefined,
      assets: [],
      patches: [
        {
          number: 3,
          follows: 2,
          module: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
          hash: hash(6),
          tableLength: 700,
          tableGrowth: 2,
          writes: [{ address: 70_000, content: Uint8Array.of(0xbc, 2, 0, 0) }],
          hasInitializer: true,
          stackChain: 66_000,
          target: hash(8),
          functions: ["main.render"],
          notes: ["main.count keeps its value"],
        },
      ],
      stages: [],
      manifest: "",
    },
  },
  "server-diagnostics": {
    ...envelope(6n),
    kind: "diagnostics",
    items: [
      {
        severity: "error",
        source: "tinygo",
        message: "declared and not used: x ü€",
        place,
        frame,
        hint: "use it or delete it",
      },
    ],
  },
  "server-diagnostics-clear": { ...envelope(7n), kind: "diagnostics", items: [] },
  "server-error-report": {
    ...envelope(0n),
    kind: "error-report",
    report: {
      crashId: 1n,
      kind: "panic",
      message: "index out of range",
      frames: [{ function: "main.main", place }],
      frame,
      hint: "",
    },
  },
  "server-tree-files": {
    ...envelope(0n),
    kind: "tree-files",
    files: ["lib/lib.go", "main.go"],
    receiver: "/m/0404.wasm",
  },
  "server-tree-snapshot": {
    ...envelope(0n),
    kind: "tree-piece",
    file: "main.go",
    piece: create(TreeSnapshotSchema, {
      root: new Uint8Array(16).fill(8),
      grammar: new Uint8Array(8).fill(9),
      nodes: Uint8Array.of(1, 2, 3),
      message: 7n,
      last: true,
      priority: TreePriority.ROOT,
    }),
  },
  "server-tree-patch": {
    ...envelope(0n),
    kind: "tree-piece",
    file: "main.go",
    piece: create(DeltaPatchSchema, {
      operations: Uint8Array.of(4, 5),
      message: 8n,
      piece: 1,
      last: true,
      priority: TreePriority.TREE,
    }),
  },
  "server-tree-trivia": {
    ...envelope(0n),
    kind: "tree-piece",
    file: "main.go",
    piece: create(TreeTriviaSchema, {
      tree: new Uint8Array(16).fill(8),
      root: new Uint8Array(16).fill(10),
      base: new Uint8Array(8).fill(11),
      grammar: new Uint8Array(8).fill(12),
      content: Uint8Array.of(6, 7),
      message: 3n,
      last: true,
      priority: TreePriority.TRIVIA,
    }),
  },
};

/** What a page does not say, or says in part; see the tests below. */
const unsaid = ["client-hello"];

const fromClient: Record<string, ClientMessage> = {
  "client-applied": {
    kind: "applied",
    applied: {
      epoch,
      sequence: 4n,
      base: hash(2),
      patch: 3,
      level: "module-swap",
      reason: "",
      stages: [{ name: "swap", microseconds: 900 }],
      firstFrameAt: 1_790_000_000_000_000,
      accepts: true,
      memory: { pages: 40, values: 12, functions: 5, table: 300 },
    },
  },
  "client-crash": {
    kind: "crash",
    crash: {
      base: hash(2),
      kind: "panic",
      message: "boom",
      stack: "Error\n    at f",
      frames: [{ module: hash(2), patch: 0, function: 12, offset: 0x3f }],
      crashId: 1n,
    },
  },
  "client-follow-trees": { kind: "follow-trees", withTrivia: false },
  "client-follow-texts": { kind: "follow-trees", withTrivia: true },
  "client-unfollow-trees": { kind: "unfollow-trees" },
  "client-want-snapshot": { kind: "want-snapshot", file: "main.go", onlyTrivia: false },
  "client-want-trivia": { kind: "want-snapshot", file: "main.go", onlyTrivia: true },
  "client-follow-events": { kind: "follow-events", after: { epoch, number: 299n } },
  "client-gesture": { kind: "gesture", gesture },
  "client-open-location": { kind: "open-location", location: 9n },
};

const hello: ClientMessage = {
  kind: "hello",
  hello: {
    program: "counter",
    epoch,
    sequence: 4n,
    base: hash(2),
    patch: 3,
    manifest: hash(5),
    wantsWhole: true,
    accepts: true,
    pageBoots: false,
    looksOn: true,
  },
};

test.each(Object.entries(fromServer))("%s is read as the server means it", async (name, meant) => {
  expect(decode(await golden(name))).toEqual(meant);
});

test.each(Object.entries(fromClient))("%s has the bytes that the server reads", async (name, message) => {
  expect(encode(message)).toEqual(await golden(name));
});

test("a hello has the bytes that the server reads, but for what a page does not say of itself", async () => {
  const frame = fromBinary(ClientFrameSchema, await golden("client-hello"));
  if (frame.body.case !== "hello") throw new Error("it is no hello");
  expect(toBinary(ClientFrameSchema, frame)).toEqual(await golden("client-hello"));
  frame.body.value.clientId = new Uint8Array();
  frame.body.value.device = undefined;
  expect(encode(hello)).toEqual(toBinary(ClientFrameSchema, frame));
});

test("flags have values of three types", async () => {
  const message = decode(await golden("server-flags"));
  if (message.kind !== "flags") throw new Error("these are no flags");
  const values = message.flags.map(({ name, value }) => [name, value.value]);
  expect(values).toEqual([
    ["a", false],
    ["b", -5n],
    ["c", "\u20ac"],
  ]);
});

test("no golden frame is left out", async () => {
  const names = (await readdir(fixtures)).filter((name) => /^(?:server|client)-/.test(name));
  const all = [...Object.keys(fromServer), ...Object.keys(fromClient), ...unsaid, "server-flags"];
  const tested = all.map((name) => `${name}.bin`);
  expect(tested.sort()).toEqual(names.sort());
});
