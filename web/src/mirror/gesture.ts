//! A gesture as bytes. The only file of the mirror that knows the generated schema.

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GestureSchema } from "../generated/devserver/v1/gesture_pb.js";

type Init = MessageInitShape<typeof GestureSchema>;

/** What parts of a length add up to. */
export const whole = 65_536;

export type Pointer = {
  type: string;
  x: number;
  y: number;
  button: number;
  buttons: number;
  modifiers: number;
};
export type Key = { type: string; key: string; code: string; modifiers: number; repeat: boolean };
export type Input = { values: string[]; committed: boolean };
export type Scroll = { x: number; y: number };

export type Action =
  | { readonly kind: "pointer"; readonly value: Pointer }
  | { readonly kind: "key"; readonly value: Key }
  | { readonly kind: "input"; readonly value: Input }
  | { readonly kind: "scroll"; readonly value: Scroll }
  | { readonly kind: "submit" };

export type Gesture = {
  readonly page: Uint8Array;
  readonly location: string;
  readonly target: readonly string[];
  readonly action: Action;
};

export function encode({ page, location, target, action }: Gesture): Uint8Array {
  const body = bodyOf(action);
  return toBinary(GestureSchema, create(GestureSchema, { page, location, target: [...target], body }));
}

/** Undefined: it is none, or of a kind that this client does not know. */
export function decode(bytes: Uint8Array): Gesture | undefined {
  try {
    const { page, location, target, body } = fromBinary(GestureSchema, bytes);
    if (body.case === undefined) return undefined;
    const action: Action = body.case === "submit" ? { kind: "submit" } : actionOf(body);
    return { page, location, target, action };
  } catch {
    return undefined;
  }
}

function bodyOf(action: Action): NonNullable<Init["body"]> {
  switch (action.kind) {
    case "pointer":
      return { case: "pointer", value: action.value };
    case "key":
      return { case: "key", value: action.value };
    case "input":
      return { case: "input", value: action.value };
    case "scroll":
      return { case: "scroll", value: action.value };
    case "submit":
      return { case: "submit", value: {} };
  }
}

type Body = Exclude<
  ReturnType<typeof fromBinary<typeof GestureSchema>>["body"],
  { case: undefined | "submit" }
>;

function actionOf(body: Body): Action {
  switch (body.case) {
    case "pointer":
      return { kind: "pointer", value: body.value };
    case "key":
      return { kind: "key", value: body.value };
    case "input":
      return { kind: "input", value: body.value };
    case "scroll":
      return { kind: "scroll", value: body.value };
  }
}
