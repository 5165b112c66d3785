//! What the program that uses a client can say to the server.

use bytes::Bytes;
use dev_server_proto::v1::{self, Level};

use crate::following::EventPlace;

/// What became of an update that was applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// BLAKE3 of the module that runs now.
    pub base: Bytes,
    /// Number of the last patch on it that runs now.
    pub patch: u32,
    /// The level that was really taken.
    pub level: Level,
    /// Why it is higher than the update asked for, or empty.
    pub reason: String,
    /// Time that each stage took.
    pub stages: Vec<v1::Stage>,
    /// Microseconds since the Unix epoch at which the first frame was drawn; 0: nothing is drawn.
    pub first_frame_at_us: u64,
    /// True when the running program takes over what another hands to it; kept for Hello.
    pub accepts: bool,
}

/// What became of an update that could not be applied. Nothing that ran was changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failed {
    /// BLAKE3 of the module that still runs; empty: none.
    pub base: Bytes,
    /// Number of the last patch on it that still runs.
    pub patch: u32,
    /// Where it failed: "fetch", "compile", "link", "start", "dispose" or "patch".
    pub stage: String,
    /// In words.
    pub message: String,
}

/// What runs, when it became another by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// BLAKE3 of the module that runs; empty: none.
    pub base: Bytes,
    /// Number of the last patch on it that runs.
    pub patch: u32,
    /// True when the program takes over what another hands to it.
    pub accepts: bool,
    /// True when the program has ended, so that the next update starts it afresh.
    pub ended: bool,
}

/// One thing to say.
#[derive(Debug)]
pub(crate) enum Said {
    /// The update of this number was applied.
    Applied(u64, Applied),
    /// The update of this number failed.
    Failed(u64, Failed),
    Status(Status),
    FollowEvents(EventPlace),
    FollowTrees,
    WantSnapshot(String),
}
