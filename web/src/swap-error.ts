//! Why an update could not be done, and where.

import type { FailedStage } from "./messages.js";

/** A swap ended at a stage; whatever ran before runs on. */
export class SwapError extends Error {
  readonly stage: FailedStage;
  /** What the module was offered, where that was the matter. */
  readonly imports: unknown;

  constructor(stage: FailedStage, message: string, cause?: unknown, imports?: unknown) {
    super(message, { cause });
    this.name = "SwapError";
    this.stage = stage;
    this.imports = imports;
  }
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
