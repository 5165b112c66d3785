//! The number that orders everything: each accepted change raises it, each result carries it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Number of a source state. A result that carries a lower revision than the newest is stale and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Revision(u64);

impl Revision {
    /// The state before any change: what lies on disk when the server starts.
    pub const FIRST: Self = Self(1);

    /// The revision that follows this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The plain number, for frames and printed events.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
