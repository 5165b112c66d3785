//! The measurement itself: save, wait until it shows, note every stage.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use crate::printer::{Event, StageRow, milliseconds};

use super::events::{Events, Observed, WaitError};
use super::statistics::Sample;

/// Stages in which a compiler's own process works.
const COMPILER_STAGES: [&str; 6] =
    ["build", "packages", "new packages", "front end", "codegen", "base objects"];

/// Stages from an edit to its object: what the warm compiler does, and asking it.
const OBJECT_STAGES: [&str; 5] = ["talk", "packages", "new packages", "front end", "codegen"];

/// Name of the stage in which the new program runs until all its goroutines wait: its own code, which the engine
/// compiles function by function as it is called.
const PROGRAM_STAGE: &str = "program_start";

/// What no stage accounts for: the network on this machine, and waiting for a processor.
const REST: &str = "other";

/// Level of an update that replaces functions in the running program.
const PATCH_LEVEL: u8 = 2;

/// How to measure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    /// Name of the program that is edited.
    pub(super) program: &'a str,
    /// Edits that count. One more is made before them: the first build after a start fills caches.
    pub(super) edits: u32,
    /// An edit ends on the page; without a browser it ends with the release.
    pub(super) screen: bool,
    /// Longest time of one edit.
    pub(super) deadline: Duration,
}

/// What was measured, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Measurements {
    /// From the moment before the save to the page's answer after its first frame, or to the release: of edits for
    /// which the program was started anew.
    pub(super) total: Sample,
    /// The same of edits that were patched into the running program.
    pub(super) patched: Sample,
    /// Of all edits, without the compiler.
    pub(super) share: Sample,
    /// The same without the start of the new program as well: what is between the two is ours.
    pub(super) own: Sample,
    /// The compiler's part of patches: from an edit to its object.
    pub(super) object: Sample,
    /// Each stage, in the order in which they come.
    pub(super) stages: Vec<(String, Sample)>,
    /// How often each level was taken, and the last reason.
    pub(super) levels: BTreeMap<String, (u32, String)>,
    /// What was made for edits that were patched.
    pub(super) patches: Vec<MadePatch>,
}

/// A patch as the server tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MadePatch {
    /// BLAKE3 of its module.
    pub(super) hash: String,
    /// All of it.
    pub(super) bytes: u64,
}

/// An edit did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum MeasureError {
    #[error("edit {number} cannot be saved: {source}")]
    Save { number: u32, source: io::Error },
    #[error("edit {number} does not compile: {message}")]
    Build { number: u32, message: String },
    #[error("the page could not take edit {number}: {stage}: {message}")]
    Apply { number: u32, stage: String, message: String },
    #[error("edit {number} changed nothing: {reason}")]
    Nothing { number: u32, reason: String },
    #[error("edit {number}: {source}")]
    Wait { number: u32, source: WaitError },
}

/// How an edit arrived.
#[derive(Debug)]
pub(super) struct Arrival {
    /// From the moment before the save, in milliseconds.
    pub(super) total: f64,
    /// What the build took alone, in milliseconds.
    pub(super) build: Option<f64>,
    stages: Vec<StageRow>,
    update: Option<Update>,
    patch: Option<MadePatch>,
}

/// What became of the page.
#[derive(Debug)]
struct Update {
    level: u8,
    name: &'static str,
    reason: String,
}

impl Arrival {
    /// The edit was patched into the running program.
    pub(super) fn is_patch(&self) -> bool {
        self.update.as_ref().map_or(self.patch.is_some(), |update| update.level == PATCH_LEVEL)
    }
}

/// Makes the edits one after another. `save` writes the edit of a number, counted from 0.
pub(super) async fn measure(
    events: &mut Events,
    plan: Plan<'_>,
    mut save: impl FnMut(u32) -> io::Result<()>,
) -> Result<Measurements, MeasureError> {
    let mut measurements = Measurements::default();
    for number in 0..=plan.edits {
        let arrival = follow(events, plan, number, || save(number)).await?;
        if number > 0 {
            measurements.note(&arrival);
        }
    }
    Ok(measurements)
}

/// Makes one edit and waits for its end.
pub(super) async fn follow(
    events: &mut Events,
    plan: Plan<'_>,
    number: u32,
    save: impl FnOnce() -> io::Result<()>,
) -> Result<Arrival, MeasureError> {
    let began = Instant::now();
    save().map_err(|source| MeasureError::Save { number, source })?;
    let mut edit = Edit { plan, number, began, revision: None, build: None, released: None };
    let what = if plan.screen { "the answer of the page" } else { "the release" };
    let found = events.wait(what, plan.deadline, |observed: &Observed| edit.look_at(observed));
    found.await.map_err(|source| MeasureError::Wait { number, source })?
}

/// What is known of an edit that is under way.
struct Edit<'a> {
    plan: Plan<'a>,
    number: u32,
    began: Instant,
    /// The first state that has it.
    revision: Option<u64>,
    build: Option<f64>,
    released: Option<(Vec<StageRow>, Option<MadePatch>)>,
}

