//! What a hub tells the server that builds of its clients: bounded, and all of it anew for a server that has just begun.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use tokio::sync::mpsc;

use super::away::{SIGN_OF_LIFE, Word};
use crate::content::ContentHash;
use crate::http::{ClientReport, ReportKind};

/// Words that wait. When there are more, all is told anew: who is there now, and not what has become of whom meanwhile.
const WAITING: usize = 16 * 1024;

/// Bytes of words that go in one message, as far as can be estimated: a broker takes a mebibyte.
const MESSAGE: usize = 128 << 10;

/// A hub's side.
#[derive(Debug)]
pub(super) struct Telling {
    /// Clients that are here, by session.
    present: BTreeMap<u64, Present>,
    waiting: VecDeque<Word>,
    /// When the server was born that is told.
    builder: u64,
    anew: bool,
    told: Instant,
    /// Full while the broker is away: then it waits here.
    messages: mpsc::Sender<(u64, Vec<u8>)>,
}

#[derive(Debug)]
struct Present {
    program: String,
    subject: Option<Vec<u8>>,
    /// What it runs, if that is something to go on from.
    base: Option<ContentHash>,
}

impl Telling {
    /// Nobody is told yet.
    pub(super) fn new(messages: mpsc::Sender<(u64, Vec<u8>)>) -> Self {
        Self {
            present: BTreeMap::new(),
            waiting: VecDeque::new(),
            builder: 0,
            anew: false,
            told: Instant::now(),
            messages,
        }
    }

    /// The server that builds was born then.
    pub(super) fn follows(&mut self, born: u64) {
        if std::mem::replace(&mut self.builder, born) != born {
            self.anew = true;
        }
    }

    /// Takes in what a client said.
    pub(super) fn note(&mut self, report: &ClientReport) {
        let session = report.session;
        let word = match &report.kind {
            ReportKind::Connected { base, subject, .. } => {
                let subject = subject.as_ref().map(|subject| subject.to_bytes());
                let present = Present { program: report.program.clone(), subject, base: *base };
                let word = came(session, &present);
                self.present.insert(session, present);
                word
            }
            ReportKind::Disconnected => {
                self.present.remove(&session);
                Word::Left { session }
            }
            ReportKind::Applied(applied) => {
                self.runs(session, applied.base);
                Word::Applied { session, base: applied.base, comparable: applied.comparable }
            }
            ReportKind::Status { base, ended, .. } => {
                self.runs(session, base.filter(|_| !ended));
                Word::Runs { session, base: *base, ended: *ended }
            }
            ReportKind::Failed(_) => {
                self.runs(session, None);
                Word::Failed { session }
            }
            ReportKind::WantsWhole => {
                self.runs(session, None);
                Word::WantsWhole { session }
            }
            ReportKind::Crash(_) => Word::Trapped { session },
            ReportKind::Log { .. }
            | ReportKind::OpenLocation { .. }
            | ReportKind::Follows(_)
            | ReportKind::LooksOn(_)
            | ReportKind::Invalidate { .. } => return,
        };
        // They are told with everything else.
        if self.anew {
            return;
        }
        if self.waiting.len() >= WAITING {
            self.anew = true;
            return;
        }
        self.waiting.push_back(word);
    }

    fn runs(&mut self, session: u64, base: Option<ContentHash>) {
        if let Some(present) = self.present.get_mut(&session) {
            present.base = base;
        }
    }

    /// Hands over what waits, as far as there is room. To be called every now and then.
    pub(super) fn flush(&mut self, now: Instant) {
        if self.builder == 0 {
            return;
        }
        if std::mem::take(&mut self.anew) {
            let all = self.present.iter().map(|(session, present)| came(*session, present));
            self.waiting = std::iter::once(Word::Anew).chain(all).collect();
        }
        let silent = now.saturating_duration_since(self.told) >= SIGN_OF_LIFE && !self.present.is_empty();
        while silent || !self.waiting.is_empty() {
            let Ok(room) = self.messages.try_reserve() else { return };
            let mut size = 0;
            let words = self.waiting.iter().take_while(|word| {
                size += length(word);
                size < MESSAGE
            });
            let count = words.count();
            let words: Vec<Word> = self.waiting.drain(..count).collect();
            // There is nothing in it that the format cannot say.
            room.send((self.builder, postcard::to_stdvec(&words).unwrap_or_default()));
            self.told = now;
            if self.waiting.is_empty() {
                return;
            }
        }
    }
}

fn came(session: u64, present: &Present) -> Word {
    let Present { program, subject, base } = present;
    Word::Came { session, program: program.clone(), subject: subject.clone(), base: *base }
}

/// More than it takes as bytes.
fn length(word: &Word) -> usize {
    match word {
        Word::Came { program, subject, .. } => 96 + program.len() + subject.as_ref().map_or(0, Vec::len),
        _ => 96,
    }
}
