//! What happened to the clients of one cohort.

use crate::histogram::Histogram;

/// Sums over one cohort in the current step of a trial, from zero at its beginning.
///
/// A client counts once in each step, and its failure, trap and first frame once in the whole trial: one browser that fails
/// all day is one failure, and one client that lies is one too. What is counted must be alike on both sides; the first
/// frame of a page that is loaded, say, only against others that are loaded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Clients that are on the cohort's release, or are being brought to it: when the step begins all that are
    /// connected, on both sides, and then those that come.
    pub sessions: u64,
    /// Those of them that were looked at for long enough to trust them (some seconds after the first frame), and those
    /// that failed or trapped.
    pub settled: u64,
    /// Those that were brought to the release in this step, by loading the page or by an update.
    pub applied: u64,
    /// Those that could not be brought to it, and had not failed earlier.
    pub failed: u64,
    /// Those whose program trapped, panicked or crashed on the release, and had not earlier.
    pub trapped: u64,
    /// From the beginning of loading or updating to the first frame of the program.
    pub first_frame: Histogram,
}

impl Counts {
    /// What was counted since `earlier`; nothing when it is not an earlier state of this one.
    pub(crate) fn since(&self, earlier: &Self) -> Option<Self> {
        Some(Self {
            sessions: self.sessions.checked_sub(earlier.sessions)?,
            settled: self.settled.checked_sub(earlier.settled)?,
            applied: self.applied.checked_sub(earlier.applied)?,
            failed: self.failed.checked_sub(earlier.failed)?,
            trapped: self.trapped.checked_sub(earlier.trapped)?,
            first_frame: self.first_frame.since(&earlier.first_frame)?,
        })
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.sessions, other.sessions),
            (&mut self.settled, other.settled),
            (&mut self.applied, other.applied),
            (&mut self.failed, other.failed),
            (&mut self.trapped, other.trapped),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.first_frame.add(&other.first_frame);
    }

    /// Clients that one tried to bring to the release.
    pub(crate) fn attempts(&self) -> u64 {
        self.applied.saturating_add(self.failed)
    }
}
