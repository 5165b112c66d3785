//! On which side of a trial a client is.

use crate::client::Client;
use crate::flag::Flag;

/// A side of the comparison between clients that a rule catches and those that it would catch at 100 %.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cohort {
    /// Those that have what is tried.
    Candidate,
    /// Those that fulfil the same condition and do not have it yet.
    Stable,
}

impl Cohort {
    /// The side of a client in the trial of rule `number` (from 1); nothing for clients that must not be counted: those
    /// that the condition leaves out, since they could be better or worse by themselves, and those for whom another rule
    /// decides.
    pub(crate) fn of(flag: &Flag, number: usize, client: &Client<'_>) -> Option<Self> {
        let index = number.checked_sub(1)?;
        let rule = flag.rules.get(index)?;
        let elsewhere = |rules: &[crate::Rule]| rules.iter().any(|rule| rule.catches(client));
        if flag.killed || elsewhere(&flag.rules[..index]) || !rule.condition.holds(client) {
            return None;
        }
        if rule.catches(client) {
            return Some(Self::Candidate);
        }
        if elsewhere(&flag.rules[number..]) { None } else { Some(Self::Stable) }
    }
}
