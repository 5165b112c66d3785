//! What page and server say to each other, as plain data. Hashes and epochs are lower-case hexadecimal text here.
//! Nothing else in the client knows the wire: `protocol.ts` converts, but for pieces of trees, which are
//! handed to the receiver as they are.

import type { EventPlace } from "./event.js";
import type { TreePiece } from "./tree-piece.js";

/** How disruptive an update is; the order is the order of disruption. */
export const levels = ["none", "asset-swap", "hot-patch", "module-swap", "page-reload"] as const;
export type Level = (typeof levels)[number];

export type Stage = { readonly name: string; readonly microseconds: number };

export type GlueScript = { readonly kind: "go" | "tinygo"; readonly hash: string; readonly url: string };

export type ModuleReference = {
  readonly hash: string;
  readonly url: string;
  readonly size: number;
  readonly glue: GlueScript;
};

export type Asset = { readonly path: string; readonly hash: string; readonly mediaType: string };

export type MemoryWrite = { readonly address: number; readonly content: Uint8Array };

/** Functions that take the place of others in the module that runs. */
export type Patch = {
  /** Higher than that of each patch before it on the same base. */
  readonly number: number;
  /** Number of the patch that must run before it; 0: none. */
  readonly follows: number;
  readonly module: Uint8Array<ArrayBuffer>;
  readonly hash: string;
  /** Hash of what is applied, and to what. */
  readonly target: string;
  readonly tableLength: number;
  readonly tableGrowth: number;
  readonly writes: readonly MemoryWrite[];
  readonly hasInitializer: boolean;
  /** Address; 0: none. */
  readonly stackChain: number;
  readonly functions: readonly string[];
  readonly notes: readonly string[];
};

export type Update = {
  readonly level: Level;
  readonly reason: string;
  readonly module: ModuleReference | undefined;
  readonly assets: readonly Asset[];
  readonly patches: readonly Patch[];
  readonly stages: readonly Stage[];
  readonly manifest: string;
};

/** A place in the source; `id` is 0 when the server would not open it. */
export type Place = {
  readonly id: bigint;
  readonly file: string;
  readonly line: number;
  readonly column: number;
};

export type CodeFrame = { readonly firstLine: number; readonly lines: readonly string[] };

export type Diagnostic = {
  readonly severity: "error" | "warning";
  readonly source: string;
  readonly message: string;
  readonly place: Place | undefined;
  readonly frame: CodeFrame | undefined;
  readonly hint: string;
};

export type GoFrame = { readonly function: string; readonly place: Place | undefined };

export type ErrorReport = {
  readonly crashId: bigint;
  readonly kind: string;
  readonly message: string;
  readonly frames: readonly GoFrame[];
  readonly frame: CodeFrame | undefined;
  readonly hint: string;
};

/** What every frame of the server bears. */
export type Envelope = {
  readonly program: string;
  readonly epoch: string;
  /** 0n: not part of the program's log. */
  readonly sequence: bigint;
  readonly revision: bigint;
  /** Module that must run for the content to make sense; empty: any. */
  readonly base: string;
};

export type ServerMessage = Envelope &
  (
    | {
        readonly kind: "welcome";
        readonly protocolVersion: number;
        readonly session: bigint;
        readonly serverVersion: string;
      }
    | { readonly kind: "building"; readonly running: boolean; readonly expectedMilliseconds: number }
    | { readonly kind: "update"; readonly update: Update }
    | { readonly kind: "diagnostics"; readonly items: readonly Diagnostic[] }
    | { readonly kind: "error-report"; readonly report: ErrorReport }
    | { readonly kind: "protocol-error"; readonly code: number; readonly message: string }
    | { readonly kind: "order"; readonly order: "restart" | "reload" | "unknown" }
    /** Values of all flags for this page. */
    | { readonly kind: "flags"; readonly flags: readonly Flag[] }
    /** Why flags keep the newest release from this page; empty: they do not any more. */
    | { readonly kind: "held"; readonly reason: string }
    | { readonly kind: "tree-files"; readonly files: readonly string[]; readonly receiver: string }
    | { readonly kind: "tree-piece"; readonly file: string; readonly piece: TreePiece }
    /** Something that happened. */
    | { readonly kind: "event"; readonly number: bigint; readonly json: string }
    /** Events that this client does not get. */
    | { readonly kind: "events-skipped"; readonly first: bigint; readonly last: bigint }
    /** What somebody did on a page, encoded; empty: some are missing. */
    | { readonly kind: "gesture"; readonly gesture: Uint8Array }
    /** A message type of a newer server. */
    | { readonly kind: "unknown" }
  );

