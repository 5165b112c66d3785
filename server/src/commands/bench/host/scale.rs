//! How much of everything.

use std::time::Duration;

/// Numbers of calls, rounds and exchanges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Turns of each of those that are compared.
    pub(super) rounds: usize,
    /// Calls of one turn whose median counts.
    pub(super) calls: usize,
    /// One turn of requests.
    pub(super) turn: Duration,
    /// Exchanges of all turns together.
    pub(super) swaps: u32,
}

impl Scale {
    /// What the figures are published for.
    pub(super) const FULL: Self =
        Self { rounds: 5, calls: 20_000, turn: Duration::from_secs(4), swaps: 1000 };

    /// Whether everything works.
    pub(super) const QUICK: Self =
        Self { rounds: 1, calls: 200, turn: Duration::from_millis(300), swaps: 10 };
}
