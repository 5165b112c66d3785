//! The folder that a build writes: replaced as a whole, and only when it is one that a build wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::analyse::BUILD_MARK as MARK;
use crate::content::BlobStore;

use super::site::Content;

const MARK_TEXT: &str = "Written by `dev-server build`, which replaces this folder as a whole.\n";

/// Where a build goes.
#[derive(Debug, Clone)]
pub(super) struct OutputFolder {
    path: PathBuf,
}

/// Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// A folder with something else in it.
    #[error("{0} was not written by a build and is not empty")]
    Foreign(PathBuf),
    /// A file, a link or a device.
    #[error("{0} exists and is no folder")]
    NoFolder(PathBuf),
    /// The system does not allow it.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OutputError {
    /// What the user can do about it.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Foreign(_) => {
                "name another folder with --out, or delete this one: a build replaces all of it"
            }
            Self::NoFolder(_) => "name another folder with --out",
            Self::Write { .. } => "check that the folder above it can be written to and has room",
        }
    }
}

impl OutputFolder {
    /// Looks at the place before any time is spent on a build.
    pub(super) fn at(path: &Path) -> Result<Self, OutputError> {
        let absolute = std::path::absolute(path)
            .map_err(|source| OutputError::Write { path: path.to_owned(), source })?;
        let folder = Self { path: absolute };
        folder.check()?;
        Ok(folder)
    }

    /// Absolute.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// True when there is a folder to replace: an empty one or one that a build wrote. `--out` may name anything.
    fn check(&self) -> Result<bool, OutputError> {
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(self.error(source)),
            Ok(metadata) if !metadata.is_dir() => Err(OutputError::NoFolder(self.path.clone())),
            Ok(_) => {
                let mark = fs::symlink_metadata(self.path.join(MARK)).is_ok_and(|mark| mark.is_file());
                let mut entries = fs::read_dir(&self.path).map_err(|source| self.error(source))?;
                if mark || entries.next().is_none() {
                    Ok(true)
                } else {
                    Err(OutputError::Foreign(self.path.clone()))
                }
            }
        }
    }

    /// Puts the files in place of what was there. Readers see the old folder or the new one, never a mixture.
    pub(super) fn replace<'a>(
        &self,
        files: impl Iterator<Item = (PathBuf, &'a Content)>,
        store: &BlobStore,
    ) -> Result<(), OutputError> {
        let parent = self.path.parent().unwrap_or(Path::new("/"));
        let staged = (|| {
            fs::create_dir_all(parent)?;
            let staging = tempfile::Builder::new().prefix(".dev-server-build-").tempdir_in(parent)?;
            let fresh = staging.path().join("fresh");
            fs::create_dir(&fresh)?;
            for (path, content) in files {
                let target = fresh.join(path);
                fs::create_dir_all(target.parent().unwrap_or(&fresh))?;
                match content {
                    // Read and written anew: a copy would take over the narrow permissions of the store.
                    Content::Blob(hash) => fs::write(&target, fs::read(store.path(*hash))?)?,
                    Content::Text(bytes) => fs::write(&target, bytes)?,
                }
            }
            fs::write(fresh.join(MARK), MARK_TEXT)?;
            Ok(staging)
        })();
        let staging = staged.map_err(|source| self.error(source))?;
        // Once more: minutes may have passed, and whatever lies there now is about to be removed.
        let exists = self.check()?;
        let fresh = staging.path().join("fresh");
        let moved = if exists { exchange(&fresh, &self.path) } else { fs::rename(&fresh, &self.path) };
        moved.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> OutputError {
        OutputError::Write { path: self.path.clone(), source }
    }
}

/// In one step where the file system can do it; else in two, taken back when the second one fails. What lay at
/// `old` goes where `fresh` was.
fn exchange(fresh: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    if renameat_with(CWD, fresh, CWD, old, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let aside = fresh.with_file_name("old");
    fs::rename(old, &aside)?;
    fs::rename(fresh, old).inspect_err(|_| {
        // Both names are in folders that were just written to.
        let _ = fs::rename(&aside, old);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(out: &Path, files: &[(&str, &str)]) -> Result<(), OutputError> {
        let home = tempfile::tempdir().unwrap();
        let store = BlobStore::open(home.path().to_owned()).unwrap();
        let contents: Vec<_> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), Content::Blob(store.put(text.as_bytes()).unwrap())))
            .collect();
        let files = contents.iter().map(|(path, content)| (path.clone(), content));
        OutputFolder::at(out)?.replace(files, &store)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_second_build_replaces_the_first_as_a_whole() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("a/dist");
        put(&out, &[("index.html", "1"), ("img/old.svg", "1")]).unwrap();
        put(&out, &[("index.html", "22"), ("main.wasm", "2")]).unwrap();
        assert_eq!(names(&out), [MARK, "index.html", "main.wasm"]);
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "22");
        assert_eq!(names(&home.path().join("a")), ["dist"], "nothing is left beside it");
    }

    #[test]
    fn a_folder_of_something_else_is_never_replaced() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("photo"), "mine").unwrap();
        let error = put(home.path(), &[("index.html", "1")]).unwrap_err();
        assert!(matches!(error, OutputError::Foreign(_)), "{error}");
        let error = put(&home.path().join("photo"), &[]).unwrap_err();
        assert!(matches!(error, OutputError::NoFolder(_)), "{error}");
        assert_eq!(names(home.path()), ["photo"]);
        fs::create_dir(home.path().join("empty")).unwrap();
        put(&home.path().join("empty"), &[("index.html", "1")]).unwrap();
    }

    #[test]
    fn h20_a_link_put_in_place_of_the_folder_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("photo"), "mine").unwrap();
        let out = home.path().join("dist");
        put(&out, &[("index.html", "1")]).unwrap();
        let folder = OutputFolder::at(&out).unwrap();
        fs::remove_dir_all(&out).unwrap();
        std::os::unix::fs::symlink(&victim, &out).unwrap();
        let store = BlobStore::open(home.path().join("store")).unwrap();
        let error = folder.replace(std::iter::empty(), &store).unwrap_err();
        assert!(matches!(error, OutputError::NoFolder(_)), "{error}");
        assert_eq!(names(&victim), ["photo"]);
    }
}
