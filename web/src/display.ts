//! What overlay and badge show together.

import { Badge, type BadgeState } from "./badge.js";
import { closeReason } from "./close-code.js";
import type { Crash, Diagnostic, ErrorReport, Level } from "./messages.js";
import { Overlay } from "./overlay.js";
import type { TransportState } from "./transport.js";

const blank = { severity: "error", place: undefined, frame: undefined, hint: "" } as const;

/** A restarted server is back within this many attempts: nobody needs to be told. */
const quietAttempts = 2;

/** What a person sees of all this. */
export interface Display {
  connection(state: TransportState): void;
  building(running: boolean, expectedMilliseconds: number): void;
  diagnostics(items: readonly Diagnostic[]): void;
  /** "start": the first program of this page runs. */
  /** `notes`: what stays as it was although the source has changed. */
  applied(what: Level | "start", reason: string, milliseconds: number, notes?: readonly string[]): void;
  failed(stage: string, message: string): void;
  /** Flags keep the newest release from this page; empty: they do not any more. */
  held(reason: string): void;
  /** The program asks for a page reload again and again. */
  unstable(reason: string, reloads: number): void;
  crashed(crash: Crash): void;
  explained(report: ErrorReport): void;
  /** What is known of the crash; without one, of what failed last. */
  why(why: Node | undefined, crash: Crash | undefined): void;
  /** A new program runs: what the old one said about itself is past. */
  renewed(): void;
}

export class PageDisplay implements Display {
  readonly #overlay: Overlay;
  readonly #badge: Badge;
  readonly #running: () => boolean;
  #connection: BadgeState | undefined;
  #building: BadgeState | undefined;
  #held: BadgeState | undefined;
  #last: BadgeState = { name: "idle" };

  constructor(open: (location: bigint) => void, running: () => boolean) {
    this.#running = running;
    this.#badge = new Badge(() => this.#overlay.show());
    this.#overlay = new Overlay({ open, running, onVisible: () => this.#draw() });
  }

  connection(state: TransportState): void {
    // Only a server that is there says when its build has ended; a new one says whether it builds.
    if (state.name !== "open") this.#building = undefined;
    if (state.name === "open") this.#connection = undefined;
    else if (state.name === "closed")
      this.#connection = { name: "lost", reason: state.reason || closeReason(state.code) };
    else if (state.attempt > quietAttempts) this.#connection = { name: "lost", reason: "trying again" };
    this.#draw();
  }

  building(running: boolean, expectedMilliseconds: number): void {
    this.#building = running ? { name: "compiling", expectedMilliseconds } : undefined;
    this.#draw();
  }

  diagnostics(items: readonly Diagnostic[]): void {
    this.#overlay.diagnostics(items);
  }

  applied(what: Level | "start", reason: string, milliseconds: number, notes: readonly string[] = []): void {
    this.#last = { name: "applied", what, reason, milliseconds, notes };
    this.#draw();
  }

  failed(stage: string, message: string): void {
    this.#last = { name: "idle" };
    this.#overlay.notice({
      title: "The update could not be applied",
      about: this.#running() ? "the program before it keeps running" : "",
      diagnostic: { ...blank, source: `page, ${stage}`, message },
    });
  }

  held(reason: string): void {
    this.#held = reason ? { name: "held", reason } : undefined;
    this.#draw();
  }

  unstable(reason: string, reloads: number): void {
    this.#overlay.notice({
      title: "The program keeps asking for a page reload",
      about: `no more after ${reloads} in a row`,
      diagnostic: {
        ...blank,
        source: "page, invalidate",
        message: reason,
        hint: "It calls Invalidate at its start. Change it, or reload the page to try again.",
      },
    });
  }

  crashed(crash: Crash): void {
    this.#overlay.crashed(crash);
  }

  explained(report: ErrorReport): void {
    this.#overlay.explained(report);
  }

  why(why: Node | undefined, crash: Crash | undefined): void {
    this.#overlay.why(why, crash);
  }

  renewed(): void {
    this.#overlay.recovered();
  }

  #draw(): void {
    const hidden: BadgeState | undefined = this.#overlay.empty ? undefined : { name: "hidden-errors" };
    if (this.#connection || this.#building)
      this.#badge.show(this.#connection ?? this.#building ?? this.#last);
    else if (this.#overlay.visible) this.#badge.show({ name: "idle" });
    else this.#badge.show(hidden ?? this.#held ?? this.#last);
  }
}
