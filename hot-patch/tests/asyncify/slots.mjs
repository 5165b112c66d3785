// Runs a module of which a function is replaced, by its slot, while it is suspended, and prints what it logs.
import { readFileSync } from "node:fs";

const SLOT = 2;
const STACK = 4;
const seen = [];
const env = { log: (number) => void seen.push(number) };
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, { env });
const words = new Int32Array(exports.memory.buffer);
words[STACK] = 1024;
words[STACK + 1] = 2048;
words[SLOT] = 1;
exports.launch();
seen.push("replaced");
words[SLOT] = 2;
exports.resume();
process.stdout.write(seen.join(" "));
