//! Ends a Go program that nobody can kill: its timers and callbacks find that there is nothing to do any more.

import type { Go } from "../glue.js";

/** What both kinds of glue enter a program by, and the timers that the one of Go keeps. */
type Inner = { _resume?: () => void; readonly _scheduledTimeouts?: ReadonlyMap<number, number> };

export function retire(go: Go): void {
  const inner = go as Go & Inner;
  go.exited = true;
  // The glue would throw into whoever calls a callback that is still in the page.
  inner._resume = () => {};
  for (const timer of inner._scheduledTimeouts?.values() ?? []) clearTimeout(timer);
}
