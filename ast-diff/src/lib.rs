//! What an edit of Go source means. Pure: no paths, no clock, no processes, no recursion on the depth of a source.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

#[cfg(test)]
extern crate self as ast_diff;

mod kind;
mod labels;
mod tree;
mod hash;
mod contract;
mod sketch;
mod outline;
mod file_name;
mod verdict;
mod graph;
mod template;
mod print;
mod token;
mod place;
mod spacing;
mod layout;
mod trivia;
mod exact;
mod order;
mod script;
mod apply;
mod rolling;
mod matching;
mod diff;
mod coding;
mod patch;
mod snapshot;
mod trivia_message;
mod part;
mod reason;
mod assembly;
mod text_replica;
mod replica;
#[cfg(feature = "parse")]
mod scan;
#[cfg(feature = "parse")]
mod comments;
#[cfg(feature = "parse")]
mod constraint;
#[cfg(feature = "parse")]
mod directives;
#[cfg(feature = "parse")]
mod go;
#[cfg(feature = "parse")]
mod edited;
#[cfg(feature = "parse")]
mod newer;
#[cfg(feature = "parse")]
mod writer;
#[cfg(feature = "parse")]
mod grammar;
#[cfg(feature = "parse")]
mod walk;
#[cfg(feature = "parse")]
mod problem;
#[cfg(feature = "parse")]
mod parse;

pub use apply::{ApplyError, apply};
pub use diff::{diff, diff_seeded};
pub use exact::ExactText;
pub use file_name::Placement;
pub use graph::{Affected, Graph};
pub use hash::{Blake3, Digest, HashFunction, Hashes, Xxh3, grammar, structure_root};
pub use kind::Kind;
pub use labels::{Label, Labels};
pub use outline::{Declaration, DeclarationKind, Import, Outline};
#[cfg(feature = "parse")]
pub use parse::{Parsed, Parser, Role};
pub use part::{Head, Part, Priority, short_format, short_trivia_format};
pub use patch::{Limits, Patch, PatchError, Root, format};
pub use print::print;
#[cfg(feature = "parse")]
pub use problem::{SyntaxError, SyntaxProblem};
pub use reason::Reason;
pub use replica::{Change, Fed, Replica};
pub use script::{Counts, Edit, Item, Script, Text};
pub use snapshot::Snapshot;
pub use tree::{Children, LabelNumbers, Node, Tree, TreeBuilder};
pub use trivia::{Trivia, print_exact};
pub use trivia_message::{TriviaMessage, trivia_format};
pub use verdict::{Changed, Doubt, Fate, File, Meaning, Verdict, judge};
