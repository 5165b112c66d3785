//! How the server stands, as it says at `/__dev/status`: asked for when something happened, and never while nothing does.

import type { Memory } from "../messages.js";
import { isFields, list, memory, number, text } from "./event-line.js";

export type BaseStatus = { readonly base: string; readonly patches: number };

export type ProgramStatus = {
  readonly name: string;
  readonly revision: number;
  readonly building: boolean;
  readonly release:
    | {
        readonly revision: number;
        readonly base: string;
        readonly bytes: number;
        readonly bases: readonly BaseStatus[];
      }
    | undefined;
  readonly errors: number;
  readonly warnings: number;
};

export type ClientStatus = {
  readonly session: number;
  readonly program: string;
  readonly device: string;
  readonly base: string;
  readonly patch: number;
  readonly ended: boolean;
  /** How many patches it has yet to apply; undefined when only a whole module helps. */
  readonly lacks: number | undefined;
  readonly update: { readonly revision: number; readonly level: number; readonly ms: number } | undefined;
  readonly failed: string;
  readonly memory: Memory | undefined;
};

export type Status = {
  readonly version: string;
  readonly compiler: string;
  readonly revision: number;
  readonly behind: number;
  readonly lastEvent: number;
  readonly clients: readonly ClientStatus[];
  readonly programs: readonly ProgramStatus[];
};

export function readStatus(value: unknown): Status {
  const said = isFields(value) ? value : {};
  const versions = isFields(said.versions) ? said.versions : {};
  const events = isFields(said.events) ? said.events : {};
  return {
    version: text(versions.server),
    compiler: text(versions.compiler),
    revision: number(said.revision),
    behind: number(said.clients_behind),
    lastEvent: number(events.last),
    clients: list(said.sessions).map((client) => ({
      session: number(client.session),
      program: text(client.program),
      device: text(client.device),
      base: text(client.base),
      patch: number(client.patch),
      ended: client.ended === true,
      lacks: typeof client.lacks === "number" ? client.lacks : undefined,
      update: isFields(client.update)
        ? {
            revision: number(client.update.revision),
            level: number(client.update.level),
            ms: number(client.update.ms),
          }
        : undefined,
      failed: text(client.failed),
      memory: memory(client.memory),
    })),
    programs: list(said.programs).map((program) => ({
      name: text(program.name),
      revision: number(program.revision),
      building: program.building === true,
      release: isFields(program.release)
        ? {
            revision: number(program.release.revision),
            base: text(program.release.base),
            bytes: number(program.release.bytes),
            bases: list(program.release.bases).map(({ base, patches }) => ({
              base: text(base),
              patches: number(patches),
            })),
          }
        : undefined,
      errors: number(program.errors),
      warnings: number(program.warnings),
    })),
  };
}

export type StatusWatchOptions = {
  readonly ask: () => Promise<unknown>;
  readonly onStatus: (status: Status) => void;
  readonly onError: (error: unknown) => void;
  /** Calls back after so many milliseconds. */
  readonly wait: (task: () => void, milliseconds: number) => void;
};

/** A save makes half a dozen events within this time: one question is enough for all of them. */
const pause = 120;

export class StatusWatch {
  readonly #options: StatusWatchOptions;
  #isDue = false;
  #isAsking = false;
  #closed = false;

  constructor(options: StatusWatchOptions) {
    this.#options = options;
  }

  /** Something is other now. */
  changed(): void {
    if (this.#isDue || this.#closed) return;
    this.#isDue = true;
    // What happens while an answer is on its way may not be in it.
    if (!this.#isAsking) this.#options.wait(() => void this.#ask(), pause);
  }

  close(): void {
    this.#closed = true;
  }

  async #ask(): Promise<void> {
    if (this.#closed) return;
    this.#isDue = false;
    this.#isAsking = true;
    try {
      const status = readStatus(await this.#options.ask());
      if (!this.#closed) this.#options.onStatus(status);
    } catch (error) {
      if (!this.#closed) this.#options.onError(error);
    }
    this.#isAsking = false;
    if (this.#isDue) this.#options.wait(() => void this.#ask(), pause);
  }
}
