//! A follower whose script is loaded by the first who listens.

export class LateFollower<Follower> {
  readonly #load: () => Promise<Follower>;
  readonly #onError: (error: unknown) => void;
  #loading: Promise<Follower> | undefined;
  /** It, once it is loaded. */
  there: Follower | undefined;

  constructor(load: () => Promise<Follower>, onError: (error: unknown) => void) {
    this.#load = load;
    this.#onError = onError;
  }

  /** `begin` makes somebody a listener of it and answers what ends that, which this answer does too. */
  listen(begin: (follower: Follower) => () => void): () => void {
    let stop: (() => void) | undefined;
    let stopped = false;
    this.#loading ??= this.#load();
    this.#loading.then(
      (follower) => {
        this.there = follower;
        if (!stopped) stop = begin(follower);
      },
      (error) => {
        // The next one who listens tries again.
        this.#loading = undefined;
        this.#onError(error);
      },
    );
    return () => {
      stopped = true;
      stop?.();
    };
  }
}
