//! Two Go texts, where they lie, and what is known about them before anybody compares them.

use std::path::{Path, PathBuf};

/// An old and a new text in files of their own, for programs.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) old_path: PathBuf,
    pub(super) new_path: PathBuf,
}

impl Texts {
    /// Writes both into a folder.
    pub(super) fn write(folder: &Path, name: &str, old: String, new: String) -> std::io::Result<Self> {
        let path = |end: &str| folder.join(format!("{name}.{end}.go"));
        let (old_path, new_path) = (path("a"), path("b"));
        std::fs::write(&old_path, &old)?;
        std::fs::write(&new_path, &new)?;
        Ok(Self { old, new, old_path, new_path })
    }
}

/// An edit of a file.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) name: String,
    /// As the files are.
    pub(super) saved: Texts,
    /// Without comments, a statement a line: what a receiver of our patches has.
    pub(super) bare: Texts,
    /// Comments and layout differ, if anything.
    pub(super) only_layout: bool,
    /// The syntax trees differ.
    pub(super) differs: bool,
}
