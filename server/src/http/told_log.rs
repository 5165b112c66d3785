//! A log, and how much of it one client was told.

use std::sync::Arc;
use std::task::Context;

use dev_server_proto::Run;

use super::wire::Urgency;
use crate::publish::{Events, Gestures, Listener};

/// What is told in order, from a place on.
pub(super) trait Told {
    /// Before what it goes.
    const URGENCY: Urgency;

    /// Hears of new entries.
    fn listen(&self) -> Listener;

    /// Adds to `out` what comes after the entry `after`, about `most` bytes; returns the number of the last entry that
    /// the client knows of then.
    fn read(&self, after: u64, most: usize, out: &mut Vec<Run>) -> u64;
}

/// The server's knowledge of what one client was told of a log.
#[derive(Debug)]
pub(super) struct ToldLog<L> {
    log: Arc<L>,
    after: u64,
    bell: Listener,
    /// There may be entries that were not read.
    stale: bool,
}

impl<L: Told> ToldLog<L> {
    /// Entries after the place that `after` gives. It is asked when new ones are heard of already: none gets lost between.
    pub(super) fn new(log: &Arc<L>, after: impl FnOnce(&L) -> u64) -> Self {
        let bell = log.listen();
        Self { log: Arc::clone(log), after: after(log), bell, stale: true }
    }

    /// Looks whether there are new ones, and hears of the next.
    pub(super) fn listen(&mut self, context: &mut Context<'_>) {
        self.stale |= self.bell.poll_rung(context).is_ready();
    }

    /// There may be more than the client was told.
    pub(super) fn is_behind(&self) -> bool {
        self.stale
    }

    /// Adds what the client was not told, about `room` bytes. Returns whether there is more.
    pub(super) fn catch_up(&mut self, room: usize, out: &mut Vec<(Run, Urgency)>) -> bool {
        if !self.stale {
            return false;
        }
        let mut read = Vec::new();
        let last = self.log.read(self.after, room, &mut read);
        self.stale = last != self.after;
        self.after = last;
        out.extend(read.into_iter().map(|run| (run, L::URGENCY)));
        self.stale
    }
}

impl Told for Events {
    const URGENCY: Urgency = Urgency::Third;

    fn listen(&self) -> Listener {
        Self::listen(self)
    }

    fn read(&self, after: u64, most: usize, out: &mut Vec<Run>) -> u64 {
        Self::read(self, after, most, out)
    }
}

impl Told for Gestures {
    const URGENCY: Urgency = Urgency::Second;

    fn listen(&self) -> Listener {
        Self::listen(self)
    }

    fn read(&self, after: u64, most: usize, out: &mut Vec<Run>) -> u64 {
        Self::read(self, after, most, out)
    }
}
