//! Which folders the event source watches, kept equal to those that should be watched.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::polling::{Listing, nearest_folder};
use super::source::{EventSource, SourceError};

/// A folder by what it is, not by its name: one that was removed and made anew has lost its watch.
type Identity = (u64, u64);

/// The watched folders.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    watched: BTreeMap<PathBuf, Identity>,
    wanted: BTreeSet<PathBuf>,
    /// Files that are links, by the file that they lead to: events come for that one.
    links: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Coverage {
    /// Brings the source in line with the listing. True when a folder was added: what is in it may have
    /// changed before its watch began.
    pub(super) fn update(
        &mut self,
        source: &mut dyn EventSource,
        listing: &Listing,
    ) -> Result<bool, SourceError> {
        self.wanted.clone_from(&listing.folders);
        self.links = links(&listing.files);
        self.wanted.extend(self.links.keys().filter_map(|target| target.parent().map(Path::to_owned)));
        let mut present: BTreeMap<PathBuf, Identity> = BTreeMap::new();
        for folder in &self.wanted {
            // A folder that is missing is waited for in the nearest one above it.
            let Some(nearest) = nearest_folder(folder) else { continue };
            if let Ok(metadata) = std::fs::metadata(nearest) {
                present.insert(nearest.to_owned(), (metadata.dev(), metadata.ino()));
            }
        }
        let stale: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(folder, identity)| present.get(*folder) != Some(identity))
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in stale {
            source.unwatch(&folder);
            self.watched.remove(&folder);
        }
        let mut added = false;
        for (folder, identity) in present {
            if self.watched.contains_key(&folder) {
                continue;
            }
            match source.watch(&folder) {
                Ok(()) => {
                    self.watched.insert(folder, identity);
                    added = true;
                }
                Err(SourceError::Gone(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }

    /// True when something that happened to this path may have changed which folders there are.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        self.wanted.range(path.to_owned()..).next().is_some_and(|folder| folder.starts_with(path))
    }

    /// Files that count and lead to this path.
    pub(super) fn links_to(&self, path: &Path) -> &[PathBuf] {
        self.links.get(path).map_or(&[], Vec::as_slice)
    }
}

fn links(files: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut links: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        if std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink()) {
            if let Ok(target) = std::fs::canonicalize(file) {
                links.entry(target).or_default().push(file.clone());
            }
        }
    }
    links
}
