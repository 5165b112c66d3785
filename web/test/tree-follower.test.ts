//! A client that follows trees, and a server that sends it the golden history as it likes.

import { expect, test, vi } from "vitest";
import type { ClientMessage } from "../src/messages.js";
import type { ListenOptions, TreeEvent } from "../src/tree-event.js";
import { TreeFollower } from "../src/tree-follower.js";
import type { TreePiece } from "../src/tree-piece.js";
import { TreeModule } from "../src/tree-replica.js";
import { receiver, texts, versions, wirePieces } from "./golden-trees.js";

/** What was sent is taken when the receiver is there, and then one after the other. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

const file = "main.go";
const envelope = { program: "demo", epoch: "", sequence: 0n, base: "" };

function setUp() {
  const sent: ClientMessage[] = [];
  const events: TreeEvent[] = [];
  const load = vi.spyOn(TreeModule, "load").mockClear();
  const fetchReceiver = vi.fn(async (_: string) => receiver());
  const onError = vi.fn();
  const follower = new TreeFollower({ send: (message) => sent.push(message), fetchReceiver, onError });
  const files = (...names: string[]) =>
    follower.take({ ...envelope, revision: 1n, kind: "tree-files", files: names, receiver: "/m/1.wasm" });
  const send = (piece: TreePiece) =>
    follower.take({ ...envelope, revision: piece.message, kind: "tree-piece", file, piece });
  /** Asks, and waits until the receiver is there. */
  const begin = async (options?: ListenOptions) => {
    follower.connected();
    const stop = follower.listen((event) => events.push(event), options);
    files(file);
    await vi.waitFor(() => expect(load).toHaveBeenCalledOnce());
    await load.mock.results[0]?.value;
    await settled();
    return stop;
  };
  return { follower, sent, events, files, send, begin, fetchReceiver, onError };
}

/** The pieces, message by message. */
function messages(): TreePiece[][] {
  const found: TreePiece[][] = [];
  for (const piece of wirePieces()) {
    if (piece.piece === 0) found.push([]);
    found.at(-1)?.push(piece);
  }
  return found;
}

const roots = () => versions().map(({ root }) => root);

test("nothing is asked for before somebody listens", () => {
  const { follower, sent, fetchReceiver } = setUp();
  follower.connected();
  expect(sent).toEqual([]);
  follower.listen(() => {});
  follower.listen(() => {});
  expect(sent).toEqual([{ kind: "follow-trees", withTrivia: false }]);
  expect(fetchReceiver).not.toHaveBeenCalled();
});

test("pieces that come while the receiver loads are not lost, and every tree is told", async () => {
  const { follower, sent, events, files, send } = setUp();
  const seen: (string | undefined)[] = [];
  follower.connected();
  follower.listen((event) => {
    events.push(event);
    if (event.what === "changed") seen.push(event.tree.root);
  });
  files(file);
  for (const piece of wirePieces()) send(piece);
  await vi.waitFor(() => expect(seen.at(-1)).toBe(roots().at(-1)));
  expect(seen).toEqual(roots().filter((root, at) => root !== roots()[at - 1]));
  expect(sent).toEqual([{ kind: "follow-trees", withTrivia: false }]);
  const [first, second] = events;
  expect(first).toMatchObject({ what: "changed", file, changes: undefined });
  expect(second?.what === "changed" && second.changes).toBeTruthy();

  const late: TreeEvent[] = [];
  const stop = follower.listen((event) => late.push(event));
  expect(late).toMatchObject([{ what: "changed", file, tree: { root: roots().at(-1) } }]);
  stop();
  files();
  await settled();
  expect(events.at(-1)).toEqual({ what: "removed", file });
  expect(late).toHaveLength(1);
});

test("a tree that cannot go on asks once for a snapshot, and is the last good one until it comes", async () => {
  const { sent, events, send, begin } = setUp();
  await begin();
  const [first = [], second = [], third = []] = messages();
  for (const piece of first) send(piece);
  await vi.waitFor(() => expect(events).toHaveLength(1));
  const event = events[0];
  if (event?.what !== "changed") throw new Error("no tree");
  // Another one with the number of the second.
  for (const piece of third) send({ ...piece, message: second[0]?.message ?? 0n });
  for (const piece of third) send(piece);
  await settled();
  expect(sent).toEqual([
    { kind: "follow-trees", withTrivia: false },
    { kind: "want-snapshot", file, onlyTrivia: false },
  ]);
  expect(event.tree.root).toBe(roots()[0]);
  for (const piece of first) send({ ...piece, message: third[0]?.message ?? 0n });
  await settled();
  expect(events).toHaveLength(1);
  expect(event.tree.root).toBe(roots()[0]);
});

