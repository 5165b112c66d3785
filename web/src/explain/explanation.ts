//! What an explanation is, and what has to be known for one.

/** What was being done when the error was thrown. */
export type Doing = "compile" | "instantiate" | "call" | "run";

export type Attempt = {
  readonly doing?: Doing | undefined;
  /** The bytes, or what was answered in their place. Of a compiled module only the names of its imports and exports can be
   * read, not their types. */
  readonly module?: ArrayBuffer | ArrayBufferView | object | undefined;
  /** What the page offers the module. */
  readonly imports?: unknown;
  /** Name of the export that was called. */
  readonly name?: string | undefined;
  /** Go functions on the stack, innermost first, where somebody knows them. */
  readonly frames?: readonly GoPosition[] | undefined;
  /** What is wanted, and what was offered, where somebody knows it better than the bytes say it. */
  readonly wanted?: string | undefined;
  readonly offered?: string | undefined;
};

/** A place in the program. */
export type GoPosition = {
  /** Such as `main.(*Board).Step`, or `wasm-function[12]` where the module has no names. */
  readonly function: string;
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  /** Bytes from the start of the module. */
  readonly offset?: number | undefined;
};

export type Explanation = {
  /** Of the row in the table of errors, such as "link/signature"; "unknown" when no row fits. */
  readonly code: string;
  /** Class of the error as the browser names it, "panic" for a panic of Go, "exit" for a program that ended. */
  readonly kind: string;
  /** What the browser or the program said. */
  readonly message: string;
  readonly title: string;
  readonly cause: string;
  /** What the module wants: for a function its line in Go and its type. Empty where nothing is wanted. */
  readonly wanted: string;
  /** What it was given instead; empty where that is not known. */
  readonly offered: string;
  readonly position: GoPosition | undefined;
  readonly remedy: string;
  /** Address of a page that says more. */
  readonly link: string;
};
