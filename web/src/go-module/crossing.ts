//! How values cross between JavaScript and the exported functions of a Go program.

/** What a value is in Go. "float": of any size. */
export type Crossing =
  | "nothing"
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "uint8"
  | "uint16"
  | "uint32"
  | "int64"
  | "uint64"
  | "float"
  | "string";

/** Parameters, and the result. */
export type Signature = readonly [parameters: readonly Crossing[], result: Crossing];

export type Signatures = Readonly<Record<string, Signature>>;

const encoder = new TextEncoder();

/** Calls an exported function. `enter` runs what it is given as part of the program. */
export function callAcross(
  exports: WebAssembly.Exports,
  name: string,
  [parameters, result]: Signature,
  given: readonly unknown[],
  enter: (entry: (...given: unknown[]) => unknown, given: unknown[]) => unknown,
): unknown {
  const entry = exports[name];
  if (typeof entry !== "function") {
    throw new TypeError(`the Go program that runs does not export ${name}`);
  }
  if (given.length < parameters.length) {
    throw new TypeError(
      `${name} takes ${parameters.length === 1 ? "1 argument" : `${parameters.length} arguments`}, and was given ${given.length}`,
    );
  }
  const texts = new Texts(exports, name);
  const passed = parameters.flatMap((parameter, index) => pass(parameter, given[index], texts));
  let refused: unknown;
  const answer = enter((...values) => {
    try {
      return entry(...values);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused = error;
      return undefined;
    }
  }, passed);
  // The program has not been entered: nothing of it went wrong.
  if (refused !== undefined) throw refused;
  // Not after a trap: the program that went down cannot take anything back.
  texts.release();
  return received(result, answer);
}

/**
 * The call did not fit: too few values, one of another type, no such function. The program has not been entered, which is
 * known by no function of it being on the stack.
 */
export function isRefusal(error: unknown): error is TypeError {
  return error instanceof TypeError && !error.stack?.includes("wasm-function[");
}

function pass(crossing: Crossing, value: unknown, texts: Texts): unknown[] {
  switch (crossing) {
    case "bool":
      return [value ? 1 : 0];
    case "string":
      return texts.put(String(value));
    default:
      return [value];
  }
}

/** WebAssembly knows numbers of 32 and 64 bits, which it takes for signed ones. */
function received(crossing: Crossing, value: unknown): unknown {
  switch (crossing) {
    case "nothing":
      return undefined;
    case "bool":
      return ((value as number) & 1) === 1;
    case "int8":
      return ((value as number) << 24) >> 24;
    case "int16":
      return ((value as number) << 16) >> 16;
    case "uint8":
      return (value as number) & 0xff;
    case "uint16":
      return (value as number) & 0xffff;
    case "uint32":
      return (value as number) >>> 0;
    case "uint64":
      return BigInt.asUintN(64, value as bigint);
    default:
      return value;
  }
}

/** Texts of one call, in the memory of the program. Go keeps what it still refers to after they were released. */
class Texts {
  readonly #exports: WebAssembly.Exports;
  readonly #name: string;
  readonly #addresses: number[] = [];

  constructor(exports: WebAssembly.Exports, name: string) {
    this.#exports = exports;
    this.#name = name;
  }

  put(text: string): [address: number, length: number] {
    const bytes = encoder.encode(text);
    if (bytes.length === 0) return [0, 0];
    const { malloc, memory } = this.#exports;
    if (typeof malloc !== "function" || !(memory instanceof WebAssembly.Memory)) {
      throw new TypeError(
        `${this.#name}: only programs of TinyGo take texts; pass this one through syscall/js, or compile with TinyGo`,
      );
    }
    const address = (malloc as (size: number) => number)(bytes.length) >>> 0;
    this.#addresses.push(address);
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
    return [address, bytes.length];
  }

  release(): void {
    const { free } = this.#exports;
    if (typeof free === "function")
      for (const address of this.#addresses) (free as (at: number) => void)(address);
  }
}
