//! What leaves this stage: changes, the loss of some, and what the user should know about the watching.

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// What became of a file since it was last reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It was not there.
    Created,
    /// Its bytes are others.
    Modified,
    /// It is gone.
    Removed,
}

/// One file whose content differs from what was last reported.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// Absolute path.
    pub path: PathBuf,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What the watcher tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// One burst of changes, at least one, each path once, in order of their paths.
    Changed {
        /// The files.
        changes: Vec<Change>,
        /// When the first event of the burst came in: the start of the stage timing.
        first_event_at: Instant,
        /// When the burst was found to be over.
        settled_at: Instant,
    },
    /// Events were lost. The watcher has looked at every file itself and reports what it found as `Changed`,
    /// but whoever keeps facts about folders should look again too.
    Rescan(RescanReason),
    /// The watching itself changed.
    Notice(WatchNotice),
}

/// Why events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RescanReason {
    /// The queue of the operating system or of this program ran over.
    EventsLost,
}

/// Something the user should know about the watching.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WatchNotice {
    /// Events are no longer used; the files are looked at five times a second.
    FellBackToPolling(PollReason),
    /// Only a part of a huge folder is watched.
    TooMany {
        /// Folders that are watched at most.
        folders: usize,
        /// Files that are watched at most.
        files: usize,
        /// Where the bound was reached.
        at: PathBuf,
    },
    /// A file that counts cannot be read.
    Unreadable(PathBuf),
}

/// Why events are not used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PollReason {
    /// The user asked for it.
    Asked,
    /// The operating system allows no more watched folders.
    WatchLimit,
    /// This file changed and no event came: a network folder, or one shared with another system.
    EventsMissing(PathBuf),
    /// The source of events failed, with these words.
    SourceFailed(String),
}

impl fmt::Display for WatchNotice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FellBackToPolling(PollReason::Asked) => formatter.write_str("watching by polling"),
            Self::FellBackToPolling(PollReason::WatchLimit) => {
                formatter.write_str("watching by polling: the system allows no more watched folders")
            }
            Self::FellBackToPolling(PollReason::EventsMissing(path)) => {
                write!(formatter, "watching by polling: {} changed and no event came", path.display())
            }
            Self::FellBackToPolling(PollReason::SourceFailed(words)) => {
                write!(formatter, "watching by polling: {words}")
            }
            Self::TooMany { folders, files, at } => write!(
                formatter,
                "not all of {} is watched: the bound is {folders} folders and {files} files",
                at.display()
            ),
            Self::Unreadable(path) => write!(formatter, "{} cannot be read", path.display()),
        }
    }
}

impl WatchNotice {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::FellBackToPolling(PollReason::Asked) => None,
            Self::FellBackToPolling(PollReason::WatchLimit) => {
                Some("raise the limit: sudo sysctl fs.inotify.max_user_watches=524288".to_owned())
            }
            Self::FellBackToPolling(PollReason::EventsMissing(_)) => Some(
                "network folders and folders of the Windows side of WSL send no events: keep the project on a local disk to save 0.2 s per edit"
                    .to_owned(),
            ),
            Self::FellBackToPolling(PollReason::SourceFailed(_)) => {
                Some("events come back with the next start".to_owned())
            }
            Self::TooMany { .. } => Some(
                "choose a smaller page folder, or move generated files out of it; files beyond the bound are not seen"
                    .to_owned(),
            ),
            Self::Unreadable(path) => Some(format!("make it readable: chmod u+r {}", path.display())),
        }
    }
}
