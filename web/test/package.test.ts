//! The package as others get it: packed, installed into an empty folder, type-checked and run there.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { bucket } from "../src/flags.js";
import { type ClientFrame, ClientFrameSchema } from "../src/generated/devserver/v1/client_pb.js";
import { Level, ServerFrameSchema } from "../src/generated/devserver/v1/server_pb.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** Uses all that a program may want of it; in a runtime without a DOM. */
const consumer = `
import {
  connect,
  SwapError,
  type DevServerClient,
  type ServerEvent,
  type TransportState,
  type TreeEvent,
  type Updated,
} from "dev-server-client";
import { type Attempt, type Explanation, explain } from "dev-server-client/explain";
import { bucket } from "dev-server-client/flags";

declare const process: { readonly argv: readonly string[] };
declare const console: { log(text: string): void };

const told: string[] = [];
const attempt: Attempt = { doing: "run" };
const explanation: Explanation = explain({ name: "RuntimeError", message: "unreachable" }, attempt);
function words(event: ServerEvent): string {
  switch (event.what) {
    case "event":
      return \`event \${event.number} \${event.json}\`;
    case "skipped":
      return \`skipped \${event.first}-\${event.last}\`;
    case "restarted":
      return "restarted";
    default:
      return event satisfies never;
  }
}
function connection(state: TransportState): string {
  switch (state.name) {
    case "connecting":
      return "connecting";
    case "open":
      return "open";
    case "waiting":
      return \`waiting \${state.milliseconds}\`;
    case "closed":
      return \`closed \${state.code}\`;
    default:
      return state satisfies never;
  }
}
const client: DevServerClient = connect({
  url: process.argv[2] ?? "",
  program: "demo",
  perform: ({ update }) => {
    if (update.reason === "too much") throw new SwapError("link", "it does not fit");
  },
  onError: (error) => told.push(error instanceof SwapError ? \`failed \${error.stage}\` : "error"),
});
client.onState((state) => told.push(connection(state)));
client.onUpdate(({ level, base }: Updated) => told.push(\`\${level} \${base}\`));
client.onDiagnostics((items) => told.push(items.map(({ place, message }) => \`\${place?.file}: \${message}\`).join()));
client.onTree((event: TreeEvent) => told.push(event.file), { text: true });
client.onFlags((flags) => told.push(\`\${flags.form} \${client.flag("form", "none")}\`));
client.onEvents((event) => {
  told.push(words(event));
  if (event.what !== "event" || event.number < 3n) return;
  client.close();
  console.log(JSON.stringify([...told, bucket("salt", new Uint8Array(4)), explanation.code]));
});
`;

const page = `
import type { DevServer } from "dev-server-client/page";
declare global {
  interface Window {
    readonly devServer: DevServer;
  }
}
window.devServer.onUpdate(({ level }) => document.body.append(level));
window.devServer.hot.accept();
`;

const configuration = (module: string, moduleResolution: string, lib: readonly string[], file: string) =>
  JSON.stringify({
    compilerOptions: {
      module,
      moduleResolution,
      lib,
      types: [],
      target: "ES2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // What the package declares is checked too.
      skipLibCheck: false,
      outDir: "built",
    },
    files: [file],
  });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dev-server-consumer-"));
  await run("npm", ["run", "--silent", "build:package"], { cwd: root });
  await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  const { name, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${name}-${version}.tgz`], {
    cwd: folder,
  });
  await writeFile(join(folder, "consumer.ts"), consumer);
  await writeFile(join(folder, "page.ts"), page);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function compile(module: string, moduleResolution: string, lib: readonly string[], file: string) {
  await writeFile(join(folder, "tsconfig.json"), configuration(module, moduleResolution, lib, file));
  try {
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test.each([
  ["node16", "node16"],
  ["esnext", "bundler"],
])("its types hold for strict users: %s with %s", async (module, moduleResolution) => {
  expect(await compile(module, moduleResolution, ["ES2022"], "consumer.ts")).toBe("");
  expect(await compile(module, moduleResolution, ["ES2022", "ESNext.Disposable", "DOM"], "page.ts")).toBe("");
});

test("a program that installs it follows a server", async () => {
  expect(await compile("node16", "node16", ["ES2022"], "consumer.ts")).toBe("");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const asked: unknown[] = [];
  const heard: ClientFrame["body"][] = [];
  server.on("connection", (socket, request) => {
    asked.push(request.url, request.headers.authorization);
    const say = (frame: MessageInitShape<typeof ServerFrameSchema>) =>
      socket.send(toBinary(ServerFrameSchema, create(ServerFrameSchema, frame)));
    const program = "demo";
    const epoch = new Uint8Array([7]);
    const update = (sequence: bigint, reason: string) =>
      say({
        program,
        epoch,
        sequence,
        body: {
          case: "update",
          value: { level: Level.MODULE_SWAP, reason, module: { hash: new Uint8Array([1]) } },
        },
      });
    socket.on("message", (data: Buffer) => {
      const { body } = fromBinary(ClientFrameSchema, data);
      heard.push(body);
      if (body.case === "hello") {
        const value = { flags: [{ name: "form", value: { case: "stringValue" as const, value: "new" } }] };
        say({ program, body: { case: "flags", value } });
        const items = [{ message: "undefined: x", location: { file: "main.go" } }];
        say({ program, body: { case: "diagnostics", value: { items } } });
        update(1n, "an edit");
      } else if (body.case === "applied") {
        update(2n, "too much");
      } else if (body.case === "failed") {
        say({ epoch, body: { case: "event", value: { number: 1n, json: '{"event":"change"}' } } });
        say({ epoch, body: { case: "event", value: { number: 3n, json: '{"event":"build"}' } } });
      }
    });
  });
  try {
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { stdout } = await run(process.execPath, [
      // From version 22 on it is there without being asked for.
      "--experimental-websocket",
      join(folder, "built/consumer.js"),
      `http://127.0.0.1:${port}/app/?token=secret`,
    ]);
    expect(JSON.parse(stdout)).toEqual([
      "connecting",
      "open",
      "new new",
      "main.go: undefined: x",
      "module-swap 01",
      "failed link",
      'event 1 {"event":"change"}',
      "skipped 2-2",
      'event 3 {"event":"build"}',
      "closed 1000",
      bucket("salt", new Uint8Array(4)),
      "run/unreachable",
    ]);
    expect(asked).toEqual(["/__dev/socket", "Bearer secret"]);
    expect(heard.map(({ case: name }) => name)).toEqual([
      "hello",
      "followTrees",
      "followEvents",
      "applied",
      "failed",
    ]);
  } finally {
    server.close();
  }
});