impl Edit<'_> {
    /// How the edit ended, when this event is its end.
    fn look_at(&mut self, observed: &Observed) -> Option<Result<Arrival, MeasureError>> {
        let number = self.number;
        let ours = |program: &str| program == self.plan.program;
        if let Event::Change { revision, .. } = observed.event {
            self.revision = self.revision.or(Some(revision));
        }
        // Whatever comes before the change is of the edit before it.
        let saved = self.revision?;
        match &observed.event {
            Event::Build { status: "failed", revision, program, diagnostics, .. }
                if *revision >= saved && ours(program) =>
            {
                let first = diagnostics.iter().find(|item| item.severity == "error");
                let message = first.map(|item| format!("{}:{}: {}", item.file, item.line, item.message));
                Some(Err(MeasureError::Build { number, message: message.unwrap_or_default() }))
            }
            Event::Build { status: "built", revision, program, ms, .. }
                if *revision >= saved && ours(program) =>
            {
                self.build = Some(*ms);
                None
            }
            Event::Release { revision, program, stages, patch, patch_bytes, .. }
                if *revision >= saved && ours(program) =>
            {
                let patch = patch.clone().map(|hash| MadePatch { hash, bytes: *patch_bytes });
                self.released = Some((stages.clone(), patch));
                (!self.plan.screen).then(|| Ok(self.arrival(observed.at, &[], None)))
            }
            Event::Applied { revision, program, level, level_name, reason, stages, .. }
                if self.plan.screen && *revision >= saved && ours(program) =>
            {
                let update = Update { level: *level, name: level_name, reason: reason.clone() };
                Some(Ok(self.arrival(observed.at, stages, Some(update))))
            }
            Event::ApplyFailed { program, stage, message, .. } if ours(program) => {
                Some(Err(MeasureError::Apply { number, stage: stage.clone(), message: message.clone() }))
            }
            Event::Verdict { verdict: "nothing", revision, program, reason }
                if *revision >= saved && ours(program) =>
            {
                Some(Err(MeasureError::Nothing { number, reason: reason.clone() }))
            }
            _ => None,
        }
    }

    /// A page that was patched tells of its own stages only; the others were told with the release.
    fn arrival(&mut self, at: Instant, shown: &[StageRow], update: Option<Update>) -> Arrival {
        let (mut stages, patch) = self.released.take().unwrap_or_default();
        if shown.iter().any(|stage| stages.first().is_some_and(|first| first.name == stage.name)) {
            stages.clear();
        }
        stages.extend_from_slice(shown);
        let total = milliseconds(at.saturating_duration_since(self.began));
        Arrival { total, build: self.build, stages, update, patch }
    }
}

impl Arrival {
    fn stage(&self, name: &str) -> f64 {
        self.stages.iter().filter(|stage| stage.name == name).map(|stage| stage.ms).sum()
    }

    fn stages(&self, names: &[&str]) -> f64 {
        names.iter().map(|name| self.stage(name)).sum()
    }
}

impl Measurements {
    fn note(&mut self, arrival: &Arrival) {
        let total = arrival.total;
        if arrival.is_patch() {
            self.patched.add(total);
            self.object.add(arrival.stages(&OBJECT_STAGES));
            self.patches.extend(arrival.patch.clone());
        } else {
            self.total.add(total);
        }
        let share = (total - arrival.stages(&COMPILER_STAGES)).max(0.0);
        self.share.add(share);
        self.own.add((share - arrival.stage(PROGRAM_STAGE)).max(0.0));
        let mut known = 0.0;
        let mut names: Vec<&str> = Vec::new();
        for stage in &arrival.stages {
            if !names.contains(&stage.name.as_str()) {
                names.push(&stage.name);
            }
        }
        for name in names {
            known += arrival.stage(name);
            self.stage(name).add(arrival.stage(name));
        }
        self.stage(REST).add((total - known).max(0.0));
        if let Some(Update { level, name, reason }) = &arrival.update {
            let (count, last) = self.levels.entry(format!("{level}, {name}")).or_default();
            *count += 1;
            last.clone_from(reason);
        }
    }

    /// Adds what was measured later.
    pub(super) fn extend(&mut self, later: Self) {
        self.total.extend(&later.total);
        self.patched.extend(&later.patched);
        self.share.extend(&later.share);
        self.own.extend(&later.own);
        self.object.extend(&later.object);
        for (name, sample) in &later.stages {
            self.stage(name).extend(sample);
        }
        for (level, (more, reason)) in later.levels {
            let (count, last) = self.levels.entry(level).or_default();
            *count += more;
            *last = reason;
        }
        self.patches.extend(later.patches);
    }

    /// The rest stays behind all stages that have a name.
    fn stage(&mut self, name: &str) -> &mut Sample {
        let place = self.stages.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            let rest = self.stages.iter().position(|(known, _)| known == REST);
            let place = rest.unwrap_or(self.stages.len());
            self.stages.insert(place, (name.to_owned(), Sample::default()));
            place
        });
        &mut self.stages[place].1
    }
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
