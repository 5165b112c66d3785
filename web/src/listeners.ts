//! Who wants to know of something. One that throws keeps nobody else from hearing.

export type Listener<Told> = (told: Told) => void;

export class Listeners<Told> {
  readonly #listeners = new Set<{ readonly listener: Listener<Told> }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Calls the listener with `known` now, and with whatever is told from then on; the answer ends that. */
  listen(listener: Listener<Told>, known?: Told): () => void {
    // Who listens twice hears twice.
    const entry = { listener };
    this.#listeners.add(entry);
    if (known !== undefined) this.#call(listener, known);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  tell(told: Told): void {
    for (const { listener } of this.#listeners) this.#call(listener, told);
  }

  #call(listener: Listener<Told>, told: Told): void {
    try {
      listener(told);
    } catch (error) {
      this.#onError(error);
    }
  }
}
