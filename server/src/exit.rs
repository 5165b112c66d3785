//! How the process ends.

use std::process::ExitCode;

/// Exit status of the command, as documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// All went well.
    Success,
    /// The program under work cannot be built, or a bench or check failed.
    Failure,
    /// A flag, an argument or a settings file is wrong.
    Usage,
    /// A tool is missing or does not fit.
    ToolMissing,
    /// The address cannot be listened on.
    CannotListen,
    /// The machine does not allow what is needed: an unwritable cache, a full disk.
    Environment,
    /// That of the program that was run.
    Guest(u8),
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Success => 0,
            ExitStatus::Failure => 1,
            ExitStatus::Usage => 2,
            ExitStatus::ToolMissing => 3,
            ExitStatus::CannotListen => 4,
            ExitStatus::Environment => 5,
            ExitStatus::Guest(code) => code,
        })
    }
}
