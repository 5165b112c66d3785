//! What is on its way to the receiver, merged while the receiver is busy.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Instant;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::{Change, ChangeKind, RescanReason, WatchEvent, WatchNotice};

/// Events for the receiver's bounded channel.
///
/// While the channel is full the watcher goes on and merges: each path is kept once with its newest state,
/// equal notices once, a rescan once. So nothing that is true is lost, nothing grows beyond the number of
/// files, and the receiver gets one event for all that happened while it was busy. When the channel is
/// closed the watcher ends: nobody is left to tell.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: Sender<WatchEvent>,
    rescan: Option<RescanReason>,
    notices: VecDeque<WatchNotice>,
    changes: BTreeMap<PathBuf, ChangeKind>,
    times: Option<(Instant, Instant)>,
}

/// The receiver is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Outbox {
    pub(super) fn new(sender: Sender<WatchEvent>) -> Self {
        Self { sender, rescan: None, notices: VecDeque::new(), changes: BTreeMap::new(), times: None }
    }

    pub(super) fn rescan(&mut self, reason: RescanReason) {
        self.rescan = Some(reason);
    }

    pub(super) fn notice(&mut self, notice: WatchNotice) {
        if !self.notices.contains(&notice) {
            self.notices.push_back(notice);
        }
    }

    pub(super) fn changed(&mut self, changes: Vec<Change>, first_event_at: Instant, settled_at: Instant) {
        for Change { path, kind } in changes {
            match (self.changes.get(&path), kind) {
                (Some(ChangeKind::Created), ChangeKind::Removed) => {
                    self.changes.remove(&path);
                }
                (Some(ChangeKind::Created), ChangeKind::Created | ChangeKind::Modified) => {}
                (Some(ChangeKind::Removed), ChangeKind::Created) => {
                    self.changes.insert(path, ChangeKind::Modified);
                }
                (_, kind) => {
                    self.changes.insert(path, kind);
                }
            }
        }
        let first = self.times.map_or(first_event_at, |(first, _)| first.min(first_event_at));
        self.times = (!self.changes.is_empty()).then_some((first, settled_at));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rescan.is_none() && self.notices.is_empty() && self.times.is_none()
    }

    /// Hands over what the channel has room for: a rescan first, changes last, since they may start a build.
    pub(super) fn flush(&mut self) -> Result<(), Closed> {
        if self.sender.is_closed() {
            return Err(Closed);
        }
        while !self.is_empty() {
            let permit = match self.sender.try_reserve() {
                Ok(permit) => permit,
                Err(TrySendError::Full(())) => return Ok(()),
                Err(TrySendError::Closed(())) => return Err(Closed),
            };
            if let Some(reason) = self.rescan.take() {
                permit.send(WatchEvent::Rescan(reason));
            } else if let Some(notice) = self.notices.pop_front() {
                permit.send(WatchEvent::Notice(notice));
            } else if let Some((first_event_at, settled_at)) = self.times.take() {
                let changes = std::mem::take(&mut self.changes);
                let changes = changes.into_iter().map(|(path, kind)| Change { path, kind }).collect();
                permit.send(WatchEvent::Changed { changes, first_event_at, settled_at });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, kind: ChangeKind) -> Vec<Change> {
        vec![Change { path: path.into(), kind }]
    }

    #[test]
    fn a_full_channel_merges_to_the_newest_state() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        let start = Instant::now();
        outbox.changed(change("first", ChangeKind::Modified), start, start);
        outbox.flush().unwrap();
        for (path, kind) in [
            ("a", ChangeKind::Created),
            ("a", ChangeKind::Modified),
            ("b", ChangeKind::Created),
            ("b", ChangeKind::Removed),
            ("c", ChangeKind::Removed),
            ("c", ChangeKind::Created),
            ("d", ChangeKind::Modified),
            ("d", ChangeKind::Removed),
        ] {
            outbox.changed(change(path, kind), start, Instant::now());
            outbox.flush().unwrap();
        }
        assert!(matches!(receiver.try_recv(), Ok(WatchEvent::Changed { changes, .. }) if changes.len() == 1));
        outbox.flush().unwrap();
        let Ok(WatchEvent::Changed { changes, first_event_at, .. }) = receiver.try_recv() else {
            panic!("the merged changes come next")
        };
        let kinds: Vec<_> =
            changes.iter().map(|change| (change.path.to_str().unwrap(), change.kind)).collect();
        assert_eq!(
            kinds,
            [("a", ChangeKind::Created), ("c", ChangeKind::Modified), ("d", ChangeKind::Removed)]
        );
        assert_eq!(first_event_at, start);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_closed_channel_is_told() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        drop(receiver);
        outbox.rescan(RescanReason::EventsLost);
        assert_eq!(outbox.flush(), Err(Closed));
    }
}
