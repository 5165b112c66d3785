// Runs pairs of programs, as they were and made suspendable, and says where they differ.
//
// usage: node driver.mjs CASES. A case is a number, a flag whether there are patches, and the modules: base and patch as
// they were, then base and patch made suspendable; each behind its length, all numbers of four bytes.

import { readFileSync } from "node:fs";

const STACK = 64;
const STACK_BEGIN = 65536;
const STACK_END = 16 * 65536;
const DATA_BEGIN = 4096;
const DATA_END = 4096 * 5;
const FUEL = 200;
const LONGEST = 20_000;

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// Runs a program to its end. `wants` says at each point whether to suspend there, `end` where the stack has to end.
function run({ base, patch }, wants, suspendable, end = STACK_END) {
  const trace = [];
  let suspensions = 0;
  let values = 0;
  const event = (what) => {
    if (trace.push(what) > LONGEST) throw new Error("it does not end");
  };
  const note = (value) => event(typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : String(value));
  const env = {
    decide: () => {
      event("point");
      if (!wants()) return 0;
      suspensions++;
      return 1;
    },
    trace_i32: note,
    trace_i64: note,
    trace_f32: note,
    trace_f64: note,
    value: () => (Math.imul(++values, 0x9e3779b1) & 0x10000 ? values : 0),
  };
  const never = () => {
    throw new Error("a program that is not suspendable was suspended");
  };
  const asyncify = { start_unwind: never, stop_unwind: () => {}, start_rewind: never, stop_rewind: never };
  const { exports } = new WebAssembly.Instance(base, { env, asyncify });
  if (patch) {
    const t = {};
    for (let entry = 0; entry < exports.table.length; entry++) t[entry] = exports.table.get(entry);
    new WebAssembly.Instance(patch, { env, e: exports, t });
  }
  const words = new Int32Array(exports.memory.buffer);
  words[STACK / 4] = STACK_BEGIN;
  words[STACK / 4 + 1] = end;
  exports.global8.value = FUEL;
  const expect = (what, value, wanted) => {
    if (value !== wanted) throw new Error(`${what} is ${value}, not ${wanted}`);
  };
  try {
    exports.launch();
    let resumed = 0;
    while (suspensions > resumed) {
      if (suspensions > ++resumed) throw new Error("it is suspended while it is suspended");
      expect("the state", exports.__asyncify_state.value, 0);
      exports.resume();
    }
    if (suspendable) expect("the state", exports.__asyncify_state.value, 0);
    expect("the end of the stack", words[STACK / 4], STACK_BEGIN);
  } catch (error) {
    error.memory = exports.memory;
    throw error;
  }
  const globals = [];
  for (let index = 0; index < 10; index++) globals.push(String(exports[`global${index}`].value));
  const data = Buffer.from(exports.memory.buffer, DATA_BEGIN, DATA_END - DATA_BEGIN).toString("latin1");
  return { trace, globals: globals.join(), data, suspensions, memory: exports.memory };
}

// With hardly any room on the stack, a program traps before it writes beyond its end, or needs no more.
function runNarrow(modules, wanted) {
  const end = STACK_BEGIN + 24;
  let memory;
  try {
    const found = run(modules, () => true, true, end);
    memory = found.memory;
    const differs = difference(wanted, found);
    if (differs) throw new Error(differs);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    memory = error.memory;
  }
  if (new Int32Array(memory.buffer, end, 64).some((word) => word !== 0)) throw new Error("it writes beyond the end of its stack");
}

function difference(one, other) {
  for (let index = 0; index < Math.max(one.trace.length, other.trace.length); index++) {
    if (one.trace[index] !== other.trace[index]) {
      return `event ${index} is ${other.trace[index]}, not ${one.trace[index]}`;
    }
  }
  if (one.globals !== other.globals) return `globals are ${other.globals}, not ${one.globals}`;
  if (one.data !== other.data) return "memory differs";
  return undefined;
}

const bytes = readFileSync(process.argv[2]);
let at = 0;
const number = () => {
  at += 4;
  return bytes.readUInt32LE(at - 4);
};
const moduleHere = () => {
  const length = number();
  at += length;
  return new WebAssembly.Module(bytes.subarray(at - length, at));
};
let cases = 0;
let suspensions = 0;
const failed = [];
while (at < bytes.length) {
  const name = number();
  const parts = number();
  cases++;
  const from = at;
  try {
    const pair = () => ({ base: moduleHere(), patch: parts > 1 ? moduleHere() : undefined });
    const [before, after] = [pair(), pair()];
    const wanted = run(before, () => false, false);
    const chance = random(name);
    const plans = { never: () => false, always: () => true, often: () => chance() < 0.5, seldom: () => chance() < 0.1 };
    for (const [plan, wants] of Object.entries(plans)) {
      try {
        const found = run(after, wants, true);
        suspensions += found.suspensions;
        const differs = difference(wanted, found);
        if (differs) throw new Error(differs);
      } catch (error) {
        throw new Error(`suspended ${plan}: ${error.message}`, { cause: error });
      }
    }
    runNarrow(after, wanted);
  } catch (error) {
    failed.push({ case: name, message: error.message });
    at = from;
    for (let module = 0; module < parts * 2; module++) {
      const length = number();
      at += length;
    }
  }
}
process.stdout.write(JSON.stringify({ cases, suspensions, failed }));
