//! Explains in a page what went wrong there: over the page, and in its console, from where the terminal has it. In pages
//! that the server serves a script of its own, loaded with the first error.

import { wasmFrames } from "./crash.js";
import { type Attempt, type Doing, type Explanation, explain, explanationText } from "./explain/explain.js";
import { explanationView } from "./explain/explanation-view.js";
import type { Downfall } from "./instance.js";
import type { FailedStage } from "./messages.js";
import { type Attempted, attemptedName } from "./page-boot.js";
import { SwapError } from "./swap-error.js";

/** Stages at whose failure nothing else was said of the error; a program that goes down as it starts is told by its crash. */
const doing: Partial<Record<FailedStage, Doing>> = {
  fetch: "compile",
  compile: "compile",
  link: "instantiate",
};

/** A worker tells the text of an error only. */
const kindsOf: Partial<Record<FailedStage, readonly string[]>> = {
  compile: ["CompileError", "TypeError"],
  link: ["LinkError", "TypeError", "RuntimeError"],
};

/** Classes of errors that only WebAssembly has. */
export const kindsOfWasm: ReadonlySet<string> = new Set(["CompileError", "LinkError", "RuntimeError"]);
const told = new WeakSet<object>();

export type Telling = {
  /** What was tried, where that is known already. */
  readonly attempt?: Attempt | undefined;
  /** Takes the explanation as text. */
  readonly say?: (text: string) => void;
};

/** `module`: hash of the module that runs, or was to. Undefined for what is not about it. */
export async function tell(
  downfall: Downfall,
  module = "",
  { attempt, say = (text) => console.warn(text) }: Telling = {},
): Promise<HTMLElement | undefined> {
  const explanation = attempt ? explain(downfall.error, attempt) : await explained(downfall, module);
  if (!explanation) return undefined;
  if (explanation.code === "unknown" && !kindsOfWasm.has(explanation.kind)) return undefined;
  say(explanationText(explanation));
  return explanationView(explanation);
}

async function explained(downfall: Downfall, module: string): Promise<Explanation | undefined> {
  const { kind, message, stack, error } = downfall;
  if (!isSwapError(error)) {
    if (typeof error === "object" && error !== null) {
      if (told.has(error)) return undefined;
      told.add(error);
      const attempted: Attempted | undefined = Reflect.get(error, Symbol.for(attemptedName));
      if (attempted) {
        const { hash, imports } = attempted;
        return explain(error, { doing: "instantiate", module: await bytesOf(hash), imports });
      }
    }
    const [frame] = wasmFrames(stack, module);
    // A panic is known by its text. Offsets in a patch are none in its base.
    const inModule = kind !== "panic" && frame?.patch === 0 && frame.module === module;
    const attempt = { module: inModule ? await bytesOf(module) : undefined };
    return explain({ name: kind, message, stack }, attempt);
  }
  const { stage, cause, imports } = error;
  if (!doing[stage]) return undefined;
  const attempt: Attempt = { doing: doing[stage], module: await bytesOf(module), imports };
  if (cause instanceof Error) return explain(cause, attempt);
  const all = ["SwapError", ...(kindsOf[stage] ?? [])].map((name) => explain({ name, message }, attempt));
  return all.find(({ code }) => code !== "unknown");
}

/** The page's script has a class of its own of that name. */
function isSwapError(error: unknown): error is SwapError {
  return error instanceof SwapError || (error instanceof Error && error.name === "SwapError");
}

/** Written into `new URL` itself, Vite would take it for a picture or the like, and put another address in its place. */
const here = () => import.meta.url;

/** From the cache of the browser, where the module has been a moment ago. */
async function bytesOf(module: string): Promise<ArrayBuffer | undefined> {
  if (module === "") return undefined;
  try {
    const answer = await fetch(new URL(`/m/${module}.wasm`, here()), { cache: "force-cache" });
    return answer.ok ? await answer.arrayBuffer() : undefined;
  } catch {
    // What is known without the bytes is said.
    return undefined;
  }
}
