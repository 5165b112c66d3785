//! The watcher's loop: the one thread that owns everything that is known about files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::coverage::Coverage;
use super::debounce::{Debouncer, Observation};
use super::filter::Filter;
use super::outbox::Outbox;
use super::polling::Listing;
use super::snapshot::Snapshot;
use super::source::{EventSource, Message, SourceError};
use super::{Bounds, Change, Options, PollReason, RescanReason, WatchNotice, WatchSet};

/// How often a full channel to the receiver is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// Messages taken in one go before deadlines are looked at: a flood must not hold up a burst's end.
const BATCH: usize = 1024;

/// Times the folders are listed again because new ones turned up meanwhile.
const ROUNDS: usize = 8;

pub(super) struct Worker {
    options: Options,
    set: WatchSet,
    filter: Filter,
    listing: Listing,
    snapshot: Snapshot,
    debouncer: Debouncer,
    coverage: Coverage,
    /// `None` while polling.
    source: Option<Box<dyn EventSource>>,
    /// Changes found by looking, and when: an event has to follow.
    suspects: BTreeMap<PathBuf, Instant>,
    unreadable: BTreeSet<PathBuf>,
    /// The last notice about a bound, so that it is not repeated at each look.
    cut: Option<WatchNotice>,
    folders_changed: bool,
    next_look: Instant,
    lost: Arc<AtomicBool>,
    outbox: Outbox,
}

enum Flow {
    Go,
    Stop,
}

