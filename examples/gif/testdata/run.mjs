// Runs a module once for each stream of requests, under the WASI of node:
//   node run.mjs MODULE FOLDER
// For each FOLDER/x.request there is FOLDER/x.answer afterwards. Prints how many bytes of memory each run had, by name.
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WASI } from "node:wasi";

const [path, folder] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(path));
const memory = {};
for (const file of readdirSync(folder).filter((file) => file.endsWith(".request"))) {
  const name = file.slice(0, -".request".length);
  const stdin = openSync(join(folder, file), "r");
  const stdout = openSync(join(folder, `${name}.answer`), "w");
  const wasi = new WASI({ version: "preview1", args: ["gif"], stdin, stdout, returnOnExit: true });
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  const code = wasi.start(instance);
  if (code !== 0) throw new Error(`${name} ended with code ${code}`);
  closeSync(stdin);
  closeSync(stdout);
  memory[name] = instance.exports.memory.buffer.byteLength;
}
console.log(JSON.stringify(memory));
