//! Why there is no base or patch.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::process::RunError;

/// There is no base or patch.
#[derive(Debug, thiserror::Error)]
pub enum HotError {
    /// The sources have mistakes, which the user mends.
    #[error("{} mistakes in the sources", .0.len())]
    Sources(Vec<Diagnostic>),
    /// A source was written while it was read: the answer would be of neither state.
    #[error("a source was written meanwhile")]
    Overtaken,
    /// Nobody wants the answer any more.
    #[error("it was cancelled")]
    Cancelled,
    /// This compiler cannot make the program, although `tinygo build` may.
    #[error("functions of this program cannot be replaced while it runs: {0}")]
    Unsupported(String),
    /// The compiler is gone in the middle of a request. The next request starts another.
    #[error("the warm compiler has stopped: {0}")]
    Stopped(String),
    /// A program could not be started.
    #[error(transparent)]
    Start(#[from] RunError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl HotError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Sources(_) => "mend the sources",
            Self::Overtaken | Self::Cancelled => "save again",
            Self::Unsupported(_) => "it is compiled as a whole on every save",
            Self::Stopped(_) => "save again; if it goes on, run with --hot=off and report it",
            Self::Start(_) => "run `dev-server doctor --fix`",
            Self::File { .. } => "look at the rights and the room of the cache folder",
        }
    }
}
