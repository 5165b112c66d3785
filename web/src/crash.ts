//! Uncaught errors and panics as data: what happened, and where in which module.

import type { Downfall } from "./instance.js";
import type { Crash, WasmFrame } from "./messages.js";
import { hashOfUrl } from "./page-boot.js";

/** Limits of the protocol. */
const longestStack = 16 * 1024;
const longestMessage = 4 * 1024;
const mostFrames = 64;

/**
 * V8:           `at main.main (http://host/m/<hash>.wasm:wasm-function[12]:0x3f)`, or `wasm://wasm/<name>` for its place
 * SpiderMonkey: `main.main@http://host/m/<hash>.wasm:wasm-function[12]:0x3f`
 */
const wasmFrame = /([a-z]+:\/\/[^\s()@]*?)?:?wasm-function\[(\d+)\]:0x([0-9a-f]+)/;

/** Functions that came with a patch have its number behind their name. */
const patchNumber = /@(\d+)(?: \(|@)/;

/** Innermost first, as engines print them. A frame whose address bears no hash belongs to `base` or a patch on it. */
export function wasmFrames(stack: string, base: string): WasmFrame[] {
  const frames: WasmFrame[] = [];
  for (const line of stack.split("\n")) {
    const [, url = "", index, offset = ""] = wasmFrame.exec(line) ?? [];
    if (index === undefined) continue;
    if (frames.length === mostFrames) break;
    const hash = hashOfUrl(url);
    frames.push({
      module: hash || base,
      patch: hash ? 0 : Number(patchNumber.exec(line)?.[1] ?? 0),
      function: Number(index),
      offset: Number.parseInt(offset, 16),
    });
  }
  return frames;
}

export function crashOf(base: string, crashId: bigint, { kind, message, stack }: Downfall): Crash {
  const frames = wasmFrames(stack, base);
  return {
    // A crash without Go code on its stack, nor a panic, is the page's own.
    base: frames.length > 0 || kind === "panic" || kind === "exit" ? base : "",
    kind,
    message: message.slice(0, longestMessage / 3),
    stack: stack.slice(0, longestStack / 3),
    frames,
    crashId,
  };
}

/** Anything may be thrown. */
export function downfallOf(thrown: unknown, message = ""): Downfall {
  if (thrown instanceof Error) {
    return { kind: thrown.name, message: thrown.message, stack: thrown.stack ?? "", error: thrown };
  }
  return {
    kind: "error",
    message: thrown === undefined || thrown === null ? message : String(thrown),
    stack: "",
  };
}

/** Calls `report` for each error that nobody caught, once for one error object. */
export function watchErrors(
  target: Pick<EventTarget, "addEventListener">,
  seen: WeakSet<object>,
  report: (downfall: Downfall) => void,
): void {
  const once = (thrown: unknown, message: string) => {
    if (typeof thrown === "object" && thrown !== null) {
      if (seen.has(thrown)) return;
      seen.add(thrown);
    }
    report(downfallOf(thrown, message));
  };
  target.addEventListener("error", (event) => {
    // An image that does not load is an event of the same name, but no error of a script.
    if (event instanceof ErrorEvent) once(event.error, event.message);
  });
  target.addEventListener("unhandledrejection", (event) => {
    once((event as PromiseRejectionEvent).reason, "a promise was rejected");
  });
}
