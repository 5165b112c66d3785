//! Everything that can be wrong with a document, with what to write instead.

use std::fmt;

use crate::kind::Kind;
use crate::plan::PlanError;

/// Something is wrong at a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DocumentError {
    /// Path of the key, such as `flags."trees.enabled".rules[0].percent`; empty for the document as a whole.
    pub key: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong at a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is too long to be read at all.
    #[error("the document has more than {longest} bytes")]
    TooLong {
        /// How long it may be.
        longest: usize,
    },
    /// The text is not TOML or JSON, or a key is unknown, missing or of another type.
    #[error("{message} (line {line}, column {column})")]
    Unreadable {
        /// What the reader said.
        message: String,
        /// From 1; 0 when the reader does not say.
        line: usize,
        /// From 1.
        column: usize,
        /// What to write instead.
        remedy: String,
    },
    /// Not a name of a flag.
    #[error("not a name of a flag")]
    FlagName,
    /// The document does not say of which type the flag is.
    #[error("the type is missing")]
    NoType,
    /// The document does not say what the flag is without rules.
    #[error("the default is missing")]
    NoDefault,
    /// A built-in flag has another type.
    #[error("the flag is built in and of type {0}")]
    BuiltinType(Kind),
    /// A value is of another type than the flag.
    #[error("{found} is not of the flag's type, {expected}")]
    Kind {
        /// The flag's type.
        expected: Kind,
        /// The value as it is shown.
        found: String,
    },
    /// An integer is out of its range.
    #[error("{found} is not from {least} to {most}")]
    Range {
        /// Smallest that is allowed.
        least: i64,
        /// Largest that is allowed.
        most: i64,
        /// What is there.
        found: i64,
    },
    /// A text is not one of those that are understood.
    #[error("{found:?} is none of {}", quoted(choices))]
    Choice {
        /// Those that are.
        choices: &'static [&'static str],
        /// What is there.
        found: String,
    },
    /// There are too many of something.
    #[error("{count} entries, more than {most}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// Not a name as clients report it.
    #[error("{found:?} is not a lower-case name of at most {longest} bytes")]
    Name {
        /// The beginning of what is there.
        found: String,
        /// How long it may be.
        longest: usize,
    },
    /// A text is too long, or has control characters, or is empty where it must not be.
    #[error("not a text of at most {longest} bytes without control characters")]
    Text {
        /// How long it may be.
        longest: usize,
    },
    /// No version is in the ranges.
    #[error("no version is in these ranges")]
    NoVersion,
    /// A trial that cannot be followed.
    #[error(transparent)]
    Trial(PlanError),
}

impl DocumentError {
    pub(crate) fn at(key: &str, fault: Fault) -> Self {
        Self { key: key.to_owned(), fault }
    }

    /// The same error, seen from outside.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.key = match self.key.as_str() {
            "" => outer.to_owned(),
            inner => format!("{outer}.{inner}"),
        };
        self
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.fault {
            Fault::TooLong { .. } => "leave out flags that nothing asks for any more".to_owned(),
            Fault::Unreadable { remedy, .. } => remedy.clone(),
            Fault::FlagName => {
                "write words of lower-case letters, digits and `_`, with dots between them, at most 64 bytes, \
                 such as \"checkout.new_form\""
                    .to_owned()
            }
            Fault::NoType => "add `type = \"bool\"`, \"integer\" or \"string\"".to_owned(),
            Fault::NoDefault => "add `default`, the value for clients that no rule is about".to_owned(),
            Fault::BuiltinType(kind) => format!("leave `type` out, or write \"{kind}\""),
            Fault::Kind { expected: Kind::Bool, .. } => "write true or false".to_owned(),
            Fault::Kind { expected: Kind::Integer, .. } => "write a whole number without quotes".to_owned(),
            Fault::Kind { expected: Kind::Text, .. } => "write it in quotes".to_owned(),
            Fault::Range { least, most, .. } => format!("write a number from {least} to {most}"),
            Fault::Choice { choices, .. } => format!("write {}", quoted(choices)),
            Fault::TooMany { most, .. } => format!("keep at most {most}"),
            Fault::Name { .. } => {
                "write it as clients report it: in lower case, such as \"firefox\" or \"linux\"".to_owned()
            }
            Fault::Text { longest } => format!("write at most {longest} bytes on one line"),
            Fault::Trial(error) => error.hint().to_owned(),
            Fault::NoVersion => "write `from` not above `to`, or leave `version` out".to_owned(),
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(formatter, "{}", self.fault),
            key => write!(formatter, "{key}: {}", self.fault),
        }
    }
}

fn quoted(choices: &[&str]) -> String {
    choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(" or ")
}
