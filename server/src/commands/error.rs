//! Why a command ends early, what to do about it, and the exit status.

use std::fmt;
use std::path::Path;

use crate::exit::ExitStatus;

/// A command cannot go on. The message names what it is about; the hint is printed on a line of its own.
#[derive(Debug)]
pub struct CommandError {
    message: String,
    hint: Option<String>,
    status: ExitStatus,
}

impl CommandError {
    /// With a status and no hint.
    pub fn new(status: ExitStatus, error: impl fmt::Display) -> Self {
        Self { message: error.to_string(), hint: None, status }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// A folder that was named is none.
    pub fn no_folder(path: &Path) -> Self {
        Self::new(ExitStatus::Usage, format!("{} is not a folder", path.display()))
            .with_hint("name the folder of a Go program, or make one with `dev-server new DIR`".to_owned())
    }

    /// Nobody takes what is printed.
    pub(super) fn output(error: &std::io::Error) -> Self {
        Self::new(ExitStatus::Environment, format!("cannot write to the output: {error}"))
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// How the process ends.
    pub fn status(&self) -> ExitStatus {
        self.status
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}
