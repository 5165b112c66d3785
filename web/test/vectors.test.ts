//! The conversations of `proto/vectors`, as their README says how to read them: through the store alone, through the client
//! of a page, and through the one without a page.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { Client } from "../src/client.js";
import { isIntact } from "../src/digest.js";
import type { ServerEvent } from "../src/event.js";
import { FollowerClient } from "../src/follower-client.js";
import type { ClientFrame } from "../src/generated/devserver/v1/client_pb.js";
import { fromHexadecimal, toHexadecimal } from "../src/hexadecimal.js";
import { Hot } from "../src/hot.js";
import type { FailedStage, ModuleReference, Patch, UpdateMessage } from "../src/messages.js";
import { decode } from "../src/protocol.js";
import type { Host } from "../src/runtime.js";
import * as store from "../src/store.js";
import { SwapError } from "../src/swap-error.js";
import type { Socket, TransportState } from "../src/transport.js";
import { FakeServer } from "./fake-server.js";

type At = {
  readonly epoch: string;
  readonly sequence: number;
  readonly base: string;
  readonly patch: number;
  readonly manifest: string;
};
type Told =
  | { readonly event: { readonly number: number; readonly json: string } }
  | { readonly skipped: { readonly first: number; readonly last: number } }
  | { readonly restarted: Record<string, never> };
type Expected = {
  readonly verdict?: "take" | "ignore" | "refuse";
  readonly reason?: keyof typeof reasons;
  readonly sends: readonly unknown[];
  readonly tells?: readonly Told[];
  readonly connection?: "waiting" | "closed";
  readonly standing: "following" | "awaiting-full";
  readonly at: At;
};
type Step =
  | { readonly step: "open"; readonly expect: Expected }
  | { readonly step: "receive"; readonly says: string; readonly bytes: string; readonly expect: Expected }
  | { readonly step: "host-fails"; readonly stage: FailedStage; readonly message: string }
  | { readonly step: "host-waits" }
  | { readonly step: "host-goes-on"; readonly expect: Expected }
  | { readonly step: "close"; readonly code: number; readonly expect: Expected };
type Vector = {
  readonly name: string;
  readonly client: {
    readonly program: string;
    readonly manifest: string;
    readonly follows_events?: boolean;
  };
  readonly steps: readonly Step[];
};

/** The words of the store by the classes of the vectors. */
const reasons = {
  "not-newer": /^it is not newer$/,
  "awaiting-full": /^a full module is due$/,
  "other-base": /^made for [0-9a-f]{8}, but [0-9a-f]{8} runs$/,
  "no-patches": /^it names no functions$/,
  "missing-link": /^made for patch \d+, but \d+ runs$/,
  damaged: /^the bytes of patch \d+ are not those of its hashes$/,
};

const folder = new URL("../../proto/vectors/", import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Vector[]);

class VectorHost implements Host {
  base = "";
  patch = 0;
  readonly accepts = true;
  readonly ended = false;
  readonly hot = new Hot({}, 0, { onAccept: () => {}, onInvalidate: () => {} });
  fails: SwapError | undefined;
  held: Promise<void> | undefined;

  async applyPatches(patches: readonly Patch[]) {
    await this.held;
    this.#fail();
    for (const { number } of patches) this.patch = Math.max(this.patch, number);
    return { stages: [] };
  }

  async launch(module: ModuleReference) {
    await this.held;
    this.#fail();
    this.base = module.hash;
    this.patch = 0;
    return { stages: [] };
  }

  #fail(): void {
    const error = this.fails;
    this.fails = undefined;
    if (error) throw error;
  }
}

const at = (position: store.Position): At => ({ ...position, sequence: Number(position.sequence) });

