//! One connected page, from Hello to the end of its socket.
//!
//! The socket is any `Stream + Sink` of messages, so that a test can be the page. A session reads the board by
//! itself: one that is slow holds up nobody, and finds only what is newest when it comes to read again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message};
use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame::Body, protocol_error::Code};
use dev_server_proto::{CloseCode, PROTOCOL_VERSION, decode_client};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::budget::{Budget, Permit};
use super::inbound;
use super::report::{ClientReport, ReportKind};
use super::told::Told;
use super::told_trees::ToldTrees;
use crate::content::ContentHash;
use crate::publish::{Board, ClientView, Frames};

/// Largest WebSocket message that is read at all; what is larger than a frame of the protocol is answered, what is
/// larger than this ends the connection.
pub(super) const LARGEST_MESSAGE: usize = 256 * 1024;

/// Time for the first frame.
const HELLO: Duration = Duration::from_secs(15);

/// Pause between pings: shorter than the minute after which most proxies drop a silent connection.
const PING: Duration = Duration::from_secs(20);

/// Time for a page to take what was written. Frames are small; a page that takes nothing for so long is frozen.
const WRITE: Duration = Duration::from_secs(30);

/// Answers to crash reports that may wait for a session.
const ANSWERS: usize = 16;

/// RFC 6455 and its registry: the service restarts, come again.
const SERVICE_RESTART: u16 = 1012;

/// What all sessions of a server share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) board: watch::Receiver<Arc<Board>>,
    pub(super) frames: Arc<Frames>,
    pub(super) reports: mpsc::Sender<ClientReport>,
    pub(super) cancel: CancellationToken,
    pub(super) numbers: Arc<AtomicU64>,
    /// A guard: without it a message of a wrong kind is ignored.
    pub(super) check_messages: bool,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The page is gone, or nothing can be written to it.
    Gone,
    /// The server closes.
    Close(u16, &'static str),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.code(), code.reason())
    }
}

/// Serves one page until it or the server ends.
pub(super) async fn run<S, E>(mut socket: S, shared: Shared)
where
    S: Stream<Item = Result<Message, E>> + Sink<Message, Error = E> + Unpin,
{
    let end = match greet(&mut socket, &shared).await {
        Ok(hello) => {
            let number = shared.numbers.fetch_add(1, Ordering::Relaxed) + 1;
            let (mut session, answers) = Session::new(number, &hello, shared);
            let base = ContentHash::from_slice(&hello.base).filter(|_| !hello.wants_whole);
            session.report(ReportKind::Connected { client: inbound::text(&hello.client, 64), base }).await;
            let end = session.serve(&mut socket, answers).await;
            session.report(ReportKind::Disconnected).await;
            end
        }
        Err(end) => end,
    };
    if let End::Close(code, reason) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        // The page may be gone or frozen: a second is enough for a frame that fits into any buffer.
        let _ = tokio::time::timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
    }
}

async fn greet<S, E>(socket: &mut S, shared: &Shared) -> Result<v1::Hello, End>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message, Error = E> + Unpin,
{
    let first = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_))) => return Err(CloseCode::BadMessage.into()),
                Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
                Some(Err(_)) => return Err(CloseCode::BadMessage.into()),
            }
        }
    };
    let bytes = tokio::select! {
        () = shared.cancel.cancelled() => return Err(restart()),
        first = tokio::time::timeout(HELLO, first) => first.map_err(|_| End::from(CloseCode::HelloTimeout))??,
    };
    match decode_client(&bytes).ok().and_then(|frame| frame.body) {
        Some(Body::Hello(hello)) if hello.protocol_version == PROTOCOL_VERSION => Ok(hello),
        Some(Body::Hello(_)) => Err(CloseCode::UnsupportedVersion.into()),
        _ => Err(CloseCode::HelloExpected.into()),
    }
}

fn restart() -> End {
    End::Close(SERVICE_RESTART, CloseCode::Restart.reason())
}

struct Session {
    number: u64,
    program: String,
    told: Told,
    /// `None`: the page does not follow trees.
    trees: Option<ToldTrees>,
    shared: Shared,
    answers: mpsc::Sender<Bytes>,
    budgets: Budgets,
    /// The page was told that its program does not exist.
    unknown: bool,
}

