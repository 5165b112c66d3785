//! What became of the flags, for those who want to know.

/// Flags that are others now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Number of what is in force now.
    pub revision: u64,
    /// Who wanted it.
    pub cause: Cause,
    /// What differs, each in words; empty when nothing does.
    pub differences: Vec<String>,
    /// Why, when a trial wanted it.
    pub reason: Option<String>,
    /// Why a restart of the server would lose it; nothing when it would not.
    pub unkept: Option<String>,
}

/// Who wanted a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The file of the project was saved.
    File,
    /// Somebody said so.
    Command,
    /// A rule was on trial.
    Trial,
}

impl Cause {
    /// In one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Command => "command",
            Self::Trial => "trial",
        }
    }
}
