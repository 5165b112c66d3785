//! Files that people write, as they are read: whatever lies in their place holds nobody up.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Opens a file. A pipe, which would be waited for until somebody writes into it, a device or a folder is an error.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata().as_ref().is_ok_and(Metadata::is_file) {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe, a folder or a device, and no file"))
}

/// The whole text of a file.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read_to_string(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "text");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        for other in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            assert_eq!(read_to_string(other).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{other:?}");
        }
    }
}
