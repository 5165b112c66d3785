//! Where the server of a project listens, for commands that are started in its folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::content::ContentHash;

/// Longest address that is believed.
const LONGEST: u64 = 256;

/// Said on disk as long as this lives.
pub(super) struct Running {
    path: PathBuf,
    url: String,
}

impl Running {
    /// The server of the project in `folder` listens at `url`. Nothing where that cannot be written: it is found by its
    /// address then.
    pub(super) fn announce(state_folder: &Path, folder: &Path, url: &str) -> Option<Self> {
        let path = file_of(state_folder, folder);
        match write(&path, url) {
            Ok(()) => Some(Self { path, url: url.to_owned() }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "commands have to be told where this server is");
                None
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Another server of the project may have come after this one.
        if fs::read_to_string(&self.path).is_ok_and(|url| url == self.url) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Where the server of the project in `folder` listens, or did when it was killed.
pub(super) fn address(state_folder: &Path, folder: &Path) -> Option<String> {
    let path = file_of(state_folder, folder);
    let length = fs::metadata(&path).ok()?.len();
    if length > LONGEST { None } else { fs::read_to_string(path).ok() }
}

fn write(path: &Path, url: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(url.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn file_of(state_folder: &Path, folder: &Path) -> PathBuf {
    state_folder.join("running").join(ContentHash::of(folder.as_os_str().as_encoded_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_server_is_found_while_it_runs() {
        let state = tempfile::tempdir().unwrap();
        let folder = Path::new("/project");
        assert_eq!(address(state.path(), folder), None);
        let first = Running::announce(state.path(), folder, "http://127.0.0.1:1/");
        let second = Running::announce(state.path(), folder, "http://127.0.0.1:2/");
        drop(first);
        assert_eq!(address(state.path(), folder).as_deref(), Some("http://127.0.0.1:2/"));
        drop(second);
        assert_eq!(address(state.path(), folder), None);
    }
}
