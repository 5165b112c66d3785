// Calls the component's core module as the canonical ABI of the component model says:
//   node push.mjs MODULE < CALLS
// CALLS is a list of {"length":..,"pts":..,"width":..,"height":..} for push-frame and {} for finish. The bytes of a frame
// are those of its pts, counted on. Prints what each call returned: {"kind":..,"expected":..,"actual":..} of an error, the
// GIF in hexadecimal digits, or null.
import { readFileSync } from "node:fs";

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(process.argv[2])));
exports._initialize();
const view = () => new DataView(exports.memory.buffer);

function push({ length, pts, width, height }) {
  const at = exports.cabi_realloc(0, 0, 1, length) >>> 0;
  const data = new Uint8Array(exports.memory.buffer, at, length);
  data.forEach((_, place) => {
    data[place] = pts + place;
  });
  const returned = exports["push-frame"](at, length, BigInt(pts), width, height) >>> 0;
  return view().getUint8(returned) === 0 ? null : problem(returned + 8);
}

function problem(at) {
  const numbers = [view().getBigUint64(at + 8, true), view().getBigUint64(at + 16, true)].map(Number);
  return { kind: view().getUint8(at), expected: numbers[0], actual: numbers[1] };
}

function finish() {
  const returned = exports.finish() >>> 0;
  if (view().getUint8(returned) !== 0) return { kind: view().getUint8(returned + 8), expected: 0, actual: 0 };
  const [at, length] = [view().getUint32(returned + 8, true), view().getUint32(returned + 12, true)];
  return Buffer.from(exports.memory.buffer, at, length).toString("hex");
}

const calls = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(calls.map((call) => ("pts" in call ? push(call) : finish()))));
