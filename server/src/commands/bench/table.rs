//! Figures for output: a table for people, one line of JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::figures::{Comparison, Figures};
use super::machine::Machine;
use super::rows::{Row, mebibytes, patched_name, rows, total_name};
use super::statistics::Sample;

/// Width of a column of numbers.
const COLUMN: usize = 9;

/// The line that `--json` prints; its shape is the same for every benchmark.
#[derive(Debug, Serialize)]
struct Line<'a> {
    bench: &'static str,
    machine: &'a Machine,
    rows: &'a [Row],
}

/// All figures as one line of JSON.
pub(super) fn json(machine: &Machine, figures: &Figures) -> String {
    line("edit", machine, &rows(figures))
}

/// Figures of a benchmark as one line of JSON.
pub(super) fn line(bench: &'static str, machine: &Machine, rows: &[Row]) -> String {
    let line = Line { bench, machine, rows };
    serde_json::to_string(&line).map(|line| line + "\n").unwrap_or_default()
}

/// Figures one below the other.
pub(super) fn list(machine: &Machine, rows: &[Row]) -> String {
    let mut out = format!("{}\n", machine.line());
    let lines: Vec<_> = rows.iter().map(Row::cells).collect();
    let widths = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or_default();
    let (name, value) = (widths(0), widths(1));
    for line in &lines {
        let text = format!("{:<name$}  {:>value$}  {}", line[0], line[1], line[2]);
        let _ = writeln!(out, "{}", text.trim_end());
    }
    out
}

/// All figures as a table.
pub(super) fn text(machine: &Machine, figures: &Figures) -> String {
    let mut out = format!("{}\n", machine.line());
    for (level, (count, reason)) in &figures.measurements.levels {
        let _ = writeln!(out, "level {level}: {count} edits ({reason})");
    }
    edits(&mut out, figures);
    others(&mut out, figures);
    rest(&mut out, figures);
    for what in &figures.left_out {
        let _ = writeln!(out, "left out: {what}");
    }
    out
}

/// The way of an edit, stage by stage.
fn edits(out: &mut String, figures: &Figures) {
    let measured = &figures.measurements;
    let lines = [
        (patched_name(figures.screen).replace('_', " "), &measured.patched),
        (total_name(figures.screen).replace('_', " "), &measured.total),
        ("without the compiler".to_owned(), &measured.share),
        ("and the program's start".to_owned(), &measured.own),
    ];
    let stages = measured.stages.iter().map(|(name, sample)| (format!("  {name}"), sample));
    let lines: Vec<_> = lines.into_iter().chain(stages).filter(|(_, sample)| sample.len() > 0).collect();
    let row = |name: &str, sample: &Sample| -> Vec<String> {
        let value =
            |percent| sample.percentile(percent).map(|value| format!("{value:.1}")).unwrap_or_default();
        vec![name.to_owned(), value(50), value(95)]
    };
    let lines = lines.into_iter().map(|(name, sample)| row(&name, sample)).collect();
    columns(out, ["milliseconds", "p50", "p95"].into(), lines);
}

