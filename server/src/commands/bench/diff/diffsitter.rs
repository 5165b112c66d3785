//! diffsitter: what it marks, from what it prints as JSON.

use std::path::Path;

use serde::Deserialize;

use crate::process::Program;

use super::answer::{Answer, Found};
use super::marks::{Marks, line_starts};
use super::outside::Outside;
use super::pair::Texts;

/// Its settings: comments left out because ours leaves them out, and whole tokens compared. By default it compares letters,
/// which takes longer and marks a name that grew in the new text only: nothing of the kind could be counted for the others.
pub(super) const SETTINGS: &str =
    "{\"input-processing\":{\"exclude-kinds\":[\"comment\"],\"split-graphemes\":false}}\n";

#[derive(Deserialize)]
struct Printed {
    hunks: Vec<Hunk>,
}

#[derive(Deserialize)]
enum Hunk {
    Old(Vec<Line>),
    New(Vec<Line>),
}

#[derive(Deserialize)]
struct Line {
    entries: Vec<Entry>,
}

/// A token; the end that is printed with it is its start.
#[derive(Deserialize)]
struct Entry {
    text: String,
    start_position: Position,
}

/// Bytes of a line, both from 0.
#[derive(Deserialize)]
struct Position {
    row: usize,
    column: usize,
}

/// What every run has. `settings`: a file with [`SETTINGS`].
pub(super) fn prepared(program: Program, settings: &Path) -> Program {
    program.arg("--config").arg(settings).args(["--renderer", "json", "--color", "off", "--file-type", "go"])
}

/// Compares a pair.
pub(super) async fn compare(diffsitter: &Outside, texts: &Texts) -> Answer {
    match diffsitter.run(|program| program.arg(&texts.old_path).arg(&texts.new_path)).await {
        Ok(ran) if ran.code == Some(0) => {
            let found = read(&ran.stdout, &texts.old, &texts.new);
            Answer { spent: Some(ran.spent), found }
        }
        Ok(ran) => ran.refused(),
        Err(answer) => answer,
    }
}

fn read(json: &[u8], old: &str, new: &str) -> Result<Found, String> {
    let printed: Printed =
        serde_json::from_slice(json).map_err(|error| format!("its JSON is not understood: {error}"))?;
    let (old_starts, new_starts) = (line_starts(old), line_starts(new));
    let mut marks = Marks::default();
    for hunk in &printed.hunks {
        let (lines, starts, length, marked) = match hunk {
            Hunk::Old(lines) => (lines, &old_starts, old.len(), &mut marks.old),
            Hunk::New(lines) => (lines, &new_starts, new.len(), &mut marks.new),
        };
        let at = |position: &Position| starts.get(position.row).map_or(length, |line| line + position.column);
        marked.extend(lines.iter().flat_map(|line| &line.entries).map(|entry| {
            let start = at(&entry.start_position);
            start..start + entry.text.len()
        }));
    }
    Ok(Found {
        equal: Some(printed.hunks.is_empty()),
        lines: Some(marks.lines(old, new)),
        words: Some(marks.words(old, new)),
        ..Found::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_becomes_figures() {
        let (old, new) = ("package p\n\nvar x = ab\n", "package p\n\nvar x = ac + 1\n");
        let entry = |text: &str, start: usize| {
            let place = format!(r#"{{"row":2,"column":{start}}}"#);
            format!(r#"{{"text":"{text}","start_position":{place},"end_position":{place},"kind_id":1}}"#)
        };
        let json = format!(
            r#"{{"hunks":[{{"Old":[{{"line_index":2,"entries":[{}]}}]}},{{"New":[{{"line_index":2,"entries":[{},{},{}]}}]}}],
            "old":{{"filename":"a","text":""}},"new":{{"filename":"b","text":""}}}}"#,
            entry("ab", 8),
            entry("ac", 8),
            entry("+", 11),
            entry("1", 13)
        );
        let found = Found { equal: Some(false), lines: Some(2), words: Some(3), ..Found::default() };
        assert_eq!(read(json.as_bytes(), old, new), Ok(found));
    }

    #[test]
    fn no_hunks_are_no_difference() {
        let found = Found { equal: Some(true), lines: Some(0), words: Some(0), ..Found::default() };
        assert_eq!(read(br#"{"hunks":[],"old":{},"new":{}}"#, "a", "b"), Ok(found));
        assert!(read(b"no JSON", "a", "b").is_err());
    }
}
