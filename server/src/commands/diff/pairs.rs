//! A folder of pairs of Go files, compared one by one: sums and percentiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ast_diff::Parser;
use serde::Serialize;

use super::comparison::Comparison;
use super::report::verdict;

/// Ends of the names of the two files of a pair.
const ENDS: [&str; 2] = [".a.go", ".b.go"];

/// What a folder of pairs comes to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Totals {
    /// Pairs that were compared.
    pub(super) pairs: usize,
    /// Pairs of which patches forth and back through bytes make exactly the other tree.
    pub(super) round_trip_ok: usize,
    /// Pairs that say the same.
    pub(super) equal: usize,
    /// How often each verdict was given.
    pub(super) verdicts: BTreeMap<&'static str, usize>,
    /// Declarations that could not be read.
    pub(super) opaque: usize,
    /// Names of pairs that did not come through.
    pub(super) failed: Vec<String>,
    /// Processor time in all, in seconds.
    pub(super) cpu_total_s: f64,
    /// The most memory that the process had, in mebibytes.
    pub(super) peak_rss_mb: f64,
    /// Each figure over the pairs that differ; processor time, in microseconds, over all pairs.
    #[serde(flatten)]
    pub(super) figures: BTreeMap<&'static str, Figure>,
}

/// A figure over many pairs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figure {
    pub(super) sum: f64,
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Figure {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let rank = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100);
            values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { sum: values.iter().sum(), p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) }
    }
}

/// The pairs in a folder, by name.
pub(in crate::commands) fn find(folder: &Path) -> std::io::Result<Vec<(String, PathBuf, PathBuf)>> {
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let old = entry?.path();
        let name = old.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDS[0]));
        if let Some(name) = name.map(str::to_owned) {
            let new = folder.join(format!("{name}{}", ENDS[1]));
            pairs.push((name, old, new));
        }
    }
    pairs.sort();
    Ok(pairs)
}

/// Compares all of them.
pub(super) fn compare(pairs: &[(String, PathBuf, PathBuf)]) -> std::io::Result<Totals> {
    let mut parser = Parser::new();
    let mut totals = Totals { pairs: pairs.len(), ..Totals::default() };
    let mut values: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for (name, old, new) in pairs {
        let (old, new) = (std::fs::read(old)?, std::fs::read(new)?);
        let comparison = Comparison::new(&mut parser, &old, &new);
        *totals.verdicts.entry(verdict(&comparison.meaning.verdict)).or_default() += 1;
        totals.equal += usize::from(comparison.equal());
        totals.opaque += comparison.old.errors.len() + comparison.new.errors.len();
        if comparison.round_trip {
            totals.round_trip_ok += 1;
        } else {
            totals.failed.push(name.clone());
        }
        let mut add = |name, value: f64| values.entry(name).or_default().push(value);
        for (phase, spent) in comparison.spent.phases() {
            totals.cpu_total_s += spent / 1e6;
            add(phase, spent);
        }
        if !comparison.equal() {
            add("ops", f64::from(comparison.counts.operations));
            add("moves", f64::from(comparison.counts.moves));
            add("inserted_leaves", f64::from(comparison.counts.inserted_leaves));
            add("payload_bytes", comparison.payload() as f64);
        }
    }
    totals.figures = values.into_iter().map(|(name, values)| (cpu_name(name), Figure::of(values))).collect();
    totals.peak_rss_mb = peak_memory().unwrap_or_default() as f64 / f64::from(1 << 20);
    Ok(totals)
}

/// Name in JSON.
fn cpu_name(name: &'static str) -> &'static str {
    match name {
        "parse" => "cpu_us_parse",
        "hash" => "cpu_us_hash",
        "match" => "cpu_us_match",
        "encode" => "cpu_us_encode",
        "apply" => "cpu_us_apply",
        other => other,
    }
}

/// Bytes; `None` where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}
