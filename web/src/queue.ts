//! Updates one after the other: while one is applied at most one waits, and a newer one takes its place,
//! together with what must not be lost of the one it replaces.

export class LatestQueue<Item> {
  readonly #apply: (item: Item) => Promise<void>;
  readonly #combine: (waiting: Item, newer: Item) => Item;
  readonly #onError: (error: unknown) => void;
  #waiting: { readonly item: Item } | undefined;
  #running = false;

  constructor(options: {
    readonly apply: (item: Item) => Promise<void>;
    readonly combine: (waiting: Item, newer: Item) => Item;
    readonly onError: (error: unknown) => void;
  }) {
    this.#apply = options.apply;
    this.#combine = options.combine;
    this.#onError = options.onError;
  }

  push(item: Item): void {
    this.#waiting = { item: this.#waiting ? this.#combine(this.#waiting.item, item) : item };
    if (!this.#running) void this.#drain();
  }

  /** What waits is not to be done any more. */
  clear(): void {
    this.#waiting = undefined;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#waiting) {
      const { item } = this.#waiting;
      this.#waiting = undefined;
      try {
        await this.#apply(item);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#running = false;
  }
}
