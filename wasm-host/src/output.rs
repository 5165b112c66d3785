//! What a guest writes: kept up to a limit, handed over line by line, or read while it runs.

mod harmless;
mod lines;
mod pipe;
mod stream;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use crate::failure::Exceeded;
use lines::Lines;

pub use harmless::Harmless;
pub use pipe::OutputReader;

const UNNAMED: &str = "its output";

/// Where stdout or stderr of one guest goes. Clones of one that keeps or hands over are the same place.
#[derive(Clone, Debug)]
pub struct Output(Place);

#[derive(Clone, Debug)]
enum Place {
    /// Nothing is kept of it, and mostly nothing is ever written: made when it is.
    Late {
        stream: &'static str,
        limit: usize,
        made: OnceLock<Arc<Mutex<State>>>,
    },
    Shared(Arc<Mutex<State>>),
}

/// What was written, and how much of it was not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub bytes: Vec<u8>,
    /// Bytes beyond the limit, of an output that goes on without them.
    pub dropped: u64,
}

#[derive(Debug)]
struct State {
    stream: &'static str,
    sink: Sink,
    limit: usize,
    when_full: WhenFull,
    taken: usize,
    dropped: u64,
}

/// Nobody reads it any more.
struct Gone;

#[derive(Debug)]
enum Sink {
    Nothing,
    Buffer(Vec<u8>),
    Lines(Lines),
    Pipe(pipe::Writer),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhenFull {
    Stop,
    Drop,
}

impl Output {
    /// Nothing is kept; a guest that writes more than `limit` bytes is stopped.
    pub fn discard(limit: usize) -> Self {
        Self(Place::Late { stream: UNNAMED, limit, made: OnceLock::new() })
    }

    /// Everything is kept; a guest that writes more than `limit` bytes is stopped.
    pub fn buffer(limit: usize) -> Self {
        Self::made(Sink::Buffer(Vec::new()), limit)
    }

    /// Every line is handed to `line` without its end, made harmless for a terminal: no escape sequence, no control
    /// character but the tab. A line of more than `longest` bytes comes in pieces. The end of the guest ends a line.
    ///
    /// `line` is called while the guest waits, and must not block.
    pub fn lines(limit: usize, longest: usize, line: impl FnMut(&str) + Send + 'static) -> Self {
        Self::made(Sink::Lines(Lines::new(longest, Box::new(line))), limit)
    }

    /// Everything goes to the reader, as it is. While `room` bytes wait the guest waits; when the reader is gone, writing
    /// fails, which programs take for a broken pipe. The end of the guest is the end of what is read.
    pub fn pipe(limit: usize, room: usize) -> (OutputReader, Self) {
        let (reader, writer) = pipe::new(room);
        (reader, Self::made(Sink::Pipe(writer), limit))
    }

    /// What comes after the limit is dropped and counted, and the guest goes on.
    #[must_use]
    pub fn dropping(self) -> Self {
        let shared = match self.0 {
            Place::Late { limit, .. } => Self::made(Sink::Nothing, limit),
            Place::Shared(_) => self,
        };
        shared.state(|state| state.when_full = WhenFull::Drop);
        shared
    }

    fn made(sink: Sink, limit: usize) -> Self {
        Self(Place::Shared(State::shared(sink, limit, UNNAMED)))
    }

    /// The same, and it says which stream it is.
    pub(crate) fn named(&self, stream: &'static str) -> Self {
        match &self.0 {
            Place::Late { limit, .. } => Self(Place::Late { stream, limit: *limit, made: OnceLock::new() }),
            Place::Shared(_) => {
                self.state(|state| state.stream = stream);
                self.clone()
            }
        }
    }

    /// The one place that all streams to it share, and its one limit.
    fn opened(&self) -> Self {
        self.state(|_| ());
        self.clone()
    }

    pub(crate) fn take(&self, bytes: &[u8]) -> Result<(), Exceeded> {
        self.state(|state| {
            let room = state.limit - state.taken;
            let kept = &bytes[..bytes.len().min(room)];
            state.taken += kept.len();
            match &mut state.sink {
                Sink::Nothing => {}
                Sink::Buffer(buffer) => buffer.extend_from_slice(kept),
                Sink::Lines(lines) => lines.push(kept),
                Sink::Pipe(writer) => writer.push(kept),
            }
            let beyond = bytes.len() - kept.len();
            state.dropped += beyond as u64;
            if beyond > 0 && state.when_full == WhenFull::Stop {
                return Err(Exceeded::Output { stream: state.stream, limit: state.limit });
            }
            Ok(())
        })
    }

