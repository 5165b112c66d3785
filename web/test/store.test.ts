import { describe, expect, test } from "vitest";
import { isIntact } from "../src/digest.js";
import type { Level, UpdateMessage } from "../src/messages.js";
import { applied, combine, judge, rebased, refused, type StoreState, startAt } from "../src/store.js";
import { hotPatch } from "./hot-patch.js";

const one = "01".repeat(32);
const two = "02".repeat(32);

function update(
  sequence: bigint,
  level: Level = "module-swap",
  more: Partial<UpdateMessage> = {},
): UpdateMessage {
  return {
    kind: "update",
    program: "demo",
    epoch: "aa",
    sequence,
    revision: sequence,
    base: "",
    update: {
      level,
      reason: `because of ${sequence}`,
      module: undefined,
      assets: [],
      patches: [],
      stages: [],
      manifest: "",
    },
    ...more,
  };
}

const start = startAt("");
const at5: StoreState = applied(start, update(5n), one, 0);
const patched = (patch: number): StoreState => applied(start, update(5n), one, patch);

function patches(sequence: bigint, base: string, ...numbers: number[]): UpdateMessage {
  const message = update(sequence, "hot-patch", { base });
  const all = numbers.map((number) => hotPatch(base, number, new Uint8Array([1, 2, 3])));
  return { ...message, update: { ...message.update, patches: all } };
}

/** The same with one bit of the last patch's bytes another one. */
function damaged(message: UpdateMessage): UpdateMessage {
  const last = message.update.patches.length - 1;
  const all = message.update.patches.map((patch, index) =>
    index === last
      ? { ...patch, module: patch.module.map((byte, at) => (at === 1 ? byte ^ 4 : byte)) }
      : patch,
  );
  return { ...message, update: { ...message.update, patches: all } };
}

describe("judge", () => {
  test.each<[string, StoreState, UpdateMessage, "take" | "ignore" | "refuse"]>([
    ["a first update", start, update(1n), "take"],
    ["the next one", at5, update(6n), "take"],
    ["one that skips what was collapsed", at5, update(9n), "take"],
    ["the same again", at5, update(5n), "ignore"],
    ["an older one", at5, update(4n), "ignore"],
    ["a smaller sequence of another epoch", at5, update(1n, "module-swap", { epoch: "bb" }), "take"],
    ["one for the module that runs", at5, update(6n, "asset-swap", { base: one }), "take"],
    ["a whole module, sent when another one ran", at5, update(6n, "module-swap", { base: two }), "take"],
    ["assets for another module", at5, update(6n, "asset-swap", { base: two }), "refuse"],
    ["the next patch of functions", patched(3), patches(6n, one, 4, 5), "take"],
    ["patches of which some are there", patched(3), patches(6n, one, 1, 4), "take"],
    ["a patch after a gap", patched(3), patches(6n, one, 5), "refuse"],
    ["a patch for another module", patched(3), patches(6n, two, 4), "refuse"],
    ["a damaged patch", patched(3), damaged(patches(6n, one, 4)), "refuse"],
    ["a damaged patch behind a good one", patched(3), damaged(patches(6n, one, 4, 5)), "refuse"],
    ["a damaged patch that runs already", patched(3), damaged(patches(6n, one, 2, 3)), "take"],
    ["a patch of nothing", patched(3), patches(6n, one), "refuse"],
    ["assets while a full module is due", refused(at5, "x"), update(6n, "asset-swap"), "ignore"],
    [
      "a patch while a full module is due",
      refused(at5, "x"),
      update(6n, "hot-patch", { base: one }),
      "ignore",
    ],
    ["a full module when it is due", refused(at5, "x"), update(6n), "take"],
    ["a page reload when a module is due", refused(at5, "x"), update(6n, "page-reload"), "take"],
  ])("%s", (_, state, message, verdict) => {
    expect(judge(state, message, isIntact).verdict).toBe(verdict);
  });
});

test("bytes that nobody can check are not taken", () => {
  expect(judge(patched(3), patches(6n, one, 4)).verdict).toBe("refuse");
});

test("a refusal keeps the position and names its reason; a full module leaves it behind", () => {
  const waiting = refused(at5, "made for another");
  expect(waiting).toEqual({ name: "awaiting-full", at: at5.at, reason: "made for another" });
  expect(applied(waiting, update(7n), two, 0)).toEqual({
    name: "following",
    at: { epoch: "aa", sequence: 7n, base: two, patch: 0, manifest: "" },
  });
});

test("an update without a manifest leaves the one that is known", () => {
  const message = update(6n);
  const known = applied(at5, { ...message, update: { ...message.update, manifest: "ff" } }, one, 0);
  expect(applied(known, update(7n), one, 0).at.manifest).toBe("ff");
});

test("a program that the page starts changes the base alone", () => {
  expect(rebased(patched(3), two, 0).at).toEqual({ ...at5.at, base: two, patch: 0 });
});

describe("combine", () => {
  const asset = (path: string, hash = one) => ({ path, hash, mediaType: "text/css" });
  const withAssets = (message: UpdateMessage, ...assets: ReturnType<typeof asset>[]): UpdateMessage => ({
    ...message,
    update: { ...message.update, assets },
  });

  test("keeps the assets of both, the newer of each path", () => {
    const both = combine(
      withAssets(update(6n, "asset-swap"), asset("/a.css"), asset("/b.css")),
      withAssets(update(7n, "asset-swap"), asset("/b.css", two)),
    );
    expect(both.sequence).toBe(7n);
    expect(both.update.assets).toEqual([asset("/a.css"), asset("/b.css", two)]);
  });

  test("never becomes gentler, and says why", () => {
    const { update: result } = combine(update(6n, "page-reload"), update(7n, "asset-swap"));
    expect([result.level, result.reason]).toEqual(["page-reload", "because of 6"]);
    expect(combine(update(6n, "asset-swap"), update(7n)).update.level).toBe("module-swap");
  });

  test("patches after patches are the whole way; after a whole module they name a base that does not run", () => {
    const both = combine(withAssets(patches(6n, one, 4), asset("/a.css")), patches(7n, one, 4, 5));
    expect([both.update.level, both.update.patches.map(({ number }) => number)]).toEqual([
      "hot-patch",
      [4, 5],
    ]);
    expect(both.update.assets).toEqual([asset("/a.css")]);
    const swapped = combine(update(6n), patches(7n, two, 1));
    expect([swapped.update.level, swapped.base]).toEqual(["hot-patch", two]);
  });

  test("assets after patches keep the patches", () => {
    const both = combine(patches(6n, one, 4), withAssets(update(7n, "asset-swap"), asset("/a.css")));
    expect([both.update.level, both.update.patches.length]).toEqual(["hot-patch", 1]);
  });

  test("another epoch stands for itself", () => {
    const newer = update(1n, "asset-swap", { epoch: "bb" });
    expect(combine(update(6n, "page-reload"), newer)).toBe(newer);
  });
});
