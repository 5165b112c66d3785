//! The page's part of the conversation: brings the page up to date, shows what is to be shown. Knows no DOM.

import { downfallOf } from "./crash.js";
import type { Display } from "./display.js";
import type { Downfall } from "./instance.js";
import type {
  Asset,
  Crash,
  Identity,
  Level,
  ModuleReference,
  ServerMessage,
  Severity,
  Stage,
  UpdateMessage,
} from "./messages.js";
import type { Invalidated, Reloaded } from "./reload.js";
import type { Host, Start } from "./runtime.js";
import { type Done, type Parts, type Seen, Session } from "./session.js";
import { SwapError, words } from "./swap-error.js";
import type { Socket } from "./transport.js";

export type ClientOptions = {
  readonly program: string;
  /** Digest of the files that the page was made from, in hexadecimal. */
  readonly manifest: string;
  readonly pageBoots: boolean;
  /** Who the page is for flags. */
  readonly identity?: Identity;
  readonly host: Host;
  readonly display: Display;
  readonly open: () => Socket;
  readonly random?: () => number;
  readonly swapAssets: (assets: readonly Asset[]) => Promise<readonly Asset[]>;
  /** The page is there: before that nothing of it can be swapped, though everything can be said. */
  readonly ready: Promise<void>;
  /** Milliseconds from some fixed point. */
  readonly now: () => number;
  readonly firstFrame: () => Promise<number>;
  readonly reload: (cause: Reloaded) => void;
  /** What the reload that led to this page was for. */
  readonly reloaded: Reloaded | undefined;
  /** The first program of this page runs. */
  readonly onBoot: () => void;
  /** Scripts for pages that need them. */
  readonly parts: Parts;
  /** The script that explains what went wrong. */
  readonly explain: () => Promise<Pick<typeof import("./explain-page.js"), "tell">>;
  /** Bytes of the module that reads syntax trees. */
  readonly fetchReceiver: (url: string) => Promise<Uint8Array<ArrayBuffer> | ArrayBuffer>;
};

/** How long a page that starts its program itself may take, before an update for it means a reload. */
const longestPageBoot = 10_000;

/** A program that asks for page reloads one after the other gets so many; the overlay says so then. */
const mostInvalidations = 3;
/** A program that has run for so long in milliseconds did not ask because of how it starts. */
const stableAfter = 5_000;

export class Client {
  readonly session: Session;
  /** Does what was done on another page, where the server mirrors. */
  onGesture: ((gesture: Uint8Array) => void) | undefined;
  readonly #options: ClientOptions;
  #module: ModuleReference | undefined;
  #reloaded: ClientOptions["reloaded"];
  #reloading = false;
  #launching: Promise<unknown> = Promise.resolve();
  #began: { readonly module: string; readonly at: number } | undefined;
  #onPageBoot: (() => void) | undefined;

  constructor(options: ClientOptions) {
    const { host, display } = options;
    this.#options = options;
    this.#reloaded = options.reloaded;
    this.session = new Session({
      ...options,
      running: host,
      perform: (message) => this.#apply(message),
      onState: (state) => display.connection(state),
      onMessage: (message) => this.#handle(message),
      // What does not fit the page is followed by a whole module: nothing to worry a person with.
      onFailed: (error) => {
        if (error.stage === "patch") return;
        display.failed(error.stage, error.message);
        this.#explain(downfallOf(error), this.#module?.hash);
      },
      onError: (error) => display.failed("client", words(error)),
    });
  }

  /** The program has begun, ended, or called accept, without an update. */
  status(): void {
    const { host } = this.#options;
    this.session.rebased(host.ended);
    this.#begin();
    if (host.base !== "") this.#onPageBoot?.();
  }

  /** Notes since when the program runs that runs now. */
  #begin(): void {
    const { host, now } = this.#options;
    if (this.#began?.module !== host.base) this.#began = { module: host.base, at: now() };
  }

  log(severity: Severity, text: string): void {
    this.session.tell({ kind: "log", severity, text });
  }

  crash(crash: Crash, downfall: Downfall): void {
    this.session.tell({ kind: "crash", crash });
    this.#options.display.crashed(crash);
    this.#explain(downfall, crash.base, crash);
  }

