//! The server's end of a WebSocket (RFC 6455): frames that were encoded once go out as they are, and a connection that is
//! idle holds no buffer.
//!
//! A library that copies each message into a buffer of the connection costs kibibytes for every idle page and a copy for
//! every delivery. The half of the protocol that a server without extensions needs is small; what is heard here is
//! compared with tungstenite's client and with raw bytes in the tests.

mod handshake;
mod reader;
mod outbox;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use dev_server_proto::Run;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::wire::{Incoming, Urgency, Wire};
use crate::telemetry::Transport;
use outbox::Outbox;
use reader::{Heard, Reader};

pub(super) use handshake::{accept, answer};

/// Bytes read at a time, on the stack. What a page says has some hundred bytes.
const READ: usize = 4 * 1024;

/// Messages that one write hands to the system: more than fit into its buffer anyway.
const SLICES: usize = 128;

/// A WebSocket over a connection that has been upgraded.
#[derive(Debug)]
pub(super) struct WebSocket<S> {
    stream: S,
    reader: Reader,
    outbox: Outbox,
    /// Read with an earlier message and not asked for yet.
    heard: VecDeque<Incoming>,
    /// Bytes that came with the request, before the upgrade.
    early: Bytes,
}

impl<S> WebSocket<S> {
    /// `early`: what was read behind the head of the request.
    pub(super) fn new(stream: S, early: Bytes) -> Self {
        Self { stream, reader: Reader::default(), outbox: Outbox::default(), heard: VecDeque::new(), early }
    }

    /// Keeps all messages of `bytes`; after a violation nothing more is read.
    fn hear(&mut self, mut bytes: &[u8]) {
        loop {
            let heard = match self.reader.next(&mut bytes) {
                Ok(Some(heard)) => heard,
                Ok(None) => return,
                Err(violation) => {
                    self.heard
                        .push_back(Incoming::Refused { code: violation.code(), reason: violation.reason() });
                    return;
                }
            };
            self.heard.push_back(match heard {
                Heard::Binary(bytes) => Incoming::Message(bytes),
                Heard::Text => Incoming::Text,
                Heard::Ping(bytes) => {
                    self.outbox.pong(&bytes);
                    Incoming::Sign
                }
                Heard::Pong => Incoming::Sign,
                Heard::Close(code) => {
                    self.outbox.close(code, "");
                    Incoming::Closed
                }
            });
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for WebSocket<S> {
    const TRANSPORT: Transport = Transport::WebSocket;

    fn queue(&mut self, frames: Run, urgency: Urgency) {
        self.outbox.queue(frames.into_web_socket(), urgency);
    }

    fn waiting(&self, urgency: Urgency) -> usize {
        self.outbox.waiting(urgency)
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outbox.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = self.outbox.slices(&mut slices);
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outbox.written(written);
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                if self.heard.is_empty() {
                    self.heard = VecDeque::new();
                }
                return Poll::Ready(heard);
            }
            if !self.early.is_empty() {
                let early = std::mem::take(&mut self.early);
                self.hear(&early);
                continue;
            }
            let mut bytes = [0; READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    let length = buffer.filled().len();
                    self.hear(&bytes[..length]);
                }
                Ok(()) | Err(_) => return Poll::Ready(Incoming::Closed),
            }
        }
    }

    fn is_amid(&self) -> bool {
        self.reader.is_amid()
    }

    fn ping(&mut self) {
        self.outbox.ping();
    }

    fn close(&mut self, code: u16, reason: &'static str) {
        self.outbox.close(Some(code), reason);
    }

    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// What a reader makes of bytes that come in pieces: messages of the protocol, and the code of what ended it.
#[cfg(any(test, fuzzing))]
pub(super) fn messages<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Bytes>, Option<u16>) {
    let (mut reader, mut messages) = (Reader::default(), Vec::new());
    for mut piece in pieces {
        loop {
            match reader.next(&mut piece) {
                Ok(Some(Heard::Binary(bytes))) => messages.push(bytes),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(violation) => return (messages, Some(violation.code())),
            }
        }
    }
    (messages, None)
}

#[cfg(test)]
mod tests;
