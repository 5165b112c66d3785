//! One life of a Go program in a page, from its start to its stop: a client of the server and what it runs.

import { Client } from "../client.js";
import { crashOf } from "../crash.js";
import type { Display } from "../display.js";
import { EventFollower } from "../event-follower.js";
import type { Attempt } from "../explain/explanation.js";
import { tell } from "../explain-page.js";
import { firstFrame } from "../frame.js";
import type { Launch } from "../glue.js";
import { identify } from "../identity.js";
import type { Downfall } from "../instance.js";
import { measure } from "../measures.js";
import { isIntact, named } from "../page-digest.js";
import { type Reloaded, restorePage, type takeReloaded } from "../reload.js";
import { PageHost } from "../runtime.js";
import type { Session } from "../session.js";
import type { Socket } from "../transport.js";
import { TreeFollower } from "../tree-follower.js";
import type { PageWorld } from "./page-world.js";

export type LifeOptions = {
  readonly program: string;
  readonly launch: Launch;
  readonly open: () => Socket;
  readonly display: Display;
  readonly reloaded: ReturnType<typeof takeReloaded>;
  readonly reload: (cause: Reloaded) => void;
  /** Something began, ended, crashed or was exchanged. */
  readonly onChange: () => void;
};

export class ProgramLife {
  readonly host: PageHost;
  /** Resolves when the first program of this life runs. */
  readonly booted: Promise<void>;
  readonly #client: Client;
  readonly #deaf: () => void;
  readonly #world: PageWorld;
  /** What was tried when an error was thrown that is not the program's. */
  readonly #attempts = new WeakMap<Downfall, Attempt>();
  #crashes = 0n;
  #downfall: string | undefined;

  constructor(world: PageWorld, options: LifeOptions) {
    const { program, launch, open, display, reloaded, reload, onChange } = options;
    this.#world = world;
    let boot = () => {};
    this.booted = new Promise((resolve) => {
      boot = resolve;
    });
    const events = {
      onStatus: () => {
        this.#client.status();
        onChange();
      },
      onInvalidate: (module: string, reason: string) => this.#client.invalidate(module, reason),
      onCrash: (module: string, downfall: Downfall) => this.#crash(module, downfall, onChange),
    };
    this.host = new PageHost(world.ownership, (url) => world.loadGlue(url), events, launch);
    this.#client = new Client({
      program,
      // Files of the page are Vite's.
      manifest: "",
      pageBoots: false,
      identity: identify(() => localStorage, navigator),
      host: this.host,
      display,
      open,
      swapAssets: async () => [],
      ready: Promise.resolve(),
      now: () => performance.now(),
      firstFrame,
      reload,
      reloaded,
      onBoot: () => {
        if (reloaded) restorePage(reloaded);
        onChange();
        boot();
      },
      parts: {
        trees: async () => ({ TreeFollower }),
        events: async () => ({ EventFollower }),
        digest: async () => ({ isIntact, named }),
      },
      explain: async () => ({ tell: (downfall, module) => this.#explain(downfall, module) }),
      fetchReceiver: async (url) => (await fetch(url)).arrayBuffer(),
    });
    this.#deaf = world.listen({ host: this.host, log: (severity, text) => this.#client.log(severity, text) });
    let updates = 0;
    this.session.onUpdate((updated) => {
      // The first one begins the program.
      if (updates++ > 0) measure(updated);
      this.#downfall = this.host.instance?.crashed ? this.#downfall : undefined;
      onChange();
    });
    this.session.start();
  }

  get session(): Session {
    return this.#client.session;
  }

  /** What it said when it went down, as long as nothing else runs. */
  get downfall(): string | undefined {
    return this.host.instance?.crashed ? (this.#downfall ?? "") : undefined;
  }

  stop(): void {
    this.session.stop();
    this.host.instance?.kill(undefined);
    this.#deaf();
  }

  /** Shows an error that is the page's: it has called the program wrongly, which runs on. */
  misused(downfall: Downfall, attempt: Attempt): void {
    this.#crashes += 1n;
    this.#attempts.set(downfall, attempt);
    this.#client.crash(crashOf(this.host.base, this.#crashes, downfall), downfall);
  }

  #explain(downfall: Downfall, module: string | undefined): Promise<HTMLElement | undefined> {
    const say = (text: string) => {
      console.warn(text);
      // What the page prints is not passed on otherwise.
      this.#client.log("warning", text);
    };
    return tell(downfall, module, { attempt: this.#attempts.get(downfall), say });
  }

  #crash(module: string, downfall: Downfall, onChange: () => void): void {
    this.#crashes += 1n;
    if (typeof downfall.error === "object" && downfall.error !== null) this.#world.told.add(downfall.error);
    this.#downfall = `${downfall.kind}: ${downfall.message}`;
    const report = crashOf(module, this.#crashes, downfall);
    // Later than the exchange that may be under way: an undone start must not take the overlay with it.
    queueMicrotask(() => {
      this.#client.crash(report, downfall);
      onChange();
    });
  }
}
