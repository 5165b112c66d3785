//! What is said over Vite's own connection, between a page and the plugin.

import type { Level } from "../messages.js";
import type { Signatures } from "./crossing.js";

export const events = {
  /** Page to plugin, and back to `import.meta.hot` of that page: an update was done. */
  update: "dev-server:update",
  /** Page to plugin: only another program, or a load of the page, brings it further. */
  reload: "dev-server:reload",
  /** Plugin to pages: the program exports other functions. */
  exports: "dev-server:exports",
  /** Page to plugin, and back: how and where an exported function is declared. */
  declared: "dev-server:declared",
} as const;

export type UpdateEvent = {
  readonly program: string;
  readonly level: Level;
  readonly reason: string;
  /** Full names of functions that were replaced. */
  readonly functions: readonly string[];
};

export type ReloadMessage = { readonly id: string; readonly reason: string };

export type ExportsMessage = { readonly id: string; readonly signatures: Signatures };

export type DeclaredQuestion = { readonly id: string; readonly name: string };

export type DeclaredAnswer = DeclaredQuestion & {
  /** As Go has it, such as `func(one int32) int32`; empty: there is no such function. */
  readonly type: string;
  /** Relative to the project. */
  readonly file: string;
  readonly line: number;
};
