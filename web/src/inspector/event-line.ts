//! What a line of a server's events says, as far as the inspector shows it. Nothing is believed before it was looked at: a
//! newer server may say more, or something else.

import type { GoPosition } from "../explain/explanation.js";
import type { Memory } from "../messages.js";

export type StageTime = { readonly name: string; readonly ms: number };

/** What there is for patches in a module, and what of it they have taken. */
export type Room = {
  readonly bytesUsed: number;
  readonly bytes: number;
  readonly slotsUsed: number;
  readonly slots: number;
};

export type EventLine =
  | {
      readonly event: "change";
      readonly revision: number;
      readonly files: readonly string[];
      readonly count: number;
    }
  | {
      readonly event: "verdict";
      readonly revision: number;
      readonly program: string;
      readonly verdict: string;
      readonly reason: string;
    }
  | {
      readonly event: "build";
      readonly revision: number;
      readonly program: string;
      readonly status: string;
      readonly ms: number;
      readonly fromCache: boolean;
      readonly errors: readonly string[];
    }
  | {
      readonly event: "release";
      readonly revision: number;
      readonly program: string;
      readonly module: string;
      readonly size: number;
      readonly functions: readonly string[];
      readonly patchBytes: number;
      readonly refusals: readonly string[];
      readonly notes: readonly string[];
      readonly stages: readonly StageTime[];
      readonly room: Room | undefined;
      /** Where in memory the heap of the module begins; 0 when that is not known. */
      readonly heapStart: number;
    }
  | {
      readonly event: "applied";
      readonly revision: number;
      readonly program: string;
      readonly session: number;
      readonly level: number;
      readonly reason: string;
      readonly ms: number;
      readonly stages: readonly StageTime[];
      readonly memory: Memory | undefined;
    }
  | {
      readonly event: "apply_failed";
      readonly program: string;
      readonly session: number;
      readonly stage: string;
      readonly message: string;
    }
  | {
      readonly event: "client_log";
      readonly program: string;
      readonly severity: string;
      /** Class of an uncaught error, "panic" for a panic; empty for what was printed. */
      readonly kind: string;
      readonly text: string;
      readonly frames: readonly GoPosition[];
    }
  | { readonly event: "flags" }
  | {
      readonly event: "client";
      readonly program: string;
      readonly session: number;
      readonly connected: boolean;
    };

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what is not shown. */
export function readLine(json: string): EventLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isFields(value) ? readFields(value) : undefined;
}

function readFields(said: Fields): EventLine | undefined {
  const revision = number(said.revision);
  const program = text(said.program);
  const session = number(said.session);
  switch (said.event) {
    case "change":
      return { event: "change", revision, files: texts(said.files), count: number(said.count) };
    case "verdict":
      return { event: "verdict", revision, program, verdict: text(said.verdict), reason: text(said.reason) };
    case "build":
      return {
        event: "build",
        revision,
        program,
        status: text(said.status),
        ms: number(said.ms),
        fromCache: said.from_cache === true,
        errors: list(said.diagnostics)
          .filter(({ severity }) => severity === "error")
          .map(({ message }) => text(message)),
      };
    case "release":
      return {
        event: "release",
        revision,
        program,
        module: text(said.module),
        size: number(said.size),
        functions: texts(said.functions),
        patchBytes: number(said.patch_bytes),
        refusals: texts(said.refusals),
        notes: texts(said.notes),
        stages: stages(said.stages),
        room: room(said.room),
        heapStart: number(said.heap_start),
      };
    case "applied":
      return {
        event: "applied",
        revision,
        program,
        session,
        level: number(said.level),
        reason: text(said.reason),
        ms: number(said.ms),
        stages: stages(said.stages),
        memory: memory(said.memory),
      };
    case "apply_failed":
      return {
        event: "apply_failed",
        program,
        session,
        stage: text(said.stage),
        message: text(said.message),
      };
    case "client_log":
      return {
        event: "client_log",
        program,
        severity: text(said.severity),
        kind: text(said.kind),
        text: text(said.text),
        frames: list(said.frames).map((frame) => ({
          function: text(frame.function),
          file: text(frame.file),
          line: number(frame.line),
        })),
      };
    case "client":
      return { event: "client", program, session, connected: said.connected === true };
    case "flags":
      return { event: "flags" };
    default:
      return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const number = (value: unknown): number => (typeof value === "number" ? value : 0);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function stages(value: unknown): readonly StageTime[] {
  return list(value).map(({ name, ms }) => ({ name: text(name), ms: number(ms) }));
}

function room(value: unknown): Room | undefined {
  if (!isFields(value)) return undefined;
  const { bytes_used, bytes, slots_used, slots } = value;
  return {
    bytesUsed: number(bytes_used),
    bytes: number(bytes),
    slotsUsed: number(slots_used),
    slots: number(slots),
  };
}

export function memory(value: unknown): Memory | undefined {
  if (!isFields(value)) return undefined;
  const { pages, values, functions, table } = value;
  return {
    pages: number(pages),
    values: number(values),
    functions: number(functions),
    table: number(table),
  };
}
