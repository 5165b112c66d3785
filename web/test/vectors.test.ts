//! The conversations of `proto/vectors`, as their README says how to read them: once through the store alone, once through
//! the whole client.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { Client } from "../src/client.js";
import type { ClientFrame } from "../src/generated/devserver/v1/client_pb.js";
import { fromHexadecimal, toHexadecimal } from "../src/hexadecimal.js";
import { Hot } from "../src/hot.js";
import type { FailedStage, ModuleReference, Patch, UpdateMessage } from "../src/messages.js";
import { SwapError } from "../src/prepare.js";
import { decode } from "../src/protocol.js";
import type { Host } from "../src/runtime.js";
import * as store from "../src/store.js";
import { FakeServer } from "./fake-server.js";

type At = {
  readonly epoch: string;
  readonly sequence: number;
  readonly base: string;
  readonly patch: number;
  readonly manifest: string;
};
type Expected = {
  readonly verdict?: "take" | "ignore" | "refuse";
  readonly reason?: keyof typeof reasons;
  readonly sends: readonly unknown[];
  readonly connection?: "waiting" | "closed";
  readonly standing: "following" | "awaiting-full";
  readonly at: At;
};
type Step =
  | { readonly step: "open"; readonly expect: Expected }
  | { readonly step: "receive"; readonly says: string; readonly bytes: string; readonly expect: Expected }
  | { readonly step: "host-fails"; readonly stage: FailedStage; readonly message: string }
  | { readonly step: "close"; readonly code: number; readonly expect: Expected };
type Vector = {
  readonly name: string;
  readonly needs?: readonly string[];
  readonly client: { readonly program: string; readonly manifest: string };
  readonly steps: readonly Step[];
};

/** What a client of this package does not do: follow events, and hash what a page cannot hash without a library. */
const lacks = ["events", "patch-hashes"];

/** The words of the store by the classes of the vectors. */
const reasons = {
  "not-newer": /^it is not newer$/,
  "awaiting-full": /^a full module is due$/,
  "other-base": /^made for [0-9a-f]{8}, but [0-9a-f]{8} runs$/,
  "no-patches": /^it names no functions$/,
  "missing-link": /^made for patch \d+, but \d+ runs$/,
  damaged: /./,
};

const folder = new URL("../../proto/vectors/", import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Vector[])
  .filter(({ needs = [] }) => !needs.some((ability) => lacks.includes(ability)));

class VectorHost implements Host {
  base = "";
  patch = 0;
  readonly accepts = true;
  readonly ended = false;
  readonly hot = new Hot({}, 0, { onAccept: () => {}, onInvalidate: () => {} });
  fails: SwapError | undefined;

  async applyPatches(patches: readonly Patch[]) {
    this.#fail();
    for (const { number } of patches) this.patch = Math.max(this.patch, number);
    return { stages: [] };
  }

  async launch(module: ModuleReference) {
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
    default:
      return body.case;
  }
}

test("there are vectors", () => {
  expect(vectors.length).toBeGreaterThan(25);
});

test.each(vectors.map((vector) => [vector.name, vector] as const))("%s, by the store", (_, vector) => {
  let state = store.startAt(vector.client.manifest);
  let fails = false;
  for (const step of vector.steps) {
    if (step.step === "host-fails") fails = true;
    if (step.step === "receive" && step.expect.verdict) {
      const message = decode(fromHexadecimal(step.bytes)) as UpdateMessage;
      expect(message.kind).toBe("update");
      const judgement = store.judge(state, message);
      expect(judgement.verdict, step.says).toBe(step.expect.verdict);
      if (step.expect.reason && judgement.verdict !== "take")
        expect(judgement.reason).toMatch(reasons[step.expect.reason]);
      const { base, patch } = step.expect.at;
      if (judgement.verdict === "refuse" || (judgement.verdict === "take" && fails))
        state = store.refused(state, "it did not fit");
      else if (judgement.verdict === "take") state = store.applied(state, message, base, patch);
      fails = false;
    }
    if (step.step !== "host-fails") {
      expect([state.name, at(state.at)]).toEqual([step.expect.standing, step.expect.at]);
    }
  }
});

test.each(vectors.map((vector) => [vector.name, vector] as const))("%s, by the client", async (_, vector) => {
  const server = new FakeServer();
  const host = new VectorHost();
  const states: string[] = [];
  const client = new Client({
    program: vector.client.program,
    pageBoots: false,
    manifest: vector.client.manifest,
    host,
    display: {
      connection: ({ name }) => states.push(name),
      building: vi.fn(),
      diagnostics: vi.fn(),
      applied: vi.fn(),
      failed: vi.fn(),
      held: vi.fn(),
      unstable: vi.fn(),
      crashed: vi.fn(),
      explained: vi.fn(),
      renewed: vi.fn(),
    },
    open: server.open,
    random: () => 0,
    swapAssets: async () => [],
    ready: Promise.resolve(),
    now: () => 0,
    firstFrame: async () => 0,
    reload: () => expect.unreachable("nothing here reloads the page"),
    reloaded: undefined,
    onBoot: () => {},
    loadFollower: () => Promise.reject(new Error("nothing here follows trees")),
    fetchReceiver: () => Promise.reject(new Error("nothing here follows trees")),
  });
  client.start();
  let count = 0;
  let connections = 0;
  const check = async (expected: Expected, open: boolean) => {
    count += expected.sends.length;
    await server.until(() => server.frames.length >= count, "answer");
    // What is done of one message is done before the next macrotask: nothing here waits for anything outside.
    await new Promise((resolve) => setTimeout(resolve));
    expect(server.frames.slice(count - expected.sends.length).map(sent)).toEqual(expected.sends);
    if (!open) return;
    expect([host.base, host.patch]).toEqual([expected.at.base, expected.at.patch]);
  };
  for (const step of vector.steps) {
    switch (step.step) {
      case "open":
        client.hurry();
        connections += 1;
        await server.connections(connections);
        server.accept();
        await check(step.expect, true);
        break;
      case "host-fails":
        host.fails = new SwapError(step.stage, step.message);
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
  client.stop();
});
