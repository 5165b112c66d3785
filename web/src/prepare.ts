//! Fetches, compiles and link-checks a module while the old one runs on. Nothing here touches what runs.

import { applyLaunch, type Go, type GoClass, type Launch, missingImports } from "./glue.js";
import type { ModuleReference, Stage } from "./messages.js";
import { SwapError, words } from "./swap-error.js";

export type Compiled = { readonly module: WebAssembly.Module; readonly stages: readonly Stage[] };

/** Streaming, with the original response: the browser keeps compiled code under its address. */
export async function compile(reference: ModuleReference): Promise<Compiled> {
  const watch = new TransferWatch(reference.url);
  const begin = performance.now();
  let response: Response;
  try {
    response = await fetch(reference.url);
  } catch (error) {
    throw new SwapError("fetch", `${reference.url}: ${words(error)}`, error);
  }
  if (!response.ok) throw new SwapError("fetch", `${reference.url}: the server answered ${response.status}`);
  // The address is the hash of the content; an answer from elsewhere is another module.
  if (!response.url.endsWith(reference.url))
    throw new SwapError("fetch", `${reference.url} led to ${response.url}`);
  const answered = performance.now();
  try {
    const module = await WebAssembly.compileStreaming(response);
    const end = performance.now();
    const transferred = Math.min(end, Math.max(answered, watch.end() ?? answered));
    return {
      module,
      stages: [
        { name: "transfer", microseconds: (transferred - begin) * 1000 },
        { name: "compile", microseconds: (end - transferred) * 1000 },
      ],
    };
  } catch (error) {
    const stage = error instanceof WebAssembly.CompileError ? "compile" : "fetch";
    throw new SwapError(stage, `${reference.url}: ${words(error)}`, error);
  } finally {
    watch.stop();
  }
}

/** A glue object that offers all that `module` wants. */
export function checkedGlue(glue: GoClass, module: WebAssembly.Module, launch: Launch): Go {
  const go = new glue();
  applyLaunch(go, launch);
  const missing = missingImports(module, go.importObject);
  if (missing.length > 0) {
    throw new SwapError(
      "link",
      `the module imports what neither its glue nor the page offers: ${missing.join(", ")}`,
      undefined,
      go.importObject,
    );
  }
  return go;
}

export async function link(module: WebAssembly.Module, go: Go): Promise<WebAssembly.Instance> {
  try {
    return await WebAssembly.instantiate(module, go.importObject);
  } catch (error) {
    throw new SwapError("link", words(error), error, go.importObject);
  }
}

/**
 * When the last byte came. While a module streams into the compiler nobody else sees its bytes, so the browser's own
 * record is read; through an observer, since the table of records may be full.
 */
class TransferWatch {
  readonly #url: string;
  readonly #observer: PerformanceObserver | undefined;
  #end: number | undefined;

  constructor(url: string) {
    this.#url = url;
    if (typeof PerformanceObserver === "undefined") return;
    this.#observer = new PerformanceObserver((list) => this.#read(list.getEntries()));
    this.#observer.observe({ type: "resource" });
  }

  end(): number | undefined {
    this.#read(this.#observer?.takeRecords() ?? []);
    return this.#end;
  }

  stop(): void {
    this.#observer?.disconnect();
  }

  #read(entries: PerformanceEntry[]): void {
    for (const entry of entries) {
      if (entry.name.endsWith(this.#url)) this.#end = (entry as PerformanceResourceTiming).responseEnd;
    }
  }
}
