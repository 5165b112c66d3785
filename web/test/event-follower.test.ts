//! A client that follows what happens, beyond what the vectors show: who listens when, and with what.

import { expect, test, vi } from "vitest";
import type { ServerEvent } from "../src/event.js";
import { EventFollower } from "../src/event-follower.js";
import type { ClientMessage } from "../src/messages.js";

const epoch = "07".repeat(16);
const envelope = { program: "", epoch, sequence: 0n, revision: 0n, base: "" };

function setUp() {
  const sent: ClientMessage[] = [];
  const line = { open: true };
  const onError = vi.fn();
  const follower = new EventFollower({
    send: (message) => {
      if (line.open) sent.push(message);
      return line.open;
    },
    onError,
  });
  const happens = (number: bigint) =>
    follower.take({ ...envelope, kind: "event", number, json: `{"event":"${number}"}` });
  const heard: string[] = [];
  const hear = (event: ServerEvent) =>
    heard.push(
      event.what === "event"
        ? `${event.number}`
        : event.what === "skipped"
          ? `${event.first}-${event.last}`
          : "anew",
    );
  return { follower, sent, line, happens, heard, hear, onError };
}

const asks = (number: bigint, of = epoch): ClientMessage => ({
  kind: "follow-events",
  after: { epoch: of, number },
});

test("nothing is asked for before somebody listens, and once for all who do", () => {
  const { follower, sent, hear } = setUp();
  follower.connected();
  expect(sent).toEqual([]);
  follower.listen(hear);
  follower.listen(hear);
  expect(sent).toEqual([asks(0n, "")]);
});

test("without a connection it is asked for on the next one", () => {
  const { follower, sent, line, hear } = setUp();
  line.open = false;
  follower.listen(hear);
  expect(sent).toEqual([]);
  line.open = true;
  follower.connected();
  expect(sent).toEqual([asks(0n, "")]);
});

test("who knows where it was goes on there", () => {
  const { follower, sent, happens, heard, hear } = setUp();
  follower.listen(hear, { after: { epoch, number: 41n } });
  expect(sent).toEqual([asks(41n)]);
  happens(42n);
  happens(42n);
  happens(45n);
  expect(heard).toEqual(["42", "43-44", "45"]);
  follower.connected();
  expect(sent.at(-1)).toEqual(asks(45n));
});

test("what nobody heard is named as missing to the next who listens", () => {
  const { follower, sent, happens, heard, hear } = setUp();
  const stop = follower.listen(hear);
  happens(1n);
  stop();
  happens(2n);
  happens(3n);
  follower.listen(hear);
  happens(4n);
  expect(heard).toEqual(["1", "2-3", "4"]);
  expect(sent).toHaveLength(1);
});

test("a listener that throws keeps no other from hearing", () => {
  const { follower, happens, heard, hear, onError } = setUp();
  const mine = new Error("mine");
  follower.listen(() => {
    throw mine;
  });
  follower.listen(hear);
  happens(1n);
  expect(heard).toEqual(["1"]);
  expect(onError).toHaveBeenCalledExactlyOnceWith(mine);
});
