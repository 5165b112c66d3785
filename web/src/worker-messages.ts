//! What the page and the worker with its program say to each other, over a channel that the program cannot see.

import type { Data } from "./hot.js";
import type { FailedStage, Memory, Patch, Severity } from "./messages.js";

/** First message to a new worker, with the channel; everything else on the worker itself is the program's. */
export type Invitation = { readonly devServerPort: MessagePort };

export type Order =
  | {
      readonly kind: "prepare";
      readonly module: WebAssembly.Module;
      readonly glue: string;
      readonly generation: number;
    }
  | { readonly kind: "start"; readonly data: Data }
  | { readonly kind: "dispose" }
  | { readonly kind: "patch"; readonly patches: readonly Patch[] }
  /** The next program could not be started: the page is yours again. */
  | { readonly kind: "resume"; readonly data: Data | undefined };

export type Answer =
  | {
      readonly kind: "done";
      readonly data: Data | undefined;
      readonly patched: number;
      readonly memory: Memory | undefined;
    }
  | {
      readonly kind: "failed";
      readonly stage: FailedStage;
      readonly message: string;
      readonly patched: number;
    };

export type Report =
  | { readonly kind: "accept" }
  | { readonly kind: "end" }
  | { readonly kind: "invalidate"; readonly reason: string }
  | { readonly kind: "log"; readonly severity: Severity; readonly text: string }
  | {
      readonly kind: "crash";
      readonly downfall: { readonly kind: string; readonly message: string; readonly stack: string };
      /** False for an error that did not end the program. */
      readonly fatal: boolean;
    };

export type FromWorker = { readonly answer: Answer } | { readonly report: Report };
