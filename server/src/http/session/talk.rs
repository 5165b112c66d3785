//! What is said on one connection: what the client has been told, what it asks for, and what it reports.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame::Body, protocol_error::Code};
use dev_server_proto::{Encoded, Run, decode_client};
use tokio::sync::mpsc;

use super::Shared;
use super::budgets::Budgets;
use crate::analyse::Following;
use crate::content::ContentHash;
use crate::http::budget::Permit;
use crate::http::inbound;
use crate::http::report::{Applied, ClientReport, ReportKind};
use crate::http::told::{News, Told};
use crate::http::told_flags::ToldFlags;
use crate::http::told_log::ToldLog;
use crate::http::told_trees::ToldTrees;
use crate::http::wire::Urgency;
use crate::publish::{Board, ClientView, Events, Gestures, Level};
use crate::rollout::Happened;

/// Answers to crash reports that may wait for a session.
const ANSWERS: usize = 16;

pub(super) struct Talk {
    number: u64,
    program: String,
    /// What the client had when it came.
    had: (Bytes, u64),
    pub(super) told: Told,
    /// It runs nothing, and is none of the pages that the pipeline looks after.
    looks_on: bool,
    flags: ToldFlags,
    /// What the client said about itself could not be used; to be said once.
    misdescribed: Option<Box<str>>,
    /// The pipeline has to be told.
    untold: Untold,
    /// `None`: the client does not follow trees.
    trees: Option<ToldTrees>,
    /// `None`: the client does not follow events.
    events: Option<ToldLog<Events>>,
    /// `None`: the server does not mirror, or the client is no page.
    gestures: Option<Box<ToldLog<Gestures>>>,
    shared: Shared,
    /// Made for the first crash: most clients never report one.
    answers: Option<Answers>,
    budgets: Box<Budgets>,
    /// The client was told that its program does not exist.
    unknown: bool,
}

#[derive(Debug, Default)]
struct Untold {
    wants_whole: bool,
    follows: bool,
}

struct Answers {
    sender: mpsc::Sender<Encoded>,
    receiver: mpsc::Receiver<Encoded>,
}

