//! The table of what was observed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use migration::{BackEnd, Outcome};

/// What became of a use.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) outcome: Outcome,
    /// What was said, for who reads the table.
    pub(crate) words: String,
}

/// Longest words that are kept.
const LONGEST: usize = 120;

/// Tests of all back ends write to one file.
static WRITING: Mutex<()> = Mutex::new(());

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration/tests/observed.tsv")
}

/// What is recorded for a back end, by the names of the snippets.
pub(crate) fn read(back_end: BackEnd) -> BTreeMap<String, Observed> {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    let lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let mine = lines.filter(|columns| columns.get(1) == Some(&back_end.name()));
    mine.map(|columns| {
        let outcome = Outcome::named(columns[2]).unwrap();
        (columns[0].to_owned(), Observed { outcome, words: (*columns.get(3).unwrap_or(&"")).to_owned() })
    })
    .collect()
}

/// Writes a back end's part anew.
pub(crate) fn write(back_end: BackEnd, observed: &BTreeMap<String, Observed>) {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lines: Vec<String> = Vec::new();
    for other in BackEnd::ALL {
        let kept = if other == back_end { observed.clone() } else { read(other) };
        lines.extend(kept.into_iter().map(|(name, Observed { outcome, words })| {
            let words: String = words.replace(['\t', '\n'], " ").chars().take(LONGEST).collect();
            format!("{name}\t{}\t{}\t{}", other.name(), outcome.name(), words.trim_end())
        }));
    }
    std::fs::write(path(), lines.join("\n") + "\n").unwrap();
}
