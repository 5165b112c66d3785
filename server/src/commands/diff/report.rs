//! What a comparison found, for people and as JSON.

use std::fmt::Write as _;
use std::ops::Range;

use ast_diff::{Edit, Item, Text, Verdict};
use serde::Serialize;

use super::comparison::{Comparison, Spent};
use super::pairs::Totals;

/// Longest piece of source that is shown.
const LONGEST: usize = 60;

#[derive(Serialize)]
struct Row {
    equal: bool,
    verdict: &'static str,
    functions: Vec<String>,
    ops: u32,
    moves: u32,
    inserted_leaves: u32,
    payload_bytes: usize,
    root_old: String,
    root_new: String,
    round_trip: bool,
    unreadable: usize,
    cpu_us: Spent,
}

/// One line of JSON.
pub(super) fn json(comparison: &Comparison<'_>) -> String {
    line(&Row {
        equal: comparison.equal(),
        verdict: verdict(&comparison.meaning.verdict),
        functions: functions(&comparison.meaning.verdict),
        ops: comparison.counts.operations,
        moves: comparison.counts.moves,
        inserted_leaves: comparison.counts.inserted_leaves,
        payload_bytes: comparison.payload(),
        root_old: comparison.root_old.to_string(),
        root_new: comparison.root_new.to_string(),
        round_trip: comparison.round_trip,
        unreadable: comparison.old.errors.len() + comparison.new.errors.len(),
        cpu_us: comparison.spent,
    })
}

/// Name of a verdict, as in the events of `serve`.
pub(super) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Nothing => "nothing",
        Verdict::Asset => "asset",
        Verdict::Body(_) => "body",
        Verdict::Contract => "contract",
        Verdict::TypeLayout => "type layout",
        Verdict::GlobalInit => "global init",
        Verdict::Imports => "imports",
        Verdict::Whole(_) => "whole",
    }
}

fn functions(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Body(functions) => functions.clone(),
        _ => Vec::new(),
    }
}

/// One line of JSON.
pub(super) fn totals_json(totals: &Totals) -> String {
    line(totals)
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).map(|line| line + "\n").unwrap_or_default()
}

/// Every operation, with its line in the old text.
pub(super) fn text(comparison: &Comparison<'_>) -> String {
    let mut out = String::new();
    let texts =
        [("old", comparison.old_text, &comparison.old), ("new", comparison.new_text, &comparison.new)];
    for (name, text, parsed) in texts {
        for error in &parsed.errors {
            let _ = writeln!(out, "{name} line {}: {error}", line_of(text, error.at));
        }
    }
    let meaning = &comparison.meaning;
    let named: Vec<&str> = meaning.changed.iter().map(|changed| changed.name.as_str()).collect();
    let _ = match &meaning.verdict {
        Verdict::Nothing => writeln!(out, "means nothing: comments, formatting or order differ, if anything"),
        Verdict::Whole(reason) => writeln!(out, "changes everything: {reason}"),
        other => writeln!(out, "changes {}: {}", verdict(other), named.join(", ")),
    };
    if comparison.equal() {
        return out;
    }
    for edit in &comparison.script.edits {
        describe(&mut out, comparison, edit);
    }
    let counts = &comparison.counts;
    let _ = writeln!(
        out,
        "{} operations, {} moves, {} new texts, {} bytes",
        counts.operations,
        counts.moves,
        counts.inserted_leaves,
        comparison.payload()
    );
    out
}

fn describe(out: &mut String, comparison: &Comparison<'_>, edit: &Edit) {
    let old = &comparison.old;
    let source = |node: u32| source(comparison.old_text, old.spans[node as usize].clone());
    let shown = |text: &Text| match text {
        Text::Old(label) => String::from_utf8_lossy(old.tree.labels().get(*label)).into_owned(),
        Text::New(text) => String::from_utf8_lossy(text).into_owned(),
    };
    let line = |node: u32| line_of(comparison.old_text, old.spans[node as usize].start);
    let _ = match edit {
        Edit::Update { at, kind, label } if *kind == old.tree.node(*at).kind => {
            let before = String::from_utf8_lossy(old.tree.text(*at));
            writeln!(out, "~ {:>5}  {kind} {} -> {}", line(*at), short(&before), short(&shown(label)))
        }
        Edit::Update { at, kind, label } => {
            writeln!(
                out,
                "~ {:>5}  {} -> {kind} {}",
                line(*at),
                old.tree.node(*at).kind,
                short(&shown(label))
            )
        }
        Edit::Delete { at } => writeln!(out, "- {:>5}  {}", line(*at), short(&source(*at))),
        Edit::Rename { from, to } => {
            let before = String::from_utf8_lossy(old.tree.labels().get(*from));
            writeln!(out, "=        {} -> {} everywhere", short(&before), short(&shown(to)))
        }
        Edit::Insert { parent, position, content } => {
            let before = old.tree.children(*parent).nth(*position as usize).unwrap_or(*parent);
            let pieces: Vec<String> = content
                .iter()
                .map(|item| match item {
                    Item::New { kind, label, .. } => match shown(label) {
                        text if text.is_empty() => kind.to_string(),
                        text => text,
                    },
                    Item::Moved { at } => format!("<moved {}>", short(&source(*at))),
                    Item::Copied { at } => format!("<copied {}>", short(&source(*at))),
                })
                .collect();
            writeln!(out, "+ {:>5}  {}", line(before), short(&pieces.join(" ")))
        }
    };
}

/// A part of a text, in one line.
fn source(text: &[u8], range: Range<u32>) -> String {
    let text = String::from_utf8_lossy(&text[range.start as usize..range.end as usize]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// From 1.
fn line_of(text: &[u8], offset: u32) -> usize {
    text[..offset as usize].split(|byte| *byte == b'\n').count()
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A table of all figures.
pub(super) fn totals_text(totals: &Totals) -> String {
    let mut out = format!(
        "{} pairs, {} equal, {} came through forth and back, {} declarations could not be read\n",
        totals.pairs, totals.equal, totals.round_trip_ok, totals.opaque
    );
    for name in &totals.failed {
        let _ = writeln!(out, "did not come through: {name}");
    }
    let verdicts: Vec<String> =
        totals.verdicts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let _ = writeln!(out, "{}", verdicts.join(", "));
    let _ = writeln!(out, "{:<16}{:>12}{:>10}{:>10}{:>10}{:>10}", "", "sum", "p50", "p95", "p99", "max");
    for (name, figure) in &totals.figures {
        let digits = usize::from(name.starts_with("cpu"));
        let _ = writeln!(
            out,
            "{name:<16}{:>12.digits$}{:>10.digits$}{:>10.digits$}{:>10.digits$}{:>10.digits$}",
            figure.sum, figure.p50, figure.p95, figure.p99, figure.max
        );
    }
    let _ =
        writeln!(out, "{:.2} s of processor time, {:.1} MiB at most", totals.cpu_total_s, totals.peak_rss_mb);
    out
}
