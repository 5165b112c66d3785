//! Why a release is rolled back, in words.

use std::fmt;

/// What speaks against a candidate. Clients are counted once in each step.
#[derive(Clone, PartialEq, Debug)]
pub enum RollBackReason {
    /// More clients than with the stable release could not be brought to it.
    Fails {
        /// Clients of the candidate that failed.
        bad: u64,
        /// Clients that one tried to bring to it.
        of: u64,
        /// The same of the stable release.
        stable_bad: u64,
        /// The same of the stable release.
        stable_of: u64,
        /// How many to one.
        odds: f64,
    },
    /// The program traps more often than the stable one.
    Traps {
        /// Clients of the candidate whose program trapped.
        bad: u64,
        /// Clients on it.
        of: u64,
        /// The same of the stable release.
        stable_bad: u64,
        /// The same of the stable release.
        stable_of: u64,
        /// How many to one.
        odds: f64,
    },
    /// The first frame comes much later.
    Slow {
        /// What three quarters of the candidate's starts take at most, in milliseconds.
        milliseconds: u32,
        /// The same of the stable release.
        stable_milliseconds: u32,
    },
    /// Too many fail, and hardly any of the stable release are there to compare with.
    FailsAlone {
        /// Clients of the candidate that failed.
        bad: u64,
        /// Clients that one tried to bring to it.
        of: u64,
    },
    /// Too many trap, and hardly any of the stable release are there to compare with.
    TrapsAlone {
        /// Clients of the candidate whose program trapped.
        bad: u64,
        /// Clients on it.
        of: u64,
    },
}

impl fmt::Display for RollBackReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fails { bad, of, stable_bad, stable_of, odds } => write!(
                formatter,
                "the candidate could not be applied by {bad} of {of} clients, the stable release by {stable_bad} of \
                 {stable_of}: {odds:.0} to 1 that it is worse"
            ),
            Self::Traps { bad, of, stable_bad, stable_of, odds } => write!(
                formatter,
                "the candidate trapped for {bad} of {of} clients, the stable release for {stable_bad} of {stable_of}: \
                 {odds:.0} to 1 that it is worse"
            ),
            Self::Slow { milliseconds, stable_milliseconds } => write!(
                formatter,
                "three quarters of the candidate's first frames come within {milliseconds} ms, of the stable \
                 release's within {stable_milliseconds} ms"
            ),
            Self::FailsAlone { bad, of } => write!(
                formatter,
                "the candidate could not be applied by {bad} of {of} clients, and there is nothing to compare with"
            ),
            Self::TrapsAlone { bad, of } => write!(
                formatter,
                "the candidate trapped for {bad} of {of} clients, and there is nothing to compare with"
            ),
        }
    }
}
