//! How a trial goes on when nothing goes wrong.

use std::fmt;

use crate::percent::Percent;

/// Most steps of a plan.
const MOST_STEPS: usize = 16;

/// Shares of clients, one after the other, and how long each is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    steps: Vec<Percent>,
    sessions: u64,
}

/// A plan that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No steps, or too many.
    #[error("a plan has 1 to {MOST_STEPS} steps, not {0}")]
    Steps(usize),
    /// A step is for nobody, for everybody, or not above the one before.
    #[error("step {number} is {percent}, and steps must rise between 0 % and 100 %")]
    Order {
        /// Which one, from 1.
        number: usize,
        /// What it is.
        percent: Percent,
    },
    /// A step would end at once.
    #[error("a step needs at least one session")]
    Sessions,
}

impl PlanError {
    /// What to write instead.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Steps(_) => "write for example 1, 5, 25 and 50 %",
            Self::Order { .. } => {
                "leave clients for comparison in every step; the whole comes when the candidate is promoted"
            }
            Self::Sessions => "write for example 50",
        }
    }
}

impl Plan {
    /// Steps that rise, all of them with clients on both sides, and the settled sessions that a side must have in each
    /// step before the next one.
    pub fn new(steps: Vec<Percent>, sessions: u64) -> Result<Self, PlanError> {
        if steps.is_empty() || steps.len() > MOST_STEPS {
            return Err(PlanError::Steps(steps.len()));
        }
        let mut before = Percent::NONE;
        for (number, &percent) in (1..).zip(&steps) {
            if percent <= before || percent == Percent::ALL {
                return Err(PlanError::Order { number, percent });
            }
            before = percent;
        }
        if sessions == 0 { Err(PlanError::Sessions) } else { Ok(Self { steps, sessions }) }
    }

    /// What is left of it for a rule that is at `percent` already; nothing when that is the last step or beyond it. Between
    /// two steps it is a step itself: who has the candidate by then is looked at before more have it.
    pub fn from(&self, percent: Percent) -> Option<Self> {
        let mut steps: Vec<_> = self.steps.iter().copied().filter(|step| *step >= percent).collect();
        let is_between = percent > Percent::NONE && steps.first().is_some_and(|step| *step > percent);
        if is_between {
            steps.insert(0, percent);
        }
        if steps.is_empty() { None } else { Some(Self { steps, sessions: self.sessions }) }
    }

    /// In order.
    pub fn steps(&self) -> &[Percent] {
        &self.steps
    }

    /// Settled sessions of each side in a step.
    pub const fn sessions(&self) -> u64 {
        self.sessions
    }
}

/// 1, 5, 25 and 50 %, each for 50 sessions: enough to find a candidate that fails for one client in ten in the first step, in
/// 19 of 20 trials.
impl Default for Plan {
    fn default() -> Self {
        let steps = [100, 500, 2500, 5000].into_iter().filter_map(Percent::from_hundredths).collect();
        Self { steps, sessions: 50 }
    }
}

/// `at 1 %, 5 % and 25 %, each for 50 sessions`.
impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("at ")?;
        for (index, step) in self.steps.iter().enumerate() {
            let separator = match index {
                0 => "",
                _ if index + 1 == self.steps.len() => " and ",
                _ => ", ",
            };
            write!(formatter, "{separator}{step}")?;
        }
        write!(formatter, ", each for {} sessions", self.sessions)
    }
}
