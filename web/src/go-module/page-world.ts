//! What all Go programs of a page share: whose timers and listeners are whose, the glue, and what the console says.

import { forwardConsole } from "../console.js";
import { watchErrors } from "../crash.js";
import { kindsOfWasm, tell } from "../explain-page.js";
import { GoGlobal } from "../go-global.js";
import { type Downfall, Instance } from "../instance.js";
import type { Severity } from "../messages.js";
import { Ownership, type Scope } from "../ownership.js";
import type { PageHost } from "../runtime.js";

/** As deep as the protocol reports; the engine's ten would show the runtime of Go only. */
const deepestStack = 64;

/** Somebody who wants what a program prints. */
export type Listening = { readonly host: PageHost; log(severity: Severity, text: string): void };

export class PageWorld {
  readonly ownership: Ownership;
  /** Errors that were told of when they were thrown. */
  readonly told = new WeakSet<object>();
  readonly #explained = new WeakMap<object, (downfall: Downfall) => void>();
  readonly #glue: GoGlobal;
  readonly #listening = new Set<Listening>();

  constructor() {
    Reflect.set(Error, "stackTraceLimit", deepestStack);
    this.ownership = new Ownership(window as unknown as Scope);
    // What the page itself calls Go is none of ours.
    this.#glue = new GoGlobal(globalThis, (pageClass) => pageClass);
    forwardConsole(console, {
      // Only what Go code prints: the rest is the page's own, and has its own place.
      forward: (severity, text) => this.#speaker()?.log(severity, text),
      observe: (text) => {
        if (this.ownership.current instanceof Instance) this.ownership.current.printed(text);
      },
      now: () => performance.now(),
    });
    watchErrors(window, this.told, (downfall) => this.#uncaught(downfall));
  }

  /** Calls `how` for an error that is thrown into the page, should nobody there catch it. */
  explain(error: object, how: (downfall: Downfall) => void): void {
    this.#explained.set(error, how);
  }

  loadGlue(url: string) {
    return this.#glue.load(url);
  }

  /** From now on `life` is told what its program prints; the answer ends that. */
  listen(life: Listening): () => void {
    this.#listening.add(life);
    return () => this.#listening.delete(life);
  }

  #uncaught(downfall: Downfall): void {
    const { error, kind } = downfall;
    const how = typeof error === "object" && error !== null ? this.#explained.get(error) : undefined;
    if (how) how(downfall);
    // Modules that the page itself has. All else is none of ours.
    else if (kindsOfWasm.has(kind)) void tell(downfall);
  }

  /** While a program starts, its host does not know it yet. */
  #speaker(): Listening | undefined {
    const { current } = this.ownership;
    if (!(current instanceof Instance)) return undefined;
    const all = [...this.#listening];
    return all.find(({ host }) => host.instance === current) ?? all.at(-1);
  }
}
