//! What a guest reads from stdin: given at once, or written while it runs.

mod stream;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::Notify;

/// Where stdin of one guest comes from. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct Input(Option<Arc<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes the writer that waits for room.
    drained: Notify,
    /// Wakes the writer that waits for being asked.
    asked: Notify,
}

#[derive(Debug, Default)]
struct State {
    pieces: VecDeque<Bytes>,
    waiting: usize,
    closed: bool,
    /// The guest is gone: nobody will read.
    abandoned: bool,
    /// Who waits for bytes.
    readers: Vec<Waker>,
}

impl Input {
    /// Ends at once.
    pub fn empty() -> Self {
        Self(None)
    }

    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let waiting = bytes.len();
        let state = State { pieces: VecDeque::from([bytes]), waiting, closed: true, ..State::default() };
        Self(Some(Arc::new(Shared { state: Mutex::new(state), ..Shared::default() })))
    }

    /// A pipe: what is written to the other end is read by the guest, which waits for it; the end of the writer is
    /// the end of the input.
    ///
    /// When `room` bytes wait the writer waits; when the guest is gone, writing says so.
    pub fn pipe(room: usize) -> (InputWriter, Self) {
        let shared = Arc::new(Shared::default());
        (InputWriter { shared: Arc::clone(&shared), room: room.max(1) }, Self(Some(shared)))
    }

    /// Ready when there is something to read, and the end is something to read too.
    pub(crate) fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        let Some(shared) = &self.0 else { return Poll::Ready(()) };
        let mut state = shared.state();
        if state.waiting > 0 || state.closed {
            return Poll::Ready(());
        }
        if !state.readers.iter().any(|reader| reader.will_wake(context.waker())) {
            state.readers.push(context.waker().clone());
        }
        drop(state);
        shared.asked.notify_one();
        Poll::Pending
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.as_ref().is_none_or(|shared| {
            let state = shared.state();
            state.waiting > 0 || state.closed
        })
    }

    /// Bytes that can be read now.
    pub(crate) fn waiting(&self) -> usize {
        self.0.as_ref().map_or(0, |shared| shared.state().waiting)
    }

    pub(crate) async fn wait(&self) {
        poll_fn(|context| self.poll_ready(context)).await;
    }

    /// Up to `most` bytes; nothing when none wait; `None` at the end.
    pub(crate) fn take(&self, most: usize) -> Option<Bytes> {
        let shared = self.0.as_ref()?;
        let mut state = shared.state();
        let Some(mut piece) = state.pieces.pop_front() else {
            return if state.closed { None } else { Some(Bytes::new()) };
        };
        let taken = piece.split_to(most.min(piece.len()));
        if !piece.is_empty() {
            state.pieces.push_front(piece);
        }
        state.waiting -= taken.len();
        let ended = taken.is_empty() && most > 0 && state.closed;
        drop(state);
        shared.drained.notify_one();
        if ended { None } else { Some(taken) }
    }

    pub(crate) fn abandon(&self) {
        if let Some(shared) = &self.0 {
            shared.state().abandoned = true;
            shared.drained.notify_one();
            shared.asked.notify_one();
        }
    }
}

/// The other end of [`Input::pipe`].
#[derive(Debug)]
pub struct InputWriter {
    shared: Arc<Shared>,
    room: usize,
}

impl InputWriter {
    /// Until the guest waits for something to read, so that nothing is taken from elsewhere before. `false` when the
    /// guest is gone.
    pub async fn asked(&mut self) -> bool {
        loop {
            let asked = self.shared.asked.notified();
            {
                let state = self.shared.state();
                if state.abandoned {
                    return false;
                }
                if !state.readers.is_empty() && state.waiting == 0 {
                    return true;
                }
            }
            asked.await;
        }
    }

    /// Waits for room first. `false` when the guest is gone.
    pub async fn write(&mut self, bytes: impl Into<Bytes>) -> bool {
        let bytes = bytes.into();
        loop {
            let drained = self.shared.drained.notified();
            {
                let mut state = self.shared.state();
                if state.abandoned {
                    return false;
                }
                if bytes.is_empty() {
                    return true;
                }
                if state.waiting < self.room {
                    state.waiting += bytes.len();
                    state.pieces.push_back(bytes);
                    state.wake();
                    return true;
                }
            }
            drained.await;
        }
    }
}

impl Drop for InputWriter {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.closed = true;
        state.wake();
    }
}

impl State {
    fn wake(&mut self) {
        self.readers.drain(..).for_each(Waker::wake);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_in_order_and_end() {
        let input = Input::bytes(&b"hello"[..]);
        assert_eq!(input.take(2).as_deref(), Some(&b"he"[..]));
        assert_eq!(input.take(99).as_deref(), Some(&b"llo"[..]));
        assert_eq!(input.take(99), None);
        assert_eq!(Input::empty().take(1), None);
        assert_eq!(Input::bytes(Bytes::new()).take(1), None);
    }

    #[tokio::test]
    async fn a_full_pipe_makes_the_writer_wait_and_the_end_of_one_is_told_to_the_other() {
        let (mut writer, input) = Input::pipe(4);
        assert_eq!(input.take(9).as_deref(), Some(&b""[..]), "nothing yet, and not the end");
        let writing = async {
            assert!(writer.write(&b"12345"[..]).await);
            assert!(writer.write(&b"6"[..]).await);
            drop(writer);
        };
        let reading = async {
            let mut read = Vec::new();
            loop {
                input.wait().await;
                match input.take(2) {
                    Some(piece) => read.extend_from_slice(&piece),
                    None => return read,
                }
            }
        };
        let ((), read) = tokio::join!(writing, reading);
        assert_eq!(read, b"123456");

        let (mut writer, input) = Input::pipe(9);
        let waiting = async {
            input.wait().await;
            assert_eq!(input.take(9).as_deref(), Some(&b"1"[..]));
        };
        let asked = async {
            assert!(writer.asked().await);
            assert!(writer.write(&b"1"[..]).await);
        };
        tokio::join!(asked, waiting);
        let (asked, ()) = tokio::join!(writer.asked(), async { input.abandon() });
        assert!(!asked, "who waits for being asked is told too");

        let (mut writer, input) = Input::pipe(1);
        assert!(writer.write(&b"1"[..]).await);
        let (written, ()) = tokio::join!(writer.write(&b"2"[..]), async { input.abandon() });
        assert!(!written, "a writer that waits is told that the guest is gone");
    }
}
