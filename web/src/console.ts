//! Forwards what page and program print, without changing what the browser's own console shows.

import type { Severity } from "./messages.js";

type Method = "debug" | "log" | "info" | "warn" | "error";

const methods: Record<Method, Severity> = {
  debug: "debug",
  log: "info",
  info: "info",
  warn: "warning",
  error: "error",
};

/** The limit of the protocol, in bytes; UTF-8 takes at most three for each unit of a string. */
const longestText = Math.floor((8 * 1024) / 3);
/** A program that prints in every frame is shown in part: nobody reads more in a terminal. */
const burst = 200;
const perSecond = 100;

export type ConsoleOptions = {
  readonly forward: (severity: Severity, text: string) => void;
  /** Called with everything, before any limit. */
  readonly observe: (text: string) => void;
  readonly now: () => number;
};

export function forwardConsole(
  target: Pick<Console, Method>,
  { forward, observe, now }: ConsoleOptions,
): void {
  let inside = false;
  let tokens = burst;
  let at = now();
  let dropped = 0;

  const pass = (severity: Severity, text: string) => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - at) / 1000) * perSecond);
    at = time;
    if (tokens < 1) {
      dropped += 1;
      return;
    }
    tokens -= 1;
    if (dropped > 0) forward("warning", `(${dropped} lines left out)`);
    dropped = 0;
    forward(severity, text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text);
  };

  for (const [method, severity] of Object.entries(methods) as [Method, Severity][]) {
    const native = target[method];
    target[method] = (...given: unknown[]) => {
      native.apply(target, given);
      // A getter of a printed object may print, and so may whoever is called from here.
      if (inside) return;
      inside = true;
      try {
        const text = format(given);
        observe(text);
        pass(severity, text);
      } catch {
        // Printing must never throw into the program.
      } finally {
        inside = false;
      }
    };
  }
}

/** What the browser would show, as one line of text; `%s` and its relatives included. */
export function format(given: readonly unknown[]): string {
  const rest = [...given];
  let text = "";
  if (typeof rest[0] === "string") {
    text = (rest.shift() as string).replace(/%[sdifoOc%]/g, (directive) => {
      if (directive === "%%") return "%";
      if (rest.length === 0) return directive;
      const value = rest.shift();
      if (directive === "%c") return "";
      return directive === "%d" || directive === "%i" ? String(Math.trunc(Number(value))) : show(value);
    });
  } else if (rest.length > 0) {
    text = show(rest.shift());
  }
  return [text, ...rest.map(show)].join(" ");
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error)
    return value.stack?.includes(value.message) ? value.stack : `${value.name}: ${value.message}`;
  if (typeof value !== "object" || value === null) return String(value);
  let left = 100;
  try {
    const text = JSON.stringify(value, (_, part: unknown) => {
      left -= 1;
      if (left < 0) return undefined;
      return typeof part === "bigint" || typeof part === "function" ? String(part) : part;
    });
    return text === "{}" ? Object.prototype.toString.call(value) : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
