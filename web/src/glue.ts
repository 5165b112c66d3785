//! What the `wasm_exec.js` of both compilers has in common, as far as it is used here.

/** An object of the glue's class `Go`. */
export type Go = {
  argv?: string[];
  env?: Record<string, string>;
  importObject: WebAssembly.Imports;
  exit?: (code: number) => void;
  exited?: boolean;
  /** TinyGo only. */
  exitCode?: number;
  run(instance: WebAssembly.Instance): Promise<unknown>;
  _makeFuncWrapper(id: number): (...given: unknown[]) => unknown;
};

export type GoClass = new () => Go;

/** How the page wants its program started; what the page's own script set is kept for every later instance. */
export type Launch = {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Imports beyond those of the glue. */
  readonly imports?: WebAssembly.Imports;
};

/** Exports through which JavaScript enters Go: the first three of Go, the last four of TinyGo. */
export const entryPoints = ["run", "resume", "_start", "_initialize", "go_scheduler"] as const;

/** Imports that set a timer for the scheduler of Go, and of TinyGo. */
export const schedulingImports = ["runtime.scheduleTimeoutEvent", "runtime.sleepTicks"] as const;

/** The import behind `js.Value.New`. */
export const constructingImport = "syscall/js.valueNew";

export function applyLaunch(go: Go, launch: Launch): void {
  if (launch.argv) go.argv = [...launch.argv];
  if (launch.env) go.env = { ...launch.env };
  for (const [module, names] of Object.entries(launch.imports ?? {})) {
    const target = go.importObject[module] ?? {};
    go.importObject[module] = target;
    Object.assign(target, names);
  }
}

/** Names that the module imports and nobody offers; an engine would say so with the first of them only. */
export function missingImports(module: WebAssembly.Module, imports: WebAssembly.Imports): string[] {
  return WebAssembly.Module.imports(module)
    .filter(({ module: from, name, kind }) => {
      const offered: unknown = imports[from]?.[name];
      return kind === "function" ? typeof offered !== "function" : offered === undefined;
    })
    .map(({ module: from, name }) => `${from}.${name}`);
}
