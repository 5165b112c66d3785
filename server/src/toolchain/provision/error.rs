//! Why a tool could not be made.

use std::io;
use std::path::{Path, PathBuf};

use super::step::Product;

/// A tool could not be made. Nothing half-made is left.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The cache folder or a source cannot be used.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program failed.
    #[error("{what} failed: {output}")]
    Run {
        /// Which step.
        what: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The sources are not those that are expected.
    #[error("{0}")]
    Sources(String),
    /// The caller did not want it any more.
    #[error("making {0} was cancelled")]
    Cancelled(Product),
}

impl ProvisionError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "make the cache folder writable, or choose another one with --cache-dir",
            Self::Run { .. } => {
                "check the connection to the Go module proxy (`go env GOPROXY`), then run `dev-server doctor --fix` again"
            }
            Self::Sources(_) => "run `go clean -modcache` and `dev-server doctor --fix` again",
            Self::Cancelled(_) => "run `dev-server doctor --fix` again",
        }
    }
}

/// For what goes wrong at a path.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> ProvisionError {
    let path = path.to_owned();
    move |source| ProvisionError::File { path: path.clone(), source }
}
