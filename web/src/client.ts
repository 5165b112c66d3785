//! Puts the parts together: frames come in, the page is brought up to date, answers go out. Knows no DOM.

import type { Display } from "./display.js";
import { FlagValues } from "./flag-values.js";
import type {
  Asset,
  ClientMessage,
  Crash,
  Identity,
  Level,
  ModuleReference,
  ServerMessage,
  Severity,
  Stage,
  UpdateMessage,
} from "./messages.js";
import { SwapError, words } from "./prepare.js";
import { decode, encode } from "./protocol.js";
import { LatestQueue } from "./queue.js";
import type { Invalidated, Reloaded } from "./reload.js";
import type { Host, Start } from "./runtime.js";
import * as store from "./store.js";
import { type Socket, Transport, type TransportState } from "./transport.js";
import type { ListenOptions, TreeFollower, TreeListener } from "./tree-follower.js";

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
  /** The script that follows syntax trees, and bytes of the module that reads them: only for pages that follow trees. */
  readonly loadFollower: () => Promise<typeof import("./tree-follower.js")>;
  readonly fetchReceiver: (url: string) => Promise<BufferSource>;
};

/** How long a page that starts its program itself may take, before an update for it means a reload. */
const longestPageBoot = 10_000;

/** A program that asks for page reloads one after the other gets so many; the overlay says so then. */
const mostInvalidations = 3;
/** A program that has run for so long in milliseconds did not ask because of how it starts. */
const stableAfter = 5_000;

/** Of what is printed and goes wrong without a connection the first is the most telling. */
const mostUnsent = 100;

