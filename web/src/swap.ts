//! The exchange itself, in one task: dispose, start, and either kill the old program or give the page back to it.

import type { Data, Hot } from "./hot.js";
import { SwapError, words } from "./swap-error.js";

/** A program as far as the exchange is concerned. */
export type Player = {
  readonly hot: Hot;
  readonly ended: boolean;
  pause(): void;
  resume(): void;
  through<Result>(call: () => Result): Result;
  kill(data: Data | undefined): void;
};

export type Exchange = {
  readonly old: Player | undefined;
  readonly next: Player;
  readonly start: () => void;
  /** The page's own scripts, which live through the exchange. */
  readonly page: Hot;
  /** False for a restart: nothing is handed over. */
  readonly handOver: boolean;
  /** Makes `hot` what a starting program finds under `__devServerLive`. */
  readonly offer: (hot: Hot | undefined) => void;
  /** Records what happens to the document from now on. */
  readonly record: () => { keep(): void; undo(): void };
};

/** Throws a `SwapError` after which everything is as it was before. */
export function exchange({ old, next, start, page, handOver, offer, record }: Exchange): void {
  const log = record();
  // A program that has ended has nothing to say any more.
  const outgoing = old && !old.ended && handOver ? old : undefined;
  const data: Data = {};
  const restore = (stage: "dispose" | "start", error: unknown): never => {
    next.kill(undefined);
    log.undo();
    offer(old?.hot);
    old?.resume();
    if (handOver) {
      outgoing?.hot.runAccept(data);
      page.runAccept(data);
    }
    throw new SwapError(stage, words(error), error);
  };

  old?.pause();
  try {
    outgoing?.through(() => outgoing.hot.runDispose(data));
    if (handOver) page.runDispose(data);
  } catch (error) {
    // A program that went down over it cannot be given the page back: the next one goes on with what there is.
    if (!outgoing?.ended) restore("dispose", error);
  }

  next.hot.data = data;
  offer(next.hot);
  try {
    start();
  } catch (error) {
    restore("start", error);
  }
  log.keep();
  old?.kill(data);
  if (handOver && old) page.runAccept(data);
}
