//! A small sign in the corner: compiling, what the last update did and why, connection lost. It is still unless
//! something happens; what moves is moved by style alone. Clicks go through it; only the one that brings dismissed
//! errors back takes them, and shrinks to a dot, since it stays.

import { element, isolated, palette } from "./element.js";
import type { Level } from "./messages.js";

export type BadgeState =
  | { readonly name: "idle" }
  | { readonly name: "lost"; readonly reason: string }
  | { readonly name: "held"; readonly reason: string }
  | { readonly name: "compiling"; readonly expectedMilliseconds: number }
  | {
      readonly name: "applied";
      readonly what: Level | "start";
      readonly reason: string;
      readonly milliseconds: number;
      readonly notes: readonly string[];
    }
  | { readonly name: "hidden-errors" };

const words: Record<Level | "start", string> = {
  start: "Started",
  none: "No change",
  "asset-swap": "Assets swapped",
  "hot-patch": "Patched",
  "module-swap": "Swapped",
  "page-reload": "Reloaded",
};

const style = `${palette}
.badge {
  position: fixed; right: 12px; bottom: 12px; z-index: 2147483645;
  display: flex; align-items: center; gap: 8px; max-width: min(520px, calc(100vw - 24px));
  padding: 6px 12px 6px 10px; border-radius: 15px; border: 1px solid var(--line);
  font: 12px/1.4 var(--sans); color: var(--ink); background: var(--paper);
  box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 4px 16px rgb(0 0 0 / .12); pointer-events: none;
}
button.badge { pointer-events: auto; cursor: pointer; }
button.badge .what { overflow: hidden; max-width: 4em; animation: shrink .3s ease-in 6s forwards; }
button.badge:is(:hover, :focus-visible) .what { animation: none; }
@keyframes shrink { to { max-width: 0; margin-left: -8px; opacity: 0; } }
button.badge:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--tone); }
.good { --tone: var(--good); }
.busy { --tone: var(--link); }
.bad { --tone: var(--error); }
.lost { --tone: var(--warning); }
.what { white-space: nowrap; font-weight: 500; }
.time { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
.why {
  color: var(--soft); overflow: hidden; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
}
.passing { animation: leave .3s ease-in 6s forwards; }
@keyframes leave { to { opacity: 0; visibility: hidden; } }
@media (prefers-reduced-motion: no-preference) {
  .busy .dot { animation: breathe 1.2s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .25; } }
}
`;

export class Badge {
  readonly #onClick: () => void;
  #parts: ReturnType<typeof isolated> | undefined;

  constructor(onClick: () => void) {
    this.#onClick = onClick;
  }

  show(state: BadgeState): void {
    const face = this.#face(state);
    if (!face) {
      this.#parts?.host.remove();
      return;
    }
    this.#parts ??= isolated("dev-server-badge", style);
    const { host, root } = this.#parts;
    root.replaceChildren(face);
    if (!host.isConnected) document.documentElement.append(host);
  }

  #face(state: BadgeState): HTMLElement | undefined {
    switch (state.name) {
      case "idle":
        return undefined;
      case "lost":
        return face("lost", "Connection lost", "", state.reason);
      case "held":
        return face("lost", "Held back", "", state.reason);
      case "compiling":
        return face(
          "busy",
          "Compiling",
          state.expectedMilliseconds > 0 ? `about ${duration(state.expectedMilliseconds)}` : "",
        );
      case "applied":
        return applied(state);
      case "hidden-errors": {
        const button = element(
          "button",
          "badge bad",
          element("span", "dot"),
          element("span", "what", "Errors"),
        );
        button.onclick = this.#onClick;
        button.title = "Show the errors";
        return button;
      }
      default:
        return state satisfies never;
    }
  }
}

function applied({
  what,
  reason,
  milliseconds,
  notes,
}: Extract<BadgeState, { name: "applied" }>): HTMLElement {
  const time = duration(milliseconds);
  // The server's reason for a patch is what it replaces: "3 functions".
  if (what === "hot-patch") return face("good passing", `Patched ${reason}`, `in ${time}`, notes.join("; "));
  return face("good passing", words[what], time, reason);
}

function face(tone: string, what: string, time = "", why = ""): HTMLElement {
  const made = element(
    "div",
    `badge ${tone}`,
    element("span", "dot"),
    element("span", "what", what),
    time && element("span", "time", time),
    why && element("span", "why", why),
  );
  made.setAttribute("role", "status");
  made.title = why;
  return made;
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
