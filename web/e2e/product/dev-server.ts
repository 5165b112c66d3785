//! A running `dev-server serve`: its events, its end.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EventLog, type EventOf } from "./events.js";
import * as places from "./places.js";
import { eventually, running } from "./processes.js";
import type { Project } from "./project.js";

export type ServeOptions = {
  readonly compiler?: places.CompilerName;
  readonly port?: number;
  /** Folder below the project to serve instead of the project itself. */
  readonly folder?: string;
  readonly flags?: readonly string[];
  readonly environment?: Record<string, string>;
  /** Keeps the token of an earlier server. */
  readonly state?: string;
  /** Runs in a pseudo-terminal, so that keys can be pressed; prints text instead of events unless `json` is set. */
  readonly terminal?: boolean;
  readonly json?: boolean;
};

export class DevServer {
  readonly log = new EventLog();
  readonly state: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  readonly #ownState: boolean;
  #listening: EventOf<"listening"> | undefined;

  private constructor(folder: string, port: number, options: ServeOptions) {
    this.#ownState = options.state === undefined;
    this.state = options.state ?? mkdtempSync(join(tmpdir(), "dev-server-e2e-state-"));
    const words = ["serve", folder, "--port", String(port), "--cache-dir", places.cacheFolder()];
    if (options.compiler) words.push("--compiler", options.compiler);
    if (options.json ?? !options.terminal) words.push("--json");
    words.push(...(options.flags ?? []));
    const quoted = [places.server, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const [program, ...rest] = options.terminal
      ? ["script", "--quiet", "--return", "--command", `exec ${quoted}`, "/dev/null"]
      : [places.server, ...words];
    // A session of its own: by it everything that it starts is recognised.
    this.#child = spawn(program as string, rest, {
      cwd: tmpdir(),
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        XDG_STATE_HOME: this.state,
        XDG_CONFIG_HOME: join(this.state, "config"),
        RUST_BACKTRACE: "1",
        // Printed only where a test fails: what was under way when something did not come. A terminal has one output.
        ...(options.terminal ? {} : { RUST_LOG: "dev_server=debug" }),
        ...options.environment,
      },
    });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error("the server has no output");
    createInterface({ input: stdout }).on("line", (line) => this.log.line(line));
    createInterface({ input: stderr }).on("line", (line) => this.log.line(`stderr: ${line}`));
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(String(error)));
      this.#child.once("close", (code, signal) => resolve(code ?? String(signal)));
    });
    void this.#ended.then((how) => this.log.end(`the server has ended: ${how}`));
  }

  /** Starts and waits until connections are taken; not for the first build. */
  static async start(project: Project, options: ServeOptions = {}): Promise<DevServer> {
    const folder = options.folder ? project.path(options.folder) : project.folder;
    const server = new DevServer(folder, options.port ?? (await freePort()), options);
    try {
      if (options.json ?? !options.terminal) server.#listening = await server.log.waitFor("listening");
      else await server.log.waitForText(/open\s+http:\S+/);
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  get id(): number {
    if (this.#child.pid === undefined) throw new Error("the server was not started");
    return this.#child.pid;
  }

  /** Address of the page with the token, as it is printed. */
  get openUrl(): string {
    if (this.#listening) return `${this.url}?token=${this.token}`;
    const shown = /open\s+(http:\S+)/.exec(this.log.text)?.[1];
    if (!shown) throw new Error(`no address in: ${this.log.text}`);
    return shown;
  }

  get url(): string {
    return this.#listening?.url ?? this.openUrl.replace(/\?.*/, "");
  }

  get token(): string {
    return this.#listening?.token ?? new URL(this.openUrl).searchParams.get("token") ?? "";
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** A key of the terminal. */
  press(key: string): void {
    this.#child.stdin?.write(key);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit status, or the name of the signal. */
  ended(): Promise<number | string> {
    return this.#ended;
  }

  /** Ends it as a service manager would, and checks that nothing of it is left. What it keeps stays for another one. */
  async end(): Promise<number | string> {
    this.signal("SIGTERM");
    const how = await within("the server ends", this.#ended, 20_000, () => this.log.report());
    await this.nothingIsLeft();
    return how;
  }

  /** The same, for good. */
  async stop(): Promise<number | string> {
    const how = await this.end();
    this.#forget();
    return how;
  }

  async nothingIsLeft(): Promise<void> {
    const left = () => running().filter((process) => process.session === this.id);
    await eventually(
      `no process of the server is left: ${JSON.stringify(left())}`,
      () => left().length === 0,
      2000,
    );
  }

  /** For the end of a test that failed: nothing is checked. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      for (const process of running().filter((each) => each.session === this.id)) {
        try {
          globalThis.process.kill(process.id, "SIGKILL");
        } catch {
          // It has ended meanwhile.
        }
      }
      await this.#ended;
    }
    this.#forget();
  }

  #forget(): void {
    if (this.#ownState) rmSync(this.state, { recursive: true, force: true });
  }
}

export async function within<Value>(
  what: string,
  promise: Promise<Value>,
  deadline: number,
  more: () => string = () => "",
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadline} ms: ${what}\n${more()}`)), deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
