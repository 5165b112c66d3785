//! Follows one program of a server for the views: its events, trees, problems and flags as they come, and how the server
//! stands whenever something has happened.

import { connect } from "../connect.js";
import type { DevServerClient } from "../dev-server-client.js";
import type { ServerEvent } from "../event.js";
import { explain } from "../explain/explain.js";
import type { Identity } from "../messages.js";
import type { Socket } from "../transport.js";
import { type EventLine, readLine } from "./event-line.js";
import { readFlagDocument } from "./flag-document.js";
import type { Model } from "./model.js";
import { SaveStore } from "./save-store.js";
import { type Status, StatusWatch } from "./status.js";
import { TreeStore } from "./tree-store.js";

export type ProgramFollowerOptions = {
  readonly url: string;
  readonly token: string | undefined;
  readonly program: string;
  readonly identity: Identity | undefined;
  /** How the server stood before anything was followed. */
  readonly status: Status;
  readonly open: ((url: string, headers: Readonly<Record<string, string>>) => Socket) | undefined;
  /** What the server says as JSON at a path. */
  readonly ask: (path: string) => Promise<unknown>;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
};

/** Level of an update that replaces functions only. */
const patchLevel = 2;

/** Modules whose heap is known; pages run some few of the last ones. */
const mostModules = 64;

export class ProgramFollower {
  readonly model: Model;
  readonly #options: ProgramFollowerOptions;
  readonly #client: DevServerClient;
  readonly #status: StatusWatch;
  /** Events up to this one happened before anybody looked. */
  #before: bigint;

  constructor(options: ProgramFollowerOptions) {
    const { url, token, program, identity, status, open, ask, onChange, onError } = options;
    this.#options = options;
    this.#before = BigInt(status.lastEvent);
    this.model = {
      program,
      connection: { name: "connecting", attempt: 1 },
      status,
      saves: new SaveStore(program, Date.now),
      trees: new TreeStore(),
      heapStarts: new Map(),
      problems: [],
      fall: undefined,
      flags: {},
      rules: [],
      selected: undefined,
    };
    this.#status = new StatusWatch({
      ask: () => ask("/__dev/status"),
      onStatus: (status) => {
        this.model.status = status;
        onChange();
      },
      // It is asked again with the next event, or the next connection.
      onError: () => {},
      wait: (task, milliseconds) => setTimeout(task, milliseconds),
    });
    this.#client = connect({ url, token, program, identity, open, onError, looksOn: true });
    this.#listen(this.#client);
    void this.#askFlags();
  }

  openLocation(location: bigint): void {
    this.#client.openLocation(location);
  }

  close(): void {
    this.#status.close();
    this.#client.close();
  }

  #listen(client: DevServerClient): void {
    const { model } = this;
    const { onChange } = this.#options;
    client.onState((state) => {
      model.connection = state;
      if (state.name === "open") this.#status.changed();
      onChange();
    });
    client.onDiagnostics((items) => {
      model.problems = items;
      this.#status.changed();
      onChange();
    });
    client.onFlags((flags) => {
      model.flags = flags;
      onChange();
    });
    client.onTree((event) => {
      model.trees.take(event);
      onChange();
    });
    client.onEvents((event) => {
      this.#event(event);
      onChange();
    });
  }

  #event(event: ServerEvent): void {
    const { saves } = this.model;
    if (event.what === "restarted") {
      this.#before = 0n;
      saves.clear();
    }
    if (event.what !== "event") return;
    const line = readLine(event.json);
    if (!line) return;
    saves.take(line, event.number > this.#before);
    if ("program" in line && line.program !== this.model.program) return;
    if (line.event === "release") this.#released(line);
    if (line.event === "client_log" && line.kind !== "") this.#fell(line);
    // A patch does not bring back a program that went down.
    if (line.event === "applied" && line.level > patchLevel) this.model.fall = undefined;
    if (line.event === "flags") void this.#askFlags();
    if (event.number > this.#before) this.#status.changed();
  }

  #fell({ kind: name, text: message, frames }: Extract<EventLine, { event: "client_log" }>): void {
    this.model.fall = explain({ name, message }, { frames });
  }

  #released({ module, functions, heapStart }: Extract<EventLine, { event: "release" }>): void {
    const { trees, heapStarts } = this.model;
    trees.replaced(module, functions);
    heapStarts.set(module, heapStart);
    const [oldest] = heapStarts.keys();
    if (heapStarts.size > mostModules && oldest !== undefined) heapStarts.delete(oldest);
  }

  async #askFlags(): Promise<void> {
    const { ask, onChange, onError } = this.#options;
    try {
      this.model.rules = readFlagDocument(await ask("/__dev/flags"));
      onChange();
    } catch (error) {
      onError(error);
    }
  }
}