    /// How much may be written now, if that is bounded; `Err` when nobody reads it any more.
    fn room(&self) -> Result<Option<usize>, Gone> {
        self.state(|state| match &state.sink {
            Sink::Pipe(writer) => writer.room().map(Some).ok_or(Gone),
            Sink::Nothing | Sink::Buffer(_) | Sink::Lines(_) => Ok(None),
        })
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        self.state(|state| match &state.sink {
            Sink::Pipe(writer) => writer.poll_room(context),
            Sink::Nothing | Sink::Buffer(_) | Sink::Lines(_) => Poll::Ready(()),
        })
    }

    /// Ends the line that has no end, and hands out what was kept.
    pub(crate) fn finish(&self) -> Written {
        if matches!(self.0, Place::Late { .. }) {
            return Written::default();
        }
        self.state(|state| {
            let bytes = match &mut state.sink {
                Sink::Nothing => Vec::new(),
                Sink::Buffer(buffer) => std::mem::take(buffer),
                Sink::Lines(lines) => {
                    lines.end(state.dropped);
                    Vec::new()
                }
                Sink::Pipe(writer) => {
                    writer.end();
                    Vec::new()
                }
            };
            Written { bytes, dropped: state.dropped }
        })
    }

    fn state<R>(&self, with: impl FnOnce(&mut State) -> R) -> R {
        let state = match &self.0 {
            Place::Late { stream, limit, made } => {
                made.get_or_init(|| State::shared(Sink::Nothing, *limit, stream))
            }
            Place::Shared(state) => state,
        };
        with(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn shared(sink: Sink, limit: usize, stream: &'static str) -> Arc<Mutex<Self>> {
        let when_full = WhenFull::Stop;
        Arc::new(Mutex::new(Self { stream, sink, limit, when_full, taken: 0, dropped: 0 }))
    }
}

impl Written {
    /// As text, whatever it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_keeps_up_to_its_limit_and_then_stops_the_guest() {
        let output = Output::buffer(10);
        assert!(output.take(b"12345678").is_ok());
        assert!(matches!(output.take(b"90AB"), Err(Exceeded::Output { limit: 10, .. })));
        assert_eq!(output.finish(), Written { bytes: b"1234567890".to_vec(), dropped: 2 });
    }

    #[test]
    fn a_dropping_one_counts_what_it_does_not_keep() {
        let output = Output::buffer(3).dropping();
        assert!(output.take(b"12345678").is_ok());
        assert!(output.take(&[0; 1000]).is_ok());
        assert_eq!(output.finish(), Written { bytes: b"123".to_vec(), dropped: 1005 });
    }

    #[test]
    fn lines_are_whole_harmless_and_ended_by_the_guests_end() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&seen);
        let output = Output::lines(1000, 8, move |line| to.lock().unwrap().push(line.to_owned()));
        for piece in
            [&b"on"[..], b"e\r\ntwo\n\n", b"\x1b[31mred\x1b]0;ti", b"tle\x07!\n", b"a very long", b" one"]
        {
            output.take(piece).unwrap();
        }
        output.finish();
        assert_eq!(*seen.lock().unwrap(), ["one", "two", "", "red!", "a very l", "ong one"]);
    }

    #[tokio::test]
    async fn a_pipe_makes_the_guest_wait_and_each_end_is_told_to_the_other() {
        use std::future::poll_fn;
        let (mut reader, output) = Output::pipe(100, 4);
        let writing = async {
            for piece in [&b"123"[..], b"456", b"7"] {
                poll_fn(|context| output.poll_room(context)).await;
                output.take(piece).unwrap();
            }
            assert!(matches!(output.room(), Ok(Some(0..=4))));
            drop(output);
        };
        let reading = async {
            let mut read = Vec::new();
            while let Some(piece) = reader.next().await {
                read.extend_from_slice(&piece);
            }
            read
        };
        let ((), read) = tokio::join!(writing, reading);
        assert_eq!(read, b"1234567");

        let (reader, output) = Output::pipe(100, 1);
        output.take(b"12").unwrap();
        let waiting = poll_fn(|context| output.poll_room(context));
        let ((), ()) = tokio::join!(waiting, async { drop(reader) });
        assert!(output.room().is_err(), "and who wants to write is told");
        assert!(output.take(b"3").is_ok(), "what it writes all the same is nothing");
        let (_reader, short) = Output::pipe(3, 100);
        assert!(matches!(short.take(b"1234"), Err(Exceeded::Output { limit: 3, .. })));
    }

    #[test]
    fn lines_say_what_was_dropped() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&seen);
        let output = Output::lines(4, 80, move |line| to.lock().unwrap().push(line.to_owned())).dropping();
        output.take(b"hello world").unwrap();
        output.finish();
        assert_eq!(*seen.lock().unwrap(), ["hell", "[7 more bytes were not shown]"]);
    }
}
