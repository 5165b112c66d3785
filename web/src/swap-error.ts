//! Why an update could not be done, and where.

import type { FailedStage } from "./messages.js";

/** A swap ended at a stage; whatever ran before runs on. */
export class SwapError extends Error {
  readonly stage: FailedStage;

  constructor(stage: FailedStage, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SwapError";
    this.stage = stage;
  }
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
