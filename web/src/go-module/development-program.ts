//! A Go program in a page of Vite's: outlives each module that stands for it, and tells Vite what only Vite can do.

import { PageDisplay } from "../display.js";
import type { FlagListener, FlagValue } from "../flag-values.js";
import type { Downfall } from "../instance.js";
import { Listeners } from "../listeners.js";
import type { Diagnostic, Updated } from "../messages.js";
import { keepPage, type Reloaded, takeReloaded } from "../reload.js";
import type { Socket } from "../transport.js";
import type { ListenOptions, TreeListener } from "../tree-event.js";
import { callAcross, isRefusal, type Signatures } from "./crossing.js";
import type { GoProgram, LaunchOptions, ProgramState } from "./go-program.js";
import { notRunning } from "./not-running.js";
import { PageWorld } from "./page-world.js";
import { ProgramLife } from "./program-life.js";
import {
  type DeclaredAnswer,
  type DeclaredQuestion,
  type ExportsMessage,
  events,
  type ReloadMessage,
  type UpdateEvent,
} from "./vite-events.js";

/** The part of `import.meta.hot` that is used. */
export type ViteHot = {
  readonly data: Record<string, unknown>;
  on(event: string, listener: (data: unknown) => void): void;
  send(event: string, data: unknown): void;
  prune(listener: () => void): void;
};

export type DevelopmentOptions = {
  /** By which Vite's server knows the program. */
  readonly id: string;
  readonly program: string;
  readonly signatures: Signatures;
};

/** How long a module waits for functions that the program does not have when it begins: patches may be on their way. */
const firstWait = 1_000;
/** A module that comes later has functions that a patch brings, which is there about as soon. */
const longestWait = 10_000;
/** Vite's server may be gone. */
const longestAnswer = 1_000;

const key = "dev-server.program";
let world: PageWorld | undefined;
let reloaded: ReturnType<typeof takeReloaded>;

/** The program of the module whose `import.meta.hot` this is: the same one each time the module is evaluated. */
export function developmentProgram(hot: ViteHot, options: DevelopmentOptions): DevelopmentProgram {
  if (!world) {
    world = new PageWorld();
    reloaded = takeReloaded();
  }
  const known = hot.data[key];
  const program = known instanceof DevelopmentProgram ? known : new DevelopmentProgram(world, options);
  hot.data[key] = program;
  program.attach(hot, options);
  return program;
}

export class DevelopmentProgram implements GoProgram {
  readonly name: string;
  readonly isDevelopment = true;
  readonly #id: string;
  readonly #world: PageWorld;
  readonly #display: PageDisplay;
  readonly #states = new Listeners<ProgramState>(reportError);
  readonly #changes = new Set<() => void>();
  /** Listeners of the session, for those that come after this one. */
  readonly #followers = new Set<Follower>();
  readonly #asking = new Set<(answer: DeclaredAnswer) => void>();
  readonly #functions = new Map<string, (...given: unknown[]) => unknown>();
  #signatures: Signatures = {};
  #hot: ViteHot | undefined;
  #evaluations = 0;
  #life: ProgramLife | undefined;
  #cause: Reloaded | undefined;
  #isMisused = false;
  #state: ProgramState = { name: "stopped" };

