//! What `dev-server serve --json` and `dev-server tail --json` print, as far as the plugin needs it.

export type ReportedDiagnostic = {
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
};

export type ServerEvent =
  | { readonly event: "listening"; readonly url: string; readonly token: string; readonly compiler: string }
  | {
      readonly event: "build";
      readonly program: string;
      readonly status: "started" | "built" | "failed" | "cancelled";
      readonly ms: number;
      readonly diagnostics: readonly ReportedDiagnostic[];
    }
  | {
      readonly event: "release";
      readonly program: string;
      readonly functions: readonly string[];
      readonly size: number;
    }
  | {
      readonly event: "client_log";
      readonly program: string;
      readonly severity: string;
      /** Class of an error that went through; null: it was printed. */
      readonly kind: string | null;
      readonly text: string;
      readonly frames: readonly { readonly function: string; readonly file: string; readonly line: number }[];
    }
  | { readonly event: "notice"; readonly message: string; readonly hint: string | null };

const known = new Set(["listening", "build", "release", "client_log", "notice"]);

/** Undefined: an event of another kind, or no event. */
export function parseEvent(line: string): ServerEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("event" in value)) return undefined;
    return known.has(String(value.event)) ? (value as ServerEvent) : undefined;
  } catch {
    return undefined;
  }
}
