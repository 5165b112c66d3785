//! From changed files to what they mean for each program.
//!
//! `graph` asks `go list` which files decide a build, `index` compares their contents with what was last
//! judged good and gives a verdict, `scanner` lists what a page may load.

mod options;
mod list;
mod module_file;
mod header;
mod failures;
mod policy;
mod naming;
mod page;
mod embeds;
mod graph;
mod load;
mod survey;
mod verdict;
mod text;
mod meaning;
mod tree_message;
mod trivia;
mod trees;
mod index;
mod manifest;
mod media;
mod folder_walk;
mod scanner;

#[cfg(test)]
mod test_project;

pub use graph::{Program, ProgramGraph};
pub use index::{Index, SourceDigest};
pub use load::{LoadFailure, LoadOutcome};
pub use manifest::{ManifestEntry, PageManifest};
pub use options::{LoadOptions, ProgramChoice};
pub use page::{BUILD_MARK, PageFolder};
pub use scanner::{ManifestLimits, ManifestScanner};
pub use survey::{Survey, SurveyError, SurveyedPackage, wants_cgo};
pub use tree_message::{MessageKind, TreeMessage, TreePiece, TreePriority};
#[cfg(test)]
pub(crate) use trees::tests::WrittenTrees;
pub use trees::{FileTree, FollowedFile, Following, ProgramTrees};
pub use trivia::FileTrivia;
pub use verdict::{AssetPath, Effect, Verdict};
