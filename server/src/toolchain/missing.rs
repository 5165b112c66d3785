//! Why a tool cannot be used.

use std::path::PathBuf;
use std::time::Duration;

use super::system::System;
use super::tool::Tool;

/// A tool that is not there, or that is there and cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Missing {
    /// No folder of the search path has it.
    #[error("{tool} was not found on PATH")]
    NotFound {
        /// Which tool.
        tool: Tool,
    },
    /// It can be made on this machine, and was not.
    #[error("{tool} has not been built for this Go and LLVM")]
    NotMade {
        /// Which tool.
        tool: Tool,
    },
    /// It cannot be run, or says nothing that makes sense.
    #[error("{path} does not work: {reason}")]
    Broken {
        /// Which tool.
        tool: Tool,
        /// The program.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// It did not answer a question for its version.
    #[error("{path} did not answer within {after:?}")]
    Silent {
        /// Which tool.
        tool: Tool,
        /// The program.
        path: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
    /// It works, but its version does not go with the rest.
    #[error("{path} (version {version}) does not fit: {reason}")]
    Unfit {
        /// Which tool.
        tool: Tool,
        /// The program.
        path: PathBuf,
        /// Its version.
        version: String,
        /// What it does not go with.
        reason: String,
    },
}

impl Missing {
    /// Which tool is missing.
    pub fn tool(&self) -> Tool {
        match self {
            Self::NotFound { tool }
            | Self::NotMade { tool }
            | Self::Broken { tool, .. }
            | Self::Silent { tool, .. }
            | Self::Unfit { tool, .. } => *tool,
        }
    }

    /// The program that was found and cannot be used.
    pub fn found(&self) -> Option<&std::path::Path> {
        match self {
            Self::NotFound { .. } | Self::NotMade { .. } => None,
            Self::Broken { path, .. } | Self::Silent { path, .. } | Self::Unfit { path, .. } => Some(path),
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> String {
        self.tool().remedy(System::detect())
    }
}
