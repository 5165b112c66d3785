//! The file that `--output` names.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::saves::Save;
use super::trace_events;
use crate::commands::CommandError;
use crate::exit::ExitStatus;

/// Saves that are kept for it: a day of edits.
const KEPT: usize = 4096;

/// What was shown, until it is written.
#[derive(Debug)]
pub(super) struct TraceFile {
    path: PathBuf,
    saves: VecDeque<Save>,
}

impl TraceFile {
    /// Fails when there can be no such file: better now than after hours.
    pub(super) fn new(path: &Path) -> Result<Self, CommandError> {
        let file = Self { path: path.to_owned(), saves: VecDeque::new() };
        if path.is_dir() {
            return Err(file.failed(&"it is a folder"));
        }
        tempfile::NamedTempFile::new_in(file.folder()).map_err(|error| file.failed(&error))?;
        Ok(file)
    }

    pub(super) fn add(&mut self, save: Save) {
        self.saves.push_back(save);
        if self.saves.len() > KEPT {
            self.saves.pop_front();
        }
    }

    /// Whole or not at all.
    pub(super) fn write(&self) -> Result<(), CommandError> {
        let text = trace_events::document(&self.saves).to_string();
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            file.write_all(text.as_bytes())?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|error| self.failed(&error))
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn failed(&self, why: &dyn std::fmt::Display) -> CommandError {
        CommandError::new(ExitStatus::Usage, format!("cannot write {}: {why}", self.path.display()))
            .with_hint("name a file in a folder that this user may write to".to_owned())
    }
}
