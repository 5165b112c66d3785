//! What is to be watched, as the later stages say it.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Which files in a folder count although nobody named them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Takes {
    /// What belongs to a Go package: sources, foreign sources beside them, module files. Tests do not.
    GoSources,
    /// What these patterns of `//go:embed` match, relative to the folder.
    Embedded(Vec<String>),
    /// What a page may load: everything that is neither hidden, nor Go, nor left by an editor.
    Assets,
    /// Every file.
    Everything,
}

/// A folder in which new files count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchedFolder {
    /// Absolute path.
    pub path: PathBuf,
    /// Whether folders below it count too.
    pub recursive: bool,
    /// Which of its files count.
    pub takes: Takes,
}

/// Everything that is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchSet {
    /// Files that count by name, whether they exist or not. Absolute paths.
    pub files: BTreeSet<PathBuf>,
    /// Folders in which others count by kind.
    pub folders: Vec<WatchedFolder>,
}

impl WatchSet {
    /// Takes in another set.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.folders.extend(other.folders);
        self.folders.sort();
        self.folders.dedup();
    }
}
