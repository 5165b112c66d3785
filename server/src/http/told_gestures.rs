//! What people do on the other pages of a program, and which of it one page was told.

use std::sync::Arc;
use std::task::Context;

use bytes::Bytes;
use dev_server_proto::{Run, is_gesture};

use super::wire::Urgency;
use crate::publish::{Gestures, Listener};

/// Longest one: the text of a field is a part of it.
const LONGEST: usize = 16 * 1024;

/// Why a client cannot hand on what was done on it.
pub(super) const UNWANTED: &str = "this server does not mirror what is done on a page";

/// The server's knowledge of what one page was told.
#[derive(Debug)]
pub(super) struct ToldGestures {
    all: Arc<Gestures>,
    after: u64,
    bell: Listener,
    /// There may be some that were not read.
    stale: bool,
}

impl ToldGestures {
    /// Those from now on: what was done before the page was there is not done on it.
    pub(super) fn new(all: &Arc<Gestures>) -> Self {
        let (bell, after) = (all.listen(), all.last());
        Self { all: Arc::clone(all), after, bell, stale: false }
    }

    /// Looks whether there are new ones, and hears of the next.
    pub(super) fn listen(&mut self, context: &mut Context<'_>) {
        self.stale |= self.bell.poll_rung(context).is_ready();
    }

    /// There may be more than the page was told.
    pub(super) fn is_behind(&self) -> bool {
        self.stale
    }

    /// Adds what the page was not told, about `room` bytes. Returns whether there is more.
    pub(super) fn catch_up(&mut self, room: usize, out: &mut Vec<(Run, Urgency)>) -> bool {
        if !self.stale {
            return false;
        }
        let mut read = Vec::new();
        let last = self.all.read(self.after, room, &mut read);
        self.stale = last != self.after;
        self.after = last;
        out.extend(read.into_iter().map(|run| (run, Urgency::Second)));
        self.stale
    }

    /// Passes on what was done on a page of `program`. The error says why not.
    pub(super) fn take(&self, program: &str, gesture: Bytes) -> Result<(), &'static str> {
        if gesture.len() > LONGEST {
            return Err("a gesture that is longer than 16 KiB");
        }
        if !is_gesture(&gesture) {
            return Err("a gesture that no page could read");
        }
        self.all.add(program, gesture);
        Ok(())
    }
}
