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
    /// The sources are others, but mean the same: only comments, formatting or an order without meaning changed. What was
    /// built of the others is as good for these, positions of panics aside.
    Same,
    /// Only files of the page changed.
    Asset(Vec<AssetPath>),
    /// Other packages or files may belong to the program now: the graph is to be loaded again.
    Graph,
    /// The program is to be built: what the edit means for it, and which names it is about, in words. It is what people
    /// are told; what is compiled and how pages follow is decided by the compiler's facts.
    Code(Effect, String),
    /// The program is to be built; why, in words. Files of the page may have changed too.
    Whole(String),
}

/// What an edit of Go code means, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Functions do something else, and are called as before.
    Body,
    /// What others see of functions, constants or variables is another.
    Contract,
    /// A type is another.
    TypeLayout,
    /// What runs before `main` is another.
    GlobalInit,
    /// Other packages are imported.
    Imports,
    /// Nothing less than all is certain.
    Whole,
}

impl Effect {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Contract => "contract",
            Self::TypeLayout => "type layout",
            Self::GlobalInit => "global init",
            Self::Imports => "imports",
            Self::Whole => "whole",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Body => "bodies of functions",
            Self::Contract => "what functions, constants or variables look like",
            Self::TypeLayout => "types",
            Self::GlobalInit => "what runs before main",
            Self::Imports => "imports",
            Self::Whole => "everything",
        }
    }
}

impl Verdict {
    /// Name in events.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Same => "nothing",
            Self::Code(effect, _) => effect.name(),
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
            Self::Same => formatter.write_str("nothing changed but comments, formatting or order"),
            Self::Code(Effect::Whole, words) => formatter.write_str(words),
            Self::Code(effect, words) if words.is_empty() => formatter.write_str(effect.words()),
            Self::Code(effect, words) => write!(formatter, "{}: {words}", effect.words()),
            Self::Asset(paths) => {
                let names: Vec<_> = paths.iter().map(|path| path.0.as_str()).collect();
                write!(formatter, "files of the page changed: {}", names.join(", "))
            }
            Self::Graph => formatter.write_str("imports, packages or module files changed"),
            Self::Whole(reason) => formatter.write_str(reason),
        }
    }
}
