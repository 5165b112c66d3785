// How long the module that pages load takes for a patch: `node receiver.mjs <messages> [module]`, with the messages that
// `cargo bench -p ast-diff --bench receiver -- <messages>` wrote.

import { readFileSync } from "node:fs";

const rounds = 9;
const [messagesPath, modulePath = new URL("../../server/embedded/replica.wasm", import.meta.url)] = process.argv.slice(2);
const messages = readFileSync(messagesPath);
const { instance } = await WebAssembly.instantiate(readFileSync(modulePath), {});
const { memory, open, close, input, feed } = instance.exports;

const parts = [];
for (let at = 0; at < messages.length; ) {
  const length = messages.readUInt32LE(at);
  parts.push(messages.subarray(at + 4, at + 4 + length));
  at += 4 + length;
}

/** Gives a part to a replica; microseconds. */
function give(handle, part, number) {
  part.writeBigUInt64LE(BigInt(number), 1);
  const started = process.hrtime.bigint();
  const place = input(part.length);
  new Uint8Array(memory.buffer, place, part.length).set(part);
  const outcome = feed(handle);
  const spent = Number(process.hrtime.bigint() - started) / 1000;
  if (outcome !== 2) throw new Error(`a patch was not applied: ${outcome}`);
  return spent;
}

function run() {
  const spent = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [snapshot, forth, back] = parts.slice(at, at + 3);
    const handle = open(1 << 28);
    give(handle, snapshot, 0);
    // Other programs only ever make a run longer.
    let shortest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      shortest = Math.min(shortest, give(handle, forth, 2 * round + 1));
      give(handle, back, 2 * round + 2);
    }
    close(handle);
    spent.push(shortest);
  }
  return spent.sort((left, right) => left - right);
}

run();
const times = run();
const percentile = (percent) => times[Math.min(Math.floor((times.length * percent) / 100), times.length - 1)].toFixed(1);
console.log(
  `receive: p50 ${percentile(50)} µs, p95 ${percentile(95)}, p99 ${percentile(99)}, max ${percentile(100)}`,
);
