//! What a session needs of the connection to its client, whichever protocol carries it.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use dev_server_proto::Run;

use crate::telemetry::Transport;

/// Of what waits for one client, what is more urgent is written first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// A person waits for it: updates, diagnostics, roots of trees.
    First,
    /// What trees are made of.
    Second,
    /// Comments, blanks and events.
    Third,
}

impl Urgency {
    pub(super) const ALL: [Self; 3] = [Self::First, Self::Second, Self::Third];
}

/// What came from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A message.
    Message(Bytes),
    /// A message of a kind that the protocol does not have.
    Text,
    /// It lives.
    Sign,
    /// The connection is at its end.
    Closed,
    /// The client broke the rules of the connection.
    Refused {
        /// To close with.
        code: u16,
        /// Why.
        reason: &'static str,
    },
}

/// One client's connection: WebSocket, WebTransport, or a test.
pub(super) trait Wire: Send {
    /// Which protocol that is.
    const TRANSPORT: Transport;

    /// To be written as soon as what is more urgent has been.
    fn queue(&mut self, frames: Run, urgency: Urgency);

    /// Bytes that were queued as so urgent and that the system has not taken, but for a frame whose beginning it has.
    fn waiting(&self, urgency: Urgency) -> usize;

    /// Writes until nothing waits.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// After [`Incoming::Closed`] or [`Incoming::Refused`] not to be asked again.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Incoming>;

    /// True when a message has begun to come and has not ended.
    fn is_amid(&self) -> bool;

    /// Asks for a sign of life.
    fn ping(&mut self);

    /// Everything that waits is given up, and the client is told why.
    fn close(&mut self, code: u16, reason: &'static str);

    /// Ends the connection once all is written.
    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}
