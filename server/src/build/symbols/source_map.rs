//! A module's Go lines as a source map (ECMA-426): what browsers without an extension for DWARF understand.
//!
//! Engines number the bytes of a module as columns of its only line. A map names the first byte of each stretch of code
//! that is of one place; code of nobody in the project ends the stretch before it, so that no line is shown for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::dwarf::Row;

/// Longest map; that of a program of 2,000 lines is some 200 KiB.
const LONGEST: usize = 64 << 20;

/// A file that code comes from.
#[derive(Debug)]
pub(super) struct Source {
    /// How it is called in the browser.
    pub(super) name: String,
    pub(super) text: String,
}

/// From an offset in the module on, code is of this place; `None`: of no file of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) offset: usize,
    pub(super) place: Option<Place>,
}

/// A place in a source by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: usize,
    /// From 1.
    pub(super) line: u32,
    /// From 1; 0 when unknown.
    pub(super) column: u32,
}

/// The files of the project among those that code comes from, by number.
#[derive(Debug, Default)]
pub(super) struct Sources {
    numbers: BTreeMap<PathBuf, usize>,
}

impl Sources {
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Self {
        Self { numbers: files.cloned().zip(0..).collect() }
    }

    /// Of a row of DWARF; `None` for a file of others.
    pub(super) fn place(&self, row: &Row) -> Option<Place> {
        let source = *self.numbers.get(Path::new(&*row.file))?;
        (row.line > 0).then_some(Place { source, line: row.line, column: row.column })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    sources: Vec<&'a str>,
    #[serde(rename = "sourcesContent")]
    sources_content: Vec<&'a str>,
    names: [&'a str; 0],
    mappings: String,
}

/// The map; `None` when nothing is of a file of the project, or it would be too long. `mappings` may be in any order.
pub(super) fn document(sources: &[Source], mut mappings: Vec<Mapping>) -> Option<Vec<u8>> {
    mappings.sort_by_key(|mapping| mapping.offset);
    // Of several that begin at the same byte the last one said is what is there.
    mappings.reverse();
    mappings.dedup_by_key(|mapping| mapping.offset);
    mappings.reverse();
    mappings.dedup_by_key(|mapping| mapping.place);
    if mappings.iter().all(|mapping| mapping.place.is_none()) {
        return None;
    }
    let document = Document {
        version: 3,
        sources: sources.iter().map(|source| source.name.as_str()).collect(),
        sources_content: sources.iter().map(|source| source.text.as_str()).collect(),
        names: [],
        mappings: encoded(&mappings),
    };
    serde_json::to_vec(&document).ok().filter(|json| json.len() <= LONGEST)
}

/// Each as the differences to the one before, in base 64.
fn encoded(mappings: &[Mapping]) -> String {
    let mut text = String::new();
    let mut last = [0_i64; 4];
    for Mapping { offset, place } in mappings {
        if !text.is_empty() {
            text.push(',');
        }
        let mut say = |field: usize, value: i64| {
            number(value - last[field], &mut text);
            last[field] = value;
        };
        say(0, signed(*offset));
        if let Some(Place { source, line, column }) = place {
            say(1, signed(*source));
            say(2, i64::from(*line) - 1);
            say(3, i64::from(column.saturating_sub(1)));
        }
    }
    text
}

/// Offsets and numbers of sources are far from the end of either kind.
fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Five bits at a time from the least significant on, the sign first.
fn number(value: i64, text: &mut String) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut rest = (value.unsigned_abs() << 1) | u64::from(value < 0);
    loop {
        let (digit, more) = (rest & 31, rest >> 5);
        let continued = if more > 0 { 32 } else { 0 };
        text.push(char::from(DIGITS[(digit | continued) as usize]));
        if more == 0 {
            return;
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(offset: usize, place: Option<(usize, u32, u32)>) -> Mapping {
        Mapping { offset, place: place.map(|(source, line, column)| Place { source, line, column }) }
    }

    #[test]
    fn numbers_are_those_of_the_standard() {
        let written = |value| {
            let mut text = String::new();
            number(value, &mut text);
            text
        };
        assert_eq!(
            [0, 1, -1, 15, 16, -16, 511, 1000].map(written),
            ["A", "C", "D", "e", "gB", "hB", "+f", "w+B"]
        );
    }

    #[test]
    fn a_map_names_the_first_byte_of_each_stretch() {
        let sources = [
            Source { name: "go:///main.go".to_owned(), text: "package main\n".to_owned() },
            Source { name: "go:///b.go".to_owned(), text: "package main // \"b\"\n".to_owned() },
        ];
        let mappings = vec![
            mapping(90, None),
            mapping(40, Some((0, 3, 1))),
            mapping(44, Some((0, 3, 1))),
            mapping(48, None),
            mapping(48, Some((1, 1, 0))),
            mapping(60, Some((0, 5, 2))),
        ];
        let json: serde_json::Value = serde_json::from_slice(&document(&sources, mappings).unwrap()).unwrap();
        assert_eq!(json["version"], 3);
        assert_eq!(json["sources"], serde_json::json!(["go:///main.go", "go:///b.go"]));
        assert_eq!(json["sourcesContent"][1], "package main // \"b\"\n");
        // 40: first source, third line. 48: the next source, two lines up. 60: the one before, four lines down, a column
        // on. 90: nobody's.
        assert_eq!(json["mappings"], "wCAEA,QCFA,YDIC,8B");
    }

    #[test]
    fn where_there_is_nothing_of_the_project_there_is_no_map() {
        assert!(document(&[], vec![mapping(3, None)]).is_none());
        assert!(document(&[], Vec::new()).is_none());
    }
}
