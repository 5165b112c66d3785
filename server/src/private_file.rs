//! Files that nobody but the user may read: how they are written, and what is refused when they are read.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// A private file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It, or its folder, cannot be written.
    #[error("cannot keep {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read it, or may have written it.
    #[error("{path} is not private: {problem}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl PrivateFileError {
    /// True when there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Makes the folder and those above it; other users may not enter it.
pub fn make_folder(folder: &Path) -> Result<(), PrivateFileError> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let error = |source| PrivateFileError::Write { path: folder.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(error)?;
    if fs::metadata(folder).map_err(error)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(error)?;
    }
    Ok(())
}

/// The whole file appears at once, with mode 0600 from its first moment on. Without `replace` a file that is there
/// already is an error.
pub fn write(path: &Path, content: &[u8], replace: bool) -> Result<(), PrivateFileError> {
    let error = |source| PrivateFileError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(path);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(error)?;
    file.write_all(content).map_err(error)?;
    let kept = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|problem| error(problem.error))
}

/// At most `longest` bytes and one more, which tells that it is longer.
///
/// Looks at the opened file and not at its name, so that nothing can be exchanged between check and read.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>, PrivateFileError> {
    let error = |source| PrivateFileError::Read { path: path.to_owned(), source };
    let exposed = |problem| PrivateFileError::Exposed { path: path.to_owned(), problem };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Err(rustix::io::Errno::LOOP) => return Err(exposed("it is a symbolic link")),
        other => other.map_err(|errno| error(errno.into()))?,
    };
    let status = rustix::fs::fstat(&file).map_err(|errno| error(errno.into()))?;
    if rustix::fs::FileType::from_raw_mode(status.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(exposed("it is not a file"));
    }
    if status.st_uid != rustix::process::geteuid().as_raw() {
        return Err(exposed("it belongs to another user"));
    }
    if status.st_mode & 0o077 != 0 {
        return Err(exposed("other users may read or write it"));
    }
    let mut content = Vec::new();
    fs::File::from(file).take(longest + 1).read_to_end(&mut content).map_err(error)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_others_may_read_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("a/b");
        make_folder(&folder).unwrap();
        let file = folder.join("secret");
        assert!(read(&file, 10).unwrap_err().is_missing());
        write(&file, b"0123456789ab", false).unwrap();
        assert!(write(&file, b"", false).is_err());
        assert_eq!(read(&file, 10).unwrap(), b"0123456789a");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(read(&file, 10), Err(PrivateFileError::Exposed { .. })));
        write(&file, b"new", true).unwrap();
        assert_eq!(read(&file, 10).unwrap(), b"new");
    }
}
