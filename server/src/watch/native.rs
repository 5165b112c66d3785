//! Events of the operating system, translated at the door. The only file that knows `notify`.

use std::path::Path;

use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind};
use notify::{ErrorKind, EventKind, RecursiveMode, Watcher as _};

use super::source::{EventSource, Sink, SourceError};

/// Inotify, `FSEvents` or kqueue, whichever the system has.
#[derive(Debug)]
pub(super) struct NativeSource {
    watcher: notify::RecommendedWatcher,
}

/// What a foreign event means here.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// Look at the paths.
    Touched,
    /// Look at the paths when they are closed.
    Writing,
    /// Look at everything.
    Lost,
    /// Nothing, for this reason.
    Ignored(&'static str),
}

impl NativeSource {
    pub(super) fn start(sink: Sink) -> Result<Self, SourceError> {
        // Links are not followed: a loop of them would never end.
        let config = notify::Config::default().with_follow_symlinks(false);
        let watcher = notify::RecommendedWatcher::new(move |result| deliver(&sink, result), config)
            .map_err(translate_error)?;
        Ok(Self { watcher })
    }
}

impl EventSource for NativeSource {
    fn watch(&mut self, folder: &Path) -> Result<(), SourceError> {
        // Folder by folder, never recursively: the walk is ours, bounded and without hidden folders.
        self.watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| {
            match translate_error(error) {
                SourceError::Gone(_) => SourceError::Gone(folder.to_owned()),
                other => other,
            }
        })
    }

    fn unwatch(&mut self, folder: &Path) {
        // Fails when the folder is gone, and its watch with it.
        let _ = self.watcher.unwatch(folder);
    }
}

fn deliver(sink: &Sink, result: notify::Result<notify::Event>) {
    match result {
        Ok(event) => match meaning(&event) {
            Meaning::Touched => event.paths.into_iter().for_each(|path| sink.touched(path)),
            Meaning::Writing => event.paths.into_iter().for_each(|path| sink.writing(path)),
            Meaning::Lost => sink.lost(),
            Meaning::Ignored(reason) => tracing::trace!(?event, reason, "ignored"),
        },
        Err(error) => match translate_error(error) {
            SourceError::Gone(_) => {}
            error => sink.failed(error),
        },
    }
}

fn meaning(event: &notify::Event) -> Meaning {
    if event.need_rescan() {
        return Meaning::Lost;
    }
    match event.kind {
        EventKind::Any | EventKind::Other => Meaning::Touched,
        EventKind::Create(_) | EventKind::Remove(_) => Meaning::Touched,
        EventKind::Modify(kind) => match kind {
            // Inotify tells of the close as well; the other systems do not.
            ModifyKind::Data(_) if cfg!(target_os = "linux") => Meaning::Writing,
            ModifyKind::Any | ModifyKind::Other | ModifyKind::Data(_) | ModifyKind::Name(_) => {
                Meaning::Touched
            }
            ModifyKind::Metadata(kind) => match kind {
                MetadataKind::AccessTime => Meaning::Ignored("reading a file changes its access time"),
                MetadataKind::Ownership => Meaning::Touched,
                MetadataKind::Extended => Meaning::Ignored("extended attributes are not content"),
                // Inotify has one event for all of these. A file that was locked away may have become
                // readable, and a truncation is no more than this on some file systems; the hash decides.
                MetadataKind::Any
                | MetadataKind::Other
                | MetadataKind::Permissions
                | MetadataKind::WriteTime => Meaning::Touched,
            },
        },
        EventKind::Access(kind) => match kind {
            AccessKind::Close(AccessMode::Write) => Meaning::Touched,
            AccessKind::Close(AccessMode::Any | AccessMode::Other) => Meaning::Touched,
            AccessKind::Close(AccessMode::Read | AccessMode::Execute) => {
                Meaning::Ignored("a file that was only read is as it was")
            }
            AccessKind::Open(_) => Meaning::Ignored("a write after opening has its own event"),
            AccessKind::Read => Meaning::Ignored("reading changes nothing, and we read every file ourselves"),
            AccessKind::Any | AccessKind::Other => Meaning::Ignored("access without a write changes nothing"),
        },
    }
}

fn translate_error(error: notify::Error) -> SourceError {
    match error.kind {
        ErrorKind::MaxFilesWatch => SourceError::Limit,
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => {
            SourceError::Gone(error.paths.into_iter().next().unwrap_or_default())
        }
        ErrorKind::Io(source) => match rustix::io::Errno::from_io_error(&source) {
            // Inotify instances run out as EMFILE, watches as ENOSPC.
            Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE | rustix::io::Errno::NOSPC) => {
                SourceError::Limit
            }
            Some(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => {
                SourceError::Gone(error.paths.into_iter().next().unwrap_or_default())
            }
            _ => SourceError::Other(source.to_string()),
        },
        ErrorKind::Generic(words) => SourceError::Other(words),
        ErrorKind::InvalidConfig(config) => SourceError::Other(format!("{config:?} is not supported")),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, RemoveKind, RenameMode};

    use super::*;

    #[test]
    fn what_may_change_bytes_is_looked_at_and_the_rest_is_ignored_for_a_reason() {
        let touched = [
            EventKind::Any,
            EventKind::Other,
            EventKind::Create(CreateKind::File),
            EventKind::Create(CreateKind::Folder),
            EventKind::Remove(RemoveKind::Other),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        ];
        for kind in touched {
            assert_eq!(meaning(&notify::Event::new(kind)), Meaning::Touched, "{kind:?}");
        }
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let expected = if cfg!(target_os = "linux") { Meaning::Writing } else { Meaning::Touched };
        assert_eq!(meaning(&notify::Event::new(written)), expected);
        let ignored = [
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Access(AccessKind::Read),
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)),
        ];
        for kind in ignored {
            assert!(matches!(meaning(&notify::Event::new(kind)), Meaning::Ignored(_)), "{kind:?}");
        }
        let overflow = notify::Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(meaning(&overflow), Meaning::Lost);
    }

    #[test]
    fn a_full_table_of_watches_is_told_from_other_failures() {
        let io = |errno: rustix::io::Errno| notify::Error::io(errno.into());
        assert_eq!(translate_error(io(rustix::io::Errno::NOSPC)), SourceError::Limit);
        assert_eq!(translate_error(io(rustix::io::Errno::MFILE)), SourceError::Limit);
        assert_eq!(translate_error(notify::Error::new(ErrorKind::MaxFilesWatch)), SourceError::Limit);
        assert!(matches!(translate_error(io(rustix::io::Errno::NOENT)), SourceError::Gone(_)));
        assert!(matches!(translate_error(io(rustix::io::Errno::IO)), SourceError::Other(_)));
    }
}
