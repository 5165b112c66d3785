//! From events of the file system to changes of content.
//!
//! Foreign events come in through `native` (or are found by looking, in `polling`), are kept when `filter`
//! says that the path counts, wait in `debounce` until the burst is over, and leave as [`WatchEvent`] when
//! `snapshot` says that the bytes really are others than those reported last.

mod change;
mod set;
mod glob;
mod filter;
mod options;
mod reading;
mod snapshot;
mod polling;
mod written;
mod debounce;
mod source;
mod native;
mod coverage;
mod outbox;
mod worker;
mod watcher;

pub use change::{Change, ChangeKind, PollReason, RescanReason, WatchEvent, WatchNotice};
pub use options::{Bounds, Options, Timing};
pub use set::{Takes, WatchSet, WatchedFolder};
pub use source::{EventSource, Sink, SourceError};
pub use watcher::{WatchError, Watcher};
pub use written::written_since;
