//! One connected client, from Hello to the end of its connection.
//!
//! Nothing is sent to a session: it looks at what is true and at what happened when it is woken, and takes more only when
//! its client has taken what it was given. One that is slow holds up nobody, costs nothing that grows, and finds only
//! what is newest when it comes to read again.

mod budgets;
mod talk;
mod sending;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use dev_server_proto::v1::{self, client_frame::Body};
use dev_server_proto::{CloseCode, Encoded, PROTOCOL_VERSION, Run, decode_client};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use super::report::ClientReport;
use super::standby;
use super::wire::{Incoming, Urgency, Wire};
use crate::publish::{Feed, Frames, Gestures, Listener};
use crate::rollout::Rollout;
use crate::telemetry::{Attending, Audience, Metrics, Refused};
use sending::Sending;
use talk::Talk;

/// Largest message that is read at all; what is larger than a frame of the protocol is answered, what is larger than
/// this ends the connection.
pub(super) const LARGEST_MESSAGE: usize = 256 * 1024;

/// Time for the first frame.
const HELLO: Duration = Duration::from_secs(15);

/// Pause between looks at the time.
const TICK: Duration = Duration::from_secs(10);

/// Ticks between pings: shorter than the minute after which most proxies drop a silent connection.
const PING_TICKS: u32 = 2;

/// Ticks after which a client that takes nothing of what it was given is frozen.
const STALLED_TICKS: u32 = 6;

/// Ticks after which a message that has begun must have ended: no page sends so slowly.
const AMID_TICKS: u32 = 2;

/// Bytes of trees and events that wait for a client before more is made for it. What is urgent does not wait behind them.
const BULK: usize = 64 * 1024;

/// RFC 6455 and its registry: the service restarts, come again.
const SERVICE_RESTART: u16 = 1012;

/// What all sessions of a server share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) feed: Feed,
    pub(super) frames: Arc<Frames>,
    pub(super) rollout: Arc<Rollout>,
    /// What is done on one page is done on the others.
    pub(super) gestures: Option<Arc<Gestures>>,
    pub(super) reports: mpsc::Sender<ClientReport>,
    /// Sessions look at it when the feed rings.
    pub(super) cancel: CancellationToken,
    pub(super) numbers: Arc<AtomicU64>,
    /// A guard: without it a message of a wrong kind is ignored.
    pub(super) check_messages: bool,
    /// There is nothing to serve yet: whoever says Hello is told to come again.
    pub(super) stands_by: bool,
    pub(super) metrics: Arc<Metrics>,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client is gone, or nothing can be written to it.
    Gone,
    /// The server closes.
    Close(u16, &'static str),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.code(), code.reason())
    }
}

/// Serves one client until it or the server ends.
///
/// A future is as large as all that it ever holds, and thousands of clients are idle: what is needed for a moment lies on
/// the heap for that moment.
pub(super) fn run<W: Wire>(wire: W, shared: Shared) -> impl Future<Output = ()> + Send {
    let beginning = Box::pin(begin(wire, shared));
    async {
        if let Some(mut session) = beginning.await {
            let end = session.serve().await;
            note_end(session.attending.metrics(), end);
            Box::pin(session.talk.disconnected()).await;
            Box::pin(farewell(&mut session.wire, end)).await;
        }
    }
}

/// From Hello to the first frame. `None` when it has ended already.
async fn begin<W: Wire>(mut wire: W, shared: Shared) -> Option<Box<Session<W>>> {
    match greet(&mut wire, &shared).await {
        Ok(hello) => {
            let follows = hello.program.is_empty() || hello.looks_on;
            let audience = if follows { Audience::Follower } else { Audience::Page };
            let attending = shared.metrics.attends(W::TRANSPORT, audience);
            let number = shared.numbers.fetch_add(1, Ordering::Relaxed) + 1;
            let talk = Talk::new(number, &hello, shared);
            talk.connected(&hello).await;
            Some(Box::new(Session::new(wire, talk, attending)))
        }
        Err(end) => {
            note_end(&shared.metrics, end);
            farewell(&mut wire, end).await;
            None
        }
    }
}

/// One that broke the rules of the protocol was sent away by a guard.
fn note_end(metrics: &Metrics, end: End) {
    if end == CloseCode::BadMessage.into() {
        metrics.refused(Refused::Messages);
    }
}

