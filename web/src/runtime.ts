//! The program of a page: which instance runs, how it was started, and how the next one takes its place.

import type { Go, GoClass, Launch } from "./glue.js";
import { Hot } from "./hot.js";
import { type Downfall, Instance } from "./instance.js";
import type { Memory, ModuleReference, Patch, Stage } from "./messages.js";
import type { Ownership } from "./ownership.js";
import { bring } from "./patch.js";
import { checkedGlue, compile, link } from "./prepare.js";
import { exchange } from "./swap.js";
import { SwapError, words } from "./swap-error.js";
import { UndoLog } from "./undo.js";

/** How a program is to start: the first one, the next one with what the old one hands over, or anew with nothing. */
export type Start = "boot" | "swap" | "restart";

export type Outcome = { readonly stages: readonly Stage[] };

/** What the client needs of a running program, be it in the page or in a worker. */
export interface Host {
  /** Hash of the module that runs; empty: none. */
  readonly base: string;
  /** Number of the last patch on it that runs. */
  readonly patch: number;
  readonly accepts: boolean;
  readonly ended: boolean;
  /** What the program holds. */
  readonly memory?: Memory | undefined;
  readonly hot: Hot;
  /** Throws a `SwapError`, after which what ran before still runs. */
  launch(module: ModuleReference, start: Start): Promise<Outcome>;
  /** Replaces functions of the program that runs. Throws a `SwapError`, after which `patch` says how far it came. */
  applyPatches(patches: readonly Patch[]): Promise<Outcome>;
}

export type HostEvents = {
  /** Base, accepts or ended has changed without an update. */
  onStatus(): void;
  onInvalidate(module: string, reason: string): void;
  onCrash(module: string, downfall: Downfall): void;
};

/** Where a starting program looks for its handle. */
export const handleName = "__devServerLive";

export class PageHost implements Host {
  readonly hot: Hot;
  readonly #ownership: Ownership;
  readonly #loadGlue: (url: string) => Promise<GoClass>;
  readonly #events: HostEvents;
  #running: { readonly instance: Instance; readonly module: string } | undefined;
  #launch: Launch;
  #generation = 0;

  constructor(
    ownership: Ownership,
    loadGlue: (url: string) => Promise<GoClass>,
    events: HostEvents,
    launch: Launch = {},
  ) {
    this.#ownership = ownership;
    this.#loadGlue = loadGlue;
    this.#events = events;
    this.#launch = launch;
    this.hot = new Hot({}, 0, {
      onAccept: () => events.onStatus(),
      onInvalidate: (reason) => events.onInvalidate(this.base, reason),
    });
  }

  get base(): string {
    return this.#running?.module ?? "";
  }

  get patch(): number {
    return this.instance?.patched ?? 0;
  }

  get accepts(): boolean {
    return this.hot.accepts || (this.instance?.hot.accepts ?? false);
  }

  get ended(): boolean {
    return this.instance?.ended ?? false;
  }

  /** The program that runs, for whoever calls its functions. */
  get instance(): Instance | undefined {
    return this.#running?.instance;
  }

  get memory(): Memory | undefined {
    return this.#running?.instance.memory;
  }

  /** For tests: what the running program owns. */
  get resourceCount(): number {
    return this.instance?.resourceCount ?? 0;
  }

  async launch(reference: ModuleReference, start: Start): Promise<Outcome> {
    const [{ module, stages }, glue] = await Promise.all([compile(reference), this.#glue(reference)]);
    const go = checkedGlue(glue, module, this.#launch);
    const generation = start === "swap" ? this.#generation + 1 : 0;
    const next = this.#instance(go, reference.hash, generation);
    const wasm = await link(module, go);

    const begin = performance.now();
    let started = 0;
    exchange({
      old: this.instance,
      next,
      start: () => {
        const before = performance.now();
        next.start(wasm);
        started = performance.now() - before;
      },
      page: this.hot,
      handOver: start === "swap",
      offer: (hot) => this.#offer(hot),
      record: () => new UndoLog(document),
    });
    this.#running = { instance: next, module: reference.hash };
    this.#generation = generation;
    const swapped = performance.now() - begin - started;
    return {
      stages: [
        ...stages,
        { name: "swap", microseconds: swapped * 1000 },
        { name: "program_start", microseconds: started * 1000 },
      ],
    };
  }

  async applyPatches(patches: readonly Patch[]): Promise<Outcome> {
    const { instance } = this;
    if (!instance) throw new SwapError("patch", "no program runs");
    return bring(patches, instance.patched, (prepared) => {
      // Between two tasks: nothing of the program can be on the stack here.
      instance.patch(prepared);
      this.hot.runPatch(prepared.patch.functions);
    });
  }

  /** The page's own script has made a glue object; it is watched from here on, whether it is ever run or not. */
  watch(go: Go, module: () => string): Instance {
    return this.#instance(go, module, 0);
  }

  /** The page's own script starts the program that it has loaded. */
  adopt(instance: Instance, module: string, launch: Launch, start: () => Promise<unknown>): Promise<unknown> {
    const before = this.instance;
    this.#launch = launch;
    this.#running = { instance, module };
    this.#offer(instance.hot);
    before?.kill(undefined);
    try {
      return start();
    } catch (error) {
      // What `go.run` of the glue would do.
      return Promise.reject(error);
    } finally {
      this.#events.onStatus();
    }
  }

  async #glue({ glue }: ModuleReference): Promise<GoClass> {
    try {
      return await this.#loadGlue(glue.url);
    } catch (error) {
      throw new SwapError("fetch", words(error), error);
    }
  }

  #offer(hot: Hot | undefined): void {
    if (hot) Reflect.set(globalThis, handleName, hot);
    else Reflect.deleteProperty(globalThis, handleName);
  }

  #instance(go: Go, module: string | (() => string), generation: number): Instance {
    const hash = () => (typeof module === "string" ? module : module());
    const running = () => this.instance === instance;
    const status = () => {
      if (running()) this.#events.onStatus();
    };
    const instance: Instance = new Instance(go, generation, this.#ownership, {
      onAccept: status,
      onEnd: status,
      onInvalidate: (reason) => this.#events.onInvalidate(hash(), reason),
      onCrash: (downfall) => {
        this.#events.onCrash(hash(), downfall);
        status();
      },
    });
    return instance;
  }
}
