import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reconnects } from "../src/close-code.js";
import { Transport, type TransportState } from "../src/transport.js";
import { FakeServer } from "./fake-server.js";

let server: FakeServer;
let states: TransportState[];
let received: Uint8Array[];
let transport: Transport;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  states = [];
  received = [];
  transport = new Transport({
    open: server.open,
    onState: (state) => states.push(state),
    onBytes: (bytes) => received.push(bytes),
    random: () => 1,
  });
  transport.start();
});
afterEach(() => {
  transport.stop();
  vi.useRealTimers();
});

test.each([
  [1000, true],
  [1001, true],
  [1002, false],
  [1006, true],
  [1008, false],
  [1009, false],
  [1012, true],
  [4000, false],
  [4499, false],
  [4500, true],
  [4999, true],
])("close code %i reconnects: %s", (code, expected) => {
  expect(reconnects(code)).toBe(expected);
});

test("opens, receives binary only, sends", () => {
  expect(server.socket.binaryType).toBe("arraybuffer");
  expect(transport.send(new Uint8Array([1]))).toBe(false);
  server.accept();
  server.pushBytes(new Uint8Array([7, 8]));
  server.socket.onmessage?.({ data: "text" });
  expect(received).toEqual([new Uint8Array([7, 8])]);
  expect(states.map((state) => state.name)).toEqual(["connecting", "open"]);
});

test("waits longer each time up to a cap, and starts over once the server has said something", () => {
  for (let attempt = 0; attempt < 9; attempt += 1) {
    server.close(1006);
    vi.runOnlyPendingTimers();
  }
  const pauses = () => states.flatMap((state) => (state.name === "waiting" ? [state.milliseconds] : []));
  expect(pauses()).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
  server.accept();
  server.close(1012);
  expect(pauses().at(-1)).toBe(5000);
  vi.runOnlyPendingTimers();
  server.accept();
  server.pushBytes(new Uint8Array([0]));
  server.close(1012);
  expect(pauses().at(-1)).toBe(100);
});

test("a pause is between half and all of its length", () => {
  transport.stop();
  for (const [random, expected] of [
    [0, 100],
    [0.5, 150],
  ] as const) {
    const seen: TransportState[] = [];
    const other = new Transport({
      open: server.open,
      onState: (state) => seen.push(state),
      onBytes: () => {},
      random: () => random,
    });
    other.start();
    server.close(1006);
    expect(seen.at(-1)).toEqual({ name: "waiting", attempt: 1, milliseconds: expected });
    other.stop();
  }
});

test("a terminal code ends it, with the reason", () => {
  server.accept();
  server.close(4001, "another project");
  vi.runAllTimers();
  expect(states.at(-1)).toEqual({ name: "closed", code: 4001, reason: "another project" });
  expect(server.sockets.length).toBe(1);
});

test("a wait can be cut short; nothing else can", () => {
  transport.hurry();
  expect(server.sockets.length).toBe(1);
  server.close(1006);
  transport.hurry();
  expect(server.sockets.length).toBe(2);
  vi.runAllTimers();
  expect(server.sockets.length).toBe(2);
});

test("drops what a stalled socket would pile up", () => {
  server.accept();
  server.stall();
  expect(transport.send(new Uint8Array([1]))).toBe(false);
});

test("lets go of an old socket before the next is opened", () => {
  const [old] = server.sockets;
  server.close(1006);
  vi.runAllTimers();
  expect(server.sockets.length).toBe(2);
  expect([old?.onopen, old?.onmessage, old?.onclose, old?.onerror]).toEqual([null, null, null, null]);
});
