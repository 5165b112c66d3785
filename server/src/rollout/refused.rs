//! Why flags stay as they are.

use std::sync::Arc;

use gray_release::{ChangeError, DocumentError, WordsError};

/// A change, or a file, that is not taken. What was in force stays in force.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// The words are no change.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// Clients would lose what they have, or the document would not be valid.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The file cannot be read as a document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// There is a file, and it cannot be read.
    #[error("it cannot be read: {0}")]
    File(Arc<std::io::Error>),
    /// A client would be given a release that this server does not have.
    #[error("`release.channel` cannot be \"candidate\": all clients of this server get the newest release")]
    Channel,
}

impl Refused {
    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Words(error) => error.hint(),
            Self::Change(error) => error.hint(),
            Self::Document(error) => error.hint(),
            Self::File(_) => "make it a readable text file, or take it away".to_owned(),
            Self::Channel => {
                "give clients another flag's value, or other levels by update.highest_level".to_owned()
            }
        }
    }
}