/// What others take for the same.
fn others(out: &mut String, figures: &Figures) {
    let line = |name: &str, comparison: &Comparison| {
        let median = |sample: &Sample| sample.percentile(50);
        let ratio = median(&comparison.ratios)?;
        let time = |sample| median(sample).map(|value| format!("{value:.1}")).unwrap_or_default();
        let count = comparison.ratios.len().to_string();
        Some(vec![
            name.to_owned(),
            format!("{ratio:.1} x"),
            time(&comparison.ours),
            time(&comparison.theirs),
            count,
        ])
    };
    let lines: Vec<_> = [
        line("patch, and tinygo build with a module swap", &figures.reload),
        line("patch, and go build alone", &figures.go),
        line("whole build, and tinygo build", &figures.base),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !lines.is_empty() {
        columns(out, ["times faster", "ratio", "ours ms", "theirs ms", "n"].into(), lines);
    }
    let speed = &figures.speed;
    let programs = speed
        .programs
        .iter()
        .map(|(name, sample)| (format!("  {name}"), sample.percentile(50), sample.len()));
    let all = [("all, geometric mean".to_owned(), speed.ratio(), speed.len())];
    let lines: Vec<_> = all
        .into_iter()
        .chain(programs)
        .filter_map(|(name, ratio, count)| Some(vec![name, format!("{:.2} x", ratio?), count.to_string()]))
        .collect();
    if !lines.is_empty() {
        columns(out, ["running speed, of tinygo build -opt=1", "ratio", "n"].into(), lines);
    }
}

/// What stands alone.
fn rest(out: &mut String, figures: &Figures) {
    let line = |name: &str, sample: &Sample| {
        let value = sample.percentile(50)?;
        Some(vec![name.to_owned(), format!("{value:.1}"), sample.len().to_string()])
    };
    let resident: Sample = figures.resident.map(mebibytes).into_iter().collect();
    let lines: Vec<_> = [
        line("edit to object, ms", &figures.measurements.object),
        line("patch, deflated, bytes", &figures.patches.compressed),
        line("patch, bytes", &figures.patches.plain),
        line("whole build, ms", &figures.base.ours),
        line("warm start, ms", &figures.warm_start),
        line("memory of the warm compiler, MiB", &resident),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !lines.is_empty() {
        columns(out, ["others", "p50", "n"].into(), lines);
    }
}

/// A table below an empty line. The first column is as wide as it must be.
pub(super) fn columns(out: &mut String, head: Vec<&str>, lines: Vec<Vec<String>>) {
    let head = head.into_iter().map(str::to_owned).collect();
    let lines: Vec<Vec<String>> = [head].into_iter().chain(lines).collect();
    let width = lines.iter().filter_map(|line| line.first()).map(|name| name.chars().count()).max();
    out.push('\n');
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            let _ = match column {
                0 => write!(out, "{cell:<width$}", width = width.unwrap_or(0)),
                _ => write!(out, "  {cell:>COLUMN$}"),
            };
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Measurements;
    use super::super::patches::PatchSizes;
    use super::super::speed::Speed;
    use super::*;

    fn machine() -> Machine {
        Machine {
            cores: 2,
            memory_mib: Some(2048),
            system: "Debian".to_owned(),
            processor: "CPU".to_owned(),
            compiler: Some("Go 1.26".to_owned()),
            browser: None,
        }
    }

    fn sample<const N: usize>(values: [f64; N]) -> Sample {
        values.into_iter().collect()
    }

    fn figures() -> Figures {
        let measurements = Measurements {
            total: sample([200.0, 300.0]),
            share: sample([40.0, 50.0004]),
            own: sample([30.0, 35.0]),
            stages: vec![("build".to_owned(), sample([160.0, 250.0]))],
            levels: [("3, module swap".to_owned(), (2, "it has changed".to_owned()))].into(),
            ..Measurements::default()
        };
        Figures { measurements, ..Figures::default() }
    }

    #[test]
    fn the_line_has_the_shape_of_all_benchmarks() {
        let line: serde_json::Value = serde_json::from_str(&json(&machine(), &figures())).unwrap();
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["bench", "machine", "rows"]);
        assert_eq!(line["rows"][0]["name"], "save_to_release_p50");
    }

    #[test]
    fn the_table_lines_up() {
        assert_eq!(
            text(&machine(), &figures()),
            "2 cores of CPU, 2.0 GiB, Debian, Go 1.26\n\
             level 3, module swap: 2 edits (it has changed)\n\
             \n\
             milliseconds                   p50        p95\n\
             save to release              200.0      300.0\n\
             without the compiler          40.0       50.0\n\
             and the program's start       30.0       35.0\n\
             \u{20} build                      160.0      250.0\n"
        );
    }

    #[test]
    fn comparisons_and_what_was_left_out_follow() {
        let mut go = Comparison::default();
        go.add(Some(40.0), Some(480.0));
        let figures = Figures {
            go,
            patches: PatchSizes { plain: sample([700.0]), compressed: sample([512.0]) },
            resident: Some(100 << 20),
            speed: Speed { programs: [("words".to_owned(), sample([0.5]))].into() },
            left_out: vec!["the rest".to_owned()],
            ..figures()
        };
        let text = text(&machine(), &figures);
        let (_, after) = text.split_once("250.0\n").unwrap();
        assert_eq!(
            after,
            "\n\
             times faster                   ratio    ours ms  theirs ms          n\n\
             patch, and go build alone     12.0 x       40.0      480.0          1\n\
             \n\
             running speed, of tinygo build -opt=1      ratio          n\n\
             all, geometric mean                       0.50 x          1\n\
             \u{20} words                                   0.50 x          1\n\
             \n\
             others                                  p50          n\n\
             patch, deflated, bytes                512.0          1\n\
             patch, bytes                          700.0          1\n\
             memory of the warm compiler, MiB      100.0          1\n\
             left out: the rest\n"
        );
    }
}