impl Worker {
    pub(super) fn new(
        options: Options,
        source: Result<Box<dyn EventSource>, PollReason>,
        lost: Arc<AtomicBool>,
        outbox: Outbox,
    ) -> Self {
        let mut worker = Self {
            set: WatchSet::default(),
            filter: Filter::default(),
            listing: Listing::default(),
            snapshot: Snapshot::default(),
            debouncer: Debouncer::new(options.timing),
            coverage: Coverage::default(),
            source: None,
            suspects: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            cut: None,
            folders_changed: false,
            next_look: Instant::now(),
            lost,
            outbox,
            options,
        };
        match source {
            Ok(source) => worker.source = Some(source),
            Err(reason) => worker.fall_back(reason),
        }
        worker
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let wait = self.deadline().saturating_duration_since(Instant::now());
            let mut message = match messages.recv_timeout(wait) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for _ in 0..BATCH {
                let Some(taken) = message.take() else { break };
                if let Flow::Stop = self.receive(taken) {
                    return;
                }
                message = messages.try_recv().ok();
            }
            if let Some(left) = message {
                if let Flow::Stop = self.receive(left) {
                    return;
                }
            }
            self.tick(Instant::now());
            if self.outbox.flush().is_err() {
                return;
            }
        }
    }

    /// Watches another set. Files that were known keep the content that was last reported.
    pub(super) fn watch(&mut self, set: WatchSet) {
        let before = std::mem::replace(&mut self.filter, Filter::new(&set, &self.options.ignored));
        self.set = set;
        self.refresh();
        // A file that counted before and is not known is new, and still to be reported.
        self.snapshot.keep(&self.listing.files, |path| !before.counts(path));
        self.touch_differing(Instant::now());
        self.next_look = Instant::now() + self.look_interval();
    }

    fn deadline(&self) -> Instant {
        let mut deadline = self.next_look;
        if let Some(settles) = self.debouncer.deadline() {
            deadline = deadline.min(settles);
        }
        if let Some(found) = self.suspects.values().min() {
            deadline = deadline.min(*found + self.options.timing.event_delay);
        }
        if !self.outbox.is_empty() {
            deadline = deadline.min(Instant::now() + RETRY);
        }
        deadline
    }

    fn receive(&mut self, message: Message) -> Flow {
        match message {
            Message::Touched(path, at) => {
                self.debouncer.closed(&path);
                self.touched(&path, at);
            }
            Message::Writing(path, at) => {
                self.touched(&path, at);
                self.debouncer.writing(&path, at);
            }
            Message::Failed(error) => self.fall_back(poll_reason(error)),
            Message::Wake => {}
            Message::Rewatch(set, done) => {
                self.watch(set);
                // The caller may have been dropped while it waited.
                let _ = done.send(());
            }
            Message::Stop => return Flow::Stop,
        }
        Flow::Go
    }

    fn touched(&mut self, path: &Path, at: Instant) {
        self.suspects.retain(|suspect, _| !suspect.starts_with(path));
        if self.filter.is_ignored(path) {
            return;
        }
        for link in self.coverage.links_to(path) {
            self.debouncer.touch(link.clone(), at);
        }
        if self.filter.counts(path) {
            self.debouncer.touch(path.to_owned(), at);
        }
        if self.coverage.concerns(path) || (self.filter.descends(path) && is_folder(path)) {
            self.folders_changed = true;
        }
        // A folder that was moved away has no events for its files.
        let gone: Vec<PathBuf> = self.snapshot.below(path).cloned().collect();
        for file in gone {
            self.debouncer.touch(file, at);
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.lost.swap(false, Ordering::AcqRel) {
            self.outbox.rescan(RescanReason::EventsLost);
            self.folders_changed = true;
        }
        if std::mem::take(&mut self.folders_changed) {
            self.refresh();
            self.touch_differing(now);
        }
        if now >= self.next_look {
            self.look(now);
            self.next_look = Instant::now() + self.look_interval();
        }
        let delay = self.options.timing.event_delay;
        if let Some(path) =
            self.suspects.iter().find(|(_, found)| now >= **found + delay).map(|(path, _)| path.clone())
        {
            self.fall_back(PollReason::EventsMissing(path));
        }
        let snapshot = &mut self.snapshot;
        if let Some(burst) = self.debouncer.settle(now, |path| snapshot.observe(path)) {
            let mut changes = Vec::new();
            for path in burst.paths {
                self.unreadable.remove(&path);
                if let Some(kind) = self.snapshot.commit(&path) {
                    changes.push(Change { path, kind });
                }
            }
            for path in burst.unreadable {
                if self.unreadable.insert(path.clone()) {
                    self.outbox.notice(WatchNotice::Unreadable(path));
                }
            }
            self.outbox.changed(changes, burst.first_event_at, Instant::now());
        }
    }

    /// Looks at every file: the whole work while polling, the heartbeat otherwise.
    fn look(&mut self, now: Instant) {
        let added = self.refresh();
        if self.source.is_none() || added {
            self.touch_differing(now);
            return;
        }
        for path in self.differing() {
            if self.debouncer.has(&path) {
                continue;
            }
            match self.snapshot.observe(&path) {
                Observation::Same | Observation::Unreadable => {}
                Observation::Differs | Observation::Empty | Observation::Missing => {
                    self.suspects.entry(path.clone()).or_insert(now);
                    self.debouncer.touch(path, now);
                }
            }
        }
    }

    /// Lists the folders and keeps the source in line; true when folders were added.
    fn refresh(&mut self) -> bool {
        let mut added = false;
        for _ in 0..ROUNDS {
            self.listing = Listing::take(&self.set, &self.filter, &self.options.bounds);
            let Some(source) = &mut self.source else { break };
            match self.coverage.update(source.as_mut(), &self.listing) {
                // What was put into a new folder before its watch began is seen by listing again.
                Ok(true) => added = true,
                Ok(false) => break,
                Err(error) => {
                    self.fall_back(poll_reason(error));
                    break;
                }
            }
        }
        if let Some(at) = self.listing.cut.clone() {
            let Bounds { folders, files, .. } = self.options.bounds;
            let notice = WatchNotice::TooMany { folders, files, at };
            if self.cut.as_ref() != Some(&notice) {
                self.cut = Some(notice.clone());
                self.outbox.notice(notice);
            }
        }
        added
    }

    fn differing(&self) -> Vec<PathBuf> {
        let known = self.snapshot.paths().filter(|path| !self.listing.files.contains(*path));
        self.listing
            .files
            .iter()
            .chain(known)
            .filter(|path| self.filter.counts(path) && self.snapshot.may_differ(path))
            .cloned()
            .collect()
    }

    fn touch_differing(&mut self, now: Instant) {
        for path in self.differing() {
            if !self.debouncer.has(&path) {
                self.debouncer.touch(path, now);
            }
        }
    }

    fn fall_back(&mut self, reason: PollReason) {
        self.source = None;
        self.suspects.clear();
        self.next_look = Instant::now();
        self.outbox.notice(WatchNotice::FellBackToPolling(reason));
    }

    fn look_interval(&self) -> Duration {
        let timing = &self.options.timing;
        if self.source.is_some() { timing.heartbeat } else { timing.poll }
    }
}

fn poll_reason(error: SourceError) -> PollReason {
    match error {
        SourceError::Limit => PollReason::WatchLimit,
        error @ (SourceError::Gone(_) | SourceError::Other(_)) => PollReason::SourceFailed(error.to_string()),
    }
}

fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}
