//! At which published state the page is, and what a frame means for it. Pure: no DOM, no clock, no socket.

import { levels, type Patch, type UpdateMessage } from "./messages.js";

export type Position = {
  readonly epoch: string;
  readonly sequence: bigint;
  /** Module that runs; empty: none. */
  readonly base: string;
  /** Number of the last patch on it that runs. */
  readonly patch: number;
  readonly manifest: string;
};

export type StoreState =
  | { readonly name: "following"; readonly at: Position }
  /** Something did not fit: only an update that presupposes nothing is taken from here on. */
  | { readonly name: "awaiting-full"; readonly at: Position; readonly reason: string };

export type Judgement =
  | { readonly verdict: "take" }
  /** An older frame, or one that is applied already. */
  | { readonly verdict: "ignore"; readonly reason: string }
  /** The server is told, and sends a full module. */
  | { readonly verdict: "refuse"; readonly reason: string };

/** Whether a patch on the module `base` is what its hashes are of. */
export type IsIntact = (base: string, patch: Patch) => boolean;

/** `manifest`: of the files that the page was made from, as the server wrote it into the page. */
export function startAt(manifest: string): StoreState {
  return { name: "following", at: { epoch: "", sequence: 0n, base: "", patch: 0, manifest } };
}

/** Checks order, base and bytes before anything on the page is touched. `isIntact` is there when there are patches. */
export function judge(state: StoreState, message: UpdateMessage, isIntact?: IsIntact): Judgement {
  const { at } = state;
  if (message.epoch === at.epoch && message.sequence <= at.sequence) {
    return { verdict: "ignore", reason: "it is not newer" };
  }
  const { level, patches } = message.update;
  const partial = level === "hot-patch" || level === "asset-swap";
  if (state.name === "awaiting-full" && partial) {
    return { verdict: "ignore", reason: "a full module is due" };
  }
  // A whole module stands for itself: it may well have been sent while the page was still on its way to another one.
  if (partial && message.base !== "" && message.base !== at.base) {
    return { verdict: "refuse", reason: `made for ${brief(message.base)}, but ${brief(at.base)} runs` };
  }
  if (level === "hot-patch") {
    if (patches.length === 0) return { verdict: "refuse", reason: "it names no functions" };
    let runs = at.patch;
    for (const patch of patches) {
      const { number, follows } = patch;
      if (number <= runs) continue;
      if (follows !== runs)
        return { verdict: "refuse", reason: `made for patch ${follows}, but ${runs} runs` };
      if (!isIntact?.(message.base, patch))
        return { verdict: "refuse", reason: `the bytes of patch ${number} are not those of its hashes` };
      runs = number;
    }
  }
  return { verdict: "take" };
}

export function applied(state: StoreState, message: UpdateMessage, base: string, patch: number): StoreState {
  const manifest = message.update.manifest || state.at.manifest;
  return {
    name: "following",
    at: { epoch: message.epoch, sequence: message.sequence, base, patch, manifest },
  };
}

export function refused(state: StoreState, reason: string): StoreState {
  return { name: "awaiting-full", at: state.at, reason };
}

/**
 * A newer update takes the place of one that still waits. Its module stands for both, but the server may have made
 * its list of assets after the other one was sent, and a page that had to be loaded anew still has to be.
 */
export function combine(waiting: UpdateMessage, newer: UpdateMessage): UpdateMessage {
  if (waiting.epoch !== newer.epoch) return newer;
  const named = new Set(newer.update.assets.map((asset) => asset.path));
  const assets = [...waiting.update.assets.filter((asset) => !named.has(asset.path)), ...newer.update.assets];
  // Patches are a list for what runs now, and stand for themselves; where the other one was a whole module, their base
  // is another and they are refused.
  if (newer.update.level === "hot-patch" && waiting.update.level !== "page-reload")
    return { ...newer, update: { ...newer.update, assets } };
  const graver = levels.indexOf(waiting.update.level) > levels.indexOf(newer.update.level) ? waiting : newer;
  const { level, reason, patches } = graver.update;
  return { ...newer, update: { ...newer.update, assets, patches, level, reason } };
}

/** The page itself started or ended a program. */
export function rebased(state: StoreState, base: string, patch: number): StoreState {
  return { ...state, at: { ...state.at, base, patch } };
}

function brief(hash: string): string {
  return hash.slice(0, 8) || "nothing";
}
