//! The entry of a worker that runs a program: obeys the page, under the same contract as a program in the page.

import { forwardConsole } from "./console.js";
import { watchErrors } from "./crash.js";
import type { Go, GoClass } from "./glue.js";
import type { Data } from "./hot.js";
import { Instance } from "./instance.js";
import { Ownership, type Scope } from "./ownership.js";
import { bring } from "./patch.js";
import { checkedGlue, link } from "./prepare.js";
import { handleName } from "./runtime.js";
import { SwapError, words } from "./swap-error.js";
import type { Answer, FromWorker, Invitation, Order, Report } from "./worker-messages.js";

type WorkerScope = Scope & {
  addEventListener(
    type: "message",
    listener: (event: MessageEvent<Invitation>) => void,
    options?: object,
  ): void;
  importScripts(url: string): void;
  Go?: GoClass;
};

const scope = globalThis as unknown as WorkerScope;
scope.addEventListener("message", ({ data }) => new Program(data.devServerPort), { once: true });

class Program {
  readonly #port: MessagePort;
  readonly #ownership = new Ownership(scope);
  readonly #seen = new WeakSet<object>();
  #instance: Instance | undefined;
  #wasm: WebAssembly.Instance | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    Reflect.set(Error, "stackTraceLimit", 64);
    forwardConsole(console, {
      forward: (severity, text) => this.#report({ kind: "log", severity, text }),
      observe: (text) => {
        if (this.#ownership.current) this.#instance?.printed(text);
      },
      now: () => performance.now(),
    });
    watchErrors(globalThis as unknown as EventTarget, this.#seen, ({ kind, message, stack }) =>
      this.#report({ kind: "crash", downfall: { kind, message, stack }, fatal: false }),
    );
    port.onmessage = ({ data }: MessageEvent<Order>) => void this.#obey(data);
  }

  async #obey(order: Order): Promise<void> {
    try {
      const data = await this.#perform(order);
      this.#answer({ kind: "done", data, patched: this.#patched, memory: this.#instance?.memory });
    } catch (error) {
      const stage = error instanceof SwapError ? error.stage : order.kind === "dispose" ? "dispose" : "start";
      this.#answer({ kind: "failed", stage, message: words(error), patched: this.#patched });
    }
  }

  async #perform(order: Order): Promise<Data | undefined> {
    switch (order.kind) {
      case "prepare": {
        const go = checkedGlue(this.#glue(order.glue), order.module, {});
        this.#instance = this.#watch(go, order.generation);
        this.#wasm = await link(order.module, go);
        return undefined;
      }
      case "start": {
        const { instance, wasm } = this.#prepared();
        instance.hot.data = order.data;
        Reflect.set(globalThis, handleName, instance.hot);
        void instance.start(wasm);
        return undefined;
      }
      case "dispose": {
        const { instance } = this.#prepared();
        const data: Data = {};
        instance.pause();
        instance.through(() => instance.hot.runDispose(data));
        return data;
      }
      case "patch": {
        const { instance } = this.#prepared();
        await bring(order.patches, instance.patched, (prepared) => instance.patch(prepared));
        return undefined;
      }
      case "resume": {
        const { instance } = this.#prepared();
        instance.resume();
        if (order.data) instance.hot.runAccept(order.data);
        return undefined;
      }
      default:
        return order satisfies never;
    }
  }

  get #patched(): number {
    return this.#instance?.patched ?? 0;
  }

  #prepared(): { instance: Instance; wasm: WebAssembly.Instance } {
    if (!this.#instance || !this.#wasm) throw new SwapError("start", "the worker has no program");
    return { instance: this.#instance, wasm: this.#wasm };
  }

  #glue(url: string): GoClass {
    try {
      scope.importScripts(url);
    } catch (error) {
      throw new SwapError("fetch", words(error), error);
    }
    if (!scope.Go) throw new SwapError("fetch", `${url} is no glue: it defines no class Go`);
    return scope.Go;
  }

  #watch(go: Go, generation: number): Instance {
    return new Instance(go, generation, this.#ownership, {
      onAccept: () => this.#report({ kind: "accept" }),
      onEnd: () => this.#report({ kind: "end" }),
      onInvalidate: (reason) => this.#report({ kind: "invalidate", reason }),
      onCrash: ({ kind, message, stack, error }) => {
        if (typeof error === "object" && error !== null) this.#seen.add(error);
        this.#report({ kind: "crash", downfall: { kind, message, stack }, fatal: true });
      },
    });
  }

  /** Data that cannot be copied into another worker is the program's mistake, and is said so. */
  #answer(answer: Answer): void {
    try {
      this.#post({ answer });
    } catch (error) {
      this.#post({
        answer: {
          kind: "failed",
          stage: "dispose",
          message: `data cannot be handed over: ${words(error)}`,
          patched: this.#patched,
        },
      });
    }
  }

  #report(report: Report): void {
    this.#post({ report });
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}
