//! One client that looks at every message, and whose connection may be cut at any byte.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use super::dialect::{self, Heard, Place};
use super::door::{self, Door, masked};
use super::skimmer::{BINARY, PING, Skimmer};

thread_local! {
    /// What was read and is looked at before anything else is.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; 256 << 10]);
}

/// Reads what has come, at most `most` bytes, and hands it to `look`. Returns how much it was; 0 at the end.
pub(super) fn poll_bytes(
    stream: &mut TcpStream,
    context: &mut Context<'_>,
    most: usize,
    look: impl FnOnce(&[u8]),
) -> Poll<io::Result<usize>> {
    BUFFER.with_borrow_mut(|buffer| {
        let most = most.min(buffer.len());
        let mut read = ReadBuf::new(&mut buffer[..most]);
        ready!(Pin::new(stream).poll_read(context, &mut read))?;
        look(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    })
}

/// A client.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    skimmer: Skimmer,
    heard: VecDeque<Heard>,
    /// Where it is.
    pub(super) place: Place,
    /// Bytes, both ways, after which the connection is cut.
    left: u64,
}

/// The connection was cut by who measures.
fn cut() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Connection {
    /// Comes with what it has. After `left` bytes, both ways together, everything is an error.
    pub(super) async fn open(door: &Door, index: usize, place: Place, left: u64) -> io::Result<Self> {
        let stream = door.connect(index).await?;
        let mut new =
            Self { stream, skimmer: Skimmer::default(), heard: VecDeque::new(), place: place.clone(), left };
        new.say(&door.request()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if new.read(|bytes, _, _| head.extend_from_slice(bytes)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        door::check(&head)?;
        new.say(&door.first_words(&place)).await?;
        Ok(new)
    }

    async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let part = &bytes[..bytes.len().min(most)];
        self.stream.write_all(part).await?;
        self.left -= part.len() as u64;
        if part.len() < bytes.len() { Err(cut()) } else { Ok(()) }
    }

    async fn read(
        &mut self,
        mut look: impl FnMut(&[u8], &mut Skimmer, &mut VecDeque<Heard>),
    ) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        if most == 0 {
            return Err(cut());
        }
        let Self { stream, skimmer, heard, .. } = self;
        let count = poll_fn(|context| poll_bytes(stream, context, most, |bytes| look(bytes, skimmer, heard)));
        let count = count.await?;
        self.left -= count as u64;
        Ok(count)
    }

    /// The next message. What it says of events and sequences is part of the place.
    pub(super) async fn next(&mut self) -> io::Result<Heard> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Ok(heard);
            }
            let (mut pinged, mut wrong, mut epoch) = (false, false, None);
            let count = self
                .read(|bytes, skimmer, heard| {
                    wrong |= !skimmer.take(bytes, |opcode, payload| match opcode {
                        BINARY => match dialect::hear(payload) {
                            Some((of, said)) => {
                                epoch = Some(of);
                                heard.push_back(said);
                            }
                            None => wrong = true,
                        },
                        PING => pinged = true,
                        _ => {}
                    });
                })
                .await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if wrong {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if let Some(epoch) = epoch.filter(|epoch| !epoch.is_empty()) {
                self.place.epoch = epoch;
            }
            if pinged {
                self.say(&masked(0x8a, &[])).await?;
            }
        }
    }

    /// Ends it without a farewell; `hard`: what is under way is thrown away too.
    pub(super) fn cut(self, hard: bool) {
        if hard {
            let _ = self.stream.set_zero_linger();
        }
    }
}
