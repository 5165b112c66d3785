//! The types of flags.

use std::fmt;

/// Of which type the values of a flag are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number that JavaScript holds exactly.
    Integer,
    /// Text.
    Text,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bool, Self::Integer, Self::Text];

    /// As documents name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Text => "string",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
