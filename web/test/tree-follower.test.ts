//! A client that follows trees, and a server that sends it the golden history as it likes.

import { expect, test, vi } from "vitest";
import type { DeltaPatch, TreeSnapshot } from "../src/generated/devserver/v1/tree_pb.js";
import type { ClientMessage } from "../src/messages.js";
import { type TreeEvent, TreeFollower } from "../src/tree-follower.js";
import { receiver, versions, wirePieces } from "./golden-trees.js";

/** What was sent is taken when the receiver is there, and then one after the other. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

const file = "main.go";
const envelope = { program: "demo", epoch: "", sequence: 0n, base: "" };

function setUp() {
  const sent: ClientMessage[] = [];
  const events: TreeEvent[] = [];
  const fetchReceiver = vi.fn(async (_: string) => receiver());
  const onError = vi.fn();
  const follower = new TreeFollower({ send: (message) => sent.push(message), fetchReceiver, onError });
  const files = (...names: string[]) =>
    follower.take({ ...envelope, revision: 1n, kind: "tree-files", files: names, receiver: "/m/1.wasm" });
  const send = (piece: DeltaPatch | TreeSnapshot) =>
    follower.take({ ...envelope, revision: piece.message, kind: "tree-piece", file, piece });
  /** Asks, and waits until the receiver is there. */
  const begin = async () => {
    follower.connected();
    follower.listen((event) => events.push(event));
    files(file);
    await vi.waitFor(() => expect(fetchReceiver).toHaveBeenCalledOnce());
    await settled();
  };
  return { follower, sent, events, files, send, begin, fetchReceiver, onError };
}

/** The pieces, message by message. */
function messages(): (DeltaPatch | TreeSnapshot)[][] {
  const found: (DeltaPatch | TreeSnapshot)[][] = [];
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
  expect(sent).toEqual([{ kind: "follow-trees" }]);
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
  expect(sent).toEqual([{ kind: "follow-trees" }]);
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
  expect(sent).toEqual([{ kind: "follow-trees" }, { kind: "want-snapshot", file }]);
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
