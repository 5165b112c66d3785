//! Why a change is not made, and what to do instead.

use crate::fault::DocumentError;
use crate::percent::Percent;

/// A change that is not made. The document stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is no such flag.
    #[error("there is no flag `{name}`")]
    UnknownFlag {
        /// What was asked for.
        name: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// There is no such rule.
    #[error("`{flag}` has {count} rules, so there is no rule {rule}")]
    NoRule {
        /// The flag.
        flag: String,
        /// Which one was asked for.
        rule: usize,
        /// How many there are.
        count: usize,
    },
    /// Clients that have the rule's value would lose it.
    #[error("rule {rule} of `{flag}` would go from {from} to {to}, and clients would lose what they have")]
    Narrower {
        /// The flag.
        flag: String,
        /// The rule's number, from 1.
        rule: usize,
        /// What it is.
        from: Percent,
        /// What it would be.
        to: Percent,
    },
    /// Clients that have the rule's value would lose it.
    #[error("rule {rule} of `{flag}` would be gone, and clients would lose what they have")]
    RuleGone {
        /// The flag.
        flag: String,
        /// The rule's number, from 1.
        rule: usize,
    },
    /// Another rule would be tried first, and could take clients away.
    #[error(
        "another rule would be tried before rule {rule} of `{flag}`, and clients would lose what they have"
    )]
    Displaced {
        /// The flag.
        flag: String,
        /// The rule's number, from 1.
        rule: usize,
    },
    /// Clients that have something by the flag's rules would lose it.
    #[error("`{flag}` would be gone or of another type, and clients would lose what they have")]
    FlagGone {
        /// The flag.
        flag: String,
    },
    /// The document would not be valid.
    #[error(transparent)]
    Invalid(#[from] DocumentError),
}

impl ChangeError {
    /// Clients would lose what they have; else the change is none that can be made.
    pub fn takes_away(&self) -> bool {
        match self {
            Self::Narrower { .. }
            | Self::RuleGone { .. }
            | Self::Displaced { .. }
            | Self::FlagGone { .. } => true,
            Self::UnknownFlag { .. } | Self::NoRule { .. } | Self::Invalid(_) => false,
        }
    }

    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownFlag { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
            Self::UnknownFlag { .. } => {
                "declare it in the document; `dev-server flags get` lists those that there are".to_owned()
            }
            Self::NoRule { flag, count: 0, .. } => {
                format!("add one: `dev-server flags set {flag} VALUE --percent P`")
            }
            Self::NoRule { count, .. } => format!("name one from 1 to {count}"),
            Self::Displaced { flag, .. } => format!("put the new rule last, or first {}", kill(flag)),
            Self::Narrower { flag, .. } | Self::RuleGone { flag, .. } | Self::FlagGone { flag } => {
                format!("{}; of a killed flag anything may be changed", kill(flag))
            }
            Self::Invalid(error) => error.hint(),
        }
    }
}

fn kill(flag: &str) -> String {
    format!("take it from everybody by `dev-server flags kill {flag}`")
}
