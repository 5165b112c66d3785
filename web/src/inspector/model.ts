//! All that the views of one program show.

import type { Explanation } from "../explain/explanation.js";
import type { FlagValue } from "../flag-values.js";
import type { Diagnostic } from "../messages.js";
import type { TransportState } from "../transport.js";
import type { FlagRules } from "./flag-document.js";
import type { SaveStore } from "./save-store.js";
import type { Status } from "./status.js";
import type { TreeStore } from "./tree-store.js";

export type Model = {
  program: string;
  connection: TransportState;
  status: Status | undefined;
  readonly saves: SaveStore;
  readonly trees: TreeStore;
  /** Where the heap begins, by the modules that were released last. */
  readonly heapStarts: Map<string, number>;
  problems: readonly Diagnostic[];
  /** What went wrong last in a page, until a program is started there anew. */
  fall: Explanation | undefined;
  flags: Readonly<Record<string, FlagValue>>;
  rules: readonly FlagRules[];
  /** The save that is looked at; undefined: always the newest. */
  selected: number | undefined;
};

/** What a person can do from within a view. */
export type Actions = {
  readonly select: (save: number | undefined) => void;
  readonly open: (location: bigint) => void;
  readonly redraw: () => void;
};

export interface View {
  readonly element: HTMLElement;
  /** Shows what is so now; does nothing when that is what it shows. */
  draw(): void;
  close?(): void;
}

/** Tells whether what a view is made of is other than the last time. */
export class Changes {
  #last: readonly unknown[] | undefined;

  are(...values: readonly unknown[]): boolean {
    const last = this.#last;
    this.#last = values;
    return last?.length !== values.length || last.some((value, place) => !Object.is(value, values[place]));
  }

  /** The next time they are. */
  forget(): void {
    this.#last = undefined;
  }
}
