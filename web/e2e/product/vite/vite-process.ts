//! A command of Vite that runs: its address, what it prints, its end.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "../dev-server.js";
import { descendants, eventually, running } from "../processes.js";

export type ViteOptions = {
  readonly folder: string;
  /** Program and its first words, such as the script of Vite, or `npm run dev --`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

const deadline = 60_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const colours = /\u001b\[[0-9;]*m/g;

export class ViteProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  readonly #isOfNpm: boolean;

  constructor({ folder, command, environment }: ViteOptions) {
    const [program = "", ...words] = command;
    this.#isOfNpm = program === "npm";
    // A group of its own, which is what a terminal ends.
    this.#child = spawn(program, words, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_ENV: "", NO_COLOR: "1", ...environment },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream)
        createInterface({ input: stream }).on("line", (line) => this.lines.push(line.replace(colours, "")));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(String(error)));
      this.#child.once("close", (code, signal) => resolve(code ?? String(signal)));
    });
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Where it serves. */
  async address(): Promise<string> {
    const url = await this.prints(/Local:\s+(http:\S+)/);
    return url[1] ?? "";
  }

  async prints(wanted: RegExp): Promise<RegExpExecArray> {
    const gone = this.#ended.then((how) => {
      throw new Error(`it has ended: ${how}\n${this.text}`);
    });
    gone.catch(() => {});
    const found = eventually(
      `${wanted} in what Vite prints`,
      () => wanted.exec(this.text) ?? undefined,
      deadline,
    );
    return Promise.race([found, gone]).catch((error) => {
      throw new Error(`${error}\n${this.text}`);
    });
  }

  ended(): Promise<number | string> {
    return within("the command ends", this.#ended, deadline, () => this.text);
  }

  /** Ends it as a service manager would, or, where npm stands before it, as a terminal; its dev-servers end with it. */
  async stop(): Promise<void> {
    const id = this.#child.pid;
    if (id === undefined) return;
    const children = descendants(id).map((child) => child.id);
    if (this.#child.exitCode === null) {
      if (this.#isOfNpm) process.kill(-id, "SIGINT");
      else this.#child.kill("SIGTERM");
    }
    await this.ended();
    const left = () => running().filter((each) => children.includes(each.id));
    await eventually("nothing that Vite has started is left", () => left().length === 0, 10_000);
  }

  /** For the end of a test that failed. */
  kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}
