//! What one page has been told, and from it what it has to be told next.

use std::collections::VecDeque;
use std::time::Duration;

use dev_server_proto::Encoded;
use gray_release::Treatment;
use tokio::time::Instant;

use crate::content::ContentHash;
use crate::publish::{Board, Building, ClientView, Decision, Frames, Level, ProgramBoard};
use crate::rollout::{Permitted, permitted};

/// Updates whose answer is awaited. A page answers each; one that never does is told of later ones all the same.
const AWAITED: usize = 32;

/// How long a page may take for a whole module before it is told what presupposes the one before. A module of megabytes on a
/// slow line takes seconds, and a page that was told too early has to start anew.
const CHANGING: Duration = Duration::from_secs(10);

/// The server's knowledge of one page. The board holds state, so what is overtaken is never sent.
#[derive(Debug)]
pub(super) struct Told {
    view: ClientView,
    base_path: String,
    /// It runs nothing, so that there is nothing to bring up to date.
    looks_on: bool,
    /// `None` until the program was seen on the board.
    state: Option<State>,
    /// Updates that were sent.
    awaited: VecDeque<Awaited>,
    /// The last release that it waits for a whole module of.
    awaits: u64,
    /// A patch waits until the page has another module.
    waits: bool,
}

#[derive(Debug)]
struct Awaited {
    sequence: u64,
    manifest: ContentHash,
    /// Another module will run when it is answered.
    is_whole: bool,
    sent: Instant,
}

/// What a page is to be told.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) frames: Vec<Encoded>,
    /// It gets none of the patches that there are: a whole module has to be made for it.
    pub(super) wants_whole: bool,
}

/// A module and the last patch on it.
pub(super) type Running = (Option<ContentHash>, u32);

#[derive(Debug, Default)]
struct State {
    /// Sequence, what ran on the page then, and what it was told to do.
    update: Option<(u64, Running, Decision)>,
    diagnostics: Option<u64>,
    building: Option<Building>,
    order: u64,
    /// Why flags keep the newest release from it; empty when they do not.
    held: String,
}

impl Told {
    /// Nothing yet, to a page that is as `view` says and shows `program`.
    pub(super) fn new(view: ClientView, program: &str, looks_on: bool) -> Self {
        Self {
            view,
            base_path: format!("/{program}/"),
            looks_on,
            state: None,
            awaited: VecDeque::new(),
            awaits: 0,
            waits: false,
        }
    }

    /// What brings the page to what is true now, as far as its flags let it; nothing when it is there.
    pub(super) fn catch_up(
        &mut self,
        board: &Board,
        program: &ProgramBoard,
        frames: &Frames,
        treatment: &Treatment,
    ) -> News {
        let mut news = News::default();
        let out = &mut news.frames;
        // A page that has just been loaded has the files of this moment, and the orders before it are not for it.
        self.view.manifest.get_or_insert(program.manifest.digest);
        let state = self.state.get_or_insert_with(|| State {
            order: program.order.map_or(0, |order| order.sequence),
            ..State::default()
        });
        if state.building != program.building {
            state.building = program.building;
            out.push(frames.building(board, program));
        }
        self.view.unanswered = self.awaited.iter().map(|awaited| awaited.manifest).collect();
        let permitted =
            if self.looks_on { Permitted::Nothing } else { permitted(&self.view, program, treatment) };
        if permitted == Permitted::Awaits && self.awaits != program.update_sequence() {
            self.awaits = program.update_sequence();
            news.wants_whole = true;
        }
        let held = if let Permitted::Held(reason) = &permitted { reason.as_str() } else { "" };
        if state.held != held {
            held.clone_into(&mut state.held);
            out.push(frames.held(board, program, held));
        }
        let is_changing = |awaited: &Awaited| awaited.is_whole && awaited.sent.elapsed() < CHANGING;
        let is_partial =
            matches!(&permitted, Permitted::Update(decision) if decision.level < Level::ModuleSwap);
        self.waits = is_partial && self.awaited.iter().any(is_changing);
        if let Permitted::Update(decision) = permitted
            && !self.waits
        {
            let update = (program.update_sequence(), (self.view.base, self.view.patch), decision);
            // The same again would not help a page that could not apply it: it waits for something new.
            if state.update.as_ref() != Some(&update) {
                out.push(frames.update(board, program, &self.view, &self.base_path, &update.2));
                if self.awaited.len() == AWAITED {
                    self.awaited.pop_front();
                }
                self.awaited.push_back(Awaited {
                    sequence: update.0,
                    manifest: program.manifest.digest,
                    is_whole: update.2.level >= Level::ModuleSwap,
                    sent: Instant::now(),
                });
                state.update = Some(update);
            }
        }
        // After the update, so that the overlay of the old text goes when the new one is there.
        if state.diagnostics != Some(program.reported.sequence) {
            state.diagnostics = Some(program.reported.sequence);
            out.push(frames.diagnostics(board, program));
        }
        if let Some(order) = program.order
            && order.sequence > state.order
        {
            state.order = order.sequence;
            out.extend(frames.order(board, program));
        }
        news
    }

    /// Something is kept from the page for now, and is due at some time also when nothing else happens.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// The page applied the update of `sequence`. Returns the time since that was sent, when it was.
    pub(super) fn applied(
        &mut self,
        sequence: u64,
        (base, patch): Running,
        accepts: bool,
    ) -> Option<Duration> {
        // What was sent twice, as something else ran when it was decided anew, is answered once.
        let first = self.awaited.iter().position(|awaited| awaited.sequence == sequence);
        let last = self.awaited.iter().rposition(|awaited| awaited.sequence == sequence);
        let answered = first.zip(last).and_then(|(first, last)| self.awaited.drain(..=last).nth(first));
        if let Some(answered) = &answered {
            self.view.manifest = Some(answered.manifest);
        }
        self.view =
            ClientView { base, patch, accepts, ended: false, wants_whole: false, ..self.view.clone() };
        answered.map(|answered| answered.sent.elapsed())
    }

    /// The page could not apply the update of `sequence` and still runs what it ran.
    pub(super) fn failed(&mut self, sequence: u64, (base, patch): Running) {
        // Its files may have been exchanged all the same.
        for awaited in self.awaited.iter_mut().filter(|awaited| awaited.sequence <= sequence) {
            awaited.is_whole = false;
        }
        self.view = ClientView { base, patch, wants_whole: true, ..self.view.clone() };
        // With another base the same decision would be made again, and fail again.
        if let Some(update) = self.state.as_mut().and_then(|state| state.update.as_mut()) {
            update.1 = (base, patch);
        }
    }

    /// What runs on the page changed.
    pub(super) fn status(&mut self, (base, patch): Running, accepts: bool, ended: bool) {
        self.view = ClientView { base, patch, accepts, ended, ..self.view.clone() };
    }
}
