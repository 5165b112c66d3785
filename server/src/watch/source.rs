//! The seam between the watcher and whatever reports events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use super::WatchSet;

/// Reports events of single folders, without those below them.
pub trait EventSource: Send {
    /// Starts to report what happens to the entries of a folder.
    fn watch(&mut self, folder: &Path) -> Result<(), SourceError>;

    /// Stops it. A folder that is gone is no error.
    fn unwatch(&mut self, folder: &Path);
}

/// The source cannot watch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The operating system allows no more watches.
    #[error("the system allows no more watched folders")]
    Limit,
    /// The folder is gone, which happens between looking and watching.
    #[error("{0} is gone")]
    Gone(PathBuf),
    /// Something else.
    #[error("events of the file system cannot be had: {0}")]
    Other(String),
}

pub(super) enum Message {
    Touched(PathBuf, Instant),
    Writing(PathBuf, Instant),
    Failed(SourceError),
    Wake,
    Rewatch(WatchSet, SyncSender<()>),
    Stop,
}

/// Where a source puts its events.
///
/// The queue behind it holds 4096 events, eight for each of 500 files that a checkout writes. When it is full
/// the event is dropped and the watcher looks at every file itself (`Rescan`): a source never blocks, since the
/// operating system's own queue would run over then. When the watcher is gone, events go nowhere.
#[derive(Debug, Clone)]
pub struct Sink {
    messages: SyncSender<Message>,
    lost: Arc<AtomicBool>,
}

/// Messages that wait for the watcher.
pub(super) const QUEUE: usize = 4096;

impl Sink {
    pub(super) fn new(messages: SyncSender<Message>, lost: Arc<AtomicBool>) -> Self {
        Self { messages, lost }
    }

    /// Something happened to this path.
    pub fn touched(&self, path: PathBuf) {
        self.put(Message::Touched(path, Instant::now()));
    }

    /// Somebody writes to this file and has not closed it yet; `touched` follows when it is closed. Only for sources
    /// that are told of that.
    pub fn writing(&self, path: PathBuf) {
        self.put(Message::Writing(path, Instant::now()));
    }

    /// Events were lost.
    pub fn lost(&self) {
        self.lost.store(true, Ordering::Release);
        self.put(Message::Wake);
    }

    /// The source has failed.
    pub fn failed(&self, error: SourceError) {
        self.put(Message::Failed(error));
    }

    fn put(&self, message: Message) {
        if let Err(std::sync::mpsc::TrySendError::Full(_)) = self.messages.try_send(message) {
            self.lost.store(true, Ordering::Release);
        }
    }
}
