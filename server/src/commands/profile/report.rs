//! What was seen, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::super::observed::Observations;
use super::measured::{Measured, Unit};
use super::top::{Row, top};

/// Of one run. Times are in milliseconds.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) program: String,
    compiler: Option<String>,
    /// How the run ended, in words.
    ended: String,
    /// What `flat` and `cumulative` of functions count, and in what.
    kind: &'static str,
    unit: &'static str,
    /// Of all kinds.
    totals: Vec<Total>,
    /// Looks at where it was, or objects that were looked at.
    samples: u64,
    /// Its thread's own time, functions of the host included, and the time of the clock, waiting included.
    cpu_ms: f64,
    wall_ms: f64,
    /// Of the former, after the last look.
    unseen_ms: f64,
    /// Looks in a second of computing.
    looks_per_second: Option<f64>,
    pub(super) functions: Vec<Row>,
    /// What the figures do not say.
    pub(super) notes: Vec<String>,
    #[serde(skip)]
    in_units: Option<Unit>,
}

#[derive(Debug, Serialize)]
struct Total {
    kind: &'static str,
    unit: &'static str,
    #[serde(rename = "total")]
    sum: i64,
}

/// Rows of the table.
const ROWS: usize = 20;

impl Report {
    pub(super) fn of(observations: &Observations, measured: &Measured) -> Self {
        let Observations { recording, .. } = observations;
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let is_memory = observations.known.is_some();
        let samples = if is_memory {
            recording.allocated.iter().map(|sum| sum.looked_at).sum()
        } else {
            recording.computed.iter().map(|computed| computed.samples).sum::<u64>()
        };
        let seconds = recording.processor.as_secs_f64();
        let totals = measured.kinds.iter().enumerate().map(|(place, kind)| Total {
            kind: kind.name,
            unit: kind.unit.name(),
            sum: measured.total(place),
        });
        Self {
            program: observations.name.clone(),
            compiler: observations.compiler.clone(),
            ended: observations.ended.clone(),
            kind: measured.main().name,
            unit: measured.main().unit.name(),
            totals: totals.collect(),
            samples,
            cpu_ms: milliseconds(recording.processor),
            wall_ms: milliseconds(recording.wall),
            unseen_ms: milliseconds(recording.unseen),
            looks_per_second: (!is_memory && seconds > 0.0).then(|| samples as f64 / seconds),
            functions: top(&observations.sources, measured),
            notes: notes(observations, measured),
            in_units: Some(measured.main().unit),
        }
    }

    /// One sentence.
    pub(super) fn summary(&self) -> String {
        let Self { program, ended, samples, cpu_ms, wall_ms, unseen_ms, .. } = self;
        let mut out = format!("{program} {ended}.");
        if let Some(rate) = self.looks_per_second {
            let _ = write!(
                out,
                " {samples} samples in {cpu_ms:.0} ms of computing ({rate:.0} a second) and {wall_ms:.0} ms by the clock; \
                 {unseen_ms:.1} ms after the last one are in none."
            );
        } else if self.unit == Unit::Bytes.name() {
            let _ = write!(out, " {samples} objects were looked at.");
            for total in &self.totals {
                let unit = if total.unit == Unit::Bytes.name() { Unit::Bytes } else { Unit::Count };
                let _ = write!(out, " {}: {}.", total.kind, unit.words(total.sum));
            }
        } else {
            let _ = write!(out, " It was not seen computing.");
        }
        out
    }

    /// For people.
    pub(super) fn text(&self, profile: &Path, flame: Option<&Path>) -> String {
        let mut out = self.summary() + "\n";
        let total = self.totals.iter().find(|total| total.kind == self.kind).map_or(0, |total| total.sum);
        let share = |value: i64| value as f64 * 100.0 / total.max(1) as f64;
        let unit = self.in_units.unwrap_or(Unit::Count);
        if !self.functions.is_empty() {
            let _ = writeln!(out, "{:>12} {:>6} {:>12} {:>6}  function", self.kind, "%", "with calls", "%");
        }
        for row in self.functions.iter().take(ROWS) {
            let line = format!(
                "{:>12} {:>6.1} {:>12} {:>6.1}  {} {}",
                unit.words(row.flat),
                share(row.flat),
                unit.words(row.cumulative),
                share(row.cumulative),
                row.function,
                row.place
            );
            let _ = writeln!(out, "{}", crate::diagnostic::plain(line.trim_end()));
        }
        if self.functions.len() > ROWS {
            let _ = writeln!(out, "{:>12} more", self.functions.len() - ROWS);
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        let _ = writeln!(out, "{}: go tool pprof -http : {}", profile.display(), profile.display());
        if let Some(flame) = flame {
            let _ = writeln!(out, "{}: a flame graph, for a browser", flame.display());
        }
        out
    }
}

fn notes(observations: &Observations, measured: &Measured) -> Vec<String> {
    let Observations { recording, known, sources, .. } = observations;
    let mut notes = Vec::new();
    let mut note = |text: String| notes.push(text);
    match known {
        None => note(
            "looked at starts of functions and rounds of loops only: what code takes that has neither is counted at the \
             next one, and so is the time of functions of the host"
                .to_owned(),
        ),
        Some(known) => {
            if measured.period.1 > 1 {
                let mean = Unit::Bytes.words(measured.period.1);
                note(format!("estimated from one object for each {mean} in the mean; --alloc-rate 1 looks at all"));
            }
            note(if known.frees {
                "in use is what no collection has found free, nor the program has freed".to_owned()
            } else {
                "what is in use is not known: objects are freed where this cannot be seen".to_owned()
            });
            if recording.untracked > 0 {
                note(format!("{} objects were not followed to their end: too many lived", recording.untracked));
            }
        }
    }
    if !sources.has_names {
        note("the functions have no names: build without --release, and without -s in --ldflags".to_owned());
    } else if !sources.has_lines {
        note("there are no lines, as the module has no DWARF; Go's have none".to_owned());
    }
    if recording.stacks.iter().any(|stack| stack.is_cut) {
        note("stacks of more than 256 frames are without their outer part".to_owned());
    }
    if recording.forgotten_stacks > 0 {
        note("of very many different stacks those that came last are told as (unknown)".to_owned());
    }
    notes
}
