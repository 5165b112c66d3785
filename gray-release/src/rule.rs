//! One step of a flag: for whom, for how many of them, which value.

use std::fmt;

use crate::bucket::bucket;
use crate::client::Client;
use crate::condition::Condition;
use crate::fault::{DocumentError, Fault};
use crate::name::is_text;
use crate::percent::Percent;
use crate::plan::Plan;
use crate::value::Value;

/// Most bytes of a salt.
pub const LONGEST_SALT: usize = 64;

/// A value for a share of the clients that fulfil a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Whom it is about.
    pub condition: Condition,
    /// How many of them.
    pub percent: Percent,
    /// Which of them: rules with the same salt begin with the same clients, others with others.
    pub salt: String,
    /// What they get.
    pub value: Value,
    /// It is on trial: the percentage rises by this plan while nothing speaks against it.
    pub trial: Option<Plan>,
}

impl Rule {
    /// Is the client one that gets the value?
    pub fn catches(&self, client: &Client<'_>) -> bool {
        self.condition.holds(client) && self.percent.contains(bucket(&self.salt, client.id))
    }

    /// Is it the same rule at perhaps another percentage, on trial or not?
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.condition == other.condition && self.salt == other.salt && self.value == other.value
    }

    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        self.condition.check().map_err(|error| error.within("where"))?;
        if !is_text(&self.salt, LONGEST_SALT) {
            return Err(DocumentError::at("salt", Fault::Text { longest: LONGEST_SALT }));
        }
        Ok(())
    }
}

/// `"candidate" for 5 % of clients where browser is firefox`.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} for {} of clients", self.value, self.percent)?;
        if self.condition != Condition::default() {
            write!(formatter, " where {}", self.condition)?;
        }
        self.trial.as_ref().map_or(Ok(()), |plan| write!(formatter, ", on trial {plan}"))
    }
}
