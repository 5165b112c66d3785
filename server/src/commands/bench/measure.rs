//! The measurement itself: save, wait until it shows, note every stage.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use crate::printer::{Event, StageRow, milliseconds};

use super::events::{Events, Observed, WaitError};
use super::statistics::Sample;

/// Name of the stage in which the compiler works.
pub(super) const COMPILER_STAGE: &str = "build";

/// Name of the stage in which the new program runs until all its goroutines wait: its own code, which the engine
/// compiles function by function as it is called.
const PROGRAM_STAGE: &str = "program_start";

/// What no stage accounts for: the network on this machine, and waiting for a processor.
const REST: &str = "other";

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
    /// From the moment before the save to the page's answer after its first frame, or to the release.
    pub(super) total: Sample,
    /// The same without the compiler.
    pub(super) share: Sample,
    /// The same without the start of the new program as well: what is between the two is ours.
    pub(super) own: Sample,
    /// Each stage, in the order in which they come.
    pub(super) stages: Vec<(String, Sample)>,
    /// How often each level was taken.
    pub(super) levels: BTreeMap<String, u32>,
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

struct Arrival {
    at: Instant,
    stages: Vec<StageRow>,
    level: Option<String>,
}

/// Makes the edits one after another. `save` writes the edit of a number, counted from 0.
pub(super) async fn measure(
    events: &mut Events,
    plan: Plan<'_>,
    mut save: impl FnMut(u32) -> io::Result<()>,
) -> Result<Measurements, MeasureError> {
    let mut measurements = Measurements::default();
    for number in 0..=plan.edits {
        let began = Instant::now();
        save(number).map_err(|source| MeasureError::Save { number, source })?;
        let arrival = arrival(events, plan, number).await?;
        if number > 0 {
            measurements.note(arrival.at.saturating_duration_since(began), &arrival);
        }
    }
    Ok(measurements)
}

/// Waits for the end of the edit that was just saved.
async fn arrival(events: &mut Events, plan: Plan<'_>, number: u32) -> Result<Arrival, MeasureError> {
    let mut saved: Option<u64> = None;
    let what = if plan.screen { "the answer of the page" } else { "the release" };
    let found = events.wait(what, plan.deadline, |observed: &Observed| {
        if let Event::Change { revision, .. } = observed.event {
            saved = saved.or(Some(revision));
        }
        // Whatever comes before the change is of the edit before it.
        let saved = saved?;
        ended(&observed.event, plan, saved, number)
            .map(|end| end.map(|(stages, level)| Arrival { at: observed.at, stages: stages.to_vec(), level }))
    });
    found.await.map_err(|source| MeasureError::Wait { number, source })?
}

type End<'a> = (&'a [StageRow], Option<String>);

/// What an event says about the end of the edit; `None` when it says nothing.
fn ended<'a>(
    event: &'a Event,
    plan: Plan<'_>,
    saved: u64,
    number: u32,
) -> Option<Result<End<'a>, MeasureError>> {
    match event {
        Event::Applied { revision, program, level, level_name, stages, .. }
            if plan.screen && *revision >= saved && program == plan.program =>
        {
            Some(Ok((stages, Some(format!("{level}, {level_name}")))))
        }
        Event::Release { revision, program, stages, .. }
            if !plan.screen && *revision >= saved && program == plan.program =>
        {
            Some(Ok((stages, None)))
        }
        Event::Build { status: "failed", revision, program, diagnostics, .. }
            if *revision >= saved && program == plan.program =>
        {
            let first = diagnostics.iter().find(|item| item.severity == "error");
            let message = first.map(|item| format!("{}:{}: {}", item.file, item.line, item.message));
            Some(Err(MeasureError::Build { number, message: message.unwrap_or_default() }))
        }
        Event::ApplyFailed { program, stage, message, .. } if program == plan.program => {
            Some(Err(MeasureError::Apply { number, stage: stage.clone(), message: message.clone() }))
        }
        Event::Verdict { verdict: "nothing", revision, program, reason }
            if *revision >= saved && program == plan.program =>
        {
            Some(Err(MeasureError::Nothing { number, reason: reason.clone() }))
        }
        _ => None,
    }
}

impl Measurements {
    fn note(&mut self, elapsed: Duration, arrival: &Arrival) {
        let total = milliseconds(elapsed);
        let of = |name: &str| -> f64 {
            arrival.stages.iter().filter(|stage| stage.name == name).map(|stage| stage.ms).sum()
        };
        self.total.add(total);
        let share = (total - of(COMPILER_STAGE)).max(0.0);
        self.share.add(share);
        self.own.add((share - of(PROGRAM_STAGE)).max(0.0));
        let mut known = 0.0;
        let mut names: Vec<&str> = Vec::new();
        for stage in &arrival.stages {
            if !names.contains(&stage.name.as_str()) {
                names.push(&stage.name);
            }
        }
        for name in names {
            known += of(name);
            self.stage(name).add(of(name));
        }
        self.stage(REST).add((total - known).max(0.0));
        if let Some(level) = &arrival.level {
            *self.levels.entry(level.clone()).or_default() += 1;
        }
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
