//! The wires of `dev-server`: what server and page say to each other.
//!
//! # Browser protocol, version 1
//!
//! One WebSocket at `/__dev/socket`, binary messages only. A message from the page is one [`v1::ClientFrame`], a message
//! from the server one [`v1::ServerFrame`], both in protobuf without a length prefix; the WebSocket frames them.
//!
//! 1. The client opens the socket. Host, Origin and the project's token (cookie, or `Authorization: Bearer`) are
//!    checked before the upgrade.
//! 2. Within 15 s the client sends [`v1::Hello`] with what it has: epoch, sequence, hash of the running module.
//! 3. The server answers [`v1::Welcome`] and then, without being asked, whatever brings the client from there to what
//!    is true now: nothing when it is there already, else one [`v1::Update`], and the present [`v1::Diagnostics`].
//! 4. From then on each change of what is true is told. State is sent, not history: a slow client skips what was
//!    overtaken. `sequence` only grows within an `epoch`; a frame with a sequence at or below the client's is dropped.
//! 5. The client answers every update with [`v1::Applied`] or [`v1::Failed`]. After `Failed` what ran before still
//!    runs, and the client takes nothing but a full module until it has one.
//!
//! [`v1::Welcome`] says whether the log knows what the client had (`recovered`). Either way the client is brought to what is
//! true now, and is never told a part of it: what it is told names the state that it presupposes.
//!
//! 6. A client that wants the syntax trees of its program's Go files says [`v1::FollowTrees`]. It is told which files there
//!    are ([`v1::TreeFiles`]), and gets [`v1::TreePiece`]s that make its trees those of the texts as saved; see
//!    `schema/devserver/v1/tree.proto`. If it says so it also gets comments and blanks, which make a text of a tree. With
//!    [`v1::WantSnapshot`] it gets a whole tree or whole trivia anew, with [`v1::UnfollowTrees`] nothing any more.
//!
//! 7. A client that wants to know what happens at the server says [`v1::FollowEvents`], with the number of the last
//!    [`v1::Event`] that it has. Events have numbers of their own that grow by one within an epoch; those that are no
//!    longer kept are named by [`v1::EventsSkipped`] before the next one, so a client knows of every number.
//! 8. Where there are flags, [`v1::Flags`] tells their values for this client, anew whenever one is another. Flags can also
//!    keep an update from it: [`v1::Held`] says why, and the client stays where it is.
//!
//! 9. Where what is done on one page is mirrored on others, a page hands on each `gesture`, and is told those of all pages of
//!    its program, its own too. None is said again: who was away was away.
//!
//! Of what waits for a client the most urgent goes first: what brings programs up to date and what is wrong before parts
//! of trees, by their own priority, and those before events.
//!
//! `ServerFrame.base` names the module that an update presupposes on the page. A client that runs another one must not
//! apply the update; it says `Failed` and waits for a full module. Each patch of functions bears two hashes: of the module in
//! it, and of all that is applied and what it is applied to (`HotPatch.target`). When one of them is another one the client
//! does the same.
//!
//! What a client has to make of all that, and what of frames that it does not know or cannot read, is shown by the
//! conversations in `vectors/`; their `README.md` has the rules one by one.
//!
//! An unknown message type or undecodable bytes are answered by [`v1::ProtocolError`]; the connection stays. What ends a
//! connection, and whether to come back, is said by the [`CloseCode`].

mod close_code;
mod frame_kind;
mod encoded;
mod run;
mod frame;
mod hot_patch;

/// Generated from `schema/devserver/v1`.
#[allow(
    missing_debug_implementations,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code; checked by tests/generated.rs"
)]
pub mod v1 {
    include!("generated/devserver.v1.rs");
}

/// Generated from `schema/devserver/compiler/v1`: the conversation with the warm compiler.
#[allow(
    missing_debug_implementations,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code; checked by tests/generated.rs"
)]
pub mod compiler {
    include!("generated/devserver.compiler.v1.rs");
}

pub use close_code::{CloseCode, reconnects};
pub use encoded::Encoded;
pub use frame::{FrameError, MAX_CLIENT_FRAME, decode_client, decode_server, encode_client, is_gesture};
pub use frame_kind::FrameKind;
pub use run::Run;

/// Version of the browser protocol that this crate describes.
pub const PROTOCOL_VERSION: u32 = 1;
