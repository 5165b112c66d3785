//! What happens at the server, as listeners are told.

import type { Listener } from "./listeners.js";

/** An event that a client has, for who keeps it over runs. */
export type EventPlace = { readonly epoch: string; readonly number: bigint };

export type ServerEvent =
  | {
      /** Something happened. Numbers grow by one within an epoch. */
      readonly what: "event";
      readonly epoch: string;
      readonly number: bigint;
      /** One JSON object, as `dev-server serve --json` prints it; its field "event" says the kind. */
      readonly json: string;
    }
  | {
      /** These will not come: the server keeps them no more, or nobody listened when they came. */
      readonly what: "skipped";
      readonly epoch: string;
      readonly first: bigint;
      readonly last: bigint;
    }
  /** The server has another history than the one that was followed: numbers start anew. */
  | { readonly what: "restarted"; readonly epoch: string };

export type EventListener = Listener<ServerEvent>;

export type FollowEventsOptions = {
  /** The last event that is known already; without it those that the server keeps are told first. Only for the first who
   * listens: followers go on where they are. */
  readonly after?: EventPlace | undefined;
};
