//! Measurements as rows: a table for people, one line of JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::measure::Measurements;
use super::statistics::Sample;

/// What a server may add to the compiler's time, in milliseconds: below it an edit feels immediate.
const TARGET_MS: f64 = 100.0;

/// The line that `--json` prints; its shape is the same for every benchmark.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    bench: &'static str,
    machine: &'a Machine,
    rows: Vec<Row>,
}

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
}

/// Name of the whole way: it ends on the page or with the release.
pub(super) fn total_name(screen: bool) -> &'static str {
    if screen { "save_to_screen" } else { "save_to_release" }
}

/// All measurements as one line of JSON.
pub(super) fn json(machine: &Machine, measurements: &Measurements, screen: bool) -> String {
    let line = Line { bench: "edit", machine, rows: rows(measurements, screen) };
    serde_json::to_string(&line).map(|line| line + "\n").unwrap_or_default()
}

fn rows(measurements: &Measurements, screen: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |name: &str, sample: &Sample, against: Option<&'static str>| {
        for percent in [50, 95] {
            let Some(value) = sample.percentile(percent) else { continue };
            rows.push(Row {
                name: format!("{name}_p{percent}"),
                value: rounded(value),
                unit: "ms",
                n: sample.len(),
                against,
                ratio: against.map(|_| rounded(value / TARGET_MS)),
            });
        }
    };
    add(total_name(screen), &measurements.total, None);
    add("server_share", &measurements.share, Some("target of 100 ms"));
    add("own_share", &measurements.own, Some("target of 100 ms"));
    for (name, sample) in &measurements.stages {
        add(name, sample, None);
    }
    rows
}

/// To a thousandth: what follows is noise of the clock.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// All measurements as a table.
pub(super) fn text(machine: &Machine, measurements: &Measurements, screen: bool) -> String {
    let mut out = format!("{}\n", machine.line());
    for (level, count) in &measurements.levels {
        let _ = writeln!(out, "level {level}: {count} edits");
    }
    let total = total_name(screen).replace('_', " ");
    let mut lines = vec![
        (total, &measurements.total),
        ("without the compiler".to_owned(), &measurements.share),
        ("and the program's start".to_owned(), &measurements.own),
    ];
    lines.extend(measurements.stages.iter().map(|(name, sample)| (format!("  {name}"), sample)));
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let _ = writeln!(out, "\n{:<width$}  {:>9}  {:>9}", "milliseconds", "p50", "p95");
    for (name, sample) in lines {
        let value =
            |percent| sample.percentile(percent).map(|value| format!("{value:.1}")).unwrap_or_default();
        let _ = writeln!(out, "{name:<width$}  {:>9}  {:>9}", value(50), value(95));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            cores: 2,
            memory_mib: Some(2048),
            system: "Debian".to_owned(),
            processor: "CPU".to_owned(),
            compiler: "Go 1.26".to_owned(),
            browser: None,
        }
    }

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        for value in values {
            sample.add(*value);
        }
        sample
    }

    fn measurements() -> Measurements {
        Measurements {
            total: sample(&[200.0, 300.0]),
            share: sample(&[40.0, 50.0004]),
            own: sample(&[30.0, 35.0]),
            stages: vec![("build".to_owned(), sample(&[160.0, 250.0]))],
            levels: [("3, module swap".to_owned(), 2)].into(),
        }
    }

    #[test]
    fn the_line_has_the_shape_of_all_benchmarks() {
        let line: serde_json::Value = serde_json::from_str(&json(&machine(), &measurements(), true)).unwrap();
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["bench", "machine", "rows"]);
        let names: Vec<_> = line["rows"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
        assert_eq!(
            names,
            [
                "save_to_screen_p50",
                "save_to_screen_p95",
                "server_share_p50",
                "server_share_p95",
                "own_share_p50",
                "own_share_p95",
                "build_p50",
                "build_p95"
            ]
        );
        let share = serde_json::json!({
            "name": "server_share_p95", "value": 50.0, "unit": "ms", "n": 2, "against": "target of 100 ms", "ratio": 0.5
        });
        assert_eq!(line["rows"][3], share);
        assert_eq!(line["rows"][0]["against"], serde_json::Value::Null);
    }

    #[test]
    fn the_table_lines_up() {
        assert_eq!(
            text(&machine(), &measurements(), false),
            "2 cores of CPU, 2.0 GiB, Debian, Go 1.26\n\
             level 3, module swap: 2 edits\n\
             \n\
             milliseconds                   p50        p95\n\
             save to release              200.0      300.0\n\
             without the compiler          40.0       50.0\n\
             and the program's start       30.0       35.0\n\
             \u{20} build                      160.0      250.0\n"
        );
    }
}
