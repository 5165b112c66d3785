//! Bytes of a frame <-> the unions of `messages.ts`. The only file that knows the generated schema.

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ClientFrameSchema, Log_Severity } from "./generated/devserver/v1/client_pb.js";
import type * as wire from "./generated/devserver/v1/diagnostic_pb.js";
import { Diagnostic_Severity } from "./generated/devserver/v1/diagnostic_pb.js";
import { Glue_Kind, type Module } from "./generated/devserver/v1/module_pb.js";
import {
  type HotPatch,
  Order_Kind,
  ServerFrameSchema,
  Level as WireLevel,
  type Update as WireUpdate,
} from "./generated/devserver/v1/server_pb.js";
import { fromHexadecimal, toHexadecimal } from "./hexadecimal.js";
import {
  type ClientMessage,
  type CodeFrame,
  type Diagnostic,
  type Envelope,
  type ErrorReport,
  type Level,
  levels,
  type ModuleReference,
  type Patch,
  type Place,
  type ServerMessage,
  type Severity,
  type Stage,
  type Update,
} from "./messages.js";

/** Version of the protocol that this client speaks. */
export const protocolVersion = 1;

/** Name and version for the server's log. */
export const clientName = "dev-server-client/0.1.0";

/** Throws when the bytes are not a frame; the caller closes the socket, since nothing after it can be trusted. */
export function decode(bytes: Uint8Array): ServerMessage {
  const frame = fromBinary(ServerFrameSchema, bytes);
  const envelope: Envelope = {
    program: frame.program,
    epoch: toHexadecimal(frame.epoch),
    sequence: frame.sequence,
    revision: frame.revision,
    base: toHexadecimal(frame.base),
  };
  const body = frame.body;
  switch (body.case) {
    case "welcome":
      return {
        ...envelope,
        kind: "welcome",
        protocolVersion: body.value.protocolVersion,
        session: body.value.session,
        serverVersion: body.value.serverVersion,
      };
    case "building":
      return {
        ...envelope,
        kind: "building",
        running: body.value.running,
        expectedMilliseconds: body.value.expectedMs,
      };
    case "update":
      return { ...envelope, kind: "update", update: update(body.value) };
    case "diagnostics":
      return { ...envelope, kind: "diagnostics", items: body.value.items.map(diagnostic) };
    case "errorReport":
      return { ...envelope, kind: "error-report", report: errorReport(body.value) };
    case "protocolError":
      return { ...envelope, kind: "protocol-error", code: body.value.code, message: body.value.message };
    case "order":
      return { ...envelope, kind: "order", order: order(body.value.kind) };
    case "treeFiles":
      return { ...envelope, kind: "tree-files", files: body.value.files, receiver: body.value.receiver };
    case "treePiece": {
      const { file, piece } = body.value;
      return piece.case === undefined
        ? { ...envelope, kind: "unknown" }
        : { ...envelope, kind: "tree-piece", file, piece: piece.value };
    }
    case "flags":
      return { ...envelope, kind: "flags", flags: body.value.flags };
    case "held":
      return { ...envelope, kind: "held", reason: body.value.reason };
    case "event": {
      const { number, json } = body.value;
      return { ...envelope, kind: "event", number, json };
    }
    case "eventsSkipped": {
      const { first, last } = body.value;
      return { ...envelope, kind: "events-skipped", first, last };
    }
    case "gesture":
      return { ...envelope, kind: "gesture", gesture: body.value };
    case undefined:
      return { ...envelope, kind: "unknown" };
    default:
      return unreachable(body);
  }
}

export function encode(message: ClientMessage): Uint8Array {
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { body: clientBody(message) }));
}

type ClientBody = NonNullable<MessageInitShape<typeof ClientFrameSchema>["body"]>;

