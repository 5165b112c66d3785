// What the pages of these tests can do: run the program that goes down, and say how it did.

globalThis.loadGlue = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/wasm_exec.js";
    script.onload = () => resolve(globalThis.Go);
    script.onerror = reject;
    document.head.append(script);
  });

async function start() {
  const Go = await loadGlue();
  const go = new Go();
  const printed = [];
  for (const method of ["log", "error", "warn"]) {
    const before = console[method];
    console[method] = (...given) => {
      printed.push(given.join(" "));
      before.apply(console, given);
    };
  }
  let code = 0;
  go.exit = (given) => {
    code = given;
  };
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/fall.wasm"), go.importObject);
  const ended = go.run(instance);
  return { ended, printed, exports: instance.exports, code: () => code || go.exitCode || 0 };
}

globalThis.callbackOfEnded = async () => {
  globalThis.endsAtOnce = true;
  const { ended } = await start();
  await ended;
  return () => globalThis.fall("go/panic");
};

/** As the client of dev-server reports it: a panic by its text, else how the program ended. */
globalThis.fallOf = async (how) => {
  const { ended, printed, exports, code } = await start();
  let thrown;
  try {
    if (how === "go/blocking") exports.wait();
    else globalThis.fall(how);
  } catch (error) {
    thrown = error;
  }
  // A program that still runs has not gone down; one that has ends in the same task, or in the one of its own timers.
  if (!thrown) await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
  const text = printed.join("\n");
  const panic = /(?:^|\n)(?:panic: |(?=fatal error: ))([^\n]*)/.exec(text)?.[1];
  if (panic !== undefined) return { name: "panic", message: panic };
  if (code() !== 0) return { name: "exit", message: `exit code ${code()}` };
  return thrown ?? { name: "nothing", message: text };
};
