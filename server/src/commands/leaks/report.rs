//! What was found about a program's memory, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use wasm_host::{Known, Recording};

use super::super::observed::{Observations, Sources};
use super::sites::{Site, by_site, own};
use super::verdict::{Verdict, verdict};

/// Times are in milliseconds from the begin, sizes in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    program: String,
    compiler: Option<String>,
    pub(super) verdict: Verdict,
    reason: String,
    /// How the run ended, in words.
    ended: String,
    /// Of linear memory, at the end.
    memory: u64,
    steps: Vec<Step>,
    collections: Vec<Point>,
    /// Lines that allocate what lives: half-way and after the last collection. Null where frees are not known.
    live: Option<Vec<Site>>,
    /// Lines that allocate, with all that they have allocated as `now`.
    allocated: Vec<Site>,
    /// Lines that take memory with `malloc` that `free` did not get; null where neither is there.
    unreleased: Option<Vec<Held>>,
    /// What the figures do not say.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Step {
    at_ms: f64,
    from: u64,
    to: u64,
    /// Who made it larger.
    by: String,
}

#[derive(Debug, Serialize)]
struct Point {
    at_ms: f64,
    live: u64,
    memory: u64,
    allocated: u64,
}

#[derive(Debug, Serialize)]
struct Held {
    at: String,
    objects: u64,
    bytes: u64,
}

/// Rows of each table for people.
const ROWS: usize = 10;

impl Report {
    pub(super) fn of(observations: &Observations) -> Self {
        let Observations { name, compiler, ended, recording, known, sources } = observations;
        let known = known.unwrap_or_default();
        let (verdict, reason) = verdict(recording, known);
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let at = |stack: usize| own(sources, stack).map_or_else(String::new, |line| sources.words(line));
        let steps = recording.growths.iter().map(|growth| Step {
            at_ms: milliseconds(growth.at),
            from: growth.from,
            to: growth.to,
            by: at(growth.stack),
        });
        let collections = recording.collections.iter().map(|collection| Point {
            at_ms: milliseconds(collection.at),
            live: collection.live,
            memory: collection.memory,
            allocated: collection.allocated,
        });
        let unreleased = recording.unreleased.iter().map(|each| Held {
            at: at(each.stack),
            objects: each.objects,
            bytes: each.bytes,
        });
        let all = recording.allocated.iter().map(|sum| (sum.stack, sum.bytes)).collect::<Vec<_>>();
        Self {
            program: name.clone(),
            compiler: compiler.clone(),
            verdict,
            reason,
            ended: ended.clone(),
            memory: recording.memory,
            steps: steps.collect(),
            collections: collections.collect(),
            live: known.frees.then(|| live(recording, sources)),
            allocated: by_site(sources, &[], &all),
            unreleased: known.pairs.then(|| unreleased.collect()),
            notes: notes(known, recording),
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Grows => "grows without bound",
            Verdict::Steady => "steady",
            Verdict::Unknown => "cannot be told",
        };
        let Self { program, ended, reason, memory, steps, collections, .. } = self;
        let mut out =
            format!("{program}: {verdict}: {reason}\nit {ended}, with {} of memory\n", bytes(*memory));
        if !steps.is_empty() {
            let _ = writeln!(out, "\nmemory grew:");
            for Step { at_ms, from, to, by } in steps.iter().rev().take(ROWS).rev() {
                let _ = writeln!(out, "{at_ms:>10.0} ms {:>10} to {:>10}  {by}", bytes(*from), bytes(*to));
            }
            if steps.len() > ROWS {
                let _ = writeln!(out, "{:>10} times before that", steps.len() - ROWS);
            }
        }
        if !collections.is_empty() {
            let _ = writeln!(out, "\nalive after collections:");
            let step = collections.len().div_ceil(ROWS);
            for Point { at_ms, live, memory, .. } in collections.iter().rev().step_by(step).rev() {
                let _ = writeln!(out, "{at_ms:>10.0} ms {:>10} of {:>10}", bytes(*live), bytes(*memory));
            }
        }
        if let Some(live) = &self.live {
            table(&mut out, "who allocates what lives", ["half-way", "at the end"], live);
        } else {
            table(&mut out, "who allocates, whether it lives or not", ["", "in all"], &self.allocated);
        }
        if let Some(unreleased) = self.unreleased.as_ref().filter(|unreleased| !unreleased.is_empty()) {
            let _ = writeln!(out, "\nnot released with free:");
            for Held { at, objects, bytes: size } in unreleased.iter().take(ROWS) {
                let _ = writeln!(out, "{objects:>10} {:>10}  {at}", bytes(*size));
            }
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        // Names come from a module, which may be a stranger's.
        crate::diagnostic::plain(&out)
    }
}

/// Half-way and at the end.
fn live(recording: &Recording, sources: &Sources) -> Vec<Site> {
    let snapshots = &recording.snapshots;
    if let (Some(half), Some(last)) = (snapshots.get(snapshots.len() / 2), snapshots.last()) {
        return by_site(sources, &half.bytes, &last.bytes);
    }
    // Nothing was collected: all that was not released lives.
    let all = recording.allocated.iter().map(|sum| (sum.stack, sum.live_bytes)).collect::<Vec<_>>();
    by_site(sources, &[], &all)
}

fn table(out: &mut String, title: &str, [before, now]: [&str; 2], sites: &[Site]) {
    let _ = writeln!(out, "\n{title}:\n{before:>10} {now:>10}");
    for site in sites.iter().take(ROWS) {
        let first = if before.is_empty() { String::new() } else { bytes(site.before) };
        let callers = site.callers.iter().fold(String::new(), |all, caller| all + " < " + caller);
        let _ = writeln!(out, "{first:>10} {:>10}  {}{callers}", bytes(site.now), site.at);
    }
}

fn notes(known: Known, recording: &Recording) -> Vec<String> {
    let mut notes = Vec::new();
    if known.collections && known.frees {
        notes.push("alive is the memory less what the collector found free, static data included".to_owned());
    }
    if known.collections && !known.frees {
        notes.push(
            "alive is what Go's collector marked; which objects those are cannot be seen from outside"
                .to_owned(),
        );
    }
    if known.allocator.is_some() {
        notes.push(
            "sizes of lines are estimated from objects that were looked at; --alloc-rate 1 looks at all"
                .to_owned(),
        );
    }
    if recording.untracked > 0 {
        notes.push(format!("{} objects were not followed: too many lived", recording.untracked));
    }
    notes
}

/// For people.
pub(super) fn bytes(number: u64) -> String {
    let number = number as f64;
    match number {
        small if small < 1024.0 => format!("{small:.0} B"),
        middle if middle < 1024.0 * 1024.0 => format!("{:.1} KiB", middle / 1024.0),
        large => format!("{:.1} MiB", large / (1024.0 * 1024.0)),
    }
}
