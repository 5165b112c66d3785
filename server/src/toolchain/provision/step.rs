//! What can be made, and what is being done for it.

use std::fmt;

/// Something that is made in the user's cache folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// The command, its sources and its target.
    TinyGo,
    /// The compiler that stays, for single functions.
    WarmCompiler,
}

impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TinyGo => "TinyGo",
            Self::WarmCompiler => "the warm compiler",
        })
    }
}

/// What is being done; told before each step, since some take long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another process is making one.
    Waiting(Product),
    /// `go build`.
    Compiling(Product),
    /// Copying and mending TinyGo's sources.
    Copying,
    /// Running it for the first time.
    Trying(Product),
}