test("a server that numbers anew is followed, and what did not change is not told", async () => {
  const { follower, sent, events, files, send, begin } = setUp();
  await begin();
  const [first = [], second = []] = messages();
  for (const piece of [...first, ...second]) send(piece);
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(1));
  const before = events.length;
  follower.connected();
  expect(sent.filter(({ kind }) => kind === "follow-trees")).toHaveLength(2);
  files(file);
  for (const piece of first) send(piece);
  await settled();
  expect(events).toHaveLength(before + 1);
  expect(events.at(-1)).toMatchObject({ changes: undefined, tree: { root: roots()[0] } });
  for (const piece of second) send(piece);
  await settled();
  expect(events).toHaveLength(before + 2);
});

test("a receiver that cannot be loaded is told, and tried again on the next connection", async () => {
  const { follower, fetchReceiver, events, files, send, onError } = setUp();
  fetchReceiver.mockRejectedValueOnce(new Error("offline"));
  follower.connected();
  follower.listen((event) => events.push(event));
  files(file);
  await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
  follower.connected();
  files(file);
  for (const piece of wirePieces()) send(piece);
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ tree: { root: roots().at(-1) } }));
});

/** What is sent of the texts: for each of them what there is about its tree, and about its trivia. */
function textMessages(): { tree: TreePiece[]; trivia: TreePiece[] }[] {
  const found: { tree: TreePiece[]; trivia: TreePiece[] }[] = [];
  let tree: TreePiece[] = [];
  for (const piece of wirePieces("texts")) {
    if (piece.$typeName !== "devserver.v1.TreeTrivia") tree.push(piece);
    else if (piece.piece > 0) found.at(-1)?.trivia.push(piece);
    else {
      found.push({ tree, trivia: [piece] });
      tree = [];
    }
  }
  return found;
}

test("texts are told to those who want them, and a comment to nobody else", async () => {
  const { follower, events, send, begin, sent } = setUp();
  const withTexts: TreeEvent[] = [];
  await begin();
  follower.listen((event) => withTexts.push(event), { text: true });
  expect(sent).toEqual([
    { kind: "follow-trees", withTrivia: false },
    { kind: "follow-trees", withTrivia: true },
  ]);
  const seen: (string | undefined)[] = [];
  for (const [number, { tree, trivia }] of textMessages().entries()) {
    for (const piece of tree) send(piece);
    await settled();
    const last = withTexts.at(-1);
    if (tree.length > 0) expect(last?.what === "changed" && last.tree.text()).toBeUndefined();
    for (const piece of trivia) send(piece);
    await settled();
    const told = withTexts.at(-1);
    if (told?.what !== "text") throw new Error(`no text ${number}`);
    seen.push(told.tree.text());
    expect(told.tree.textRoot).toBe(texts()[number]?.textRoot);
  }
  expect(seen).toEqual(texts().map(({ text }) => text));
  expect(events.map(({ what }) => what)).toEqual(["changed", "changed", "changed"]);
  expect(withTexts).toHaveLength(3 + texts().length);
  const late: TreeEvent[] = [];
  follower.listen((event) => late.push(event), { text: true });
  expect(late.map(({ what }) => what)).toEqual(["changed", "text"]);
});

test("trivia that are of no use are asked for anew, once, and the tree is not", async () => {
  const { sent, send, begin, events } = setUp();
  await begin({ text: true });
  const [first, second, third] = textMessages();
  for (const piece of [...(first?.tree ?? []), ...(first?.trivia ?? [])]) send(piece);
  await settled();
  expect(events.at(-1)).toMatchObject({ what: "text" });
  // The second was lost.
  for (const piece of [...(third?.tree ?? []), ...(third?.trivia ?? [])]) send(piece);
  await settled();
  expect(sent.slice(1)).toEqual([{ kind: "want-snapshot", file, onlyTrivia: true }]);
  expect(events.at(-1)).toMatchObject({ what: "changed", tree: { root: texts()[2]?.root } });
  for (const piece of second?.trivia ?? []) send({ ...piece, message: 9n });
  await settled();
  expect(sent).toHaveLength(2);
});

test("when nobody listens any more nothing is sent, and what was known is forgotten", async () => {
  const { follower, sent, events, send, files, begin } = setUp();
  const stop = await begin({ text: true });
  const [first] = textMessages();
  const all = [...(first?.tree ?? []), ...(first?.trivia ?? [])];
  for (const piece of all) send(piece);
  await settled();
  const before = events.length;
  stop();
  stop();
  expect(sent.at(-1)).toEqual({ kind: "unfollow-trees" });
  expect(sent).toHaveLength(2);
  // What was on its way.
  files(file);
  for (const piece of all) send(piece);
  await settled();
  expect(events).toHaveLength(before);
  const again: TreeEvent[] = [];
  follower.listen((event) => again.push(event));
  expect(again).toEqual([]);
  expect(sent.at(-1)).toEqual({ kind: "follow-trees", withTrivia: false });
  files(file);
  for (const piece of all) send(piece);
  await settled();
  expect(again).toMatchObject([{ what: "changed", tree: { root: texts()[0]?.root } }]);
});
