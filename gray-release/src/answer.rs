//! What a flag is for a client, and why.

use std::fmt;

use crate::value::Value;

/// Result of an evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer<'a> {
    /// What the client gets.
    pub value: &'a Value,
    /// What decided.
    pub why: Why,
}

/// What decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// The kill switch.
    Killed,
    /// A rule, by its number from 1.
    Rule(usize),
    /// No rule.
    Default,
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => formatter.write_str("killed"),
            Self::Rule(number) => write!(formatter, "rule {number}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}
