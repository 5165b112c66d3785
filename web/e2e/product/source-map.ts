//! A source map as a debugger reads it: from a line of a source to the bytes of a module, and back.

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** `source` and `line` are undefined where the code is of nobody in the project. Lines count from 1. */
type Mapping = { readonly offset: number; readonly source?: string; readonly line?: number };

export class SourceMap {
  readonly sources: readonly string[];
  readonly #texts: readonly string[];
  readonly #mappings: readonly Mapping[];

  constructor(json: string) {
    const { version, sources, sourcesContent, mappings } = JSON.parse(json) as {
      version: number;
      sources: string[];
      sourcesContent: string[];
      mappings: string;
    };
    if (version !== 3) throw new Error(`a map of version ${version}`);
    this.sources = sources;
    this.#texts = sourcesContent;
    const last = [0, 0, 0, 0];
    this.#mappings = mappings.split(",").map((segment) => {
      const fields = numbers(segment).map(
        (difference, field) => (last[field] = (last[field] ?? 0) + difference),
      );
      const [offset = 0, source, line] = fields;
      if (source === undefined || line === undefined) return { offset };
      return { offset, source: sources[source] ?? "", line: line + 1 };
    });
  }

  text(source: string): string | undefined {
    return this.#texts[this.sources.indexOf(source)];
  }

  /** The first bytes of all stretches of code that are of a line. */
  offsets(source: string, line: number): number[] {
    return this.#mappings
      .filter((at) => at.source === source && at.line === line)
      .map(({ offset }) => offset);
  }

  /** Where the code at an offset comes from, as `file:line`. */
  place(offset: number): string | undefined {
    const found = this.#mappings.filter((at) => at.offset <= offset).at(-1);
    return found?.source === undefined ? undefined : `${found.source}:${found.line}`;
  }

  /** Growing, none twice, and within a module of so many bytes. */
  isSound(bytes: number): boolean {
    return this.#mappings.every(({ offset, source, line }, index) => {
      const before = this.#mappings[index - 1]?.offset ?? -1;
      const known = source === undefined || (this.text(source)?.split("\n").length ?? 0) >= (line ?? 0);
      return offset > before && offset <= bytes && known;
    });
  }
}

function numbers(segment: string): number[] {
  const found: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = digits.indexOf(letter);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    found.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    [value, shift] = [0, 0];
  }
  return found;
}
