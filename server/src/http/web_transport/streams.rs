//! One session's streams. What the client says, and what is most urgent for it, travel on the stream that it opened; each
//! other urgency has a stream of its own, so that a packet which is lost holds up nothing else.
//!
//! On every stream each frame has its length before it, four bytes, the most significant first. Length 0 is the end: a
//! close code of two bytes and a reason follow, up to the end of the stream.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use dev_server_proto::{CloseCode, MAX_CLIENT_FRAME, Run};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wtransport::{Connection, RecvStream, SendStream};

use crate::http::wire::{Incoming, Urgency, Wire};
use crate::telemetry::Transport;

/// Bytes read at a time, on the stack.
const READ: usize = 4 * 1024;

const LENGTH: usize = 4;

pub(super) struct Streams {
    connection: Connection,
    incoming: RecvStream,
    lanes: [Lane; Urgency::ALL.len()],
    /// What was read of a record that is not whole.
    partial: Vec<u8>,
    heard: VecDeque<Incoming>,
    /// QUIC watches over the connection by itself: a sign of life is given as soon as one is asked for.
    asked: bool,
    closed: bool,
    gone: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

#[derive(Debug)]
struct Lane {
    stream: SendStream,
    /// Lengths and frames by turns.
    waiting: VecDeque<Bytes>,
    bytes: usize,
}

impl Lane {
    fn new(stream: SendStream, urgency: Urgency) -> Self {
        // Among what may be sent at a moment QUIC takes the stream with the highest number first.
        stream.set_priority(-(urgency as i32));
        Self { stream, waiting: VecDeque::new(), bytes: 0 }
    }

    fn queue(&mut self, part: Bytes) {
        self.bytes += part.len();
        self.waiting.push_back(part);
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(part) = self.waiting.front_mut() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, part))?;
            self.bytes -= written;
            part.advance(written);
            if part.is_empty() {
                self.waiting.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Streams {
    /// `outgoing` belongs to `incoming`; the others are the server's, for what is less urgent.
    pub(super) fn new(
        connection: Connection,
        (outgoing, incoming): (SendStream, RecvStream),
        [second, third]: [SendStream; 2],
    ) -> Self {
        let lanes = [
            Lane::new(outgoing, Urgency::First),
            Lane::new(second, Urgency::Second),
            Lane::new(third, Urgency::Third),
        ];
        let heard = VecDeque::new();
        Self {
            connection,
            incoming,
            lanes,
            partial: Vec::new(),
            heard,
            asked: false,
            closed: false,
            gone: None,
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        let mut rest = &self.partial[..];
        while let Some((length, content)) = rest.split_at_checked(LENGTH) {
            let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            if length == 0 {
                self.heard.push_back(Incoming::Closed);
                break;
            }
            if length > MAX_CLIENT_FRAME {
                let (code, reason) = (CloseCode::BadMessage.code(), CloseCode::BadMessage.reason());
                self.heard.push_back(Incoming::Refused { code, reason });
                break;
            }
            let Some((frame, behind)) = content.split_at_checked(length) else { break };
            self.heard.push_back(Incoming::Message(Bytes::copy_from_slice(frame)));
            rest = behind;
        }
        self.partial = rest.to_vec();
    }
}

impl Wire for Streams {
    const TRANSPORT: Transport = Transport::WebTransport;

    fn queue(&mut self, frames: Run, urgency: Urgency) {
        if self.closed {
            return;
        }
        let lane = &mut self.lanes[urgency as usize];
        for payload in frames.payloads() {
            lane.queue(Bytes::copy_from_slice(&(payload.len() as u32).to_be_bytes()));
            lane.queue(payload);
        }
    }

    fn waiting(&self, urgency: Urgency) -> usize {
        self.lanes[urgency as usize].bytes
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut pending = false;
        for lane in &mut self.lanes {
            pending |= lane.poll_write(context)?.is_pending();
        }
        if pending { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Poll::Ready(heard);
            }
            if std::mem::take(&mut self.asked) {
                return Poll::Ready(Incoming::Sign);
            }
            let mut bytes = [0; READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.incoming).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    let length = buffer.filled().len();
                    self.hear(&bytes[..length]);
                }
                Ok(()) | Err(_) => return Poll::Ready(Incoming::Closed),
            }
        }
    }

    fn is_amid(&self) -> bool {
        !self.partial.is_empty()
    }

    fn ping(&mut self) {
        self.asked = true;
    }

    fn close(&mut self, code: u16, reason: &'static str) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let [first, ..] = &mut self.lanes;
        // A frame whose beginning was written is finished, or the end could not be told from it.
        first.waiting.truncate(if first.waiting.len() % 2 == 1 { 1 } else { 2 });
        first.queue([&[0; LENGTH][..], &code.to_be_bytes(), reason.as_bytes()].concat().into());
        for lane in &mut self.lanes[1..] {
            lane.waiting.clear();
            lane.bytes = 0;
        }
    }

    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        for lane in &mut self.lanes {
            ready!(Pin::new(&mut lane.stream).poll_shutdown(context))?;
        }
        // What was written last is lost when the connection goes at once: the client ends it when it has read that.
        let connection = self.connection.clone();
        let gone = self.gone.get_or_insert_with(|| {
            Box::pin(async move {
                connection.closed().await;
            })
        });
        gone.as_mut().poll(context).map(Ok)
    }
}
