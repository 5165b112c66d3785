//! When a burst of events is over. Pure: the clock and the looks at files are handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Timing;

/// How a file compares with what was last reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observation {
    /// Equal bytes.
    Same,
    /// Other bytes.
    Differs,
    /// It has become empty: most likely somebody is about to write it.
    Empty,
    /// It is gone: most likely somebody is about to put a new one in its place.
    Missing,
    /// It cannot be read just now.
    Unreadable,
}

/// A burst that is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Burst {
    /// Files that differ.
    pub(super) paths: Vec<PathBuf>,
    /// Files that could not be read to the end of their grace.
    pub(super) unreadable: Vec<PathBuf>,
    pub(super) first_event_at: Instant,
}

/// Collects touched paths and lets them go together. A burst waits for its last event to be `quiet` ago (less when all files were written and closed), for
/// each file that is written to be closed, and for each file in a passing state (empty, gone, unreadable) to leave
/// it, or to outlast its grace: a half state would be built for nothing. It never waits longer than `longest`.
#[derive(Debug)]
pub(super) struct Debouncer {
    timing: Timing,
    first: Option<Instant>,
    last: Option<Instant>,
    pending: BTreeSet<PathBuf>,
    ready: BTreeSet<PathBuf>,
    unreadable: BTreeSet<PathBuf>,
    held: BTreeMap<PathBuf, Hold>,
    /// Pending files that were written and not closed, and when they are taken as they are.
    writing: BTreeMap<PathBuf, Instant>,
    /// Pending files that were written and closed since.
    complete: BTreeSet<PathBuf>,
    /// Files whose writers have outlasted their grace, until they are closed.
    kept_open: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    observation: Observation,
    believed_at: Instant,
    look_at: Instant,
}

impl Debouncer {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            timing,
            first: None,
            last: None,
            pending: BTreeSet::new(),
            ready: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            held: BTreeMap::new(),
            writing: BTreeMap::new(),
            complete: BTreeSet::new(),
            kept_open: BTreeSet::new(),
        }
    }

    /// Something happened to this path.
    pub(super) fn touch(&mut self, path: PathBuf, at: Instant) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        self.pending.insert(path);
    }

    /// A touched file was written by somebody who has not closed it yet.
    pub(super) fn writing(&mut self, path: &Path, at: Instant) {
        self.complete.remove(path);
        if self.pending.contains(path) && !self.kept_open.contains(path) {
            self.writing.insert(path.to_owned(), at + self.timing.writer_grace);
        }
    }

    /// The file is closed, or another one is in its place.
    pub(super) fn closed(&mut self, path: &Path) {
        if self.writing.remove(path).is_some() {
            self.complete.insert(path.to_owned());
        }
        self.kept_open.remove(path);
    }

    /// True while the path waits to be reported.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.pending.contains(path) || self.ready.contains(path) || self.held.contains_key(path)
    }

    /// When `settle` has to be called next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let limit = self.first? + self.timing.longest;
        let next = if self.pending.is_empty() {
            self.held.values().map(|hold| hold.look_at).min()?
        } else {
            let complete = self.pending.iter().all(|path| self.complete.contains(path));
            let quiet = self.last? + if complete { self.timing.quiet_closed } else { self.timing.quiet };
            self.writing.values().copied().fold(quiet, Instant::max)
        };
        Some(next.min(limit))
    }

    /// Looks at the files that are due, and returns the burst when nothing keeps it back any more.
    pub(super) fn settle(
        &mut self,
        now: Instant,
        mut observe: impl FnMut(&Path) -> Observation,
    ) -> Option<Burst> {
        let first = self.first?;
        if self.deadline().is_some_and(|deadline| deadline > now) {
            return None;
        }
        let over = now >= first + self.timing.longest;
        let mut due = std::mem::take(&mut self.pending);
        self.kept_open.extend(std::mem::take(&mut self.writing).into_keys());
        self.complete.clear();
        due.extend(
            self.held.iter().filter(|(_, hold)| over || hold.look_at <= now).map(|(path, _)| path.clone()),
        );
        for path in due {
            let observation = observe(&path);
            let before = self.held.remove(&path).filter(|hold| hold.observation == observation);
            self.ready.remove(&path);
            self.unreadable.remove(&path);
            match observation {
                Observation::Same => {}
                Observation::Differs => {
                    self.ready.insert(path);
                }
                Observation::Empty | Observation::Missing | Observation::Unreadable => {
                    let hold = before.unwrap_or_else(|| self.hold(observation, now));
                    if !over && now < hold.believed_at {
                        let look_at = self.next_look(observation, now).min(hold.believed_at);
                        self.held.insert(path, Hold { look_at, ..hold });
                    } else if observation == Observation::Unreadable {
                        self.unreadable.insert(path);
                    } else {
                        self.ready.insert(path);
                    }
                }
            }
        }
        if !self.held.is_empty() {
            return None;
        }
        (self.first, self.last) = (None, None);
        let paths: Vec<_> = std::mem::take(&mut self.ready).into_iter().collect();
        let unreadable: Vec<_> = std::mem::take(&mut self.unreadable).into_iter().collect();
        (!paths.is_empty() || !unreadable.is_empty()).then_some(Burst {
            paths,
            unreadable,
            first_event_at: first,
        })
    }

    fn hold(&self, observation: Observation, now: Instant) -> Hold {
        let grace = match observation {
            Observation::Empty => self.timing.empty_grace,
            Observation::Missing => self.timing.missing_grace,
            Observation::Same | Observation::Differs | Observation::Unreadable => {
                self.timing.unreadable_grace
            }
        };
        Hold { observation, believed_at: now + grace, look_at: now + grace }
    }

    /// A write or a new file brings an event; a lock that is released need not.
    fn next_look(&self, observation: Observation, now: Instant) -> Instant {
        match observation {
            Observation::Unreadable => now + self.timing.unreadable_grace / 10,
            Observation::Same | Observation::Differs | Observation::Empty | Observation::Missing => {
                now + self.timing.longest
            }
        }
    }
}

#[cfg(test)]
#[path = "debounce_tests.rs"]
mod tests;
