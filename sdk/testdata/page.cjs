// Plays the page around program/main.go: node page.cjs GLUE MODULE page|worker. Ends with an error when the program
// breaks the contract.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { isMainThread, Worker } = require("node:worker_threads");

const [, , glue, modulePath, place] = process.argv;

class Handle {
  constructor(data, generation) {
    Object.assign(this, { data, generation, accepting: [], disposing: [], patching: [], reasons: [] });
    this.accept = (run) => this.accepting.push(run);
    this.dispose = (run) => this.disposing.push(run);
    this.onPatch = (run) => this.patching.push(run);
    this.invalidate = (reason) => this.reasons.push(reason);
  }

  disposed() {
    const data = {};
    for (const run of this.disposing) run(data);
    return data;
  }
}

async function instance(compiled, handle) {
  let program;
  globalThis.started = (given) => {
    program = given;
  };
  if (handle) globalThis.__devServerLive = handle;
  const go = new globalThis.Go();
  const finished = go.run(await WebAssembly.instantiate(compiled, go.importObject));
  // As on the real page: visible only while the instance starts.
  delete globalThis.__devServerLive;
  finished.catch((error) => {
    console.error(error);
    process.exit(1);
  });
  assert.ok(program, "the program does not start");
  return program;
}

const plain = (object) => ({ ...object, content: [...object.content] });

async function check() {
  assert.equal(isMainThread, place === "page");
  require(glue);
  const compiled = await WebAssembly.compile(fs.readFileSync(modulePath));
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  let sockets = 0;
  globalThis.openSocket = () => ({ number: ++sockets });

  const first = new Handle({}, 0);
  const one = await instance(compiled, first);
  const initial = plain(one.state());
  const { largeRest, ...rest } = initial;
  assert.deepEqual(rest, {
    active: true, generation: 0, calls: 1, count: 40, title: "first", ready: false, ratio: 0.25,
    content: [0, 255, 7], started: 1700000000, fussy: "fine", socket: { number: 1 },
    notes: 1, note: "initial", done: false, tags: 1,
  });
  assert.equal(first.accepting.length, 1, "one callback serves all that accept");
  assert.equal(first.disposing.length, 1, "one callback serves all that dispose");

  assert.equal(first.patching.length, 1, "one callback serves all that wait for patches");
  for (const functions of [["main.a", "main.b"], []]) first.patching[0](functions);
  assert.equal(one.patched(), "first[main.a main.b] second[2] first[] second[0] ", "in the order of registration");

  one.change();
  const changed = {
    ...initial, count: 42, largeRest: largeRest - 1, title: "first é", ready: true, ratio: 0.5,
    content: [0, 255, 7, 9], started: 1700003600, fussy: "finer", note: "changed", done: true,
  };
  const data = first.disposed();
  assert.equal(data.order, 12, "in the order of registration");
  assert.equal(data.count, 42);
  assert.ok(data.content instanceof Uint8Array);

  const second = new Handle(data, 1);
  const two = await instance(compiled, second);
  assert.deepEqual(plain(two.state()), { ...changed, generation: 1 });
  assert.equal(sockets, 1, "the open socket is handed over");

  // A swap that fails: the instance gets the page back, with what it has just written.
  const again = second.disposed();
  again.socket = { number: 77 };
  for (const run of second.accepting) run(again);
  assert.deepEqual(plain(two.state()), { ...changed, generation: 1, calls: 2, socket: { number: 77 } });

  // Other types under the same names: the initial values stay.
  const foreign = {
    count: "many", large: { high: "x" }, title: 5, ready: "yes", ratio: {}, content: [1], started: new Uint8Array([99]),
    fussy: new TextEncoder().encode("broken"), notes: new TextEncoder().encode('[{"Title":"half"},{"Title":7}]'),
  };
  const three = await instance(compiled, new Handle(foreign, 2));
  assert.deepEqual(plain(three.state()), { ...initial, generation: 2, socket: { number: 2 } });
  assert.equal(warnings.length, 3, warnings.join("\n"));
  assert.match(warnings.join("\n"), /"fussy" is not taken over: it is broken/);
  for (const fraction of [1.5, Number.NaN, 1e300, Number.POSITIVE_INFINITY]) {
    assert.equal((await instance(compiled, new Handle({ count: fraction }, 3))).state().count, 40);
  }

  three.hide();
  const hiding = new Handle({}, 4);
  const four = await instance(compiled, hiding);
  four.hide();
  assert.equal(hiding.disposed().fussy, undefined);
  assert.match(warnings.at(-1), /"fussy" is not handed over: it is secret/);
  four.invalidate();
  assert.deepEqual(hiding.reasons, ["the shape of notes changed"]);

  // A published page.
  const published = await instance(compiled, undefined);
  published.change();
  published.invalidate();
  assert.deepEqual(plain(published.state()), { ...changed, active: false, socket: published.state().socket });
}

if (place === "worker" && isMainThread) {
  new Worker(__filename, { argv: [glue, modulePath, place] }).on("exit", (code) => process.exit(code));
} else {
  check().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}