async fn farewell<W: Wire>(wire: &mut W, end: End) {
    if let End::Close(code, reason) = end {
        wire.close(code, reason);
    }
    // The client may be gone or frozen: a second is enough for a frame that fits into any buffer.
    let written = poll_fn(|context| {
        ready!(wire.poll_write(context))?;
        wire.poll_shutdown(context)
    });
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
}

async fn greet<W: Wire>(wire: &mut W, shared: &Shared) -> Result<v1::Hello, End> {
    let mut bell = shared.feed.listen();
    let first = poll_fn(|context| {
        loop {
            if shared.cancel.is_cancelled() {
                return Poll::Ready(Err(restart()));
            }
            if bell.poll_rung(context).is_ready() {
                continue;
            }
            // Answers to pings.
            if let Poll::Ready(Err(_)) = wire.poll_write(context) {
                return Poll::Ready(Err(End::Gone));
            }
            return Poll::Ready(match ready!(wire.poll_read(context)) {
                Incoming::Message(bytes) => Ok(bytes),
                Incoming::Sign => continue,
                Incoming::Text => Err(CloseCode::BadMessage.into()),
                Incoming::Closed => Err(End::Gone),
                Incoming::Refused { code, reason } => Err(End::Close(code, reason)),
            });
        }
    });
    let bytes =
        tokio::time::timeout(HELLO, first).await.map_err(|_| End::from(CloseCode::HelloTimeout))??;
    match decode_client(&bytes).ok().and_then(|frame| frame.body) {
        Some(Body::Hello(hello)) if hello.protocol_version == PROTOCOL_VERSION => {
            let there_is_nothing = End::Close(standby::TRY_AGAIN_LATER, standby::REASON);
            if shared.stands_by { Err(there_is_nothing) } else { Ok(hello) }
        }
        Some(Body::Hello(_)) => Err(CloseCode::UnsupportedVersion.into()),
        _ => Err(CloseCode::HelloExpected.into()),
    }
}

fn restart() -> End {
    End::Close(SERVICE_RESTART, CloseCode::Restart.reason())
}

struct Session<W> {
    wire: W,
    talk: Talk,
    bell: Listener,
    attending: Attending,
    /// The board may have changed since it was looked at.
    stale: bool,
    /// The client has not taken what it was given.
    behind: bool,
    /// How often the board has changed since it was looked at.
    changes: u64,
    tick: Pin<Box<Sleep>>,
    ticks: Ticks,
    out: Vec<(Run, Urgency)>,
}

/// How many ticks something has lasted.
#[derive(Debug, Default)]
struct Ticks {
    silent: u32,
    stalled: u32,
    amid: u32,
    waiting: usize,
}

/// What a session has to do that takes more than a look.
enum Turn {
    Message(bytes::Bytes),
    /// The pipeline has to know of something.
    Tell,
    End(End),
}

impl<W: Wire> Session<W> {
    fn new(wire: W, talk: Talk, attending: Attending) -> Self {
        let bell = talk.shared().feed.listen();
        let tick = Box::pin(tokio::time::sleep(TICK));
        Self {
            wire,
            talk,
            bell,
            attending,
            stale: true,
            behind: false,
            changes: 0,
            tick,
            ticks: Ticks::default(),
            out: Vec::new(),
        }
    }

    async fn serve(&mut self) -> End {
        let welcome = self.talk.welcome();
        self.queue(welcome);
        loop {
            match poll_fn(|context| self.poll_turn(context)).await {
                Turn::End(end) => return end,
                Turn::Tell => Box::pin(self.talk.tell()).await,
                Turn::Message(bytes) => {
                    if let Some(answer) = Box::pin(self.talk.take(&bytes)).await {
                        self.queue(answer);
                    }
                    // What the client said may have changed what it has to be told.
                    self.stale = true;
                }
            }
        }
    }