impl Talk {
    pub(super) fn new(number: u64, hello: &v1::Hello, shared: Shared) -> Self {
        let view = ClientView {
            base: ContentHash::from_slice(&hello.base),
            patch: hello.patch,
            wants_whole: hello.wants_whole,
            // Of an earlier run of the server too: equal digests mean equal files, whoever made them.
            manifest: ContentHash::from_slice(&hello.manifest),
            accepts: hello.accepts,
            page_boots: hello.page_boots,
            ..ClientView::default()
        };
        let program = inbound::text(&hello.program, 256);
        let (subject, misdescribed) = match inbound::subject(hello) {
            Ok(subject) => (subject, None),
            Err(error) => (None, Some(error.to_string().into())),
        };
        let is_page = !program.is_empty() && !hello.looks_on;
        let gestures = shared.gestures.as_ref().filter(|_| is_page);
        let gestures = gestures.map(|all| Box::new(ToldLog::new(all, Gestures::last)));
        let flags = ToldFlags::new(subject, &program, &shared.rollout);
        Self {
            number,
            had: (hello.epoch.slice(..hello.epoch.len().min(16)), hello.sequence),
            told: Told::new(view, &program, hello.looks_on),
            looks_on: hello.looks_on,
            flags,
            misdescribed,
            untold: Untold::default(),
            trees: None,
            events: None,
            gestures,
            program,
            shared,
            answers: None,
            budgets: Box::new(Budgets::new(Instant::now())),
            unknown: false,
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) async fn connected(&self, hello: &v1::Hello) {
        if self.looks_on {
            return self.report(ReportKind::LooksOn(true)).await;
        }
        let base = ContentHash::from_slice(&hello.base).filter(|_| !hello.wants_whole);
        let subject = self.flags.subject().cloned();
        if let Some(subject) = subject.clone() {
            self.shared.rollout.joined(self.number, subject, &self.program);
        }
        let (client, patch) = (inbound::text(&hello.client, 64), hello.patch);
        self.report(ReportKind::Connected { client, base, patch, subject }).await;
    }

    pub(super) async fn disconnected(&self) {
        if self.looks_on {
            return self.report(ReportKind::LooksOn(false)).await;
        }
        if self.flags.subject().is_some() {
            self.shared.rollout.left(self.number);
        }
        self.report(ReportKind::Disconnected).await;
    }

    /// The first frame.
    pub(super) fn welcome(&self) -> Encoded {
        let board = self.shared.feed.board();
        let sequence = board.programs.get(&self.program).map_or(0, |program| program.sequence);
        let (epoch, had) = &self.had;
        let known = self.shared.feed.follows() || *had <= sequence;
        let recovered = epoch == board.epoch.as_bytes().as_slice() && known;
        if !epoch.is_empty() {
            self.shared.metrics.resumed(recovered);
        }
        self.shared.frames.welcome(&board, self.number, recovered, sequence)
    }

    /// What brings the client to what is true now.
    pub(super) fn catch_up(&mut self, out: &mut Vec<(Run, Urgency)>) {
        if let Some(reason) = self.misdescribed.take() {
            out.push((self.refusal(Code::Malformed, &reason).into(), Urgency::First));
        }
        // Before what follows from them.
        let let_trees = self.flags.treatment().trees;
        let told = self.flags.catch_up(&self.program, &self.shared.rollout);
        out.extend(told.map(|frame| (frame.into(), Urgency::First)));
        let treatment = self.flags.treatment();
        self.untold.follows |= self.trees.is_some() && let_trees != treatment.trees;
        let board = self.shared.feed.board();
        let frames = &self.shared.frames;
        match board.programs.get(&self.program) {
            // It comes from a server that is ahead of this one, and would go back to what it had before.
            Some(program) if self.is_ahead_of(&board, program.sequence) => {}
            Some(program) => {
                self.unknown = false;
                let News { frames, wants_whole } = self.told.catch_up(&board, program, frames, &treatment);
                self.untold.wants_whole |= wants_whole;
                out.extend(frames.into_iter().map(|frame| (frame.into(), Urgency::First)));
                if let Some(trees) = &mut self.trees {
                    trees.board_changed();
                }
            }
            // It may come back: a package that is being moved is gone for a moment.
            // A client without a program wants only what it follows, and who has just begun knows none yet.
            None if board.programs.is_empty() => {}
            None if self.program.is_empty() || std::mem::replace(&mut self.unknown, true) => {}
            None => {
                let message = "this project has no program of that name";
                out.push((frames.refusal(Code::UnknownProgram, message).into(), Urgency::First));
            }
        }
    }

    fn is_ahead_of(&self, board: &Board, sequence: u64) -> bool {
        let (epoch, had) = &self.had;
        self.shared.feed.follows() && *had > sequence && epoch == board.epoch.as_bytes().as_slice()
    }

    /// What the client follows beside that, about `room` bytes. Returns whether there is more.
    pub(super) fn bulk(
        &mut self,
        context: &mut Context<'_>,
        room: usize,
        out: &mut Vec<(Run, Urgency)>,
    ) -> bool {
        if let Some(events) = &mut self.events {
            events.listen(context);
        }
        if let Some(gestures) = &mut self.gestures {
            gestures.listen(context);
        }
        let let_trees = self.flags.treatment().trees;
        let trees_behind = let_trees && self.trees.as_ref().is_some_and(ToldTrees::is_behind);
        if room == 0 {
            let gestures_behind = self.gestures.as_ref().is_some_and(|gestures| gestures.is_behind());
            return trees_behind || gestures_behind || self.events.as_ref().is_some_and(ToldLog::is_behind);
        }
        let mut more = false;
        if let Some(gestures) = &mut self.gestures {
            more |= gestures.catch_up(room, out);
        }
        if let Some(trees) = self.trees.as_mut().filter(|_| trees_behind) {
            let board = self.shared.feed.board();
            if let Some(program) = board.programs.get(&self.program) {
                trees.catch_up(&board, program, &self.shared.frames, room, out);
                more |= trees.is_behind();
            }
        }
        if let Some(events) = &mut self.events {
            more |= events.catch_up(room, out);
        }
        more
    }

    pub(super) fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Encoded> {
        match self.answers.as_mut().map(|answers| answers.receiver.poll_recv(context)) {
            Some(Poll::Ready(Some(answer))) => Poll::Ready(answer),
            _ => Poll::Pending,
        }
    }

    /// A ping or a pong came; false when there are too many.
    pub(super) fn takes_sign(&mut self) -> bool {
        self.budgets.signs.take(Instant::now()) == Permit::Granted
    }

    /// Takes one frame of the client; the bytes are the answer.
    pub(super) async fn take(&mut self, bytes: &[u8]) -> Option<Encoded> {
        let body = match decode_client(bytes) {
            Ok(frame) => frame.body?,
            Err(error) => {
                let answer = self.budgets.mistakes.take(Instant::now()) == Permit::Granted;
                return answer.then(|| self.shared.frames.protocol_error(&error));
            }
        };
        match self.budgets.of(&body).take(Instant::now()) {
            Permit::Granted => {}
            Permit::Refused => {
                return Some(self.refusal(Code::RateLimited, "too many messages of this kind"));
            }
            Permit::RefusedAgain => return None,
        }
        match body {
            Body::Hello(_) => return Some(self.refusal(Code::Malformed, "Hello was said already")),
            Body::Applied(_) | Body::Failed(_) | Body::Status(_) | Body::Invalidate(_) | Body::Crash(_)
                if self.looks_on =>
            {
                return Some(self.refusal(Code::Malformed, "a client that only looks on runs nothing"));
            }
            Body::OpenLocation(open) => {
                if self.shared.frames.locations().position(open.location).is_none() {
                    return Some(
                        self.refusal(Code::UnknownLocation, "this server gave out no such location"),
                    );
                }
                self.report(ReportKind::OpenLocation { location: open.location }).await;
            }
            Body::Applied(applied) => {
                let mut report = inbound::applied(&applied);
                report.comparable = self.comparable_time(&report);
                self.happened(Happened::Applied(report.comparable));
                let running = (report.base, applied.patch);
                report.since_sent = self.told.applied(report.sequence, running, applied.accepts);
                self.report(ReportKind::Applied(report)).await;
            }
            Body::Failed(failed) => {
                self.happened(Happened::Failed);
                self.told.failed(failed.sequence, (ContentHash::from_slice(&failed.base), failed.patch));
                self.report(ReportKind::Failed(inbound::failed(&failed))).await;
            }
            Body::Status(v1::Status { base, patch, accepts, ended }) => {
                let base = ContentHash::from_slice(&base);
                self.told.status((base, patch), accepts, ended);
                self.report(ReportKind::Status { base, patch, accepts, ended }).await;
            }
            Body::Log(log) => {
                let (severity, text) = inbound::log(&log);
                self.report(ReportKind::Log { severity, text }).await;
            }
            Body::Crash(crash) => {
                self.shared.metrics.crashed(crash.kind == "panic");
                self.happened(Happened::Trapped);
                let answers = self.answers.get_or_insert_with(|| {
                    let (sender, receiver) = mpsc::channel(ANSWERS);
                    Answers { sender, receiver }
                });
                let crash = inbound::crash(&crash, answers.sender.clone());
                self.report(ReportKind::Crash(crash)).await;
            }
            Body::Invalidate(invalidate) => {
                self.report(ReportKind::Invalidate { reason: inbound::short(&invalidate.reason) }).await;
            }
            Body::Gesture(gesture) => {
                return self.take_gesture(gesture).err().map(|why| self.refusal(Code::Malformed, why));
            }
            Body::FollowTrees(v1::FollowTrees { with_trivia }) => {
                self.follow_trees(Some(if with_trivia { Following::Texts } else { Following::Trees })).await;
            }
            Body::UnfollowTrees(_) => self.follow_trees(None).await,
            Body::WantSnapshot(want) => {
                if let Some(trees) = &mut self.trees {
                    trees.wants_snapshot(&want.file, want.only_trivia, &self.shared.frames);
                }
            }
            Body::FollowEvents(follow) => {
                let events = self.shared.feed.events();
                let place = |events: &Events| events.place(&follow.epoch, follow.after);
                self.events.get_or_insert_with(|| ToldLog::new(events, place));
            }
        }
        None
    }

    /// Passes on what was done on this page.
    fn take_gesture(&self, gesture: Bytes) -> Result<(), &'static str> {
        let Some(all) = self.shared.gestures.as_ref().filter(|_| self.gestures.is_some()) else {
            return Err("this server does not mirror what is done on a page");
        };
        all.add(&self.program, inbound::gesture(gesture)?);
        Ok(())
    }