function clientBody(message: ClientMessage): ClientBody {
  switch (message.kind) {
    case "hello": {
      const { epoch, base, manifest, ...rest } = message.hello;
      return {
        case: "hello",
        value: {
          ...rest,
          protocolVersion,
          client: clientName,
          epoch: fromHexadecimal(epoch),
          base: fromHexadecimal(base),
          manifest: fromHexadecimal(manifest),
        },
      };
    }
    case "applied": {
      const { epoch, base, level, stages, firstFrameAt, ...rest } = message.applied;
      return {
        case: "applied",
        value: {
          ...rest,
          epoch: fromHexadecimal(epoch),
          base: fromHexadecimal(base),
          level: levels.indexOf(level) + 1,
          stages: stages.map(({ name, microseconds }) => ({ name, microseconds: wholeNumber(microseconds) })),
          firstFrameAtUs: wholeNumber(firstFrameAt),
        },
      };
    }
    case "failed": {
      const { epoch, base, ...rest } = message.failed;
      return {
        case: "failed",
        value: { ...rest, epoch: fromHexadecimal(epoch), base: fromHexadecimal(base) },
      };
    }
    case "status": {
      const { base, patch, accepts, ended } = message;
      return { case: "status", value: { base: fromHexadecimal(base), patch, accepts, ended } };
    }
    case "log":
      return { case: "log", value: { severity: severities[message.severity], text: message.text } };
    case "crash": {
      const { base, frames, ...rest } = message.crash;
      return {
        case: "crash",
        value: {
          ...rest,
          base: fromHexadecimal(base),
          frames: frames.map((frame) => ({
            module: fromHexadecimal(frame.module),
            patch: frame.patch,
            function: frame.function,
            offset: BigInt(frame.offset),
          })),
        },
      };
    }
    case "open-location":
      return { case: "openLocation", value: { location: message.location } };
    case "invalidate":
      return { case: "invalidate", value: { reason: message.reason } };
    case "follow-trees":
      return { case: "followTrees", value: { withTrivia: message.withTrivia } };
    case "unfollow-trees":
      return { case: "unfollowTrees", value: {} };
    case "follow-events": {
      const { epoch, number } = message.after;
      return { case: "followEvents", value: { epoch: fromHexadecimal(epoch), after: number } };
    }
    case "gesture":
      return { case: "gesture", value: message.gesture };
    case "want-snapshot":
      return { case: "wantSnapshot", value: { file: message.file, onlyTrivia: message.onlyTrivia } };
    default:
      return unreachable(message);
  }
}

const severities: Record<Severity, Log_Severity> = {
  debug: Log_Severity.DEBUG,
  info: Log_Severity.INFO,
  warning: Log_Severity.WARNING,
  error: Log_Severity.ERROR,
};

function update(value: WireUpdate): Update {
  return {
    level: level(value.level),
    reason: value.reason,
    module: value.module && moduleReference(value.module),
    assets: value.assets.map(({ path, hash, mediaType }) => ({ path, hash: toHexadecimal(hash), mediaType })),
    patches: value.patches.map(patch),
    stages: value.stages.map(stage),
    manifest: toHexadecimal(value.manifest),
  };
}

function patch({ $typeName, module, hash, target, writes, ...rest }: HotPatch): Patch {
  return {
    ...rest,
    hash: toHexadecimal(hash),
    target: toHexadecimal(target),
    // A copy: the frame is garbage once it is read, and may share its memory with others.
    module: new Uint8Array(module),
    writes: writes.map(({ address, content }) => ({ address, content })),
  };
}

/** A level that this client does not know is treated as the one that is always right. */
function level(value: WireLevel): Level {
  return value === WireLevel.UNSPECIFIED ? "page-reload" : (levels[value - 1] ?? "page-reload");
}

function moduleReference(value: Module): ModuleReference {
  return {
    hash: toHexadecimal(value.hash),
    url: value.url,
    size: Number(value.size),
    glue: {
      kind: value.glue?.kind === Glue_Kind.TINYGO ? "tinygo" : "go",
      hash: toHexadecimal(value.glue?.hash ?? new Uint8Array()),
      url: value.glue?.url ?? "",
    },
  };
}

function stage(value: { name: string; microseconds: bigint }): Stage {
  return { name: value.name, microseconds: Number(value.microseconds) };
}

function order(kind: Order_Kind): "restart" | "reload" | "unknown" {
  if (kind === Order_Kind.RESTART) return "restart";
  return kind === Order_Kind.RELOAD ? "reload" : "unknown";
}

function diagnostic(value: wire.Diagnostic): Diagnostic {
  return {
    severity: value.severity === Diagnostic_Severity.WARNING ? "warning" : "error",
    source: value.source,
    message: value.message,
    place: value.location && place(value.location),
    frame: value.frame && codeFrame(value.frame),
    hint: value.hint,
  };
}

function errorReport(value: wire.ErrorReport): ErrorReport {
  return {
    crashId: value.crashId,
    kind: value.kind,
    message: value.message,
    frames: value.frames.map((frame) => ({
      function: frame.function,
      place: frame.location && place(frame.location),
    })),
    frame: value.frame && codeFrame(value.frame),
    hint: value.hint,
  };
}

function place({ id, file, line, column }: wire.Location): Place {
  return { id, file, line, column };
}

function codeFrame({ firstLine, lines }: wire.CodeFrame): CodeFrame {
  return { firstLine, lines };
}

function wholeNumber(value: number): bigint {
  return BigInt(Math.max(0, Math.round(value)));
}

function unreachable(value: never): never {
  throw new TypeError(`not a message: ${JSON.stringify(value)}`);
}