    /// The end first, or a chatty client could put it off. What is true before what the client says: that is judged by
    /// what it was told.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        loop {
            if let Poll::Ready(rung) = self.bell.poll_rung(context) {
                self.stale = true;
                self.changes += rung;
            }
            // Whoever ends the server rings; asking takes a lock that all sessions share.
            if self.stale && self.talk.shared().cancel.is_cancelled() {
                return Poll::Ready(Turn::End(restart()));
            }
            let more = self.fill(context);
            if self.talk.has_to_tell() {
                return Poll::Ready(Turn::Tell);
            }
            match self.wire.poll_write(context) {
                Poll::Ready(Err(_)) => return Poll::Ready(Turn::End(End::Gone)),
                Poll::Ready(Ok(())) => {
                    self.note_behind(false);
                    // All is written, and the bell may have been rung meanwhile.
                    if more {
                        continue;
                    }
                }
                Poll::Pending => self.note_behind(true),
            }
            if let Poll::Ready(answer) = self.talk.poll_answer(context) {
                self.queue(answer);
                continue;
            }
            if self.tick.as_mut().poll(context).is_ready() {
                self.tick.as_mut().reset(Instant::now() + TICK);
                self.stale |= self.talk.told.waits();
                if let Some(end) = self.time_passes() {
                    return Poll::Ready(Turn::End(end));
                }
                continue;
            }
            let said = ready!(self.wire.poll_read(context));
            self.ticks.silent = 0;
            return Poll::Ready(match said {
                Incoming::Message(bytes) => Turn::Message(bytes),
                Incoming::Text if self.talk.shared().check_messages => {
                    Turn::End(CloseCode::BadMessage.into())
                }
                Incoming::Text => continue,
                Incoming::Sign => {
                    if self.talk.takes_sign() {
                        continue;
                    }
                    Turn::End(CloseCode::BadMessage.into())
                }
                Incoming::Closed => Turn::End(End::Gone),
                Incoming::Refused { code, reason } => Turn::End(End::Close(code, reason)),
            });
        }
    }

    /// Queues what the client may have now. Returns whether there may be more once that is written.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        // Nothing that is urgent waits, or it would be older than what is made here.
        if self.stale && self.wire.waiting(Urgency::First) == 0 {
            self.stale = false;
            if let skipped @ 1.. = std::mem::take(&mut self.changes).saturating_sub(1) {
                self.attending.metrics().deliveries().skipped(skipped);
            }
            self.talk.catch_up(&mut self.out);
        }
        let bulk = self.wire.waiting(Urgency::Second) + self.wire.waiting(Urgency::Third);
        let room = BULK.saturating_sub(bulk);
        let more = self.talk.bulk(context, room, &mut self.out);
        let mut sent = Sending::new(self.attending.metrics().deliveries());
        for (run, urgency) in self.out.drain(..) {
            sent.note(&run);
            self.wire.queue(run, urgency);
        }
        drop(sent);
        if self.out.capacity() > 64 {
            self.out = Vec::new();
        }
        more || self.stale
    }

    /// An answer, which somebody waits for.
    fn queue(&mut self, frame: Encoded) {
        let run = frame.into();
        Sending::new(self.attending.metrics().deliveries()).note(&run);
        self.wire.queue(run, Urgency::First);
    }

    fn note_behind(&mut self, is_behind: bool) {
        if std::mem::replace(&mut self.behind, is_behind) != is_behind {
            self.attending.metrics().deliveries().behind(is_behind);
        }
    }

    fn time_passes(&mut self) -> Option<End> {
        let ticks = &mut self.ticks;
        let waiting = Urgency::ALL.iter().map(|urgency| self.wire.waiting(*urgency)).sum();
        // A client that takes anything at all leaves another number.
        ticks.stalled = if waiting > 0 && waiting == ticks.waiting { ticks.stalled + 1 } else { 0 };
        ticks.waiting = waiting;
        ticks.amid = if self.wire.is_amid() { ticks.amid + 1 } else { 0 };
        ticks.silent += 1;
        let frozen = ticks.stalled >= STALLED_TICKS || ticks.amid >= AMID_TICKS;
        // While something waits to be written no ping can be answered.
        if frozen || (ticks.silent >= 2 * PING_TICKS && waiting == 0) {
            return Some(CloseCode::TooSlow.into());
        }
        if ticks.silent.is_multiple_of(PING_TICKS) {
            self.wire.ping();
        }
        None
    }
}

impl<W> Drop for Session<W> {
    fn drop(&mut self) {
        if self.behind {
            self.attending.metrics().deliveries().behind(false);
        }
    }
}

#[cfg(test)]
mod tests;
