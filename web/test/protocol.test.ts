import { writeFile } from "node:fs/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { precompiledDescriptors } from "../build/descriptors.mjs";
import { ClientFrameSchema } from "../src/generated/devserver/v1/client_pb.js";
import { type Level, ServerFrameSchema } from "../src/generated/devserver/v1/server_pb.js";
import { fromHexadecimal, toHexadecimal } from "../src/hexadecimal.js";
import type { ClientMessage } from "../src/messages.js";
import * as source from "../src/protocol.js";

const hash = "0123456789abcdef".repeat(4);
const server = (body: Parameters<typeof create<typeof ServerFrameSchema>>[1]) =>
  toBinary(ServerFrameSchema, create(ServerFrameSchema, body));

const frames = {
  update: server({
    program: "demo",
    epoch: fromHexadecimal("00ff"),
    sequence: 2n ** 63n,
    revision: 3n,
    base: fromHexadecimal(hash),
    body: {
      case: "update",
      value: {
        level: 4,
        reason: "größer",
        module: {
          hash: fromHexadecimal(hash),
          url: "/m/x.wasm",
          size: 7n,
          glue: { kind: 2, url: "/m/g.js" },
        },
        assets: [{ path: "/a.css", hash: new Uint8Array(), mediaType: "text/css" }],
        stages: [{ name: "build", microseconds: 5n }],
      },
    },
  }),
  level: server({ body: { case: "update", value: { level: 99 as Level } } }),
  unspecified: server({ body: { case: "update", value: {} } }),
  welcome: server({
    body: { case: "welcome", value: { protocolVersion: 1, session: 9n, serverVersion: "0.1" } },
  }),
  building: server({ body: { case: "building", value: { running: true, expectedMs: 12 } } }),
  diagnostics: server({
    body: {
      case: "diagnostics",
      value: {
        items: [
          {
            severity: 2,
            message: "m",
            location: { id: 1n, file: "a.go", line: 2, column: 3 },
            frame: { firstLine: 1, lines: ["a"] },
          },
          { message: "n" },
        ],
      },
    },
  }),
  report: server({
    body: { case: "errorReport", value: { crashId: 1n, kind: "panic", frames: [{ function: "main.main" }] } },
  }),
  order: server({ body: { case: "order", value: { kind: 1 } } }),
  error: server({ body: { case: "protocolError", value: { code: 5, message: "slow down" } } }),
  // Field 99 of a newer server.
  unknown: new Uint8Array([0x9a, 0x06, 0x00]),
};

const messages: ClientMessage[] = [
  {
    kind: "hello",
    hello: {
      program: "demo",
      epoch: "00ff",
      sequence: 2n ** 64n - 1n,
      base: hash,
      patch: 2,
      wantsWhole: true,
      manifest: "",
      accepts: true,
      pageBoots: false,
    },
  },
  {
    kind: "applied",
    applied: {
      epoch: "aa",
      sequence: 1n,
      base: hash,
      patch: 2,
      level: "asset-swap",
      reason: "r",
      stages: [{ name: "swap", microseconds: 1.6 }],
      firstFrameAt: 5.4,
      accepts: true,
    },
  },
  { kind: "failed", failed: { epoch: "aa", sequence: 1n, base: "", patch: 1, stage: "link", message: "m" } },
  { kind: "status", base: hash, patch: 2, accepts: false, ended: true },
  { kind: "log", severity: "warning", text: "ü" },
  {
    kind: "crash",
    crash: {
      base: hash,
      kind: "panic",
      message: "m",
      stack: "s",
      frames: [{ module: hash, patch: 0, function: 12, offset: 63 }],
      crashId: 3n,
    },
  },
  { kind: "open-location", location: 7n },
  { kind: "invalidate", reason: "r" },
];

test("reads what the server says", () => {
  expect(source.decode(frames.update)).toEqual({
    kind: "update",
    program: "demo",
    epoch: "00ff",
    sequence: 2n ** 63n,
    revision: 3n,
    base: hash,
    update: {
      level: "module-swap",
      reason: "größer",
      module: { hash, url: "/m/x.wasm", size: 7, glue: { kind: "tinygo", hash: "", url: "/m/g.js" } },
      assets: [{ path: "/a.css", hash: "", mediaType: "text/css" }],
      patches: [],
      stages: [{ name: "build", microseconds: 5 }],
      manifest: "",
    },
  });
  expect(source.decode(frames.diagnostics)).toMatchObject({
    items: [
      { severity: "warning", place: { id: 1n, line: 2 } },
      { severity: "error", place: undefined, frame: undefined },
    ],
  });
  expect(source.decode(frames.unknown).kind).toBe("unknown");
});

test.each(["level", "unspecified"] as const)(
  "a level that is %s is taken as the one that is always right",
  (name) => {
    expect(source.decode(frames[name])).toMatchObject({ update: { level: "page-reload" } });
  },
);

test("writes what the page says", () => {
  const bodies = messages.map((message) => fromBinary(ClientFrameSchema, source.encode(message)).body);
  expect(bodies.map((body) => body.case)).toEqual([
    "hello",
    "applied",
    "failed",
    "status",
    "log",
    "crash",
    "openLocation",
    "invalidate",
  ]);
  expect(bodies[0]?.value).toMatchObject({
    sequence: 2n ** 64n - 1n,
    protocolVersion: 1,
    client: source.clientName,
  });
  expect(bodies[1]?.value).toMatchObject({
    level: 2,
    firstFrameAtUs: 5n,
    stages: [{ name: "swap", microseconds: 2n }],
  });
  expect(bodies[4]?.value).toMatchObject({ severity: 3, text: "ü" });
  expect(bodies[5]?.value).toMatchObject({ frames: [{ function: 12, offset: 63n }], crashId: 3n });
});

test.each([
  ["cut short", frames.update.slice(0, -3)],
  ["of a wrong wire type", new Uint8Array([0x0f])],
  ["an endless number", new Uint8Array([0x18, ...new Array(11).fill(0xff)])],
])("bytes that are %s are no frame", (_, bytes) => {
  expect(() => source.decode(bytes)).toThrow();
});

test("the bundle reads and writes exactly as the library does", async () => {
  const result = await build({
    entryPoints: ["src/protocol.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    plugins: [precompiledDescriptors()],
  });
  const file = `${await import("node:os").then((os) => os.tmpdir())}/dev-server-protocol-${process.pid}.mjs`;
  await writeFile(file, result.outputFiles[0]?.contents ?? "");
  const bundled = (await import(/* @vite-ignore */ file)) as typeof source;
  for (const bytes of Object.values(frames)) expect(bundled.decode(bytes)).toEqual(source.decode(bytes));
  for (const message of messages) expect(bundled.encode(message)).toEqual(source.encode(message));
});

test("hexadecimal text", () => {
  expect(toHexadecimal(new Uint8Array([0, 10, 255]))).toBe("000aff");
  expect(fromHexadecimal("000aff")).toEqual(new Uint8Array([0, 10, 255]));
  for (const wrong of ["0", "0g", "AB", " 00"]) expect(() => fromHexadecimal(wrong)).toThrow(RangeError);
});