/// A page that behaves stays far below these.
struct Budgets {
    logs: Budget,
    crashes: Budget,
    locations: Budget,
    trees: Budget,
    others: Budget,
    mistakes: Budget,
}

impl Session {
    fn new(number: u64, hello: &v1::Hello, shared: Shared) -> (Self, mpsc::Receiver<Bytes>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let view = ClientView {
            base: ContentHash::from_slice(&hello.base),
            patch: hello.patch,
            wants_whole: hello.wants_whole,
            // Of an earlier run of the server too: equal digests mean equal files, whoever made them.
            manifest: ContentHash::from_slice(&hello.manifest),
            accepts: hello.accepts,
            page_boots: hello.page_boots,
            ended: false,
        };
        let program = inbound::text(&hello.program, 256);
        let now = Instant::now();
        let session = Self {
            number,
            told: Told::new(view, &program),
            trees: None,
            program,
            shared,
            answers,
            budgets: Budgets {
                logs: Budget::new(200, 100.0, now),
                crashes: Budget::new(20, 1.0, now),
                locations: Budget::new(5, 2.0, now),
                trees: Budget::new(100, 5.0, now),
                others: Budget::new(200, 50.0, now),
                mistakes: Budget::new(20, 1.0, now),
            },
            unknown: false,
        };
        (session, receiver)
    }

