//! Pages that start their program themselves: recognises which module the page's own script runs, and with what, so
//! that later swaps start the next one in the same way.

import type { Go, GoClass, Launch } from "./glue.js";
import type { PageHost } from "./runtime.js";

type Compilers = Pick<
  typeof WebAssembly,
  "compile" | "compileStreaming" | "instantiate" | "instantiateStreaming" | "Module" | "Instance"
>;

/** An error of the page's own instantiation bears under this name what was tried: for the script that explains it. */
export const attemptedName = "dev-server.attempt";

/** `hash`: of the module, empty when it is none of the server's. */
export type Attempted = { readonly hash: string; readonly imports: WebAssembly.Imports | undefined };

/** From which `/m/<hash>.wasm` a module came and with which imports an instance was made. */
export class ModuleOrigins {
  readonly #hashes = new WeakMap<object, string>();
  readonly #imports = new WeakMap<object, WebAssembly.Imports>();

  constructor(compilers: Compilers, response: { arrayBuffer(): Promise<ArrayBuffer> }) {
    this.#hookResponse(response);
    this.#hookPromises(compilers);
    this.#hookConstructors(compilers);
  }

  hash(wasm: WebAssembly.Instance): string {
    return this.#hashes.get(wasm) ?? "";
  }

  imports(wasm: WebAssembly.Instance): WebAssembly.Imports {
    return this.#imports.get(wasm) ?? {};
  }

  #hookResponse(prototype: { arrayBuffer(): Promise<ArrayBuffer> }): void {
    const { arrayBuffer } = prototype;
    const origins = this;
    prototype.arrayBuffer = async function (this: Response) {
      const buffer = await arrayBuffer.call(this);
      origins.#note(buffer, hashOfUrl(this.url));
      return buffer;
    };
  }

  #hookPromises(compilers: Compilers): void {
    const { compile, compileStreaming, instantiate, instantiateStreaming } = compilers;
    compilers.compile = async (bytes, ...rest) => this.#derive(await compile(bytes, ...rest), bytes);
    compilers.compileStreaming = async (source, ...rest) => {
      const response = await source;
      const module = await compileStreaming(response, ...rest);
      this.#note(module, hashOfUrl(response.url));
      return module;
    };
    compilers.instantiateStreaming = async (source, imports, ...rest) => {
      const response = await source;
      const hash = hashOfUrl(response.url);
      const result = await attempt(instantiateStreaming(response, imports, ...rest), { hash, imports });
      this.#note(result.module, hash);
      this.#linked(result.instance, result.module, imports);
      return result;
    };
    const hooked = async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
      // What is answered to bytes and to a module is other; which one it is follows from the source.
      const making = instantiate(source as BufferSource, imports);
      const result = await attempt(making, { hash: this.#hashOf(source), imports });
      if (source instanceof WebAssembly.Module) return this.#linked(result, source, imports);
      this.#linked(result.instance, this.#derive(result.module, source), imports);
      return result;
    };
    compilers.instantiate = hooked as typeof compilers.instantiate;
  }

  #hookConstructors(compilers: Compilers): void {
    const origins = this;
    compilers.Module = new Proxy(compilers.Module, {
      construct(target, given: [BufferSource], newTarget) {
        return origins.#derive(Reflect.construct(target, given, newTarget), given[0]);
      },
    });
    compilers.Instance = new Proxy(compilers.Instance, {
      construct(target, given: [WebAssembly.Module, WebAssembly.Imports?], newTarget) {
        return origins.#linked(Reflect.construct(target, given, newTarget), given[0], given[1]);
      },
    });
  }

  #linked<Made extends object>(wasm: Made, module: WebAssembly.Module, imports?: WebAssembly.Imports): Made {
    if (imports) this.#imports.set(wasm, imports);
    return this.#derive(wasm, module);
  }

  #derive<Made extends object>(made: Made, source: object): Made {
    this.#note(made, this.#hashOf(source));
    return made;
  }

  #hashOf(source: object): string {
    return this.#hashes.get(ArrayBuffer.isView(source) ? source.buffer : source) ?? "";
  }

  #note(object: object, hash: string): void {
    if (hash) this.#hashes.set(object, hash);
  }
}

async function attempt<Result>(making: Promise<Result>, value: Attempted): Promise<Result> {
  making.catch((error) => Object.defineProperty(error, Symbol.for(attemptedName), { value }));
  return making;
}

/** Stands in for the page's class `Go`: what the page makes of it is watched, and its `run` tells the host. */
export function adoptClass(pageClass: GoClass, host: PageHost, origins: ModuleOrigins): GoClass {
  return new Proxy(pageClass, {
    construct(target, given, newTarget) {
      const go: Go = Reflect.construct(target, given, newTarget);
      let hash = "";
      const instance = host.watch(go, () => hash);
      const glueImports = copyOf(go.importObject);
      go.run = (wasm) => {
        hash = origins.hash(wasm);
        const launch: Launch = {
          argv: go.argv ?? [],
          env: go.env ?? {},
          imports: beyond(origins.imports(wasm), glueImports),
        };
        return host.adopt(instance, hash, launch, () => instance.start(wasm));
      };
      return go;
    },
  });
}

/** Imports that the page added, or put in the place of one of the glue's. */
function beyond(imports: WebAssembly.Imports, glue: WebAssembly.Imports): WebAssembly.Imports {
  const extra: WebAssembly.Imports = {};
  for (const [module, names] of Object.entries(imports)) {
    const added = Object.entries(names).filter(([name, value]) => glue[module]?.[name] !== value);
    if (added.length > 0) extra[module] = Object.fromEntries(added);
  }
  return extra;
}

function copyOf(imports: WebAssembly.Imports): WebAssembly.Imports {
  return Object.fromEntries(Object.entries(imports).map(([module, names]) => [module, { ...names }]));
}

/** The server sends whatever the page asks for as its module on to the address that bears the hash. */
export function hashOfUrl(url: string): string {
  return /\/m\/([0-9a-f]{64})\.wasm(?:[?#]|$)/.exec(url)?.[1] ?? "";
}
