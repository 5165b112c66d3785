//! One running Go program: gates everything that enters it, knows everything that belongs to it, and can be
//! paused, resumed and killed without a trace.

import { constructingImport, entryPoints, type Go, schedulingImports } from "./glue.js";
import { type Data, Hot } from "./hot.js";
import type { Memory } from "./messages.js";
import type { Link, Owner, Ownership } from "./ownership.js";
import { apply, type Prepared } from "./patch.js";
import { Constructed, type Resource, ResourceSet, reachable } from "./resource.js";
import { SwapError } from "./swap-error.js";

type Phase = "fresh" | "running" | "paused" | "ended" | "crashed" | "dead";

/** How a program went down. */
export type Downfall = {
  /** "panic", or the class of the error. */
  readonly kind: string;
  readonly message: string;
  readonly stack: string;
  readonly error?: unknown;
};

export type InstanceEvents = {
  onAccept(): void;
  onInvalidate(reason: string): void;
  onEnd(): void;
  onCrash(downfall: Downfall): void;
};

/** What modules of both compilers export of what they hold. */
type Holding = {
  readonly memory?: WebAssembly.Memory;
  readonly mem?: WebAssembly.Memory;
  readonly __indirect_function_table?: WebAssembly.Table;
};

/** Text of a panic that is kept; a trace of hundreds of goroutines says no more at its end. */
const longestPanic = 16 * 1024;
const panicStart = /(?:^|\n)(?:panic: |fatal error: )/;

export class Instance implements Owner {
  readonly hot: Hot;
  readonly #ownership: Ownership;
  readonly #go: Go;
  readonly #run: Go["run"];
  readonly #makeFuncWrapper: Go["_makeFuncWrapper"];
  readonly #events: InstanceEvents;
  readonly #link: Link = { instance: this };
  readonly #resources = new ResourceSet<Resource>();
  #phase: Phase = "fresh";
  #waiting: (() => unknown)[] = [];
  #depth = 0;
  #open = false;
  #panic: { text: string; readonly stack: string } | undefined;
  #exitCode: number | undefined;
  #wasm: WebAssembly.Instance | undefined;
  /** What the glue takes for the exports of the module. */
  #exports: WebAssembly.Exports = {};
  #patched = 0;
  /** JavaScript values that Go refers to. */
  #ids: Map<unknown, unknown> | undefined;
  #downfall: Downfall | undefined;

  /** Takes the glue object before its imports are used: what Go does from then on is attributed to this instance. */
  constructor(go: Go, generation: number, ownership: Ownership, events: InstanceEvents) {
    this.#go = go;
    this.#run = go.run.bind(go);
    this.#makeFuncWrapper = go._makeFuncWrapper.bind(go);
    this.#ownership = ownership;
    this.#events = events;
    this.hot = new Hot({}, generation, events);
    this.#wrapCallbacks();
    this.#wrapImports();
    this.#watchConstructed();
  }

  get ended(): boolean {
    return this.#phase === "ended" || this.#phase === "crashed" || this.#phase === "dead";
  }

  get crashed(): boolean {
    return this.#phase === "crashed";
  }

  /** Number of the last patch that runs. */
  get patched(): number {
    return this.#patched;
  }

  /** What JavaScript may call, those that came in patches included. */
  get exports(): WebAssembly.Exports {
    return this.#exports;
  }

