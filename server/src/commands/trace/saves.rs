//! What became of each save, from the server's events. Pure: it is told what time it is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::printer::{Event, StageRow};

use super::waterfall::{self, Span};

/// Saves that are under way or may still be heard of.
const REMEMBERED: usize = 128;

/// How long a release waits for the answer of a page, before it is shown without.
pub(super) const ANSWER: Duration = Duration::from_secs(2);

/// A save and the way it went. Times are milliseconds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Save {
    pub(super) revision: u64,
    pub(super) program: String,
    /// Paths relative to the project, at most ten.
    pub(super) files: Vec<String>,
    /// How many files changed.
    pub(super) count: usize,
    /// Microseconds since the Unix epoch; null when the server has not said it.
    pub(super) at_us: Option<u64>,
    pub(super) verdict: String,
    pub(super) reason: String,
    pub(super) outcome: Outcome,
    /// Why the first page that answered keeps what it had.
    pub(super) failure: Option<String>,
    /// Of the first page that answered.
    pub(super) session: Option<u64>,
    pub(super) level: Option<u8>,
    pub(super) level_name: Option<String>,
    /// From the save to the end of the last span.
    pub(super) ms: f64,
    pub(super) spans: Vec<Span>,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It changes nothing.
    Nothing,
    /// Nothing has come of it yet.
    Seen,
    /// The text has mistakes.
    Failed,
    /// Another save was quicker.
    Cancelled,
    /// It is public, and no page has answered.
    Public,
    /// A page could not take it, and runs on with what it had.
    Refused,
    /// A page shows it.
    Applied,
}

/// Takes events and gives each save once, when there is nothing more to hear of it.
#[derive(Debug, Default)]
pub(super) struct Saves {
    /// `None`: of all programs.
    program: Option<String>,
    changes: VecDeque<(u64, Vec<String>, usize, Option<u64>)>,
    /// Oldest first.
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    save: Save,
    stages: Vec<StageRow>,
    public: Option<Instant>,
    told: bool,
}

impl Saves {
    pub(super) fn of(program: Option<String>) -> Self {
        Self { program, ..Self::default() }
    }

    /// Takes one event; what is finished by it.
    pub(super) fn take(&mut self, event: &Event, now: Instant) -> Vec<Save> {
        match event {
            Event::Change { revision, files, count, at_us } => {
                // A server that was started again counts from the start.
                let anew = self.changes.back().is_some_and(|(newest, ..)| revision <= newest);
                let rest = if anew { self.rest() } else { Vec::new() };
                if anew {
                    self.changes.clear();
                    self.open.clear();
                }
                self.changes.push_back((*revision, files.clone(), *count, *at_us));
                if self.changes.len() > REMEMBERED {
                    self.changes.pop_front();
                }
                rest
            }
            Event::Verdict { revision, program, verdict, reason } => {
                let Some(open) = self.open(*revision, program) else { return Vec::new() };
                (open.save.verdict, open.save.reason) = ((*verdict).to_owned(), reason.clone());
                if *verdict == "nothing" {
                    open.save.outcome = Outcome::Nothing;
                    return open.tell(0.0);
                }
                Vec::new()
            }
            Event::Build { revision, program, status, ms, .. } => {
                let outcome = match *status {
                    "failed" => Outcome::Failed,
                    "cancelled" => Outcome::Cancelled,
                    _ => return Vec::new(),
                };
                let Some(open) = self.open(*revision, program) else { return Vec::new() };
                open.save.outcome = outcome;
                open.stages = vec![StageRow { name: "build".to_owned(), ms: *ms }];
                open.tell(0.0)
            }
            Event::Release { revision, program, stages, .. } => {
                if let Some(open) = self.open(*revision, program)
                    && !open.told
                {
                    open.save.outcome = Outcome::Public;
                    open.stages.clone_from(stages);
                    open.public = Some(now);
                }
                Vec::new()
            }
            Event::Applied { revision, program, session, level, level_name, ms, stages, .. } => {
                let Some(open) = self.open(*revision, program) else { return Vec::new() };
                if open.told && open.save.outcome != Outcome::Nothing {
                    return Vec::new();
                }
                open.told = false;
                open.save.outcome = Outcome::Applied;
                (open.save.session, open.save.level) = (Some(*session), Some(*level));
                open.save.level_name = Some((*level_name).to_owned());
                open.stages = waterfall::joined(&open.stages, stages);
                open.tell(*ms)
            }
            // One that cannot be patched is given a whole module.
            Event::ApplyFailed { program, stage, message, .. } if stage != "patch" => {
                let newest = self.open.iter_mut().rev().find(|open| open.save.program == *program);
                let Some(open) = newest.filter(|open| open.public.is_some()) else { return Vec::new() };
                open.save.outcome = Outcome::Refused;
                open.save.failure = Some(format!("{stage}: {message}"));
                open.tell(0.0)
            }
            _ => Vec::new(),
        }
    }

    /// Those that no page has answered to in time.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Save> {
        let late = |open: &Open| open.public.is_some_and(|public| now >= public + ANSWER);
        self.open.iter_mut().filter(|open| late(open)).flat_map(|open| open.tell(0.0)).collect()
    }

    /// When the next one is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.iter().filter(|open| !open.told).filter_map(|open| open.public).min().map(|at| at + ANSWER)
    }

    /// All of which nothing more will be heard.
    pub(super) fn rest(&mut self) -> Vec<Save> {
        self.open.iter_mut().flat_map(|open| open.tell(0.0)).collect()
    }

    /// `None`: what is said is about no save, or about another program.
    fn open(&mut self, revision: u64, program: &str) -> Option<&mut Open> {
        if self.program.as_ref().is_some_and(|wanted| wanted != program) {
            return None;
        }
        let known = |open: &Open| open.save.revision == revision && open.save.program == program;
        if let Some(place) = self.open.iter().position(known) {
            return self.open.get_mut(place);
        }
        let (_, files, count, at_us) = self.changes.iter().find(|(change, ..)| *change == revision)?;
        let save = Save {
            revision,
            program: program.to_owned(),
            files: files.clone(),
            count: *count,
            at_us: *at_us,
            verdict: String::new(),
            reason: String::new(),
            outcome: Outcome::Seen,
            failure: None,
            session: None,
            level: None,
            level_name: None,
            ms: 0.0,
            spans: Vec::new(),
        };
        if self.open.len() >= REMEMBERED {
            self.open.pop_front();
        }
        self.open.push_back(Open { save, stages: Vec::new(), public: None, told: false });
        self.open.back_mut()
    }
}

impl Open {
    /// Once.
    fn tell(&mut self, total: f64) -> Vec<Save> {
        if std::mem::replace(&mut self.told, true) {
            return Vec::new();
        }
        let spans = waterfall::spans(&self.stages, total);
        self.save.ms = spans.last().map_or(0.0, |last| last.from_ms + last.ms);
        vec![Save { spans, ..self.save.clone() }]
    }
}

#[cfg(test)]
#[path = "saves_tests.rs"]
mod tests;
