//! What happens at the server, and which of it one client was told.

use std::sync::Arc;
use std::task::Context;

use dev_server_proto::{Run, v1};

use super::wire::Urgency;
use crate::publish::{Events, Listener};

/// The server's knowledge of what one client was told.
#[derive(Debug)]
pub(super) struct ToldEvents {
    all: Arc<Events>,
    after: u64,
    bell: Listener,
    /// There may be some that were not read.
    stale: bool,
}

impl ToldEvents {
    /// Those after the place that the client names.
    pub(super) fn new(all: &Arc<Events>, follow: &v1::FollowEvents) -> Self {
        let bell = all.listen();
        let after = all.place(&follow.epoch, follow.after);
        Self { all: Arc::clone(all), after, bell, stale: true }
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
        let last = self.all.read(self.after, room, &mut read);
        self.stale = last != self.after;
        self.after = last;
        out.extend(read.into_iter().map(|run| (run, Urgency::Third)));
        self.stale
    }
}
