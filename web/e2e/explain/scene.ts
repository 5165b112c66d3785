//! One row of the table of errors, produced for real: the modules it needs and what the page does with them.

/** Bytes by the names of the modules. */
export type Modules = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** What the page was doing when it was thrown, noted by the scene as it goes; handed to `explain`. */
export type Notes = {
  doing?: "compile" | "instantiate" | "call" | "run";
  module?: Uint8Array<ArrayBuffer>;
  imports?: unknown;
  exports?: unknown;
  name?: string;
};

export type Play = (modules: Modules, notes: Notes) => unknown;

export type Scene = {
  /** Of the row that has to be recognised. */
  readonly code: string;
  /** What tells it from other scenes of the row. */
  readonly variant?: string;
  /** Modules in the text format, which become bytes. */
  readonly wat?: Readonly<Record<string, string>>;
  /** Modules that no text says. */
  readonly bytes?: Readonly<Record<string, readonly number[]>>;
  /** Runs in the page, from its source text: it sees its arguments and the globals of the page. */
  readonly play: Play;
  /** Path of the page, where it matters. */
  readonly page?: string;
  /** A browser that has no such limit: there nothing is thrown. */
  readonly not?: "firefox";
  /** The row with TinyGo, where it is another; "none": nothing goes wrong there, or nothing that ends. */
  readonly tinygo?: string;
  /** Only TinyGo goes down so. */
  readonly onlyTinygo?: boolean;
  /** What the explanation has to say beyond its row. */
  readonly says?: Partial<Record<"cause" | "wanted" | "offered" | "remedy", string>>;
};
