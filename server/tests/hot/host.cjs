// Runs one Go program as a page does, told in frames: four bytes of length, little endian, then JSON. Each request is
// answered with what was printed since the last one.
"use strict";
const fs = require("node:fs");

const [glue, base] = process.argv.slice(2);
require(glue);

let printed = "";
console.log = (line) => (printed += `${line}\n`);

const go = new Go();
let instance;
let ended;

function start() {
  instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(base)), go.importObject);
  const running = go.run(instance);
  ended = running.then(
    (code) => ({ code }),
    (error) => ({ error: String(error.stack ?? error) }),
  );
}

/** What web/src/patch.ts does, without its checks. */
function apply({ module, growth, writes, initializer }) {
  const { memory, __indirect_function_table: table, __asyncify_state: suspended } = instance.exports;
  const compiled = new WebAssembly.Module(fs.readFileSync(module));
  const entries = {};
  for (const { module: from, name } of WebAssembly.Module.imports(compiled)) {
    if (from === "t") entries[name] = table.get(Number.parseInt(name, 36));
  }
  const base = { m: memory, t: table, s: instance.exports.__stack_pointer, u: suspended };
  base.p = instance.exports.asyncify_put;
  base.q = instance.exports.asyncify_pull;
  table.grow(growth);
  const patch = new WebAssembly.Instance(compiled, { ...go.importObject, t: entries, e: base });
  const before = writes.map(([at, bytes]) => [at, [...new Uint8Array(memory.buffer, at, bytes.length)]]);
  const write = (all) => all.forEach(([at, bytes]) => new Uint8Array(memory.buffer).set(bytes, at));
  write(writes);
  if (initializer) {
    try {
      const computed = patch.exports.initialize();
      if (computed === 0 || suspended.value !== 0) throw new Error("an initial value waits for something");
    } catch (error) {
      write(before);
      suspended.value = 0;
      throw error;
    }
  }
  Object.assign(added, patch.exports);
}

const added = {};

/** A program whose main returns after a pause never says so: it has ended when nothing is left to wait for. */
function idle() {
  process.stdin.unref();
  return new Promise((done) => process.once("beforeExit", () => done({})));
}

async function answer({ start: begin, patch, call, wait, end }) {
  if (begin) start();
  if (patch) apply(patch);
  if (wait) await new Promise((done) => setTimeout(done, wait));
  if (end) return await Promise.race([ended, idle()]);
  if (call) return { value: (added[call.name] ?? instance.exports[call.name])(...call.given) };
  return {};
}

function reply(value) {
  const content = Buffer.from(JSON.stringify({ printed, ...value }));
  printed = "";
  const head = Buffer.alloc(4);
  head.writeUInt32LE(content.length);
  fs.writeSync(1, Buffer.concat([head, content]));
}

async function serve() {
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
      const end = 4 + rest.readUInt32LE(0);
      const request = JSON.parse(rest.subarray(4, end).toString());
      rest = rest.subarray(end);
      reply(await answer(request).catch((error) => ({ error: String(error.stack ?? error) })));
    }
  }
}

serve().then(() => process.exit(0));