    async fn serve<S, E>(&mut self, socket: &mut S, mut answers: mpsc::Receiver<Bytes>) -> End
    where
        S: Stream<Item = Result<Message, E>> + Sink<Message, Error = E> + Unpin,
    {
        let mut ping = tokio::time::interval(PING);
        ping.reset();
        let mut heard = true;
        let mut board = self.shared.board.clone();
        let cancel = self.shared.cancel.clone();
        let mut out = vec![self.shared.frames.welcome(self.number)];
        out.extend(self.catch_up(&mut board));
        loop {
            if let Err(end) = write(socket, out.drain(..).map(Message::Binary), &cancel).await {
                return end;
            }
            let behind = self.trees.as_ref().is_some_and(ToldTrees::is_behind);
            tokio::select! {
                // The end first, or a chatty page could put it off. The board before the page: what a page says
                // next is judged by what it was told.
                biased;
                () = cancel.cancelled() => return restart(),
                changed = board.changed() => match changed {
                    Ok(()) => out = self.catch_up(&mut board),
                    // The pipeline has ended, and the server is about to.
                    Err(_) => return restart(),
                },
                Some(answer) = answers.recv() => out.push(answer),
                message = socket.next() => {
                    heard = true;
                    let taken = match message {
                        None | Some(Ok(Message::Close(_))) => return End::Gone,
                        Some(Err(_)) => return CloseCode::BadMessage.into(),
                        Some(Ok(Message::Text(_))) if self.shared.check_messages => {
                            return CloseCode::BadMessage.into();
                        }
                        Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_))) => None,
                        Some(Ok(Message::Binary(bytes))) => self.take(&bytes).await,
                    };
                    out.extend(taken);
                    out.extend(self.catch_up(&mut board));
                }
                () = std::future::ready(()), if behind => out = self.catch_up(&mut board),
                _ = ping.tick() => {
                    if !std::mem::take(&mut heard) {
                        return CloseCode::TooSlow.into();
                    }
                    if let Err(end) = write(socket, [Message::Ping(Bytes::new())], &cancel).await {
                        return end;
                    }
                }
            }
        }
    }

    fn catch_up(&mut self, board: &mut watch::Receiver<Arc<Board>>) -> Vec<Bytes> {
        let board = Arc::clone(&board.borrow_and_update());
        let frames = &self.shared.frames;
        match board.programs.get(&self.program) {
            Some(program) => {
                self.unknown = false;
                let mut out = self.told.catch_up(&board, program, frames);
                // Trees last: nothing that a person waits for is to wait for them.
                if let Some(trees) = &mut self.trees {
                    out.extend(trees.catch_up(&board, program, frames));
                }
                out
            }
            // It may come back: a package that is being moved is gone for a moment.
            None if std::mem::replace(&mut self.unknown, true) => Vec::new(),
            None => vec![frames.refusal(Code::UnknownProgram, "this project has no program of that name")],
        }
    }

    /// Takes one frame of the page; the bytes are the answer.
    async fn take(&mut self, bytes: &[u8]) -> Option<Bytes> {
        let body = match decode_client(bytes) {
            Ok(frame) => frame.body?,
            Err(error) => {
                let answer = self.budgets.mistakes.take(Instant::now()) == Permit::Granted;
                return answer.then(|| self.shared.frames.protocol_error(&error));
            }
        };
        let budget = match &body {
            Body::Log(_) => &mut self.budgets.logs,
            Body::Crash(_) => &mut self.budgets.crashes,
            Body::OpenLocation(_) => &mut self.budgets.locations,
            Body::FollowTrees(_) | Body::WantSnapshot(_) => &mut self.budgets.trees,
            Body::Hello(_) => &mut self.budgets.mistakes,
            Body::Applied(_) | Body::Failed(_) | Body::Status(_) | Body::Invalidate(_) => {
                &mut self.budgets.others
            }
        };
        match budget.take(Instant::now()) {
            Permit::Granted => {}
            Permit::Refused => {
                return Some(self.refusal(Code::RateLimited, "too many messages of this kind"));
            }
            Permit::RefusedAgain => return None,
        }
        match body {
            Body::Hello(_) => return Some(self.refusal(Code::Malformed, "Hello was said already")),
            Body::OpenLocation(open) => {
                if self.shared.frames.locations().position(open.location).is_none() {
                    return Some(
                        self.refusal(Code::UnknownLocation, "this server gave out no such location"),
                    );
                }
                self.report(ReportKind::OpenLocation { location: open.location }).await;
            }
            Body::Applied(applied) => {
                let report = inbound::applied(&applied);
                self.told.applied(report.sequence, (report.base, applied.patch), applied.accepts);
                self.report(ReportKind::Applied(report)).await;
            }
            Body::Failed(failed) => {
                self.told.failed((ContentHash::from_slice(&failed.base), failed.patch));
                self.report(ReportKind::Failed(inbound::failed(&failed))).await;
            }
            Body::Status(v1::Status { base, patch, accepts, ended }) => {
                let base = ContentHash::from_slice(&base);
                self.told.status((base, patch), accepts, ended);
                self.report(ReportKind::Status { base, accepts, ended }).await;
            }
            Body::Log(log) => {
                let (severity, text) = inbound::log(&log);
                self.report(ReportKind::Log { severity, text }).await;
            }
            Body::Crash(crash) => {
                self.report(ReportKind::Crash(inbound::crash(&crash, self.answers.clone()))).await;
            }
            Body::Invalidate(invalidate) => {
                self.report(ReportKind::Invalidate { reason: inbound::short(&invalidate.reason) }).await;
            }
            Body::FollowTrees(_) => {
                if self.trees.is_none() {
                    self.trees = Some(ToldTrees::default());
                    self.report(ReportKind::FollowsTrees).await;
                }
            }
            Body::WantSnapshot(want) => {
                if let Some(trees) = &mut self.trees {
                    trees.wants_snapshot(&want.file, &self.shared.frames);
                }
            }
        }
        None
    }

    fn refusal(&self, code: Code, message: &str) -> Bytes {
        self.shared.frames.refusal(code, message)
    }

    /// The policy is written at [`ClientReport`].
    async fn report(&self, kind: ReportKind) {
        let droppable = matches!(kind, ReportKind::Log { .. });
        let report = ClientReport { session: self.number, program: self.program.clone(), kind };
        if droppable {
            let _ = self.shared.reports.try_send(report);
            return;
        }
        tokio::select! {
            biased;
            _ = self.shared.reports.send(report) => {}
            // A pipeline that has stopped reading must not keep the server from ending.
            () = self.shared.cancel.cancelled() => {}
        }
    }
}

/// All messages in one flush.
async fn write<S, E>(
    socket: &mut S,
    messages: impl IntoIterator<Item = Message>,
    cancel: &CancellationToken,
) -> Result<(), End>
where
    S: Sink<Message, Error = E> + Unpin,
{
    let written = async {
        let mut any = false;
        for message in messages {
            socket.feed(message).await?;
            any = true;
        }
        if any { socket.flush().await } else { Ok(()) }
    };
    tokio::select! {
        biased;
        written = tokio::time::timeout(WRITE, written) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(CloseCode::TooSlow.into()),
        },
        () = cancel.cancelled() => Err(restart()),
    }
}

#[cfg(test)]
mod tests;
