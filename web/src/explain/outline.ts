//! Reads of a module's bytes what an explanation needs: types, imports, exports, where functions lie and what they are
//! called. Whatever is odd ends the reading; it never throws and never reads more than there is.

import { Reader } from "./reader.js";

/** Value types by their code, as bytes of the module. */
export type ValueType = readonly number[];

export type FunctionType = {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
};

export type Limits = {
  readonly initial: number;
  readonly maximum: number | undefined;
  readonly flags: number;
};

export type Wanted =
  | { readonly kind: "function"; readonly type: FunctionType | undefined }
  | { readonly kind: "table"; readonly element: ValueType; readonly limits: Limits }
  | { readonly kind: "memory"; readonly limits: Limits }
  | { readonly kind: "global"; readonly type: ValueType; readonly varies: boolean }
  | { readonly kind: "tag" };

export type ImportEntry = {
  readonly module: string;
  readonly name: string;
  /** Undefined: only its kind is known. */
  readonly wanted: Wanted | undefined;
  readonly kind: string;
};

export type ExportEntry = {
  readonly name: string;
  readonly kind: string;
  readonly type: FunctionType | undefined;
};

export type Outline = {
  readonly imports: readonly ImportEntry[];
  readonly exports: readonly ExportEntry[];
  /** The bytes end before the module does. */
  readonly truncated: boolean;
  /** Index of the function whose code is at this byte of the module. */
  functionAt(offset: number): number | undefined;
  functionName(index: number): string | undefined;
};

const kinds = ["function", "table", "memory", "global", "tag"] as const;
const kindName = (code: number): string => kinds[code] ?? "unknown";

/** More entries than any program has: what says more is not read on. */
const mostEntries = 1_000_000;

export function readOutline(bytes: Uint8Array): Outline {
  return new Reading(bytes);
}

/** All that the engine tells of a module whose bytes are not there. */
export function outlineOf(module: WebAssembly.Module): Outline {
  return {
    imports: WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => ({
      module: from,
      name,
      kind,
      wanted: undefined,
    })),
    exports: WebAssembly.Module.exports(module).map(({ name, kind }) => ({ name, kind, type: undefined })),
    truncated: false,
    functionAt: () => undefined,
    functionName: () => undefined,
  };
}

class Reading implements Outline {
  readonly imports: ImportEntry[] = [];
  readonly exports: ExportEntry[] = [];
  truncated = false;
  readonly #types: (FunctionType | undefined)[] = [];
  /** Types of all functions, imported ones first. */
  readonly #functions: (FunctionType | undefined)[] = [];
  #imported = 0;
  /** Where the code of each function begins and ends. */
  readonly #bodies: (readonly [number, number])[] = [];
  #names: Reader | undefined;

  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes, 8);
    this.truncated = bytes.length < 8;
    let declared = 0;
    while (!this.truncated && !reader.ended) {
      const id = reader.byte();
      const size = reader.unsigned();
      if (reader.failed || size > reader.left) {
        this.truncated = true;
        break;
      }
      const section = reader.take(size);
      if (id === 3) declared = section.peekUnsigned();
      this.#section(id, section);
    }
    this.truncated ||= this.#bodies.length < declared && declared < mostEntries;
  }

  functionAt(offset: number): number | undefined {
    const place = this.#bodies.findIndex(([begin, end]) => offset >= begin && offset <= end);
    return place < 0 ? undefined : this.#imported + place;
  }

  functionName(index: number): string | undefined {
    const names = this.#names?.again();
    if (!names) return undefined;
    for (let left = this.#count(names); left > 0 && !names.failed; left -= 1) {
      const at = names.unsigned();
      const name = names.text();
      if (at === index) return names.failed ? undefined : name;
      if (at > index) return undefined;
    }
    return undefined;
  }

  #section(id: number, reader: Reader): void {
    const each = (read: () => void) => {
      for (let left = this.#count(reader); left > 0 && !reader.failed; left -= 1) read();
    };
    if (id === 0) this.#custom(reader);
    else if (id === 1) each(() => this.#types.push(this.#type(reader)));
    else if (id === 2) each(() => this.#import(reader));
    else if (id === 3) each(() => this.#functions.push(this.#types[reader.unsigned()]));
    else if (id === 7) each(() => this.#export(reader));
    else if (id === 10)
      each(() => {
        const size = reader.unsigned();
        if (size > reader.left) reader.fail();
        else {
          const body = reader.take(size);
          this.#bodies.push([body.at, body.at + size]);
        }
      });
  }

  #count(reader: Reader): number {
    return Math.min(reader.unsigned(), mostEntries);
  }

  /** Undefined for what is no function; the reading of types ends there, since its shape is not known. */
  #type(reader: Reader): FunctionType | undefined {
    if (reader.byte() !== 0x60) {
      reader.fail();
      return undefined;
    }
    const list = () => {
      const found: ValueType[] = [];
      for (let left = this.#count(reader); left > 0 && !reader.failed; left -= 1)
        found.push(reader.valueType());
      return found;
    };
    const parameters = list();
    return { parameters, results: list() };
  }

  #import(reader: Reader): void {
    const module = reader.text();
    const name = reader.text();
    const code = reader.byte();
    const wanted = this.#wanted(code, reader);
    if (reader.failed) return;
    if (wanted?.kind === "function") {
      this.#functions.push(wanted.type);
      this.#imported += 1;
    }
    this.imports.push({ module, name, wanted, kind: kindName(code) });
  }

  #wanted(code: number, reader: Reader): Wanted | undefined {
    switch (kinds[code]) {
      case "function":
        return { kind: "function", type: this.#types[reader.unsigned()] };
      case "table": {
        const element = reader.valueType();
        return { kind: "table", element, limits: this.#limits(reader) };
      }
      case "memory":
        return { kind: "memory", limits: this.#limits(reader) };
      case "global": {
        const type = reader.valueType();
        return { kind: "global", type, varies: reader.byte() === 1 };
      }
      case "tag":
        reader.byte();
        reader.unsigned();
        return { kind: "tag" };
      default:
        reader.fail();
        return undefined;
    }
  }

  #limits(reader: Reader): Limits {
    const flags = reader.byte();
    const initial = reader.unsigned();
    return { flags, initial, maximum: flags & 1 ? reader.unsigned() : undefined };
  }

  #export(reader: Reader): void {
    const name = reader.text();
    const code = reader.byte();
    const index = reader.unsigned();
    if (reader.failed) return;
    this.exports.push({ name, kind: kindName(code), type: code === 0 ? this.#functions[index] : undefined });
  }

  #custom(reader: Reader): void {
    if (reader.text() !== "name") return;
    while (!reader.ended && !reader.failed) {
      const id = reader.byte();
      const size = reader.unsigned();
      if (size > reader.left) return;
      const part = reader.take(size);
      if (id === 1) this.#names = part;
    }
  }
}