export class Client {
  readonly #options: ClientOptions;
  readonly #transport: Transport;
  readonly #queue: LatestQueue<UpdateMessage>;
  readonly flags = new FlagValues();
  #trees: Promise<TreeFollower> | undefined;
  #follower: TreeFollower | undefined;
  #store: store.StoreState;
  #module: ModuleReference | undefined;
  #reloaded: ClientOptions["reloaded"];
  #reloading = false;
  #launching: Promise<unknown> = Promise.resolve();
  #began: { readonly module: string; readonly at: number } | undefined;
  #onPageBoot: (() => void) | undefined;
  #unsent: ClientMessage[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#store = store.startAt(options.manifest);
    this.#reloaded = options.reloaded;
    this.#transport = new Transport({
      open: options.open,
      onState: (state) => this.#connection(state),
      onBytes: (bytes) => this.#receive(bytes),
      ...(options.random && { random: options.random }),
    });
    this.#queue = new LatestQueue({
      apply: (message) => this.#apply(message),
      combine: store.combine,
      onError: (error) => this.#failed(error),
    });
  }

  /** Follows the syntax trees of the program's own Go files from now on; the answer ends that for this listener. */
  onTree(listener: TreeListener, options?: ListenOptions): () => void {
    let stop: (() => void) | undefined;
    let stopped = false;
    this.#trees ??= this.#load();
    this.#trees.then(
      (follower) => {
        if (!stopped) stop = follower.listen(listener, options);
      },
      (error) => this.#failed(error),
    );
    return () => {
      stopped = true;
      stop?.();
    };
  }

  async #load(): Promise<TreeFollower> {
    try {
      const { TreeFollower } = await this.#options.loadFollower();
      this.#follower = new TreeFollower({
        send: (message) => this.#send(message),
        fetchReceiver: this.#options.fetchReceiver,
        onError: (error) => this.#failed(error),
      });
      return this.#follower;
    } catch (error) {
      // The next one who listens tries again.
      this.#trees = undefined;
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#options.display.failed("client", words(error));
  }

  start(): void {
    this.#transport.start();
  }

  hurry(): void {
    this.#transport.hurry();
  }

  stop(): void {
    this.#transport.stop();
  }

  /** The program has begun, ended, or called accept, without an update. */
  status(): void {
    const { base, patch, accepts, ended } = this.#options.host;
    this.#store = store.rebased(this.#store, base, patch);
    this.#send({ kind: "status", base, patch, accepts, ended });
    this.#begin();
    if (base !== "") this.#onPageBoot?.();
  }

  /** Notes since when the program runs that runs now. */
  #begin(): void {
    const { host, now } = this.#options;
    if (this.#began?.module !== host.base) this.#began = { module: host.base, at: now() };
  }

  log(severity: Severity, text: string): void {
    this.#tell({ kind: "log", severity, text });
  }

  crash(crash: Crash): void {
    this.#tell({ kind: "crash", crash });
    this.#options.display.crashed(crash);
  }

  openLocation(location: bigint): void {
    this.#send({ kind: "open-location", location });
  }

  /** `module` cannot go on; a page is not loaded anew for ever for a program that says so at every start. */
  invalidate(module: string, reason: string): void {
    this.#send({ kind: "invalidate", reason });
    const { reloaded, now, display } = this.#options;
    const stable = this.#began?.module === module && now() - this.#began.at >= stableAfter;
    const before = reloaded?.invalidated;
    const times = before?.module === module && !stable ? before.times + 1 : 1;
    if (times <= mostInvalidations) {
      this.#reload(reason, this.#store.at, { module, times });
      return;
    }
    // It may be in the middle of its start, after which the display forgets what was said of the program before.
    const tell = () => display.unstable(reason, mostInvalidations);
    void this.#launching.then(tell, tell);
  }

  /** What happens while there is no connection is told later: the first errors of a page come before its socket. */
  #tell(message: ClientMessage): void {
    if (!this.#send(message) && this.#unsent.length < mostUnsent) this.#unsent.push(message);
  }

  #send(message: ClientMessage): boolean {
    return this.#transport.send(encode(message));
  }

  #connection(state: TransportState): void {
    this.#options.display.connection(state);
    if (state.name !== "open") return;
    const { host, program, pageBoots, identity } = this.#options;
    const { epoch, sequence, manifest } = this.#store.at;
    const { base, patch, accepts } = host;
    const wantsWhole = this.#store.name === "awaiting-full";
    this.#send({
      kind: "hello",
      hello: { ...identity, program, epoch, sequence, manifest, base, patch, wantsWhole, accepts, pageBoots },
    });
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const message of unsent) this.#send(message);
    this.#follower?.connected();
  }

  #receive(bytes: Uint8Array): void {
    let message: ServerMessage;
    try {
      message = decode(bytes);
    } catch {
      this.#transport.reset();
      return;
    }
    if (message.program === "" || message.program === this.#options.program) this.#handle(message);
  }

  #handle(message: ServerMessage): void {
    const { display } = this.#options;
    switch (message.kind) {
      case "building":
        display.building(message.running, message.expectedMilliseconds);
        return;
      case "update":
        this.#queue.push(message);
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
      case "flags":
        this.flags.take(message.flags);
        return;
      case "held":
        display.held(message.reason);
        return;
      case "tree-files":
      case "tree-piece":
        this.#follower?.take(message);
        return;
      case "welcome":
      case "unknown":
        return;
      default:
        message satisfies never;
    }
  }

  #order(order: "restart" | "reload" | "unknown"): void {
    if (order === "unknown") return;
    const { host } = this.#options;
    if (order === "reload" || !this.#module || !host.accepts)
      this.#reload(`${order} from the terminal`, this.#store.at);
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

  async #apply(message: UpdateMessage): Promise<void> {
    await this.#options.ready;
    if (this.#reloading) return;
    const judgement = store.judge(this.#store, message);
    if (judgement.verdict === "ignore") return;
    if (judgement.verdict === "refuse") {
      this.#fail(message, new SwapError("patch", judgement.reason));
      return;
    }
    this.#module = message.update.module ?? this.#module;
    const begin = this.#options.now();
    try {
      const done = await this.#perform(message);
      if (done) await this.#report(message, done, begin);
    } catch (error) {
      this.#fail(message, error instanceof SwapError ? error : new SwapError("start", words(error), error));
    }
  }

  /** Undefined when the page is about to go. */
  async #perform(message: UpdateMessage): Promise<Done | undefined> {
    const { level, reason, assets, patches, module } = message.update;
    const { host, pageBoots } = this.#options;
    if (level === "none") return { level, reason, stages: [] };
    if (pageBoots && host.base === "" && level !== "asset-swap") await this.#pageBoot();

    const running = host.base !== "";
    // A fresh page is anew already: the level says how the server would bring an old one here.
    if (
      level === "page-reload" &&
      (running || this.#store.at.sequence > 0n) &&
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

  async #launch(module: ModuleReference, start: Start, level: Level, reason: string): Promise<Done> {
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

  async #report(message: UpdateMessage, done: Done, begin: number): Promise<void> {
    const { level, reason, stages, notes, first = false } = done;
    const { host, display, firstFrame, now } = this.#options;
    this.#store = store.applied(this.#store, message, host.base, host.patch);
    const swapped = now();
    const firstFrameAt = await firstFrame();
    const drawn = { name: "first_frame", microseconds: (now() - swapped) * 1000 };
    const { epoch, sequence } = message;
    this.#send({
      kind: "applied",
      applied: {
        epoch,
        sequence,
        base: host.base,
        patch: host.patch,
        level,
        reason,
        stages: [...stages, drawn],
        firstFrameAt,
        accepts: host.accepts,
      },
    });
    const server = message.update.stages.reduce((sum, stage) => sum + stage.microseconds, 0) / 1000;
    display.applied(first ? "start" : level, reason, (first ? 0 : server) + now() - begin, notes);
  }

  #fail(message: UpdateMessage, error: SwapError): void {
    const { host, display } = this.#options;
    const { base, patch } = host;
    this.#store = store.refused(store.rebased(this.#store, base, patch), error.message);
    const { epoch, sequence } = message;
    this.#send({
      kind: "failed",
      failed: { epoch, sequence, base, patch, stage: error.stage, message: error.message.slice(0, 4096) },
    });
    // What does not fit the page is followed by a whole module: nothing to worry a person with.
    if (error.stage !== "patch") display.failed(error.stage, error.message);
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

type Done = {
  readonly level: Level;
  readonly reason: string;
  readonly stages: readonly Stage[];
  readonly notes?: readonly string[];
  /** Nothing ran before: the page was opened, whatever the level and however long ago the build. */
  readonly first?: boolean;
};
