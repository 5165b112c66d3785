//! How to watch: what is left out, how much is watched at most, and the times.

use std::path::PathBuf;
use std::time::Duration;

/// How to watch.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folders of our own output, which never count.
    pub ignored: Vec<PathBuf>,
    /// Look at the files instead of listening to events.
    pub polling: bool,
    /// How much is watched.
    pub bounds: Bounds,
    /// The times.
    pub timing: Timing,
}

/// How much is watched at most. What lies beyond is not seen, and a notice says so.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Folders. Half of the 8192 inotify watches that a small Linux machine allows per user, which editors need too.
    pub folders: usize,
    /// Files that are known by content.
    pub files: usize,
    /// Entries that one look at all folders reads, so that a folder with a million files costs a bounded time.
    pub entries: usize,
    /// Levels below a recursive folder.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { folders: 4096, files: 20_000, entries: 100_000, depth: 32 }
    }
}

/// The times of the watcher.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// A burst is over when nothing came for this long. Editors write a file in well under a millisecond, and
    /// VS Code writes twice within a few.
    pub quiet: Duration,
    /// The same for a burst of files that were written and closed, as far as the system tells: they are whole.
    pub quiet_closed: Duration,
    /// A file that was written and is still open is taken as it is after this long without a write, and is not waited
    /// for again until it is closed. Vim and VS Code wait for the disk before they close, which takes up to seconds on
    /// a busy one; a program may also keep the file open for ever.
    pub writer_grace: Duration,
    /// A burst is reported after this long even when it goes on.
    pub longest: Duration,
    /// A file that had content and is empty now is believed after this long: most editors truncate first.
    pub empty_grace: Duration,
    /// A file that is gone is believed to be after this long: Vim and `JetBrains` rename it away and write anew.
    pub missing_grace: Duration,
    /// A file that cannot be read is tried again for this long.
    pub unreadable_grace: Duration,
    /// All files are looked at this often, to find changes without events.
    pub heartbeat: Duration,
    /// A change that was found by looking must show up as an event within this time.
    pub event_delay: Duration,
    /// While polling, files are looked at this often.
    pub poll: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(10),
            quiet_closed: Duration::from_millis(3),
            writer_grace: Duration::from_secs(1),
            longest: Duration::from_secs(3),
            empty_grace: Duration::from_millis(300),
            missing_grace: Duration::from_millis(200),
            unreadable_grace: Duration::from_millis(500),
            heartbeat: Duration::from_secs(2),
            event_delay: Duration::from_secs(1),
            poll: Duration::from_millis(200),
        }
    }
}
