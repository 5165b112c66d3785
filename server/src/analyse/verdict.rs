//! What an edit means for a program.

use std::fmt;

/// Path of an asset relative to its page, such as `img/a.png`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetPath(pub String);

/// What changed files mean for one program. In doubt the one further down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The compiler would get exactly what it got for the last good build: nothing is to be built, a build
    /// under way is not wanted any more, and what was wrong is right again.
    Nothing,
    /// Only files of the page changed.
    Asset(Vec<AssetPath>),
    /// Other packages or files may belong to the program now: the graph is to be loaded again.
    Graph,
    /// The program is to be built; why, in words. Files of the page may have changed too.
    Whole(String),
}

impl Verdict {
    /// Name in events.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Asset(_) => "asset",
            Self::Graph => "graph",
            Self::Whole(_) => "whole",
        }
    }
}

impl fmt::Display for Verdict {
    /// The reason in words.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("the sources are those of the last good build"),
            Self::Asset(paths) => {
                let names: Vec<_> = paths.iter().map(|path| path.0.as_str()).collect();
                write!(formatter, "files of the page changed: {}", names.join(", "))
            }
            Self::Graph => formatter.write_str("imports, packages or module files changed"),
            Self::Whole(reason) => formatter.write_str(reason),
        }
    }
}
