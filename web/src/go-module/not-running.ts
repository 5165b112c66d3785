//! Why a function of a Go program cannot be called now, and what to do about it.

import type { ProgramState } from "./go-program.js";

export function notRunning(program: string, state: ProgramState): string {
  switch (state.name) {
    case "running":
      return `the Go program ${program} does not export it`;
    case "loading":
      return `the Go program ${program} does not run yet; wait for \`start()\` of it`;
    case "ended":
      return `main of the Go program ${program} has returned; let it end with \`select {}\``;
    case "crashed":
      return `the Go program ${program} went down: ${state.message}`;
    case "stopped":
      return `the Go program ${program} was stopped`;
    default:
      return state satisfies never;
  }
}
