//! What becomes of a release on trial.

use crate::change::Change;
use crate::percent::Percent;
use crate::reason::RollBackReason;

/// What to do now.
#[derive(Clone, PartialEq, Debug)]
pub enum Decision {
    /// Nothing.
    Continue,
    /// So many clients get the candidate from now on, and counting starts from zero.
    Widen(Percent),
    /// Nobody gets it any more.
    RollBack(RollBackReason),
    /// Everybody gets it: it is the stable release from now on.
    Promote,
}

impl Decision {
    /// The change of the flag whose rule (from 1) gives the candidate, if one is to be made. None for a promotion: that is
    /// made by putting the candidate in the stable release's place, so that both values of the flag mean the same.
    pub fn change(&self, flag: &str, rule: usize) -> Option<Change> {
        let flag = flag.to_owned();
        match self {
            Self::Continue | Self::Promote => None,
            Self::Widen(percent) => Some(Change::SetPercentage { flag, rule, percent: *percent }),
            Self::RollBack(_) => Some(Change::Kill { flag }),
        }
    }
}