/** A frame of the client with the fields that the vectors name. */
function sent(body: ClientFrame["body"]): unknown {
  switch (body.case) {
    case "hello": {
      const { protocolVersion, program, epoch, sequence, base, patch, manifest, wantsWhole } = body.value;
      return {
        hello: {
          protocol_version: protocolVersion,
          program,
          epoch: toHexadecimal(epoch),
          sequence: Number(sequence),
          base: toHexadecimal(base),
          patch,
          manifest: toHexadecimal(manifest),
          wants_whole: wantsWhole,
        },
      };
    }
    case "applied": {
      const { epoch, sequence, base, patch, level } = body.value;
      return {
        applied: {
          epoch: toHexadecimal(epoch),
          sequence: Number(sequence),
          base: toHexadecimal(base),
          patch,
          level,
        },
      };
    }
    case "failed": {
      const { epoch, sequence, base, patch, stage } = body.value;
      return {
        failed: {
          epoch: toHexadecimal(epoch),
          sequence: Number(sequence),
          base: toHexadecimal(base),
          patch,
          stage,
        },
      };
    }
    case "followEvents": {
      const { epoch, after } = body.value;
      return { follow_events: { epoch: toHexadecimal(epoch), after: Number(after) } };
    }
    default:
      return body.case;
  }
}

function told(event: ServerEvent): Told {
  switch (event.what) {
    case "event":
      return { event: { number: Number(event.number), json: event.json } };
    case "skipped":
      return { skipped: { first: Number(event.first), last: Number(event.last) } };
    case "restarted":
      return { restarted: {} };
  }
}

test("there are vectors", () => {
  expect(vectors.length).toBeGreaterThan(30);
});

test.each(vectors.map((vector) => [vector.name, vector] as const))("%s, by the store", (_, vector) => {
  let state = store.startAt(vector.client.manifest);
  let fails = false;
  let waits = false;
  let held: UpdateMessage | undefined;
  for (const step of vector.steps) {
    if (step.step === "host-fails") fails = true;
    if (step.step === "host-waits") waits = true;
    if (step.step === "host-goes-on" && held) {
      state = store.applied(state, held, step.expect.at.base, step.expect.at.patch);
      held = undefined;
    }
    if (step.step === "receive" && step.expect.verdict) {
      const message = decode(fromHexadecimal(step.bytes)) as UpdateMessage;
      expect(message.kind).toBe("update");
      const judgement = store.judge(state, message, isIntact);
      expect(judgement.verdict, step.says).toBe(step.expect.verdict);
      if (step.expect.reason && judgement.verdict !== "take")
        expect(judgement.reason).toMatch(reasons[step.expect.reason]);
      const { base, patch } = step.expect.at;
      if (judgement.verdict === "refuse" || (judgement.verdict === "take" && fails))
        state = store.refused(state, "it did not fit");
      else if (judgement.verdict === "take" && waits) held = message;
      else if (judgement.verdict === "take") state = store.applied(state, message, base, patch);
      fails = waits = false;
    }
    if ("expect" in step) {
      expect([state.name, at(state.at)]).toEqual([step.expect.standing, step.expect.at]);
    }
  }
});

const parts = {
  trees: () => Promise.reject(new Error("nothing here follows trees")),
  events: () => import("../src/event-follower.js"),
  digest: () => import("../src/digest.js"),
};
const fetchReceiver = () => Promise.reject(new Error("nothing here follows trees"));

/** A client with a host that does what it is told to. */
type Subject = {
  start(): void;
  hurry(): void;
  stop(): void;
  onEvents(listener: (event: ServerEvent) => void): () => void;
  failsNext(error: SwapError): void;
  /** What it does next, and what it does after that, waits until then. */
  holds(until: Promise<void>): void;
  readonly position: store.Position;
  /** What really runs, where something does. */
  readonly runs?: { readonly base: string; readonly patch: number };
};
type Settings = Vector["client"] & {
  readonly open: () => Socket;
  readonly onState: (state: TransportState) => void;
};

