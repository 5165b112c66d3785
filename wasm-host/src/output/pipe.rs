//! What a guest writes, read by somebody else while it runs: the guest waits while nobody reads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::Notify;

/// The end of an [`Output::pipe`](super::Output::pipe) that is read.
#[derive(Debug)]
pub struct OutputReader {
    pipe: Arc<Pipe>,
}

/// The end that is written; the end of the last output that has it is the end of what is read.
#[derive(Debug)]
pub(super) struct Writer {
    pipe: Arc<Pipe>,
    room: usize,
}

#[derive(Debug, Default)]
struct Pipe {
    state: Mutex<State>,
    /// Wakes the reader.
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    pieces: VecDeque<Bytes>,
    waiting: usize,
    ended: bool,
    /// Nobody will read any more.
    abandoned: bool,
    /// Guests that wait for room.
    writers: Vec<Waker>,
}

pub(super) fn new(room: usize) -> (OutputReader, Writer) {
    let pipe = Arc::new(Pipe::default());
    (OutputReader { pipe: Arc::clone(&pipe) }, Writer { pipe, room: room.max(1) })
}

impl OutputReader {
    /// What was written next, in pieces as they came; `None` at the end. Dropping it loses nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            let filled = self.pipe.filled.notified();
            {
                let mut state = self.pipe.state();
                if let Some(piece) = state.pieces.pop_front() {
                    state.waiting -= piece.len();
                    state.wake();
                    return Some(piece);
                }
                if state.ended {
                    return None;
                }
            }
            filled.await;
        }
    }
}

impl Drop for OutputReader {
    fn drop(&mut self) {
        let mut state = self.pipe.state();
        state.abandoned = true;
        state.wake();
    }
}

impl Writer {
    /// What is beyond the room is taken too: who writes has asked for room before.
    pub(super) fn push(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.pipe.state();
        if !state.abandoned {
            state.waiting += bytes.len();
            state.pieces.push_back(Bytes::copy_from_slice(bytes));
            drop(state);
            self.pipe.filled.notify_one();
        }
    }

    /// How much may be written now; `None` when nobody reads any more.
    pub(super) fn room(&self) -> Option<usize> {
        let state = self.pipe.state();
        (!state.abandoned).then(|| self.room.saturating_sub(state.waiting))
    }

    /// Ready when there is room, or will never be any.
    pub(super) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.pipe.state();
        if state.abandoned || state.waiting < self.room {
            return Poll::Ready(());
        }
        if !state.writers.iter().any(|writer| writer.will_wake(context.waker())) {
            state.writers.push(context.waker().clone());
        }
        Poll::Pending
    }

    pub(super) fn end(&self) {
        self.pipe.state().ended = true;
        self.pipe.filled.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    fn wake(&mut self) {
        self.writers.drain(..).for_each(Waker::wake);
    }
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
