//! A walk over a page folder by open handles, so that nothing that is swapped meanwhile can lead out of it.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{Dir, FileType, Mode, OFlags};

/// How one entry of a folder was found.
pub(super) enum Entry {
    Folder(String),
    File(String),
    /// Neither, or a name that is no UTF-8: what it is, in words.
    Refused(String, &'static str),
}

/// An open folder. Entries are opened relative to it and never through a link.
pub(super) struct Folder(OwnedFd);

const COMMON: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

impl Folder {
    /// Opens the page folder itself. It may be reached through links: the user or the root rule chose it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    pub(super) fn enter(&self, name: &str) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, COMMON | OFlags::DIRECTORY, Mode::empty())?))
    }

    /// Opens a regular file. What was opened is checked, not the name: a FIFO, a device or a link that came in
    /// between fails, and NONBLOCK keeps the opening of a FIFO from waiting for a writer.
    pub(super) fn file(&self, name: &str) -> io::Result<File> {
        let flags = COMMON | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(rustix::fs::openat(&self.0, name, flags, Mode::empty())?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(file)
    }

    /// Entries in order of their names.
    pub(super) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let bytes = entry.file_name().to_bytes();
            if matches!(bytes, b"." | b"..") {
                continue;
            }
            let Ok(name) = std::str::from_utf8(bytes) else {
                entries.push(Entry::Refused(
                    OsStr::from_bytes(bytes).to_string_lossy().into_owned(),
                    "its name is not UTF-8",
                ));
                continue;
            };
            let mut kind = entry.file_type();
            if kind == FileType::Unknown {
                // Some file systems do not say it in the listing.
                let status = rustix::fs::statat(&self.0, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
                kind = FileType::from_raw_mode(status.st_mode);
            }
            let name = name.to_owned();
            entries.push(match kind {
                FileType::Directory => Entry::Folder(name),
                FileType::RegularFile => Entry::File(name),
                FileType::Symlink => Entry::Refused(name, "it is a link"),
                FileType::Fifo | FileType::Socket => Entry::Refused(name, "it is a pipe or a socket"),
                FileType::CharacterDevice | FileType::BlockDevice => Entry::Refused(name, "it is a device"),
                FileType::Unknown => Entry::Refused(name, "it is no regular file"),
            });
        }
        entries.sort_by(|left, right| left.name().cmp(right.name()));
        Ok(entries)
    }
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Folder(name) | Self::File(name) | Self::Refused(name, _) => name,
        }
    }
}