function pageClient({ program, manifest, open, onState }: Settings): Subject {
  const host = new VectorHost();
  const { session } = new Client({
    program,
    pageBoots: false,
    manifest,
    host,
    display: {
      connection: onState,
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
    },
    open,
    random: () => 0,
    swapAssets: async () => {
      await host.held;
      return [];
    },
    ready: Promise.resolve(),
    now: () => 0,
    firstFrame: async () => 0,
    reload: () => expect.unreachable("nothing here reloads the page"),
    reloaded: undefined,
    onBoot: () => {},
    explain: async () => ({ tell: async () => undefined }),
    parts,
    fetchReceiver,
  });
  return {
    start: () => session.start(),
    hurry: () => session.hurry(),
    stop: () => session.stop(),
    onEvents: (listener) => session.onEvents(listener),
    failsNext: (error) => {
      host.fails = error;
    },
    holds: (until) => {
      host.held = until;
    },
    get position() {
      return session.at;
    },
    runs: host,
  };
}

function clientWithoutPage({ program, manifest, open, onState }: Settings): Subject {
  let fails: SwapError | undefined;
  let held: Promise<void> | undefined;
  const client = new FollowerClient({
    program,
    manifest,
    open,
    random: () => 0,
    perform: async () => {
      await held;
      const error = fails;
      fails = undefined;
      if (error) throw error;
    },
    parts,
    fetchReceiver,
    onError: (error) => expect(error).toBeInstanceOf(SwapError),
  });
  client.onState(onState);
  return {
    start: () => client.start(),
    hurry: () => client.hurry(),
    stop: () => client.close(),
    onEvents: (listener) => client.onEvents(listener),
    failsNext: (error) => {
      fails = error;
    },
    holds: (until) => {
      held = until;
    },
    get position() {
      return client.at;
    },
  };
}

/** What is done of one message is done before the next macrotask: nothing here waits for anything outside. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

async function converse(vector: Vector, make: (settings: Settings) => Subject): Promise<void> {
  const server = new FakeServer();
  const states: string[] = [];
  const subject = make({
    ...vector.client,
    open: server.open,
    onState: ({ name }) => states.push(name),
  });
  let tells: Told[] = [];
  // Both are loaded by then, so that nothing waits for a file.
  await Promise.all([parts.events(), parts.digest()]);
  if (vector.client.follows_events) subject.onEvents((event) => tells.push(told(event)));
  await settled();
  subject.start();
  let count = 0;
  let connections = 0;
  const check = async (expected: Expected, open: boolean) => {
    count += expected.sends.length;
    await server.until(() => server.frames.length >= count, "answer");
    await settled();
    expect(server.frames.slice(count - expected.sends.length).map(sent)).toEqual(expected.sends);
    expect(tells).toEqual(expected.tells ?? []);
    tells = [];
    expect(at(subject.position)).toEqual(expected.at);
    if (open && subject.runs)
      expect([subject.runs.base, subject.runs.patch]).toEqual([expected.at.base, expected.at.patch]);
  };
  let goOn = () => {};
  for (const step of vector.steps) {
    switch (step.step) {
      case "host-waits":
        subject.holds(
          new Promise((resolve) => {
            goOn = resolve;
          }),
        );
        break;
      case "host-goes-on":
        goOn();
        await check(step.expect, !step.expect.connection);
        if (step.expect.connection) expect(states.at(-1)).toBe(step.expect.connection);
        break;
      case "open":
        subject.hurry();
        connections += 1;
        await server.connections(connections);
        server.accept();
        await check(step.expect, true);
        break;
      case "host-fails":
        subject.failsNext(new SwapError(step.stage, step.message));
        break;
      case "close":
        server.close(step.code);
        expect(states.at(-1)).toBe(step.expect.connection);
        await check(step.expect, false);
        break;
      case "receive":
        server.pushBytes(fromHexadecimal(step.bytes));
        if (step.expect.connection) expect(states.at(-1)).toBe(step.expect.connection);
        await check(step.expect, !step.expect.connection);
        break;
    }
  }
  expect(server.frames).toHaveLength(count);
  subject.stop();
}

test.each(vectors.map((vector) => [vector.name, vector] as const))(
  "%s, by the client of a page",
  (_, vector) => converse(vector, pageClient),
);

test.each(vectors.map((vector) => [vector.name, vector] as const))(
  "%s, by the client without one",
  (_, vector) => converse(vector, clientWithoutPage),
);
