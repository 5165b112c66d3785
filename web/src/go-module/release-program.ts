//! A Go program in what is built: started once, with nothing of development about it.

import type { FlagValue } from "../flag-values.js";
import type { Go, GoClass } from "../glue.js";
import { Listeners } from "../listeners.js";
import { callAcross, type Signatures } from "./crossing.js";
import type { GoProgram, LaunchOptions, ProgramState } from "./go-program.js";
import { notRunning } from "./not-running.js";
import { retire } from "./retire.js";

export type ReleaseOptions = { readonly program: string; readonly signatures: Signatures };

export function releaseProgram(options: ReleaseOptions, glue: GoClass, url: string): ReleaseProgram {
  return new ReleaseProgram(options, glue, url);
}

/** On a server, where nothing runs. */
export function absentProgram(program: string): GoProgram & Pick<ReleaseProgram, "exported"> {
  return new ReleaseProgram({ program, signatures: {} }, undefined, "");
}

class ReleaseProgram implements GoProgram {
  readonly name: string;
  readonly isDevelopment = false;
  readonly #signatures: Signatures;
  readonly #glue: GoClass | undefined;
  readonly #url: string;
  readonly #states = new Listeners<ProgramState>(console.error);
  #compiled: Promise<WebAssembly.Module> | undefined;
  #started: Promise<void> | undefined;
  #go: Go | undefined;
  #exports: WebAssembly.Exports = {};
  #state: ProgramState = { name: "stopped" };

  constructor({ program, signatures }: ReleaseOptions, glue: GoClass | undefined, url: string) {
    this.name = program;
    this.#signatures = signatures;
    this.#glue = glue;
    this.#url = url;
  }

  get state(): ProgramState {
    return this.#state;
  }

  start(launch: LaunchOptions = {}): Promise<void> {
    this.#started ??= this.#start(launch).catch((error) => {
      this.#become({ name: "crashed", message: String(error) });
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  stop(): void {
    if (this.#go) retire(this.#go);
    this.#go = undefined;
    this.#started = undefined;
    this.#exports = {};
    this.#become({ name: "stopped" });
  }

  exported(name: string): (...given: unknown[]) => unknown {
    return (...given) => {
      const signature = this.#signatures[name];
      if (this.#state.name !== "running" || !signature)
        throw new Error(`${name}: ${notRunning(this.name, this.#state)}`);
      return callAcross(this.#exports, name, signature, given, (entry, passed) => entry(...passed));
    };
  }

  onState(listener: (state: ProgramState) => void): () => void {
    return this.#states.listen(listener, this.#state);
  }

  onUpdate = nothing;
  onDiagnostics = nothing;
  onTree = nothing;
  onFlags = nothing;

  flag<Value extends FlagValue>(_: string, fallback: Value): Value {
    return fallback;
  }

  async #start({ argv, env }: LaunchOptions): Promise<void> {
    const glue = this.#glue;
    if (!glue) throw new Error(`the Go program ${this.name} runs in browsers only`);
    this.#become({ name: "loading" });
    this.#compiled ??= compile(this.#url);
    const module = await this.#compiled;
    const go = new glue();
    if (argv) go.argv = [...argv];
    if (env) go.env = { ...env };
    this.#go = go;
    const instance = await WebAssembly.instantiate(module, go.importObject);
    // Stopped meanwhile, and perhaps started again.
    if (this.#go !== go) return;
    this.#exports = instance.exports;
    const end = (state: ProgramState) => {
      if (this.#go === go) this.#become(state);
    };
    this.#become({ name: "running" });
    go.run(instance).then(
      () => end({ name: "ended" }),
      (error) => end({ name: "crashed", message: String(error) }),
    );
  }

  #become(state: ProgramState): void {
    this.#state = state;
    this.#states.tell(state);
  }
}

/** There is nobody who could tell. */
function nothing(): () => void {
  return () => {};
}

/** Streaming where the server says what the file is; not every one does. */
async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  if (response.headers.get("content-type")?.startsWith("application/wasm"))
    return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
