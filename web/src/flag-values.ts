//! What the flags are for this page, as the server says it, and who wants to know when one is another.

import { Listeners } from "./listeners.js";
import type { Flag } from "./messages.js";

export type FlagValue = boolean | number | string;

/** Called with the values of all flags by name. */
export type FlagListener = (flags: Readonly<Record<string, FlagValue>>) => void;

export class FlagValues {
  readonly #listeners: Listeners<Readonly<Record<string, FlagValue>>>;
  #values: Readonly<Record<string, FlagValue>> | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#listeners = new Listeners(onError);
  }

  /** The value of a flag; `fallback` while none is known of that name and of the type of `fallback`. */
  get<Value extends FlagValue>(name: string, fallback: Value): Value {
    const value = this.#values?.[name];
    return typeof value === typeof fallback ? (value as Value) : fallback;
  }

  /** Calls the listener with what is known, and whenever it is another; the answer ends that. */
  listen(listener: FlagListener): () => void {
    return this.#listeners.listen(listener, this.#values);
  }

  take(flags: readonly Flag[]): void {
    // Names are the server's; none of them is one that every object has.
    const values: Record<string, FlagValue> = Object.create(null);
    for (const { name, value } of flags)
      if (value.value !== undefined)
        values[name] = typeof value.value === "bigint" ? Number(value.value) : value.value;
    this.#values = values;
    this.#listeners.tell(values);
  }
}
