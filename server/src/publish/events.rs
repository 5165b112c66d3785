//! What happens at the server, as frames for those who ask, kept over restarts.

use std::sync::Arc;

use bytes::Bytes;
use dev_server_proto::v1::{self, server_frame};
use dev_server_proto::{Encoded, Run, decode_server};

use super::bell::Listener;
use super::board::Epoch;
use super::journal::Journal;
use super::log::Log;

/// Bytes of events that are kept for those who come back.
const BUDGET: usize = 4 << 20;

/// Events with numbers that go on where the last run of the server has ended.
#[derive(Debug)]
pub struct Events {
    log: Log,
    epoch: Epoch,
    journal: Arc<Journal>,
    /// They are another server's, which may be ahead of this one.
    follows: bool,
}

impl Events {
    /// Goes on after `known`, the events of earlier runs in order.
    pub fn new(epoch: Epoch, known: Vec<(u64, String)>, journal: Arc<Journal>) -> Self {
        let log = Log::new(BUDGET, known.first().map_or(1, |(number, _)| *number));
        for (_, json) in known {
            log.append(|number| encode(epoch, number, json));
        }
        Self { log, epoch, journal, follows: false }
    }

    /// Those of another server; none yet.
    pub fn of_another(epoch: Epoch) -> Self {
        Self { log: Log::new(BUDGET, 1), epoch, journal: Arc::new(Journal::none()), follows: true }
    }

    /// An event of the server that is followed. Returns whether it is new here.
    pub fn follow(&self, number: u64, json: String) -> bool {
        self.log.follow(number, encode(self.epoch, number, json))
    }

    /// Adds an event, one JSON object. It is on its way to the disk before anybody reads it.
    pub fn add(&self, json: String) -> u64 {
        self.log.append(|number| {
            self.journal.event(number, &json);
            encode(self.epoch, number, json)
        })
    }

    /// Where a client goes on that has the event `after` of `epoch`: there, or before the first that is kept. One that
    /// comes from a server that is ahead of this one waits until its place is reached.
    pub fn place(&self, epoch: &[u8], after: u64) -> u64 {
        let known = self.follows || after <= self.log.last();
        if epoch == self.epoch.as_bytes() && known { after } else { 0 }
    }

    /// Events after `after` with their numbers and texts, about `most` bytes; for a server that follows this one.
    pub fn texts(&self, after: u64, most: usize) -> Vec<(u64, String)> {
        let mut read = Vec::new();
        self.read(after, most, &mut read);
        let text = |payload: Bytes| match decode_server(&payload).ok()?.body? {
            server_frame::Body::Event(event) => Some((event.number, event.json)),
            _ => None,
        };
        read.iter().flat_map(Run::payloads).filter_map(text).collect()
    }

    /// Adds to `out` what comes after the event `after`, about `most` bytes; returns the number of the last event that
    /// the client knows of then.
    pub fn read(&self, after: u64, most: usize, out: &mut Vec<Run>) -> u64 {
        let gap = |first, last| {
            let skipped = server_frame::Body::EventsSkipped(v1::EventsSkipped { first, last });
            Encoded::new(&frame(self.epoch, skipped))
        };
        self.log.read(after, most, gap, out)
    }

    /// Number of the newest event; 0 when there never was one.
    pub fn last(&self) -> u64 {
        self.log.last()
    }

    /// How many events are kept, and what memory they take.
    pub fn kept(&self) -> (usize, usize) {
        self.log.kept()
    }

    /// Hears of new events.
    pub fn listen(&self) -> Listener {
        self.log.listen()
    }
}

fn encode(epoch: Epoch, number: u64, json: String) -> Encoded {
    Encoded::new(&frame(epoch, server_frame::Body::Event(v1::Event { number, json })))
}

fn frame(epoch: Epoch, body: server_frame::Body) -> v1::ServerFrame {
    v1::ServerFrame {
        epoch: Bytes::copy_from_slice(epoch.as_bytes()),
        body: Some(body),
        ..v1::ServerFrame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(events: &Events, after: u64) -> (u64, Vec<server_frame::Body>) {
        let mut out = Vec::new();
        let last = events.read(after, usize::MAX, &mut out);
        let body = |payload: Bytes| decode_server(&payload).unwrap().body.unwrap();
        (last, out.iter().flat_map(Run::payloads).map(body).collect())
    }

    #[test]
    fn events_go_on_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let (journal, known) = Journal::open(folder.path()).unwrap();
            Events::new(known.epoch, known.events, Arc::new(journal))
        };
        let events = open();
        assert_eq!(events.add("{}".into()), 1);
        assert_eq!(events.add("[2]".into()), 2);
        let epoch = *events.epoch.as_bytes();
        drop(events);
        let events = open();
        assert_eq!(*events.epoch.as_bytes(), epoch);
        assert_eq!(events.add("[3]".into()), 3);
        assert_eq!(events.place(&epoch, 1), 1);
        let (last, bodies) = said(&events, 1);
        assert_eq!(last, 3);
        let jsons: Vec<_> = bodies
            .into_iter()
            .map(|body| match body {
                server_frame::Body::Event(event) => (event.number, event.json),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(jsons, [(2, "[2]".to_owned()), (3, "[3]".to_owned())]);
        assert_eq!(events.place(&epoch, 4), 0, "a future that was never here");
        assert_eq!(events.place(&[], 2), 0);
    }

    #[test]
    fn what_is_no_longer_kept_is_named() {
        let events = Events::new(Epoch::random().unwrap(), Vec::new(), Arc::new(Journal::none()));
        for _ in 0..5 {
            events.add("x".repeat(BUDGET / 4));
        }
        let (newest, bodies) = said(&events, 0);
        let [server_frame::Body::EventsSkipped(skipped), rest @ ..] = bodies.as_slice() else {
            panic!("{bodies:?}")
        };
        assert_eq!((newest, skipped.first, rest.len()), (5, 1, 5 - skipped.last as usize));
    }
}
