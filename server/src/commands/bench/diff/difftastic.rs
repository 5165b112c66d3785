//! difftastic: what it marks, from what it prints as JSON.

use std::path::Path;

use serde::Deserialize;

use crate::process::Program;

use super::answer::{Answer, Found};
use super::marks::{Marks, line_starts};
use super::outside::Outside;
use super::pair::Texts;

#[derive(Deserialize)]
struct Printed {
    /// `Go`, or `Text` with the reason why it was not compared as Go.
    language: String,
    status: String,
    #[serde(default)]
    chunks: Vec<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    lhs: Option<Side>,
    rhs: Option<Side>,
}

#[derive(Deserialize)]
struct Side {
    line_number: usize,
    changes: Vec<Change>,
}

/// Bytes of the line.
#[derive(Deserialize)]
struct Change {
    start: usize,
    end: usize,
}

/// What every run has. The form of the JSON is called unstable by its makers, who want to be told that this is known.
/// Comments are left out because ours leaves them out.
pub(super) fn prepared(program: Program) -> Program {
    program.env("DFT_UNSTABLE", "yes").args(["--display", "json", "--color", "never", "--ignore-comments"])
}

/// Compares a pair.
pub(super) async fn compare(difft: &Outside, texts: &Texts) -> Answer {
    match difft.run(|program| with_files(program, &texts.old_path, &texts.new_path)).await {
        Ok(ran) if ran.code == Some(0) => {
            let found = read(&ran.stdout, &texts.old, &texts.new);
            Answer { spent: Some(ran.spent), found }
        }
        Ok(ran) => ran.refused(),
        Err(answer) => answer,
    }
}

fn with_files(program: Program, old: &Path, new: &Path) -> Program {
    program.arg(old).arg(new)
}

fn read(json: &[u8], old: &str, new: &str) -> Result<Found, String> {
    let printed: Printed =
        serde_json::from_slice(json).map_err(|error| format!("its JSON is not understood: {error}"))?;
    if printed.language != "Go" {
        return Err(reason(&printed.language));
    }
    let sides = |side: fn(&Row) -> Option<&Side>, text: &str| {
        let starts = line_starts(text);
        let marks = printed.chunks.iter().flatten().filter_map(side).flat_map(|side| {
            let start = starts.get(side.line_number).copied().unwrap_or(text.len());
            side.changes.iter().map(move |change| start + change.start..start + change.end)
        });
        marks.collect()
    };
    let marks = Marks { old: sides(|row| row.lhs.as_ref(), old), new: sides(|row| row.rhs.as_ref(), new) };
    Ok(Found {
        equal: Some(printed.status == "unchanged"),
        lines: Some(marks.lines(old, new)),
        words: Some(marks.words(old, new)),
        ..Found::default()
    })
}

/// Without what is of one pair only, so that the same reasons can be counted.
fn reason(language: &str) -> String {
    let known = ["DFT_GRAPH_LIMIT", "DFT_BYTE_LIMIT", "DFT_PARSE_ERROR_LIMIT"];
    match known.iter().find(|limit| language.contains(**limit)) {
        Some(limit) => format!("compared as text, for it is beyond {limit}"),
        None => format!("compared as {language}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "package p\n\nfunc f() { g(1) }\n";
    const NEW: &str = "package p\n\nfunc f() { g(2, x) }\n";

    #[test]
    fn what_is_printed_becomes_figures() {
        let json = r#"{"aligned_lines":[[0,0]],"chunks":[[{"lhs":{"line_number":2,"changes":[
            {"start":13,"end":14,"content":"1","highlight":"normal"}]},"rhs":{"line_number":2,"changes":[
            {"start":13,"end":14,"content":"2","highlight":"normal"},
            {"start":14,"end":15,"content":",","highlight":"normal"},
            {"start":16,"end":17,"content":"x","highlight":"normal"}]}}]],
            "language":"Go","path":"b.go","status":"changed"}"#;
        let found = Found { equal: Some(false), lines: Some(2), words: Some(3), ..Found::default() };
        assert_eq!(read(json.as_bytes(), OLD, NEW), Ok(found));
        let json = r#"{"language":"Go","path":"b.go","status":"unchanged"}"#;
        let found = Found { equal: Some(true), lines: Some(0), words: Some(0), ..Found::default() };
        assert_eq!(read(json.as_bytes(), OLD, OLD), Ok(found));
    }

    #[test]
    fn a_comparison_as_text_is_none() {
        let json = |language: &str| {
            format!(r#"{{"chunks":[],"language":"{language}","path":"b.go","status":"changed"}}"#)
        };
        let read = |language| read(json(language).as_bytes(), OLD, NEW).unwrap_err();
        assert_eq!(
            read("Text (1 Go parse error, exceeded DFT_PARSE_ERROR_LIMIT, first at 8:0)"),
            read("Text (2 Go parse errors, exceeded DFT_PARSE_ERROR_LIMIT, first at 9:0)")
        );
        assert!(read("Text (exceeded DFT_GRAPH_LIMIT)").contains("DFT_GRAPH_LIMIT"));
        assert_eq!(read("Rust"), "compared as Rust");
    }
}
