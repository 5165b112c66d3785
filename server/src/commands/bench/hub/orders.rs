//! What the server under test is told, and what it answers: one frame of JSON each.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// To the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Order {
    /// Publishes until so many events were published by such orders. Not answered.
    Grant { total: u64, size: usize },
    /// Publishes events with a pause after each; answered by the last one.
    Publish { count: u64, size: usize, pause_us: u64 },
    /// Publishes events with marks from `first` on until the end, each answered.
    Stream { first: u64, size: usize, pause_us: u64 },
    /// Something is wrong with the program, and something else with each such order. Answered by `State`.
    Diagnose,
    /// Another module. Answered by `State`.
    Release,
    /// What is on by a flag is taken back from everybody. Answered by `State`.
    Kill,
    /// It is on again. Answered by `State`.
    Revive,
    /// Answered by `State`.
    Tell,
}

/// From the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// It listens.
    Ready { address: SocketAddr, token: String },
    /// The event has this number and mark.
    Published { number: u64, mark: u64 },
    /// What is true.
    State(State),
}

/// What is true at the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Number of the newest event.
    pub(super) number: u64,
    /// Sequence of the newest diagnostics.
    pub(super) diagnostics: u64,
    /// Sequence of the newest release.
    pub(super) release: u64,
    /// Frames that are shared by all clients and were encoded.
    pub(super) made: u64,
    /// When flags were changed last.
    pub(super) changed_at: u64,
}

/// A frame of it.
pub(super) fn to_frame(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// What a frame says; `None` when it says nothing that is known.
pub(super) fn from_frame<'a, T: Deserialize<'a>>(frame: &'a [u8]) -> Option<T> {
    serde_json::from_slice(frame).ok()
}
