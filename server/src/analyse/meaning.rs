//! What edits of Go files mean for a program, compared with the text of its last good build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ast_diff::{Fate, File, Parser};

use super::text::Text;
use super::verdict::Effect;
use crate::content::ContentHash;

/// Names that are said; the rest are counted.
const NAMES: usize = 3;

/// The texts of Go files: as they are now, and as they were for the last good build of each program.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    parser: Parser,
    current: BTreeMap<PathBuf, Arc<Text>>,
    good: BTreeMap<String, BTreeMap<PathBuf, Arc<Text>>>,
    /// What reading texts, and comparing them, has taken since it was asked for last.
    spent: [Duration; 2],
}

/// What all edits since the last good build come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    /// For the program; `None`: a compiler makes the same code.
    pub(super) effect: Option<Effect>,
    /// Which names it is about, in words; empty when no name can be given.
    pub(super) words: String,
}

impl Meanings {
    /// Takes in what a file contains now; `None`: it is gone.
    pub(super) fn look(&mut self, path: &Path, bytes: Option<(&[u8], ContentHash)>) {
        match bytes {
            Some((_, hash)) if self.current.get(path).is_some_and(|known| known.hash == hash) => {}
            Some((bytes, hash)) => {
                self.current.insert(path.to_owned(), Arc::new(Text::new(bytes.to_vec(), hash)));
            }
            None => drop(self.current.remove(path)),
        }
    }

    /// True for a file whose text is compared.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.current.contains_key(path)
    }

    /// What a file contains now.
    pub(super) fn text(&self, path: &Path) -> Option<&Arc<Text>> {
        self.current.get(path)
    }

    /// Forgets files that no program has.
    pub(super) fn retain(&mut self, has: impl Fn(&Path) -> bool) {
        self.current.retain(|path, _| has(path));
    }

    /// The texts are those of a good build of the program with these sources.
    pub(super) fn judged_good(&mut self, program: &str, sources: &BTreeSet<PathBuf>) {
        let texts =
            sources.iter().filter_map(|path| Some((path.clone(), Arc::clone(self.current.get(path)?))));
        self.good.insert(program.to_owned(), texts.collect());
    }

    /// No text is known to be good.
    pub(super) fn forget(&mut self, program: &str) {
        self.good.remove(program);
    }

    /// What reading texts, and comparing them, has taken since this was asked last.
    pub(super) fn take_spent(&mut self) -> [Duration; 2] {
        std::mem::take(&mut self.spent)
    }

    /// What has changed since the last good build; `None` when there was none.
    pub(super) fn judge(&mut self, program: &str, sources: &BTreeSet<PathBuf>) -> Option<Meaning> {
        let good = self.good.get(program)?;
        let now: BTreeMap<&PathBuf, &Arc<Text>> =
            sources.iter().filter_map(|path| Some((path, self.current.get(path)?))).collect();
        let paths: BTreeSet<&PathBuf> = good.keys().chain(now.keys().copied()).collect();
        let folders: BTreeSet<&Path> = paths
            .iter()
            .filter(|path| good.get(**path).map(|text| text.hash) != now.get(**path).map(|text| text.hash))
            .filter_map(|path| path.parent())
            .collect();
        let mut verdict = ast_diff::Verdict::Nothing;
        let mut changed = Vec::new();
        for folder in folders {
            let in_folder = |path: &PathBuf| path.parent() == Some(folder);
            let before: Vec<_> = good.iter().filter(|(path, _)| in_folder(path)).collect();
            let after: Vec<_> = now.iter().filter(|(path, _)| in_folder(path)).collect();
            let began = Instant::now();
            for (_, text) in &before {
                text.read(&mut self.parser, None);
            }
            for (path, text) in &after {
                text.read(&mut self.parser, good.get(**path).map(Arc::as_ref));
            }
            let read = Instant::now();
            let before = files(before.iter().map(|(path, text)| (path.as_path(), text.as_ref())));
            let after = files(after.iter().map(|(path, text)| (path.as_path(), text.as_ref())));
            let meaning = ast_diff::judge(&before, &after);
            self.spent[0] += read - began;
            self.spent[1] += read.elapsed();
            verdict = verdict.join(meaning.verdict);
            changed.extend(meaning.changed);
        }
        let words = match &verdict {
            ast_diff::Verdict::Whole(reason) => reason.to_string(),
            _ => words(&changed),
        };
        Some(Meaning { effect: effect(&verdict), words })
    }
}

fn files<'a>(texts: impl Iterator<Item = (&'a Path, &'a Text)>) -> Vec<File<'a>> {
    let file = |(path, text): (&'a Path, &'a Text)| {
        Some(File { name: path.file_name()?.to_str()?, outline: &text.known()?.1 })
    };
    texts.filter_map(file).collect()
}

fn effect(verdict: &ast_diff::Verdict) -> Option<Effect> {
    Some(match verdict {
        ast_diff::Verdict::Nothing => return None,
        ast_diff::Verdict::Body(_) => Effect::Body,
        ast_diff::Verdict::Contract => Effect::Contract,
        ast_diff::Verdict::TypeLayout => Effect::TypeLayout,
        ast_diff::Verdict::GlobalInit => Effect::GlobalInit,
        ast_diff::Verdict::Imports => Effect::Imports,
        ast_diff::Verdict::Asset | ast_diff::Verdict::Whole(_) => Effect::Whole,
    })
}

fn words(changed: &[ast_diff::Changed]) -> String {
    let mut said: Vec<String> = changed
        .iter()
        .map(|name| {
            let what = match name.fate {
                Fate::Added => "is new",
                Fate::Removed => "is gone",
                Fate::Contract => "is seen as another",
                Fate::Body => "changed",
            };
            format!("{} {what}", name.name)
        })
        .collect();
    said.dedup();
    let more = said.len().saturating_sub(NAMES);
    said.truncate(NAMES);
    let said = said.join(", ");
    if more == 0 { said } else { format!("{said}, and {more} more") }
}
