//! Figures as rows of JSON.

use serde::Serialize;

use super::figures::{Comparison, Figures};
use super::statistics::Sample;

/// One figure.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    /// Measurements behind it.
    n: usize,
    /// What it is compared with; null when it stands alone.
    against: Option<&'static str>,
    /// Its part of that.
    ratio: Option<f64>,
    /// Why it was not measured, and what would let it be.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
}

/// What a figure should not exceed, or should reach, with its name.
pub(super) type Target = (&'static str, f64);

impl Row {
    /// A figure that stands alone, or beside its target.
    pub(super) fn new(
        name: &str,
        value: f64,
        (unit, n): (&'static str, usize),
        target: Option<Target>,
    ) -> Self {
        let ratio = target.map(|(_, limit)| rounded(value / limit));
        let against = target.map(|(name, _)| name);
        Self { name: name.to_owned(), value: rounded(value), unit, n, against, ratio, left_out: None }
    }

    /// A figure that could not be measured; its value is null.
    pub(super) fn left_out(name: &str, why: String, target: Target) -> Self {
        Self { left_out: Some(why), ratio: None, ..Self::new(name, f64::NAN, ("", 0), Some(target)) }
    }

    /// Name, value, unit, and what it should be, for people.
    pub(super) fn cells(&self) -> Vec<String> {
        if let Some(why) = &self.left_out {
            return vec![self.name.replace('_', " "), "left out".to_owned(), why.clone()];
        }
        let value = if self.value >= 1000.0 {
            format!("{:.0} {}", self.value, self.unit)
        } else {
            format!("{} {}", self.value, self.unit)
        };
        vec![self.name.replace('_', " "), value, self.against.unwrap_or_default().to_owned()]
    }
}

/// What a server may add to the compiler's time: below it an edit feels immediate.
const SHARE: Target = ("target of 100 ms", 100.0);
const PATCHED: [Target; 2] = [("target of 60 ms", 60.0), ("target of 120 ms", 120.0)];
const OBJECT: Target = ("target of 30 ms", 30.0);
const PATCH: Target = ("target of 1024 bytes", 1024.0);
const WARM_START: Target = ("target of 2000 ms", 2000.0);
const RESIDENT: Target = ("target of 400 MiB", 400.0);

const RELOAD: &str = "tinygo build and module swap";
const GO: &str = "go build alone";
const TINYGO: &str = "tinygo build";
const OPTIMISED: &str = "tinygo build -opt=1";

/// All that was measured, in reading order.
pub(super) fn rows(figures: &Figures) -> Vec<Row> {
    let measured = &figures.measurements;
    let mut rows = Rows(Vec::new());
    rows.both(patched_name(figures.screen), &measured.patched, figures.screen.then_some(PATCHED));
    rows.both(total_name(figures.screen), &measured.total, None);
    rows.both("server_share", &measured.share, Some([SHARE; 2]));
    rows.both("own_share", &measured.own, Some([SHARE; 2]));
    for (name, sample) in &measured.stages {
        rows.both(&name.replace(' ', "_"), sample, None);
    }
    rows.median("edit_to_object_p50", &measured.object, "ms", Some(OBJECT));
    rows.median("patch_bytes_p50", &figures.patches.compressed, "bytes", Some(PATCH));
    rows.median("patch_bytes_plain_p50", &figures.patches.plain, "bytes", None);
    rows.compared("ratio_tinygo_reload", RELOAD, &figures.reload);
    rows.median("tinygo_reload_p50", &figures.reload.theirs, "ms", None);
    rows.compared("ratio_go_build", GO, &figures.go);
    rows.median("go_build_p50", &figures.go.theirs, "ms", None);
    rows.compared("base_build_ratio_tinygo", TINYGO, &figures.base);
    rows.median("base_build_p50", &figures.base.ours, "ms", None);
    rows.median("tinygo_build_p50", &figures.base.theirs, "ms", None);
    if let Some(ratio) = figures.speed.ratio() {
        rows.ratio("speed_ratio_opt1", ratio, figures.speed.len(), OPTIMISED);
    }
    for (program, sample) in &figures.speed.programs {
        if let Some(ratio) = sample.percentile(50) {
            rows.ratio(&format!("speed_ratio_opt1_{program}"), ratio, sample.len(), OPTIMISED);
        }
    }
    rows.median("warm_start", &figures.warm_start, "ms", Some(WARM_START));
    if let Some(bytes) = figures.resident {
        rows.value("worker_rss", mebibytes(bytes), ("MiB", 1), Some(RESIDENT));
    }
    rows.0
}

/// Name of the whole way of an edit that is patched.
pub(super) fn patched_name(screen: bool) -> &'static str {
    if screen { "save_to_patched" } else { "save_to_patch_release" }
}

/// Name of the whole way of an edit that is not patched: it ends on the page or with the release.
pub(super) fn total_name(screen: bool) -> &'static str {
    if screen { "save_to_screen" } else { "save_to_release" }
}

pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

struct Rows(Vec<Row>);

impl Rows {
    /// Median and p95; each may have a target.
    fn both(&mut self, name: &str, sample: &Sample, targets: Option<[Target; 2]>) {
        for (percent, target) in [(50, 0), (95, 1)] {
            let Some(value) = sample.percentile(percent) else { continue };
            let target = targets.map(|targets| targets[target]);
            self.value(&format!("{name}_p{percent}"), value, ("ms", sample.len()), target);
        }
    }

    fn median(&mut self, name: &str, sample: &Sample, unit: &'static str, target: Option<Target>) {
        if let Some(value) = sample.percentile(50) {
            self.value(name, value, (unit, sample.len()), target);
        }
    }

    fn value(&mut self, name: &str, value: f64, (unit, n): (&'static str, usize), target: Option<Target>) {
        self.0.push(Row::new(name, value, (unit, n), target));
    }

    /// How many times faster ours is.
    fn compared(&mut self, name: &str, against: &'static str, comparison: &Comparison) {
        if let Some(ratio) = comparison.ratios.percentile(50) {
            self.ratio(name, ratio, comparison.ratios.len(), against);
        }
    }

    fn ratio(&mut self, name: &str, ratio: f64, n: usize, against: &'static str) {
        let (value, against, ratio) = (rounded(ratio), Some(against), Some(rounded(ratio)));
        self.0.push(Row { name: name.to_owned(), value, unit: "x", n, against, ratio, left_out: None });
    }
}

/// To a thousandth: what follows is noise of the clock.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
