//! A Go program that a module stands for, as whoever imports it sees it: the module's default export.

import type { FlagListener, FlagValue } from "../flag-values.js";
import type { Listener } from "../listeners.js";
import type { Diagnostic, Updated } from "../messages.js";
import type { ListenOptions, TreeListener } from "../tree-event.js";

export type ProgramState =
  /** It has not begun yet: its module is on its way, or is being built. */
  | { readonly name: "loading" }
  | { readonly name: "running" }
  /** Its main function has returned, so that its functions cannot be called any more. */
  | { readonly name: "ended" }
  | { readonly name: "crashed"; readonly message: string }
  | { readonly name: "stopped" };

/** How a program is started. */
export type LaunchOptions = {
  /** `os.Args`; the first one is the name of the program. */
  readonly argv?: readonly string[];
  /** What `os.Getenv` finds. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Listeners are told until what `on...` has answered is called. */
export interface GoProgram {
  readonly name: string;
  /** True while a dev-server builds it. What is built for others gets no updates, and tells nothing of its source. */
  readonly isDevelopment: boolean;
  readonly state: ProgramState;
  /** Starts the program after `stop`; resolves when it runs. Importing the module has started it once. */
  start(launch?: LaunchOptions): Promise<void>;
  /** Ends the program, with its timers, listeners and callbacks in development. */
  stop(): void;
  /** Calls the listener with the state, and with each other one. */
  onState(listener: Listener<ProgramState>): () => void;
  /** Calls the listener after each update that was done. */
  onUpdate(listener: Listener<Updated>): () => void;
  /** Calls the listener with all that is wrong with the source, and whenever that is another. */
  onDiagnostics(listener: Listener<readonly Diagnostic[]>): () => void;
  /** Calls the listener for the syntax tree of each Go file of the program's own, and for each change of one. */
  onTree(listener: TreeListener, options?: ListenOptions): () => void;
  /** Calls the listener with the values of all flags, and whenever one is another. */
  onFlags(listener: FlagListener): () => void;
  /** What a flag is now; `fallback` while nothing is known of one of that name and type. */
  flag<Value extends FlagValue>(name: string, fallback: Value): Value;
}

/** The module of a Go program: its exported functions, and the program itself. */
export type GoModule = { readonly default: GoProgram };
