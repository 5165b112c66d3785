//! The figures for output: tables for people, one line of JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::super::machine::Machine;
use super::super::table::columns;
use super::figures::{Figures, Row, Sizes};

#[derive(Serialize)]
struct Line<'a> {
    bench: &'static str,
    machine: &'a Machine,
    #[serde(flatten)]
    figures: &'a Figures,
}

/// One line of JSON.
pub(super) fn json(machine: &Machine, figures: &Figures) -> String {
    let line = Line { bench: "diff", machine, figures };
    serde_json::to_string(&line).map(|line| line + "\n").unwrap_or_default()
}

/// Tables. A cell is empty where a tool says nothing of the kind.
pub(super) fn text(machine: &Machine, figures: &Figures) -> String {
    let mut out = format!(
        "{}\n{} pairs: the trees of {} differ, {} differ in comments and layout only, if at all\n",
        machine.line(),
        figures.pairs,
        figures.differ,
        figures.only_layout
    );
    let whole = |value: Option<usize>| value.map(|value| value.to_string()).unwrap_or_default();
    let table = |out: &mut String, head: &[&str], cells: &dyn Fn(&Row) -> Vec<String>| {
        let lines = figures
            .rows
            .iter()
            .map(|row| (row, cells(row)))
            .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
            .map(|(row, cells)| [row.title.clone()].into_iter().chain(cells).collect())
            .collect();
        columns(out, head.to_vec(), lines);
    };
    table(&mut out, &["pairs", "compared", "failed", "applied", "equal", "of others"], &|row| {
        let failed = row.failed.iter().map(|failed| failed.pairs).sum();
        let counts =
            [Some(row.handled), Some(failed), row.applied, row.called_equal, row.called_equal_besides];
        counts.map(whole).to_vec()
    });
    table(&mut out, &["processor time, ms", "p50", "p99", "sum", "start"], &|row| {
        let time = |us: f64| format!("{:.2}", us / 1000.0);
        let cpu = &row.cpu_us;
        vec![
            time(cpu.p50),
            time(cpu.p99),
            format!("{:.0}", cpu.sum / 1000.0),
            row.start_us.map(time).unwrap_or_default(),
        ]
    });
    let sizes = |sizes: &Option<Sizes>| {
        sizes.as_ref().map_or_else(
            || vec![String::new(); 3],
            |sizes| [sizes.p50, sizes.p95, sizes.sum].map(|size| format!("{size:.0}")).to_vec(),
        )
    };
    let head = format!("bytes of {} patches", figures.patched);
    table(&mut out, &[&head, "p50", "p95", "sum", "bare p50", "bare p95", "bare sum", "< ours"], &|row| {
        let less = row.sends_less.as_ref().map(|ahead| ahead.pairs);
        [sizes(&row.payload_bytes), sizes(&row.payload_bare_bytes), vec![whole(less)]].concat()
    });
    let head = format!("marked in {} pairs", figures.marked);
    table(&mut out, &[&head, "edits", "lines", "words", "< ours"], &|row| {
        let less = row.marks_less.as_ref().map(|ahead| ahead.pairs);
        [row.operations, row.changed_lines, row.changed_words, less].map(whole).to_vec()
    });
    remarks(&mut out, figures);
    out
}

fn remarks(out: &mut String, figures: &Figures) {
    out.push('\n');
    for row in &figures.rows {
        for failed in &row.failed {
            let _ = writeln!(
                out,
                "{} failed in {}, such as {}: {}",
                row.title, failed.pairs, failed.first, failed.reason
            );
        }
        for (does, ahead) in [("marks less", &row.marks_less), ("sends less", &row.sends_less)] {
            if let Some(most) = ahead.as_ref().and_then(|ahead| ahead.most.first()) {
                let _ = writeln!(
                    out,
                    "{} {does} than ours, most of all in {}: {} instead of {}",
                    row.title, most.pair, most.theirs, most.ours
                );
            }
        }
    }
    for missing in &figures.left_out {
        let _ =
            writeln!(out, "left out: {}, which is not on PATH (to get it: {})", missing.name, missing.hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;

    fn machine() -> Machine {
        Machine {
            cores: 2,
            memory_mib: Some(2048),
            system: "Debian".to_owned(),
            processor: "CPU".to_owned(),
            compiler: None,
            browser: None,
        }
    }

    #[test]
    fn tables_line_up_and_leave_open_what_is_not_said() {
        assert_eq!(
            text(&machine(), &figures()),
            "2 cores of CPU, 2.0 GiB, Debian\n\
             3 pairs: the trees of 2 differ, 1 differ in comments and layout only, if at all\n\
             \n\
             pairs        compared     failed    applied      equal  of others\n\
             dev_server          3          0          3          1          0\n\
             marking             2          1                     0          1\n\
             packing             3          0          2                      \n\
             \n\
             processor time, ms        p50        p99        sum      start\n\
             dev_server               0.02       0.03          0           \n\
             marking                  0.20       0.30          1       0.01\n\
             packing                  0.00       0.00          0           \n\
             \n\
             bytes of 2 patches        p50        p95        sum   bare p50   bare p95   bare sum     < ours\n\
             dev_server                 48         68        116         20         40         60           \n\
             packing                    38         58         96         30         50         80          1\n\
             \n\
             marked in 2 pairs      edits      lines      words     < ours\n\
             dev_server                                       4           \n\
             marking                                          8          1\n\
             \n\
             marking failed in 1, such as two: too large\n\
             marking marks less than ours, most of all in one: 3 instead of 4\n\
             packing sends less than ours, most of all in two: 30 instead of 40\n\
             left out: other, which is not on PATH (to get it: make other)\n"
        );
    }

    #[test]
    fn json_has_the_same_keys_for_every_tool() {
        let line: serde_json::Value = serde_json::from_str(&json(&machine(), &figures())).unwrap();
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        let expected =
            ["bench", "differ", "left_out", "machine", "marked", "only_layout", "pairs", "patched", "rows"];
        assert_eq!(keys(&line), expected);
        let expected = [
            "applied",
            "called_equal",
            "called_equal_besides",
            "changed_lines",
            "changed_words",
            "cpu_us",
            "failed",
            "handled",
            "marks_less",
            "name",
            "operations",
            "payload_bare_bytes",
            "payload_bytes",
            "sends_less",
            "start_us",
            "version",
        ];
        for row in line["rows"].as_array().unwrap() {
            assert_eq!(keys(row), expected);
        }
        assert_eq!(line["rows"][1]["failed"][0]["reason"], "too large");
        assert_eq!(line["rows"][1]["payload_bytes"], serde_json::Value::Null);
        assert_eq!(line["rows"][2]["sends_less"]["most"][0]["pair"], "two");
    }
}
