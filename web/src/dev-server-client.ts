//! A client as its user sees it.

import type { EventListener, FollowEventsOptions } from "./event.js";
import type { FlagListener, FlagValue } from "./flag-values.js";
import type { Listener } from "./listeners.js";
import type { Diagnostic, ModuleReference, Updated, UpdateMessage } from "./messages.js";
import type { Position } from "./store.js";
import type { TransportState } from "./transport.js";
import type { ListenOptions, TreeListener } from "./tree-event.js";

/** Brings what the client stands for to where the update leads. A `SwapError` says where it failed; whatever it throws,
 * what ran before has to run on: the server is told, and sends a whole module. */
export type Perform = (update: UpdateMessage) => void | Promise<void>;

/** A connection that lasts until it is closed. Listeners are told until what `on...` has answered is called. */
export interface DevServerClient {
  /** Where the connection is. */
  readonly state: TransportState;
  /** The published state that this client is at. */
  readonly at: Position;
  /** Calls the listener with the state of the connection, and with each other one. */
  onState(listener: Listener<TransportState>): () => void;
  /** Calls the listener after each update that was done. */
  onUpdate(listener: Listener<Updated>): () => void;
  /** Calls the listener with all that is wrong with the source, and whenever that is another. */
  onDiagnostics(listener: Listener<readonly Diagnostic[]>): () => void;
  /** Calls the listener for the syntax tree of each Go file of the program's own, and for each change of one, also when
   * the text does not compile; with `{ text: true }` for each change of a text too. */
  onTree(listener: TreeListener, options?: ListenOptions): () => void;
  /** Calls the listener with the values of all flags for this client, and whenever one is another. */
  onFlags(listener: FlagListener): () => void;
  /** What a flag is for this client now; `fallback` while the server says nothing of one of that name and type. */
  flag<Value extends FlagValue>(name: string, fallback: Value): Value;
  /** Calls the listener for what happens at the server: each event once and in order, or named as missing. */
  onEvents(listener: EventListener, options?: FollowEventsOptions): () => void;
  /** Opens a place of a diagnostic in the editor of whoever runs the server: `id` of a `Place`, unless that is 0. */
  openLocation(location: bigint): void;
  /** The bytes of a module, checked by its hash. Throws a `SwapError`. */
  fetchModule(module: Pick<ModuleReference, "url" | "hash">): Promise<Uint8Array<ArrayBuffer>>;
  /** Ends a pause before the next attempt. */
  hurry(): void;
  /** Ends the connection for good. */
  close(): void;
}
