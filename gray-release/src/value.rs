//! What a flag can be set to.

use std::fmt;

use crate::kind::Kind;

/// Largest integer, and without its sign the smallest: beyond 2^53 - 1 JavaScript rounds.
pub const LARGEST_INTEGER: i64 = (1 << 53) - 1;

/// Most bytes of a text.
pub const LONGEST_TEXT: usize = 256;

/// A value of a flag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// See [`Kind::Bool`].
    Bool(bool),
    /// See [`Kind::Integer`].
    Integer(i64),
    /// See [`Kind::Text`].
    Text(String),
}

impl Value {
    /// Of which type it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Integer(_) => Kind::Integer,
            Self::Text(_) => Kind::Text,
        }
    }

    /// Reads a word of a command line; nothing when it is not of that type.
    pub(crate) fn parse(kind: Kind, word: &str) -> Option<Self> {
        match kind {
            Kind::Bool => word.parse().ok().map(Self::Bool),
            Kind::Integer => word.parse().ok().map(Self::Integer),
            Kind::Text => Some(Self::Text(word.to_owned())),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