  constructor(world: PageWorld, { id, program }: DevelopmentOptions) {
    this.#world = world;
    this.#id = id;
    this.name = program;
    this.#display = new PageDisplay(
      (location) => this.#life?.session.send({ kind: "open-location", location }),
      () => this.#state.name === "running",
    );
    addEventListener("online", () => this.#life?.session.hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#life?.session.hurry();
    });
    void this.start();
  }

  /** The module was evaluated, for the first time or again. */
  attach(hot: ViteHot, { signatures }: DevelopmentOptions): void {
    this.#hot = hot;
    this.#evaluations += 1;
    this.#signatures = signatures;
    hot.prune(() => this.stop());
    hot.on(events.exports, (data) => {
      const message = data as ExportsMessage;
      if (message.id === this.#id) this.#signatures = message.signatures;
    });
    hot.on(events.declared, (data) => {
      const answer = data as DeclaredAnswer;
      if (answer.id === this.#id) for (const take of this.#asking) take(answer);
    });
    // Whoever has called it wrongly may have been mended.
    hot.on("vite:afterUpdate", () => this.#forgive());
    hot.on("vite:beforeFullReload", () => {
      if (this.#cause) keepPage(this.#cause);
    });
    // Somebody who imports this module takes another program without a load of the page.
    if (this.#cause) {
      this.stop();
      void this.start();
    }
  }

  get state(): ProgramState {
    return this.#state;
  }

  start(launch: LaunchOptions = {}): Promise<void> {
    if (this.#life) return this.#life.booted;
    this.#cause = undefined;
    this.#life = new ProgramLife(this.#world, {
      program: this.name,
      launch,
      open: () => open(this.#id),
      display: this.#display,
      reloaded,
      reload: (cause) => this.#reload(cause),
      onChange: () => this.#look(),
    });
    reloaded = undefined;
    const { session } = this.#life;
    session.onUpdate((updated) => this.#tell(updated));
    for (const follower of this.#followers) follower.follow(session);
    this.#look();
    return this.#life.booted;
  }

  stop(): void {
    const life = this.#life;
    if (!life) return;
    this.#life = undefined;
    for (const follower of this.#followers) follower.leave();
    life.stop();
    // That nobody is connected any more is meant.
    this.#display.connection({ name: "open" });
    this.#look();
  }

  /** Resolves when the program runs and has functions of these names. */
  async ready(names: readonly string[]): Promise<void> {
    await this.#life?.booted;
    const isThere = () =>
      names.every((name) => typeof this.#life?.host.instance?.exports[name] === "function");
    if (isThere()) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changes.delete(look);
        resolve();
      };
      const look = () => isThere() && done();
      // Who calls one that is not there hears of it.
      const timer = setTimeout(done, this.#evaluations === 1 ? firstWait : longestWait);
      this.#changes.add(look);
    });
  }

  /** A function that always is the program's newest one of that name. */
  exported(name: string): (...given: unknown[]) => unknown {
    const known = this.#functions.get(name);
    if (known) return known;
    const made = (...given: unknown[]) => this.#call(name, given);
    this.#functions.set(name, made);
    return made;
  }

  onState(listener: (state: ProgramState) => void): () => void {
    return this.#states.listen(listener, this.#state);
  }

  onUpdate(listener: (updated: Updated) => void): () => void {
    return this.#follow((session) => session.onUpdate(listener));
  }

  onDiagnostics(listener: (items: readonly Diagnostic[]) => void): () => void {
    return this.#follow((session) => session.onDiagnostics(listener));
  }

  onTree(listener: TreeListener, options?: ListenOptions): () => void {
    return this.#follow((session) => session.onTree(listener, options));
  }

  onFlags(listener: FlagListener): () => void {
    return this.#follow((session) => session.flags.listen(listener));
  }

  flag<Value extends FlagValue>(name: string, fallback: Value): Value {
    return this.#life?.session.flags.get(name, fallback) ?? fallback;
  }

  #follow(listen: Listen): () => void {
    const follower = new Follower(listen);
    this.#followers.add(follower);
    if (this.#life) follower.follow(this.#life.session);
    return () => {
      this.#followers.delete(follower);
      follower.leave();
    };
  }

  #call(name: string, given: unknown[]): unknown {
    const instance = this.#life?.host.instance;
    if (!instance || instance.ended) throw new Error(`${name}: ${notRunning(this.name, this.#state)}`);
    try {
      const signature = this.#signatures[name];
      if (!signature) throw new TypeError(`${name} is not exported by the Go program ${this.name} any more`);
      return callAcross(instance.exports, name, signature, given, (entry, passed) =>
        instance.enter(entry, passed),
      );
    } catch (error) {
      if (isRefusal(error))
        this.#world.explain(error, (downfall) => void this.#misused(name, given, downfall));
      throw error;
    }
  }

  async #misused(name: string, given: readonly unknown[], downfall: Downfall): Promise<void> {
    const { type, file, line } = await this.#declared(name);
    this.#isMisused = true;
    this.#life?.misused(downfall, {
      doing: "call",
      name,
      wanted: type && `//go:wasmexport ${name}\n${type}`,
      offered: `${name}(${given.map(shown).join(", ")})`,
      frames: type ? [{ function: name, file, line }] : [],
    });
  }

  /** What the source says of an exported function now: asked for only when it is called wrongly. */
  #declared(name: string): Promise<DeclaredAnswer> {
    const question: DeclaredQuestion = { id: this.#id, name };
    return new Promise((resolve) => {
      const take = (answer: DeclaredAnswer) => {
        if (answer.name !== name) return;
        clearTimeout(timer);
        this.#asking.delete(take);
        resolve(answer);
      };
      const timer = setTimeout(() => take({ ...question, type: "", file: "", line: 0 }), longestAnswer);
      this.#asking.add(take);
      this.#hot?.send(events.declared, question);
    });
  }

  #forgive(): void {
    if (!this.#isMisused) return;
    this.#isMisused = false;
    if (this.#state.name === "running") this.#display.renewed();
  }

  #tell({ level, reason, update }: Updated): void {
    // A module that starts has cleared the display before, and may have been called wrongly since.
    if (level === "hot-patch") this.#forgive();
    const functions = update.patches.flatMap((patch) => patch.functions);
    const event: UpdateEvent = { program: this.name, level, reason, functions };
    this.#hot?.send(events.update, event);
  }

  /** Vite looks whether somebody takes another module; if not, it loads the page anew. */
  #reload(cause: Reloaded): void {
    this.#cause = cause;
    const message: ReloadMessage = { id: this.#id, reason: cause.reason };
    this.#hot?.send(events.reload, message);
  }

  #look(): void {
    const state = stateOf(this.#life);
    for (const change of [...this.#changes]) change();
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#states.tell(state);
  }
}

type Session = ProgramLife["session"];
type Listen = (session: Session) => () => void;

/** Listens through all lives. */
class Follower {
  readonly #listen: Listen;
  #end: (() => void) | undefined;

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  follow(session: Session): void {
    this.#end = this.#listen(session);
  }

  leave(): void {
    this.#end?.();
    this.#end = undefined;
  }
}

/** A value as a person writes it, where it is short. */
function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function stateOf(life: ProgramLife | undefined): ProgramState {
  if (!life) return { name: "stopped" };
  const message = life.downfall;
  if (message !== undefined) return { name: "crashed", message };
  if (life.host.ended) return { name: "ended" };
  return { name: life.host.base === "" ? "loading" : "running" };
}

function open(id: string): Socket {
  const url = new URL(`/__dev/socket?of=${encodeURIComponent(id)}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url) as Socket;
}