  /** What cannot be explained is shown as it is. */
  #explain(downfall: Downfall, module: string | undefined, crash?: Crash): void {
    const { explain, display } = this.#options;
    explain()
      .then(({ tell }) => tell(downfall, module))
      .then(
        (why) => display.why(why, crash),
        () => {},
      );
  }

  openLocation(location: bigint): void {
    this.session.send({ kind: "open-location", location });
  }

  /** `module` cannot go on; a page is not loaded anew for ever for a program that says so at every start. */
  invalidate(module: string, reason: string): void {
    this.session.send({ kind: "invalidate", reason });
    const { reloaded, now, display } = this.#options;
    const stable = this.#began?.module === module && now() - this.#began.at >= stableAfter;
    const before = reloaded?.invalidated;
    const times = before?.module === module && !stable ? before.times + 1 : 1;
    if (times <= mostInvalidations) {
      this.#reload(reason, this.session.at, { module, times });
      return;
    }
    // It may be in the middle of its start, after which the display forgets what was said of the program before.
    const tell = () => display.unstable(reason, mostInvalidations);
    void this.#launching.then(tell, tell);
  }

  #handle(message: ServerMessage): void {
    const { display } = this.#options;
    switch (message.kind) {
      case "building":
        display.building(message.running, message.expectedMilliseconds);
        return;
      case "diagnostics":
        display.diagnostics(message.items);
        return;
      case "error-report":
        display.explained(message.report);
        return;
      case "protocol-error":
        display.failed("protocol", message.message);
        return;
      case "order":
        this.#order(message.order);
        return;
      case "held":
        display.held(message.reason);
        return;
      case "gesture":
        this.onGesture?.(message.gesture);
    }
  }

  #order(order: "restart" | "reload" | "unknown"): void {
    if (order === "unknown") return;
    const { host } = this.#options;
    if (order === "reload" || !this.#module || !host.accepts)
      this.#reload(`${order} from the terminal`, this.session.at);
    else void this.#restart(this.#module);
  }

  async #restart(module: ModuleReference): Promise<void> {
    const { host, display, now } = this.#options;
    const begin = now();
    try {
      await host.launch(module, "restart");
      display.renewed();
      display.applied("module-swap", "restart from the terminal", now() - begin);
    } catch (error) {
      display.failed(error instanceof SwapError ? error.stage : "start", words(error));
    }
    this.status();
  }

  async #apply(message: UpdateMessage): Promise<Done | undefined> {
    if (this.#reloading) return undefined;
    this.#module = message.update.module ?? this.#module;
    const begin = this.#options.now();
    const step = await this.#perform(message);
    return step && { ...step, seen: () => this.#seen(message, step, begin) };
  }

  /** Undefined when the page is about to go. */
  async #perform(message: UpdateMessage): Promise<Step | undefined> {
    const { level, reason, assets, patches, module } = message.update;
    const { host, pageBoots } = this.#options;
    if (level === "none") return { level, reason, stages: [] };
    if (pageBoots && host.base === "" && level !== "asset-swap") await this.#pageBoot();

    const running = host.base !== "";
    // A fresh page is anew already: the level says how the server would bring an old one here.
    if (
      level === "page-reload" &&
      (running || this.session.at.sequence > 0n) &&
      !this.#wasReloadedFor(message)
    ) {
      return this.#reload(reason, message);
    }
    if (assets.length > 0 && level !== "page-reload") {
      const left = await this.#options.swapAssets(assets);
      const first = left[0];
      if (first) return this.#reload(`nothing on the page swaps ${first.path}`, message);
    }
    if (level === "asset-swap") return { level, reason, stages: [] };
    if (level === "hot-patch") {
      const { stages } = await host.applyPatches(patches);
      return { level, reason, stages, notes: patches.flatMap(({ notes }) => notes) };
    }
    if (!module) throw new SwapError("fetch", "the update names no module");
    if (host.base === module.hash && host.patch === 0 && !host.ended)
      return { level: running ? "none" : level, reason, stages: [] };
    if (!running) {
      if (pageBoots)
        return { level: "none", reason: "the page's own script has not started its program", stages: [] };
      return this.#launch(module, "boot", level, reason);
    }
    if (!host.accepts) {
      return this.#reload(
        host.ended ? "the program has ended" : "the program does not call live.Accept",
        message,
      );
    }
    return this.#launch(module, host.ended ? "restart" : "swap", level, reason);
  }

  async #launch(module: ModuleReference, start: Start, level: Level, reason: string): Promise<Step> {
    const launching = this.#options.host.launch(module, start);
    this.#launching = launching;
    const { stages } = await launching;
    this.#begin();
    this.#options.display.renewed();
    const cause = start === "boot" ? this.#reloaded : undefined;
    this.#reloaded = undefined;
    if (start === "boot") this.#options.onBoot();
    if (cause) return { level: "page-reload", reason: cause.reason, stages };
    return { level, reason, stages, first: start === "boot" };
  }

  /** Waits until the page's own script has started its program, or has had its time. */
  #pageBoot(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longestPageBoot);
      this.#onPageBoot = () => {
        clearTimeout(timer);
        this.#onPageBoot = undefined;
        resolve();
      };
    });
  }

  async #seen({ update }: UpdateMessage, step: Step, begin: number): Promise<Seen> {
    const { level, reason, notes, first = false } = step;
    const { display, firstFrame, now } = this.#options;
    const swapped = now();
    const at = await firstFrame();
    const drawn = now();
    const server = update.stages.reduce((sum, stage) => sum + stage.microseconds, 0) / 1000;
    display.applied(first ? "start" : level, reason, (first ? 0 : server) + drawn - begin, notes);
    return { at, stages: [{ name: "first_frame", microseconds: (drawn - swapped) * 1000 }] };
  }

  /** A page that was loaded anew for an update and is asked to do so again would never stop. */
  #wasReloadedFor({ epoch, sequence }: { epoch: string; sequence: bigint }): boolean {
    const { reloaded } = this.#options;
    return reloaded?.epoch === epoch && reloaded.sequence === String(sequence) && sequence > 0n;
  }

  #reload(
    reason: string,
    { epoch, sequence }: { epoch: string; sequence: bigint },
    invalidated?: Invalidated,
  ): undefined {
    if (this.#reloading) return;
    this.#reloading = true;
    this.#options.reload({ reason, epoch, sequence: String(sequence), invalidated });
  }
}

type Step = {
  readonly level: Level;
  readonly reason: string;
  readonly stages: readonly Stage[];
  readonly notes?: readonly string[];
  /** Nothing ran before: the page was opened, whatever the level and however long ago the build. */
  readonly first?: boolean;
};
