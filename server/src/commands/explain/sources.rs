//! Lines of Go sources that a module names.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use anatomy::Explanation;
use serde::Serialize;

use crate::source_file;

/// Longest source that is read.
const LONGEST: u64 = 8 << 20;

/// Sources that one function has parts of.
const MOST_FILES: usize = 64;

/// By file and number, only those that are shown.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Sources(BTreeMap<String, BTreeMap<u32, String>>);

impl Sources {
    /// What cannot be read has no lines: a module may be older than its sources, or from elsewhere. Only sources of Go are
    /// read, wherever they are: the name of any other file in a module is no reason to show it.
    pub(super) fn read(explanations: &[&Explanation]) -> Self {
        let mut wanted: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for line in explanations.iter().flat_map(|explanation| &explanation.lines) {
            if let Some(file) = &line.file
                && (wanted.len() < MOST_FILES || wanted.contains_key(file.as_str()))
            {
                wanted.entry(file).or_default().push(line.line);
            }
        }
        let found = wanted.into_iter().filter_map(|(file, numbers)| {
            let text = source(Path::new(file))?;
            let lines: Vec<&str> = text.lines().collect();
            let line = |number: u32| {
                let line = lines.get((number as usize).checked_sub(1)?)?;
                Some((number, (*line).to_owned()))
            };
            Some((file.to_owned(), numbers.into_iter().filter_map(line).collect()))
        });
        Self(found.collect())
    }

    pub(super) fn line(&self, file: &str, number: u32) -> Option<&str> {
        self.0.get(file)?.get(&number).map(String::as_str)
    }
}

fn source(path: &Path) -> Option<String> {
    if !path.is_absolute() || path.extension().is_none_or(|extension| extension != "go") {
        return None;
    }
    let mut text = String::new();
    source_file::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}
