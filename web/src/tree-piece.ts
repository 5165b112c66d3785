//! A piece of a message about a file's syntax tree, as the wire has it and the receiver takes it; see
//! `proto/schema/devserver/v1/tree.proto`.

type Piece = {
  /** 0: not said. */
  readonly priority: number;
  readonly message: bigint;
  readonly piece: number;
  readonly last: boolean;
  readonly grammar: Uint8Array;
};

export type TreePiece =
  | (Piece & {
      readonly $typeName: "devserver.v1.TreeSnapshot";
      readonly root: Uint8Array;
      readonly nodes: Uint8Array;
    })
  | (Piece & {
      readonly $typeName: "devserver.v1.DeltaPatch";
      readonly base: Uint8Array;
      readonly target: Uint8Array;
      readonly operations: Uint8Array;
    })
  | (Piece & {
      readonly $typeName: "devserver.v1.TreeTrivia";
      readonly tree: Uint8Array;
      readonly root: Uint8Array;
      readonly base: Uint8Array;
      readonly content: Uint8Array;
    });
