//! A dev-server for one Go program: started by the plugin, or one that runs already and is listened to.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "./failure.js";
import { parseEvent, type ServerEvent } from "./server-event.js";

export type ServerAddress = { readonly url: string; readonly token: string };

export type ServerOptions = {
  readonly binary: string;
  readonly folder: string;
  /** Flags of `dev-server serve`. */
  readonly flags: readonly string[];
  /** Address of one that runs, with its token. */
  readonly join: string | undefined;
  readonly onEvent: (event: ServerEvent) => void;
  /** It ended by itself; the last lines that it printed. */
  readonly onEnd: (report: string) => void;
};

/** Lines of what it says about itself that are kept for the case that it ends. */
const mostLines = 20;
/** A page that lets go of the server must not keep Vite from ending. */
const longestGoodbye = 5_000;

export class RunningServer {
  readonly listening: Promise<ServerAddress>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #closing = false;

  constructor({ binary, folder, flags, join, onEvent, onEnd }: ServerOptions) {
    const words = join ? ["tail", join, "--json"] : ["serve", folder, "--json", ...flags];
    // In this process group: what ends Vite from the keyboard ends it, too.
    this.#child = spawn(binary, words, { stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr } = this.#child;
    const lines: string[] = [];
    const keep = (line: string) => {
      lines.push(line);
      if (lines.length > mostLines) lines.shift();
    };
    let tellListening = (_: ServerAddress) => {};
    let tellFailed = (_: unknown) => {};
    this.listening = new Promise((resolve, reject) => {
      tellListening = resolve;
      tellFailed = reject;
    });
    // Who does not wait for it hears of it by `onEnd`.
    this.listening.catch(() => {});
    if (join) tellListening(addressOf(join));
    if (stdout)
      createInterface({ input: stdout }).on("line", (line) => {
        const event = parseEvent(line);
        if (event?.event === "listening" && !join) tellListening({ url: event.url, token: event.token });
        if (event) onEvent(event);
        else if (!line.startsWith("{")) keep(line);
      });
    if (stderr) createInterface({ input: stderr }).on("line", keep);
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        process.off("exit", this.#kill);
        const report = [`dev-server has ended: ${how}`, ...lines].join("\n");
        tellFailed(new Failure(report, "run `dev-server doctor` to see what is missing"));
        if (!this.#closing) onEnd(report);
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("close", (code, signal) => end(signal ?? `exit status ${code}`));
    });
    process.on("exit", this.#kill);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), longestGoodbye);
    await this.#ended;
    clearTimeout(timer);
  }

  readonly #kill = () => {
    this.#child.kill("SIGTERM");
  };
}

/** Throws a `Failure`. */
function addressOf(join: string): ServerAddress {
  const url = URL.canParse(join) ? new URL(join) : undefined;
  const token = url?.searchParams.get("token");
  if (url?.protocol !== "http:" || !token)
    throw new Failure(
      `${join.replace(/token=[^&]*/, "token=...")} is not the address of a dev-server`,
      "take the one that `dev-server serve` has printed: http://127.0.0.1:7700/?token=...",
    );
  return { url: url.origin, token };
}
