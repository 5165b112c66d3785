//! The seam to the network: what a socket is to a client, and how one is opened. Tests bring their own.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

/// What comes from a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A binary message: one frame of the protocol.
    Frame(Bytes),
    /// A sign of life that means nothing else.
    Sign,
    /// The connection has ended. Nothing comes after it.
    Closed {
        /// The code of the close frame; 1006 when there was none.
        code: u16,
        /// Its reason, or what went wrong.
        reason: String,
    },
}

/// The connection cannot be written to any more; why is said by what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is gone")]
pub struct Lost;

/// One connection. Its end is an item of the stream, and the end of the stream counts as one with the code 1006.
pub trait Socket: Stream<Item = Received> + Sink<Bytes, Error = Lost> + Unpin + Send + 'static {}

impl<S: Stream<Item = Received> + Sink<Bytes, Error = Lost> + Unpin + Send + 'static> Socket for S {}

/// No socket was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers; it is tried again.
    #[error("{0}")]
    Unreachable(String),
    /// Whoever answers speaks something else.
    #[error("what answers there is no dev-server: {0}")]
    Stranger(String),
    /// The server answers and lets nobody in.
    #[error("the server answered {status}: {reason}")]
    Refused {
        /// Status of the HTTP answer.
        status: u16,
        /// What it says.
        reason: String,
    },
    /// No TLS comes about: this client does not speak it, or the server is not believed.
    #[error("{0}")]
    Tls(String),
}

impl ConnectError {
    /// The code with which the client gives up, where what is wrong will be wrong again.
    pub(crate) fn final_code(&self) -> Option<u16> {
        match self {
            Self::Refused { status: 408 | 425 | 429, .. } => None,
            // Who is sent elsewhere, as from http to https, has the wrong address.
            Self::Refused { status, .. } => (300..500).contains(status).then_some(*status),
            // As a gateway says it of whoever is behind it: 502.
            Self::Stranger(_) => Some(502),
            // RFC 6455: the TLS handshake failed.
            Self::Tls(_) => Some(1015),
            Self::Unreachable(_) => None,
        }
    }
}

/// Opens sockets, one after the other.
pub trait Connect: Send + 'static {
    /// What it opens.
    type Socket: Socket;

    /// Opens the next one.
    fn connect(&mut self) -> impl Future<Output = Result<Self::Socket, ConnectError>> + Send;
}

impl<F, Opening, S> Connect for F
where
    F: FnMut() -> Opening + Send + 'static,
    Opening: Future<Output = Result<S, ConnectError>> + Send,
    S: Socket,
{
    type Socket = S;

    fn connect(&mut self) -> impl Future<Output = Result<S, ConnectError>> + Send {
        self()
    }
}

/// What a turn at a socket has brought.
pub(crate) enum Turn {
    Received(Received),
    /// All that waited is written.
    Written,
}

/// Writes what waits in `frames` as far as the socket takes it, and reads when `reads`.
pub(crate) fn poll_turn<S: Socket>(
    socket: &mut S,
    frames: &mut std::collections::VecDeque<Bytes>,
    unflushed: &mut bool,
    reads: bool,
    context: &mut Context<'_>,
) -> Poll<Turn> {
    let mut wrote = false;
    // Nothing is written to a socket that is gone; why it is comes from its reading side.
    while !frames.is_empty() && Pin::new(&mut *socket).poll_ready(context) == Poll::Ready(Ok(())) {
        if let Some(frame) = frames.pop_front() {
            let _ = Pin::new(&mut *socket).start_send(frame);
            *unflushed = true;
        }
    }
    if *unflushed && Pin::new(&mut *socket).poll_flush(context).is_ready() {
        *unflushed = false;
        wrote = frames.is_empty();
    }
    if reads {
        if let Poll::Ready(item) = Pin::new(&mut *socket).poll_next(context) {
            let end = Received::Closed { code: 1006, reason: "the connection was lost".to_owned() };
            return Poll::Ready(Turn::Received(item.unwrap_or(end)));
        }
    }
    if wrote { Poll::Ready(Turn::Written) } else { Poll::Pending }
}
