//! What ends the process: a stage that cannot go on doing its job.

use crate::build::BuilderError;
use crate::exit::ExitStatus;
use crate::watch::WatchError;

/// The pipeline cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// Files cannot be watched at all.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The cache folder cannot be used.
    #[error(transparent)]
    Build(#[from] BuilderError),
    /// The port cannot be used any more.
    #[error("cannot listen any more: {0}")]
    Listener(std::io::Error),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// A task ended that must not end before the others.
    #[error("the {0} stage ended by itself")]
    Ended(&'static str),
    /// A task panicked.
    #[error("the {0} stage panicked")]
    Panicked(&'static str),
}

impl Fatal {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Watch(error) => Some(error.hint().to_owned()),
            Self::Build(error) => Some(error.hint()),
            Self::Random(_) | Self::Listener(_) => None,
            Self::Ended(_) | Self::Panicked(_) => {
                Some("run again with RUST_LOG=debug and report what is printed".to_owned())
            }
        }
    }

    /// How the process ends.
    pub fn status(&self) -> ExitStatus {
        ExitStatus::Environment
    }
}
