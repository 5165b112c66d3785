//! Looking instead of listening: one bounded walk over everything that is watched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::filter::Filter;
use super::{Bounds, WatchSet};

/// The folders and files that count right now.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Folders whose entries may count. They need not exist.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Files that count; those named in the set also when they do not exist.
    pub(super) files: BTreeSet<PathBuf>,
    /// Where a bound was reached.
    pub(super) cut: Option<PathBuf>,
}

impl Listing {
    /// Walks. Links to folders are not followed, so a loop of links is no loop here, and the bounds hold
    /// over the whole set, so a folder with a million files costs as much as one with a hundred thousand.
    pub(super) fn take(set: &WatchSet, filter: &Filter, bounds: &Bounds) -> Self {
        let mut listing = Self { files: set.files.clone(), ..Self::default() };
        let mut entries = 0;
        // Folders of named files first: they must not fall victim to the bound.
        for parent in set.files.iter().filter_map(|file| file.parent()) {
            listing.folders.insert(parent.to_owned());
        }
        let mut walk: Vec<(PathBuf, bool, usize)> = Vec::new();
        for folder in &set.folders {
            if !filter.is_ignored(&folder.path) {
                walk.push((folder.path.clone(), folder.recursive, 0));
            }
        }
        let mut walked = BTreeSet::new();
        // Flat folders before deep ones: the packages themselves are complete before a page's assets are cut.
        walk.sort_by_key(|(_, recursive, _)| *recursive);
        let mut walk = std::collections::VecDeque::from(walk);
        while let Some((folder, recursive, depth)) = walk.pop_front() {
            if !walked.insert((folder.clone(), recursive)) {
                continue;
            }
            if listing.folders.len() >= bounds.folders || depth > bounds.depth {
                listing.cut.get_or_insert(folder);
                continue;
            }
            listing.folders.insert(folder.clone());
            let Ok(read) = std::fs::read_dir(&folder) else { continue };
            for entry in read.flatten() {
                entries += 1;
                if entries > bounds.entries || listing.files.len() >= bounds.files {
                    listing.cut.get_or_insert(folder);
                    break;
                }
                let path = entry.path();
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    if recursive && filter.descends(&path) {
                        walk.push_back((path, true, depth + 1));
                    }
                } else if (kind.is_file() || kind.is_symlink()) && filter.counts(&path) {
                    listing.files.insert(path);
                }
            }
        }
        listing
    }
}

/// The nearest folder at or above `path` that exists.
pub(super) fn nearest_folder(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Takes, WatchedFolder};

    fn list(folder: &Path, bounds: &Bounds) -> Listing {
        let set = WatchSet {
            files: BTreeSet::new(),
            folders: vec![WatchedFolder { path: folder.to_owned(), recursive: true, takes: Takes::Assets }],
        };
        Listing::take(&set, &Filter::new(&set, &[]), bounds)
    }

    #[test]
    fn h16_loops_of_links_and_deep_folders_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut deep = folder.path().to_owned();
        // 4 KiB of path, in steps since no single call takes a longer one.
        for _ in 0..40 {
            deep.push("d".repeat(90));
            std::fs::create_dir(&deep).unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        std::fs::write(folder.path().join("a.css"), "a").unwrap();
        let listing = list(folder.path(), &Bounds::default());
        assert_eq!(listing.folders.len(), Bounds::default().depth + 1);
        assert!(listing.cut.is_some());
        assert!(listing.files.contains(&folder.path().join("a.css")));
    }

    #[test]
    fn h16_a_huge_folder_is_cut_at_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..60 {
            std::fs::write(folder.path().join(format!("{number}.css")), "a").unwrap();
            std::fs::create_dir(folder.path().join(format!("d{number}"))).unwrap();
        }
        let bounds = Bounds { folders: 10, files: 20, ..Bounds::default() };
        let listing = list(folder.path(), &bounds);
        assert_eq!((listing.files.len(), listing.folders.len() <= 10), (20, true));
        assert_eq!(listing.cut.as_deref(), Some(folder.path()));
    }
}
