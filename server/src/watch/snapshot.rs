//! What was last reported of each file, and what it is now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ChangeKind;
use super::debounce::Observation;
use super::reading::{Reading, Stamp};
use crate::content::ContentHash;

/// Contents by hash. A change counts only against these.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    known: BTreeMap<PathBuf, Known>,
    /// What the last look at a path found, until it is reported.
    staged: BTreeMap<PathBuf, Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    hash: ContentHash,
    empty: bool,
    stamp: Option<Stamp>,
}

impl Snapshot {
    /// Takes in files that were not known and forgets those that no longer count. Known files keep the
    /// content that was last reported: reading them again would swallow a change that is still to be told.
    pub(super) fn keep(&mut self, files: &BTreeSet<PathBuf>, takes_in: impl Fn(&Path) -> bool) {
        self.known.retain(|path, _| files.contains(path));
        self.staged.retain(|path, _| files.contains(path));
        for path in files {
            if !self.known.contains_key(path) && takes_in(path) {
                if let Reading::Content { hash, empty, stamp } = Reading::of(path) {
                    self.known.insert(path.clone(), Known { hash, empty, stamp });
                }
            }
        }
    }

    /// Reads the file and says how it compares with what was last reported.
    pub(super) fn observe(&mut self, path: &Path) -> Observation {
        let reading = Reading::of(path);
        let known = self.known.get_mut(path);
        let observation = match (&reading, known) {
            (Reading::Missing, None) => Observation::Same,
            (Reading::Missing, Some(_)) => Observation::Missing,
            (Reading::Unreadable, _) => Observation::Unreadable,
            (Reading::Content { hash, stamp, .. }, Some(known)) if known.hash == *hash => {
                known.stamp = *stamp;
                Observation::Same
            }
            (Reading::Content { empty: true, .. }, known)
                if !known.as_ref().is_some_and(|known| known.empty) =>
            {
                Observation::Empty
            }
            (Reading::Content { .. }, _) => Observation::Differs,
        };
        if observation == Observation::Same {
            self.staged.remove(path);
        } else {
            self.staged.insert(path.to_owned(), reading);
        }
        observation
    }

    /// Makes what was last observed the reported state; `None` when there is nothing to report.
    pub(super) fn commit(&mut self, path: &Path) -> Option<ChangeKind> {
        match self.staged.remove(path)? {
            Reading::Missing => self.known.remove(path).map(|_| ChangeKind::Removed),
            Reading::Unreadable => None,
            Reading::Content { hash, empty, stamp } => {
                match self.known.insert(path.to_owned(), Known { hash, empty, stamp }) {
                    None => Some(ChangeKind::Created),
                    Some(before) => (before.hash != hash).then_some(ChangeKind::Modified),
                }
            }
        }
    }

    /// True when the file may differ from what was reported, by a look at its stamp only.
    pub(super) fn may_differ(&self, path: &Path) -> bool {
        match (self.known.get(path), Stamp::look(path)) {
            (None, None) => false,
            (Some(known), Some(stamp)) => known.stamp != Some(stamp),
            _ => true,
        }
    }

    /// Files known below a folder.
    pub(super) fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        self.known
            .range(folder.to_owned()..)
            .map(|(path, _)| path)
            .take_while(move |path| path.starts_with(folder))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.known.keys()
    }
}
