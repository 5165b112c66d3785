//! What the doors of the server read: what is true, what happens, and when to look.

use std::sync::Arc;

use tokio::sync::watch;

use super::bell::{Bell, Listener};
use super::board::Board;
use super::events::Events;

/// One side of the publisher, for any number of readers.
#[derive(Debug, Clone)]
pub struct Feed {
    board: watch::Receiver<Arc<Board>>,
    bell: Arc<Bell>,
    events: Arc<Events>,
    /// The board is that of another server, which may be ahead of this one.
    follows: bool,
}

impl Feed {
    pub(super) fn new(board: watch::Receiver<Arc<Board>>, bell: Arc<Bell>, events: Arc<Events>) -> Self {
        Self { board, bell, events, follows: false }
    }

    pub(super) fn of_another(self) -> Self {
        Self { follows: true, ..self }
    }

    /// True where another server makes what is true: a client that was there may know more than this one.
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// What is true now.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.borrow())
    }

    /// For the few that want to wait for a change; see [`Self::listen`].
    pub fn watch(&self) -> watch::Receiver<Arc<Board>> {
        self.board.clone()
    }

    /// Hears of each change of the board. For thousands of readers.
    pub fn listen(&self) -> Listener {
        self.bell.listen()
    }

    /// Makes everybody look who listens.
    pub fn ring(&self) {
        self.bell.ring();
    }

    /// What happens.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }
}
