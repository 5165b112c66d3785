//! Changes of a document: each makes a new one with the next number, or is refused.

use crate::difference::Difference;
use crate::document::{Document, key_of};
use crate::flag::Flag;
use crate::name::nearest;
use crate::percent::Percent;
use crate::refusal::ChangeError;
use crate::rule::Rule;
use crate::value::Value;

/// What is to be other than it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Another value for clients that no rule catches.
    SetDefault {
        /// The flag.
        flag: String,
        /// The value.
        value: Value,
    },
    /// A rule for more clients. For fewer only while the flag is killed: who has something keeps it.
    SetPercentage {
        /// The flag.
        flag: String,
        /// The rule's number, from 1.
        rule: usize,
        /// How many.
        percent: Percent,
    },
    /// A rule that is tried after all others. One with the same condition, salt and value as another is that one at
    /// another percentage, on trial or not, so that the same words can be said twice.
    AddRule {
        /// The flag.
        flag: String,
        /// The rule.
        rule: Rule,
    },
    /// Away with a rule that is for nobody, or of a killed flag.
    RemoveRule {
        /// The flag.
        flag: String,
        /// The rule's number, from 1.
        rule: usize,
    },
    /// The kill switch on: everybody gets the flag's `off` value.
    Kill {
        /// The flag.
        flag: String,
    },
    /// The kill switch off: all is as it was, or as it was changed since.
    Revive {
        /// The flag.
        flag: String,
    },
}

impl Change {
    /// The flag that it is about.
    pub fn flag(&self) -> &str {
        match self {
            Self::SetDefault { flag, .. }
            | Self::SetPercentage { flag, .. }
            | Self::AddRule { flag, .. }
            | Self::RemoveRule { flag, .. }
            | Self::Kill { flag }
            | Self::Revive { flag } => flag,
        }
    }

    fn make(&self, flag: &mut Flag) -> Result<(), ChangeError> {
        match self {
            Self::SetDefault { value, .. } => flag.default = value.clone(),
            Self::SetPercentage { rule, percent, .. } => {
                let index = self.place(*rule, flag)?;
                self.set_percentage(flag, index, *percent)?;
            }
            Self::AddRule { rule, .. } => match flag.rules.iter().position(|other| other.is_same(rule)) {
                Some(index) => {
                    self.set_percentage(flag, index, rule.percent)?;
                    flag.rules[index].trial.clone_from(&rule.trial);
                }
                None => flag.rules.push(rule.clone()),
            },
            Self::RemoveRule { rule, .. } => {
                let index = self.place(*rule, flag)?;
                if !flag.killed && flag.rules[index].percent > Percent::NONE {
                    return Err(ChangeError::RuleGone { flag: self.flag().to_owned(), rule: *rule });
                }
                flag.rules.remove(index);
            }
            Self::Kill { .. } => flag.killed = true,
            Self::Revive { .. } => flag.killed = false,
        }
        Ok(())
    }

    fn place(&self, number: usize, flag: &Flag) -> Result<usize, ChangeError> {
        let count = flag.rules.len();
        let index = number.checked_sub(1).filter(|index| *index < count);
        index.ok_or_else(|| ChangeError::NoRule { flag: self.flag().to_owned(), rule: number, count })
    }

    fn set_percentage(&self, flag: &mut Flag, index: usize, percent: Percent) -> Result<(), ChangeError> {
        let from = flag.rules[index].percent;
        if percent < from && !flag.killed {
            let flag = self.flag().to_owned();
            return Err(ChangeError::Narrower { flag, rule: index + 1, from, to: percent });
        }
        flag.rules[index].percent = percent;
        Ok(())
    }
}

/// A document after a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revised {
    /// The newer one; the same, with the same number, when nothing differs.
    pub document: Document,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Document {
    /// Makes a change.
    pub fn change(&self, change: &Change) -> Result<Revised, ChangeError> {
        let name = change.flag();
        let mut document = self.clone();
        let Some(flag) = document.flags.get_mut(name) else {
            return Err(self.unknown(name));
        };
        change.make(flag)?;
        flag.check(name).map_err(|error| error.within(&key_of(name)))?;
        Ok(self.revised(document))
    }

    /// `newer` with the next number, if anything differs.
    pub(crate) fn revised(&self, mut newer: Self) -> Revised {
        let differences = self.differences(&newer);
        newer.revision = self.revision + u64::from(!differences.is_empty());
        Revised { document: newer, differences }
    }

    pub(crate) fn unknown(&self, name: &str) -> ChangeError {
        let meant = nearest(name, self.flags.keys().map(String::as_str));
        ChangeError::UnknownFlag { name: name.chars().take(80).collect(), meant }
    }
}
