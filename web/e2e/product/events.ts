//! What the server says with `--json`: `server/src/printer/event.rs` in the words of TypeScript.

export type StageRow = { readonly name: string; readonly ms: number };

export type DiagnosticRow = {
  readonly severity: "error" | "warning";
  readonly source: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
};

export type FrameRow = { readonly function: string; readonly file: string; readonly line: number };

export type Event =
  | { event: "listening"; url: string; token: string; compiler: string }
  | { event: "pairing"; page: string; code: string; link: string; seconds: number }
  | { event: "change"; revision: number; files: string[]; count: number }
  | {
      event: "verdict";
      revision: number;
      program: string;
      verdict:
        | "nothing"
        | "asset"
        | "graph"
        | "body"
        | "contract"
        | "type layout"
        | "global init"
        | "imports"
        | "whole";
      reason: string;
    }
  | {
      event: "build";
      revision: number;
      program: string;
      status: "started" | "built" | "failed" | "cancelled";
      compiler: string;
      ms: number;
      from_cache: boolean;
      diagnostics: DiagnosticRow[];
    }
  | {
      event: "release";
      revision: number;
      program: string;
      sequence: number;
      module: string;
      size: number;
      functions: string[];
      patch_bytes: number;
      refusals: string[];
      notes: string[];
      stages: StageRow[];
      room: { bytes_used: number; bytes: number; slots_used: number; slots: number } | null;
    }
  | {
      event: "applied";
      revision: number;
      program: string;
      session: number;
      level: number;
      level_name: string;
      reason: string;
      ms: number;
      stages: StageRow[];
      memory?: { pages: number; values: number; functions: number; table: number };
    }
  | { event: "apply_failed"; program: string; session: number; stage: string; message: string }
  | {
      event: "client_log";
      program: string;
      session: number;
      severity: "debug" | "info" | "warning" | "error" | "panic";
      kind?: string;
      text: string;
      frames: FrameRow[];
    }
  | { event: "client"; program: string; session: number; connected: boolean }
  | { event: "notice"; message: string; hint: string | null };

export type EventName = Event["event"];
export type EventOf<Name extends EventName> = Extract<Event, { event: Name }>;

export function parseEvent(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const known = typeof value === "object" && value !== null && "event" in value;
    return known ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}

/** Everything a server has said so far. Tests wait here, and never for a time to pass. */
export class EventLog {
  readonly events: Event[] = [];
  readonly #other: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended: string | undefined;

  /** One line of the server's output; escape codes and carriage returns of a terminal are left out. */
  line(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal sends begins with one
    const plain = text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r", "");
    const event = parseEvent(plain);
    if (event) this.events.push(event);
    else if (plain.trim() !== "") this.#other.push(plain);
    this.#wake();
  }

  /** The server is gone; who still waits waits in vain. */
  end(how: string): void {
    this.#ended = how;
    this.#wake();
  }

  /** What was printed that is no event. */
  get text(): string {
    return this.#other.join("\n");
  }

  /** Events from now on are those from this index on. */
  mark(): number {
    return this.events.length;
  }

  all<Name extends EventName>(name: Name, after = 0): EventOf<Name>[] {
    return this.events.slice(after).filter((event): event is EventOf<Name> => event.event === name);
  }

  waitFor<Name extends EventName>(
    name: Name,
    wanted: (event: EventOf<Name>) => boolean = () => true,
    { after = 0, deadline = 240_000 }: { after?: number; deadline?: number } = {},
  ): Promise<EventOf<Name>> {
    const what = `${name} ${wanted.toString().slice(0, 200)}`;
    return this.#until(() => this.all(name, after).find(wanted), what, deadline);
  }

  /** Waits until the text that is no event contains `wanted`. */
  async waitForText(wanted: string | RegExp, deadline = 240_000): Promise<void> {
    const found = () => (typeof wanted === "string" ? this.text.includes(wanted) : wanted.test(this.text));
    await this.#until(() => found() || undefined, `text ${wanted}`, deadline);
  }

  #until<Found>(look: () => Found | undefined, what: string, deadline: number): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        act();
      };
      const fail = (why: string) => finish(() => reject(new Error(`no ${what}: ${why}\n${this.report()}`)));
      const timer = setTimeout(() => fail(`${deadline} ms have passed`), deadline);
      const check = () => {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#ended !== undefined) fail(this.#ended);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** All events, one a line, for the message of a test that fails. */
  report(): string {
    const rows = this.events.map((event) => JSON.stringify(event).slice(0, 900));
    return [...rows, "-- other output:", this.text].join("\n");
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}
