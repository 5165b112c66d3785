//! How many of everything.

use std::time::Duration;

/// Numbers of clients, rounds and events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Idle connections, and those of the storm.
    pub(super) many: usize,
    /// Followers of events.
    pub(super) followers: usize,
    /// Turns of each of those that are compared.
    pub(super) rounds: usize,
    /// One turn of a burst.
    pub(super) burst: Duration,
    /// Events of one turn whose delivery is timed, and of one turn beside clients that do not read.
    pub(super) timed: u64,
    pub(super) beside: u64,
    /// Clients that do not read.
    pub(super) stalled: usize,
    pub(super) cuts: u64,
    pub(super) kills: u64,
    /// Time in which all come back.
    pub(super) storm: Duration,
    /// Bytes under way while something urgent is said.
    pub(super) bulk: u64,
    /// How long a broker does nothing.
    pub(super) away: Duration,
}

impl Scale {
    /// What the figures are published for.
    pub(super) const FULL: Self = Self {
        many: 10_000,
        followers: 1000,
        rounds: 5,
        burst: Duration::from_secs(3),
        timed: 50,
        beside: 100,
        stalled: 50,
        cuts: 10_000,
        kills: 1000,
        storm: Duration::from_secs(5),
        bulk: 8 << 20,
        away: Duration::from_secs(10),
    };

    /// Whether everything works.
    pub(super) const QUICK: Self = Self {
        many: 200,
        followers: 50,
        rounds: 1,
        burst: Duration::from_millis(300),
        timed: 10,
        beside: 20,
        stalled: 3,
        cuts: 200,
        kills: 5,
        storm: Duration::from_millis(500),
        bulk: 1 << 20,
        away: Duration::from_millis(500),
    };
}