  /** What it holds, while it is there. */
  get memory(): Memory | undefined {
    const { memory, mem = memory, __indirect_function_table: table } = this.#exports as Holding;
    if (!mem) return undefined;
    const values = [...(this.#ids?.keys() ?? [])];
    return {
      pages: mem.buffer.byteLength / 65536,
      values: values.length,
      functions: values.filter((value) => this.#ownership.knows(value)).length,
      table: table?.length ?? 0,
    };
  }

  /** Timers, listeners and other things that would be released now. */
  get resourceCount(): number {
    return this.#resources.size;
  }

  /** Runs the program up to where all its goroutines wait. Throws what ended it, if it ended badly. */
  start(wasm: WebAssembly.Instance): Promise<unknown> {
    const exit = this.#go.exit;
    this.#go.exit = (code) => {
      this.#exitCode = code;
      exit?.call(this.#go, code);
    };
    this.#phase = "running";
    const finished = this.#run(this.#gated(wasm));
    finished.catch(() => {});
    if (this.#downfall) {
      const { kind, message, error } = this.#downfall;
      // What TinyGo throws after a panic is "unreachable" and no more.
      throw kind === "panic" || !error ? new Error(`${kind}: ${message}`, { cause: error }) : error;
    }
    return finished;
  }

  /** Replaces functions. Throws a `SwapError`, after which the old ones run on. */
  patch(prepared: Prepared): void {
    if (!this.#wasm || this.#phase !== "running" || this.#depth > 0) {
      throw new SwapError("patch", "the program does not run, or is in the middle of a call");
    }
    const { exports } = this.#wasm;
    const added = apply(exports, this.#go.importObject, prepared, (initialize) =>
      this.#inside(initialize, []),
    );
    // Under a known name it is another function than before, with other parameters.
    Object.assign(this.#exports, added);
    this.#patched = prepared.patch.number;
    this.hot.runPatch(prepared.patch.functions);
  }

  deliver(call: () => unknown): unknown {
    switch (this.#phase) {
      case "paused":
        if (this.#open) return call();
        this.#waiting.push(call);
        return undefined;
      // After an ordinary end the glue says "Go program has already exited", which its author should hear.
      case "fresh":
      case "running":
      case "ended":
        return call();
      case "crashed":
      case "dead":
        return undefined;
      default:
        return this.#phase satisfies never;
    }
  }

  own(resource: Resource): void {
    this.#resources.add(resource);
  }

  disown(resource: Resource): void {
    this.#resources.delete(resource);
  }

  /** From now on nothing enters from outside; calls wait. */
  pause(): void {
    if (this.#phase === "running") this.#phase = "paused";
  }

  /** Calls the program while it is paused. */
  through<Result>(call: () => Result): Result {
    this.#open = true;
    try {
      return call();
    } finally {
      this.#open = false;
    }
  }

  /** Ends a pause: what waited comes in, in its order. */
  resume(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "running";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) {
      try {
        this.deliver(call);
      } catch (error) {
        reportError(error);
      }
    }
  }

  /** Ends the program for good, except for objects that it handed over in `data`. */
  kill(data: Data | undefined): void {
    if (this.#phase === "dead") return;
    this.#phase = "dead";
    this.#link.instance = undefined;
    this.#waiting = [];
    const kept = data ? reachable(data) : new Set();
    for (const resource of this.#resources.items()) {
      if (resource instanceof Constructed && resource.is(kept)) continue;
      try {
        resource.release();
      } catch (error) {
        reportError(error);
      }
    }
    this.#resources.clear();
    this.hot.clear();
    // Whoever still holds the glue object (a page's script) must not hold the memory through it.
    for (const key of Object.keys(this.#go)) Reflect.deleteProperty(this.#go, key);
    this.#go.exited = true;
    this.#wasm = undefined;
    this.#exports = {};
    this.#ids = undefined;
  }

  /** What the program printed; a panic is known by its text only. */
  printed(text: string): void {
    if (!this.#panic) {
      const at = text.search(panicStart);
      if (at < 0) return;
      // Taken now: the stack of the function that panics is gone when the runtime has ended.
      this.#panic = { text: text.slice(at).trimStart(), stack: new Error("panic").stack ?? "" };
    } else if (this.#panic.text.length < longestPanic) {
      this.#panic.text += `\n${text}`;
    }
  }

  #wrapCallbacks(): void {
    const link = this.#link;
    const ownership = this.#ownership;
    this.#define("_makeFuncWrapper", {
      value: (id: number) => {
        // Lives as long as the DOM likes: it may know the link and the number, never the instance.
        function callback(this: unknown, ...given: unknown[]): unknown {
          const instance = link.instance as Instance | undefined;
          return instance?.deliver(() => instance.#makeFuncWrapper(id).apply(this, given));
        }
        ownership.adopt(callback, link);
        return callback;
      },
    });
  }

  #wrapImports(): void {
    const link = this.#link;
    const ownership = this.#ownership;
    const wrapped = new Set<WebAssembly.ModuleImports>();
    for (const names of Object.values(this.#go.importObject)) {
      // TinyGo offers the same object under two names.
      if (wrapped.has(names)) continue;
      wrapped.add(names);
      for (const name of schedulingImports) {
        wrap(names, name, (original, given) => {
          ownership.scheduling = link;
          try {
            return original(...given);
          } finally {
            ownership.scheduling = undefined;
          }
        });
      }
      wrap(names, constructingImport, (original, given) => {
        const outer = ownership.constructing;
        ownership.constructing = link.instance;
        try {
          return original(...given);
        } finally {
          ownership.constructing = outer;
        }
      });
    }
  }

  /** Both glues put every new JavaScript value that Go gets to see into `_ids`; there it is met, without a copy of their layout. */
  #watchConstructed(): void {
    const ownership = this.#ownership;
    const link = this.#link;
    this.#define("_ids", {
      get: () => this.#ids,
      set: (fresh: Map<unknown, unknown>) => {
        this.#ids = fresh;
        fresh.set = (value, id) => {
          const owner = ownership.constructing;
          const constructed =
            owner && owner === link.instance ? Constructed.of(value, globalThis) : undefined;
          if (constructed) owner?.own(constructed);
          return Map.prototype.set.call(fresh, value, id);
        };
      },
    });
  }

  #define(name: string, property: PropertyDescriptor): void {
    Object.defineProperty(this.#go, name, { configurable: true, enumerable: true, ...property });
  }

  /** Looks like the instance to the glue (Go checks its class), but every entry into Go is known here. */
  #gated(wasm: WebAssembly.Instance): WebAssembly.Instance {
    const exports: WebAssembly.Exports = { ...wasm.exports };
    for (const name of entryPoints) {
      const entry = exports[name];
      if (typeof entry === "function") {
        exports[name] = (...given: unknown[]) => this.enter(entry as (...given: unknown[]) => unknown, given);
      }
    }
    this.#wasm = wasm;
    this.#exports = exports;
    return Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } });
  }

  /** Calls into the program: what comes into being meanwhile is its own, and an error is its downfall. */
  enter(entry: (...given: unknown[]) => unknown, given: unknown[]): unknown {
    try {
      return this.#inside(entry, given);
    } catch (error) {
      // TinyGo leaves by throwing a plain object; that is an exit, not an error.
      if (error instanceof Error) this.#fall(error);
      throw error;
    } finally {
      if (this.#depth === 0) this.#left();
    }
  }

  /** Go code runs: what comes into being meanwhile belongs to this instance. */
  #inside(entry: (...given: unknown[]) => unknown, given: unknown[]): unknown {
    const ownership = this.#ownership;
    const { current, scheduling, constructing } = ownership;
    ownership.current = this;
    ownership.scheduling = undefined;
    ownership.constructing = undefined;
    this.#depth += 1;
    try {
      return entry(...given);
    } finally {
      this.#depth -= 1;
      Object.assign(ownership, { current, scheduling, constructing });
    }
  }

  /** Go code is off the stack again. */
  #left(): void {
    if (this.#phase === "running" || this.#phase === "paused") {
      if (this.#go.exited) this.#exited(this.#exitCode ?? this.#go.exitCode ?? 0);
    }
    // A program may well print the word and live on.
    this.#panic = undefined;
  }

  #exited(code: number): void {
    if (code === 0) {
      this.#phase = "ended";
      this.#events.onEnd();
    } else {
      this.#fall(undefined, `exit code ${code}`);
    }
  }

  #fall(error: Error | undefined, message = ""): void {
    if (this.ended) return;
    this.#phase = "crashed";
    const panic = this.#panic;
    this.#downfall = {
      kind: panic ? "panic" : (error?.name ?? "exit"),
      message: panic ? panicMessage(panic.text) : (error?.message ?? message),
      stack: panic ? `${panic.text}\n${error?.stack ?? panic.stack}` : (error?.stack ?? ""),
      ...(error && { error }),
    };
    this.#events.onCrash(this.#downfall);
  }
}

function wrap(
  names: WebAssembly.ModuleImports,
  name: string,
  around: (original: (...given: unknown[]) => unknown, given: unknown[]) => unknown,
): void {
  const original = names[name];
  if (typeof original !== "function") return;
  names[name] = (...given: unknown[]) => around(original as (...given: unknown[]) => unknown, given);
}

/** The first paragraph of a panic, without its head and without the goroutines below it. */
function panicMessage(text: string): string {
  const paragraph = text.split(/\n\s*\n|\ngoroutine /)[0] ?? "";
  return paragraph.replace(/^panic: |\n\[signal [^\n]*\]$/g, "").trim();
}