/** As the protocol has it: whole numbers are `bigint`. */
export type Flag = {
  readonly name: string;
  readonly value: { readonly value?: boolean | bigint | string | undefined };
};

/** What a page runs on; 0 and empty: unknown. */
export type Device = {
  /** In lower case. */
  readonly browser: string;
  readonly browserVersion: number;
  readonly cores: number;
  readonly memoryMib: number;
  readonly platform: string;
  readonly mobile: boolean;
};

/** Who a page is for flags. */
export type Identity = {
  readonly clientId: Uint8Array;
  readonly device: Device;
};

export type UpdateMessage = Extract<ServerMessage, { kind: "update" }>;

/** An update that was done: `base` and `patch` are what runs since. */
export type Updated = UpdateMessage & {
  /** The level that was really taken, and why. */
  readonly level: Level;
  readonly reason: string;
  /** Number of the last patch that runs. */
  readonly patch: number;
  /** What each stage took here; those of the server are in `update`. */
  readonly stages: readonly Stage[];
  /** When it was to be seen, in microseconds since the Unix epoch; 0: nobody has looked. */
  readonly firstFrameAt: number;
};

export type Severity = "debug" | "info" | "warning" | "error";

export type FailedStage = "fetch" | "compile" | "link" | "start" | "dispose" | "patch";

export type WasmFrame = {
  readonly module: string;
  /** Number of the patch that the function came with; 0: none. */
  readonly patch: number;
  readonly function: number;
  readonly offset: number;
};

export type Crash = {
  readonly base: string;
  readonly kind: string;
  readonly message: string;
  readonly stack: string;
  readonly frames: readonly WasmFrame[];
  readonly crashId: bigint;
};

/** What a client says of itself, once and for all. */
export type Introduction = Partial<Identity> & {
  /** It runs nothing: no update is for it. */
  readonly looksOn?: boolean;
};

export type Hello = Introduction & {
  readonly program: string;
  readonly epoch: string;
  readonly sequence: bigint;
  readonly base: string;
  readonly patch: number;
  /** An update could not be applied: only a whole module helps. */
  readonly wantsWhole: boolean;
  readonly manifest: string;
  readonly accepts: boolean;
  readonly pageBoots: boolean;
};

/** What a program holds. */
export type Memory = {
  /** Of 64 KiB. */
  readonly pages: number;
  /** Values of JavaScript that it refers to. */
  readonly values: number;
  /** Functions among them that call it. */
  readonly functions: number;
  /** Entries of its function table. */
  readonly table: number;
};

export type Applied = {
  readonly epoch: string;
  readonly sequence: bigint;
  readonly base: string;
  readonly patch: number;
  readonly level: Level;
  readonly reason: string;
  readonly stages: readonly Stage[];
  readonly firstFrameAt: number;
  readonly accepts: boolean;
  readonly memory?: Memory | undefined;
};

export type Failed = {
  readonly epoch: string;
  readonly sequence: bigint;
  readonly base: string;
  readonly patch: number;
  readonly stage: FailedStage;
  readonly message: string;
};

export type ClientMessage =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "applied"; readonly applied: Applied }
  | { readonly kind: "failed"; readonly failed: Failed }
  | {
      readonly kind: "status";
      readonly base: string;
      readonly patch: number;
      readonly accepts: boolean;
      readonly ended: boolean;
    }
  | { readonly kind: "log"; readonly severity: Severity; readonly text: string }
  | { readonly kind: "crash"; readonly crash: Crash }
  | { readonly kind: "open-location"; readonly location: bigint }
  | { readonly kind: "invalidate"; readonly reason: string }
  | { readonly kind: "follow-trees"; readonly withTrivia: boolean }
  | { readonly kind: "unfollow-trees" }
  | { readonly kind: "follow-events"; readonly after: EventPlace }
  | { readonly kind: "gesture"; readonly gesture: Uint8Array }
  | { readonly kind: "want-snapshot"; readonly file: string; readonly onlyTrivia: boolean };