    async fn follow_trees(&mut self, following: Option<Following>) {
        if following == self.trees.as_ref().map(ToldTrees::following) {
            return;
        }
        match (&mut self.trees, following) {
            (Some(trees), Some(following)) => trees.follow(following),
            _ => self.trees = following.map(ToldTrees::new),
        }
        self.report(ReportKind::Follows(self.followed())).await;
    }

    /// What the client follows, as far as its flags let it.
    fn followed(&self) -> Option<Following> {
        self.trees.as_ref().filter(|_| self.flags.treatment().trees).map(ToldTrees::following)
    }

    pub(super) fn has_to_tell(&self) -> bool {
        self.untold.wants_whole || self.untold.follows
    }

    /// Says what the flags of the client have made of it.
    pub(super) async fn tell(&mut self) {
        let Untold { wants_whole, follows } = std::mem::take(&mut self.untold);
        if wants_whole {
            self.report(ReportKind::WantsWhole).await;
        }
        if follows {
            self.report(ReportKind::Follows(self.followed())).await;
        }
    }

    fn happened(&self, happened: Happened) {
        if self.flags.subject().is_some() {
            self.shared.rollout.happened(self.number, happened);
        }
    }

    /// See [`Applied::comparable`].
    fn comparable_time(&self, applied: &Applied) -> Option<u32> {
        let measured = self.flags.treatment().telemetry && applied.level >= Level::ModuleSwap;
        let time: Duration = applied.stages.iter().map(|(_, elapsed)| *elapsed).sum();
        measured.then(|| u32::try_from(time.as_millis()).unwrap_or(u32::MAX))
    }

    fn refusal(&self, code: Code, message: &str) -> Encoded {
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
