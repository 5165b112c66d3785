//! One look at one file: its content by hash, or why there is none.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};

use crate::content::ContentHash;

/// Files above this size are known by size and time only: hashing them would delay the report of a small edit.
const HASHED_UP_TO: u64 = 64 << 20;

/// Time stamps of file systems advance in steps of up to 10 ms (2 s on FAT, where only events help). A file
/// that was read this shortly after its last write may change again without a new stamp.
const STAMP_STEP: Duration = Duration::from_millis(50);

/// What tells two states of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: (i64, i64),
    size: u64,
    inode: u64,
    device: u64,
}

/// What was found at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing, or nothing that is a regular file.
    Missing,
    /// A file that cannot be read at the moment.
    Unreadable,
    /// A file.
    Content {
        hash: ContentHash,
        empty: bool,
        /// `None` when the stamp is too fresh to be relied on.
        stamp: Option<Stamp>,
    },
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.size(),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    /// The stamp of a regular file; `None` when there is none.
    pub(super) fn look(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| Self::of(&metadata))
    }
}

impl Reading {
    pub(super) fn of(path: &Path) -> Self {
        match Self::read(path) {
            Ok(reading) => reading,
            Err(error) if is_missing(&error) => Self::Missing,
            Err(_) => Self::Unreadable,
        }
    }

    fn read(path: &Path) -> io::Result<Self> {
        // NONBLOCK: a FIFO that took the file's place must not hold up the watcher.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let before = file.metadata()?;
        if !before.is_file() {
            return Ok(Self::Missing);
        }
        let stamp = Stamp::of(&before);
        let hash = if before.size() > HASHED_UP_TO {
            ContentHash::of(format!("{stamp:?}").as_bytes())
        } else {
            let mut hasher = blake3::Hasher::new();
            let mut buffer = vec![0; 64 * 1024];
            loop {
                match file.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => hasher.update(&buffer[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
            }
            ContentHash::from(hasher.finalize())
        };
        let unchanged = Stamp::of(&file.metadata()?) == stamp;
        let stamp = (unchanged && is_old(&before)).then_some(stamp);
        Ok(Self::Content { hash, empty: before.size() == 0, stamp })
    }
}

fn is_old(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_some_and(|age| age > STAMP_STEP)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        // A socket, a device without driver, a loop of links.
        || matches!(
            rustix::io::Errno::from_io_error(error),
            Some(rustix::io::Errno::NXIO | rustix::io::Errno::LOOP | rustix::io::Errno::NODEV)
        )
}
