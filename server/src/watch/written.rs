//! Which files were written since a moment: what a reader that began then may have seen half.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::filter::Filter;
use super::polling::Listing;
use super::{Bounds, Takes, WatchSet};

/// Times of files advance in steps of at most this, so that one may seem older than it is. Not more: the save that
/// led to a load was at least the watcher's quiet time before it, and must not look as if it came after.
const CLOCK_STEP: Duration = Duration::from_millis(10);

/// Paths, of files or folders, that were written at `start` or later, with the time of it. Where a file was removed,
/// its folder was written.
pub fn written_since(
    paths: impl IntoIterator<Item = PathBuf>,
    start: SystemTime,
) -> BTreeMap<PathBuf, SystemTime> {
    let start = start - CLOCK_STEP;
    let written = paths.into_iter().filter_map(|path| {
        let at = written_at(&path)?;
        Some((path, at))
    });
    written.filter(|(_, at)| *at >= start).collect()
}

impl WatchSet {
    /// The same for everything in the set that decides a build; a page's files do not.
    pub fn written_since(&self, start: SystemTime, bounds: &Bounds) -> BTreeMap<PathBuf, SystemTime> {
        let folders = self.folders.iter().filter(|folder| folder.takes != Takes::Assets).cloned();
        let set = Self { files: self.files.clone(), folders: folders.collect() };
        let listing = Listing::take(&set, &Filter::new(&set, &[]), bounds);
        // Folders of files that are only named may be anything, as large and as busy as the user's home.
        let beside: BTreeSet<&Path> = self.files.iter().filter_map(|file| file.parent()).collect();
        let listed = |folder: &PathBuf| {
            !beside.contains(folder.as_path()) || set.folders.iter().any(|own| own.path == *folder)
        };
        let folders: Vec<PathBuf> = listing.folders.iter().filter(|folder| listed(folder)).cloned().collect();
        written_since(listing.files.into_iter().chain(folders), start)
    }
}

/// When content or name of what is at `path` last changed; a file that is moved here keeps the time of its content.
fn written_at(path: &Path) -> Option<SystemTime> {
    let metadata = std::fs::metadata(path).ok()?;
    let seconds = Duration::from_secs(u64::try_from(metadata.ctime()).ok()?);
    let changed = UNIX_EPOCH + seconds + Duration::from_nanos(u64::try_from(metadata.ctime_nsec()).ok()?);
    Some(metadata.modified().map_or(changed, |modified| modified.max(changed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::WatchedFolder;

    #[test]
    fn a_file_that_was_gone_for_a_moment_has_been_written() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("words");
        std::fs::create_dir(&package).unwrap();
        let (kept, passing) = (package.join("kept.go"), package.join("passing.go"));
        for file in [&kept, &passing] {
            std::fs::write(file, "package words\n").unwrap();
        }
        let set = WatchSet {
            files: BTreeSet::from([kept.clone()]),
            folders: vec![WatchedFolder { path: package.clone(), recursive: false, takes: Takes::GoSources }],
        };
        let last = written_at(&passing).unwrap();
        let later = last + CLOCK_STEP + Duration::from_nanos(1);
        assert!(set.written_since(later, &Bounds::default()).is_empty());
        std::fs::remove_file(&passing).unwrap();
        let written: Vec<_> = set.written_since(last, &Bounds::default()).into_keys().collect();
        assert!(written.contains(&package), "{written:?}");
        std::fs::write(&passing, "package words\n").unwrap();
        let written: Vec<_> = set.written_since(last, &Bounds::default()).into_keys().collect();
        assert!(written.contains(&passing) && written.contains(&package), "{written:?}");
    }
}
