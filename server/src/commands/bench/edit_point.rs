//! The place of a program that edits change, found once and written to again and again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::analyse::{Program, ProgramGraph};

use super::functions::Function;
use super::literal::{Fitness, Literal, MARK, statement};
use super::tokens::tokens;

/// Folders of code that other people wrote.
const FOREIGN: [&str; 2] = ["third_party", "vendor"];

/// A string in a source file of a program, and where the program begins.
#[derive(Debug)]
pub(super) struct EditPoint {
    /// Name of the program.
    pub(super) program: String,
    path: PathBuf,
    literal: Literal,
    entry: Option<Entry>,
    /// What the files said that are edited.
    originals: BTreeMap<PathBuf, String>,
    /// Number of the next edit.
    next: u32,
    /// What was written last.
    edition: Edition,
}

/// The body of function main.
#[derive(Debug)]
struct Entry {
    path: PathBuf,
    start: usize,
}

/// What the program says beyond its original text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Edition {
    /// Of the last edit of the literal and its function.
    number: Option<u32>,
    /// Of the last edit of function main.
    entry: Option<u32>,
}

/// A string, and how good it is beside others.
struct Candidate<'a> {
    rank: (Fitness, bool),
    program: &'a Program,
    path: PathBuf,
    original: String,
    literal: Literal,
}

/// No program has a string that could be edited.
#[derive(Debug, thiserror::Error)]
#[error("no function of these programs has a string literal to edit: {0}")]
pub(super) struct NoEditPoint(String);

impl NoEditPoint {
    /// What the user can do about it.
    pub(super) fn hint() -> String {
        format!("end a line that has a string literal with the comment {MARK}")
    }
}

impl EditPoint {
    /// A marked string of any program; else the best one, in a main package rather than elsewhere. Edits are numbered
    /// from `first` on.
    pub(super) fn find(graph: &ProgramGraph, first: u32) -> Result<Self, NoEditPoint> {
        let mut best: Option<Candidate> = None;
        for program in &graph.programs {
            for path in own_sources(graph, program) {
                let Ok(original) = std::fs::read_to_string(&path) else { continue };
                let Some(literal) = Literal::find(&original) else { continue };
                let rank = (literal.fitness, path.parent() == Some(&program.package_folder));
                if best.as_ref().is_none_or(|best| best.rank < rank) {
                    best = Some(Candidate { rank, program, path, original, literal });
                }
            }
        }
        let found = best.map(|Candidate { program, path, original, literal, .. }| {
            let mut originals = BTreeMap::from([(path.clone(), original)]);
            let entry = Entry::find(graph, program, &mut originals);
            let program = program.name.clone();
            Self { program, path, literal, entry, originals, next: first, edition: Edition::default() }
        });
        found.ok_or_else(|| {
            let names: Vec<_> = graph.programs.iter().map(|program| program.name.as_str()).collect();
            NoEditPoint(names.join(", "))
        })
    }

    /// For people: the file relative to the project, and what kind of string was found.
    pub(super) fn describe(&self, graph: &ProgramGraph) -> String {
        let path = self.path.strip_prefix(&graph.module_root).unwrap_or(&self.path);
        let why = match self.literal.fitness {
            Fitness::Marked => "the marked string",
            Fitness::Words => "the first text",
            Fitness::NoName | Fitness::Start | Fitness::Some => "the first string",
        };
        format!("{why} in {}", path.display())
    }

    /// Saves the next edit, as editors without a swap file do: over the old content.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let number = self.next;
        self.next += 1;
        self.write(Edition { number: Some(number), ..self.edition })
    }

    /// True when the function that the program begins with can be edited.
    pub(super) fn has_entry(&self) -> bool {
        self.entry.is_some()
    }

    /// Saves an edit of function main, which no running program can follow.
    pub(super) fn save_entry(&mut self) -> io::Result<()> {
        // Of another length each time.
        let extra = if self.edition.entry.is_some_and(|number| number < 10_000_000) { 10_000_000 } else { 0 };
        self.write(Edition { entry: Some(extra + self.next), ..self.edition })
    }

    /// Writes the files that say something else then.
    fn write(&mut self, edition: Edition) -> io::Result<()> {
        for (path, original) in &self.originals {
            let text = self.text(path, original, edition);
            if text != self.text(path, original, self.edition) {
                std::fs::write(path, text)?;
            }
        }
        self.edition = edition;
        Ok(())
    }

    fn text(&self, path: &Path, original: &str, edition: Edition) -> String {
        let mut insertions = Vec::new();
        if let Some(number) = edition.number.filter(|_| path == self.path) {
            insertions.extend(self.literal.insertions(number));
        }
        if let (Some(entry), Some(number)) = (&self.entry, edition.entry)
            && path == entry.path
        {
            insertions.push((entry.start, statement(number)));
        }
        insertions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let mut text = original.to_owned();
        for (at, what) in insertions {
            text.insert_str(at, &what);
        }
        text
    }
}

impl Entry {
    /// The first function main in the program's main package; its file is added to `originals`.
    fn find(
        graph: &ProgramGraph,
        program: &Program,
        originals: &mut BTreeMap<PathBuf, String>,
    ) -> Option<Self> {
        let in_package = |path: &PathBuf| path.parent() == Some(&program.package_folder);
        own_sources(graph, program).into_iter().filter(in_package).find_map(|path| {
            let text = originals.get(&path).cloned().or_else(|| std::fs::read_to_string(&path).ok())?;
            let functions = Function::declared(&text, &tokens(&text));
            let start = functions.iter().find(|function| function.is_entry())?.body.start;
            originals.insert(path.clone(), text);
            Some(Self { path, start })
        })
    }
}

fn own_sources(graph: &ProgramGraph, program: &Program) -> Vec<PathBuf> {
    let is_foreign = |path: &PathBuf| {
        let relative = path.strip_prefix(&graph.module_root).unwrap_or(path);
        relative.components().any(|part| FOREIGN.iter().any(|name| part.as_os_str() == *name))
    };
    program
        .sources
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "go"))
        // What lies outside the copy is not ours to edit.
        .filter(|path| path.starts_with(&graph.module_root) && !is_foreign(path))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(folder: &Path) -> EditPoint {
        let path = folder.join("main.go");
        let text = "func main() { f() }\nfunc f() { print(\"a b\") }\n".to_owned();
        let literal = Literal::find(&text).unwrap();
        let originals = BTreeMap::from([(path.clone(), text)]);
        let entry = Some(Entry { path: path.clone(), start: "func main() {".len() });
        let program = "app".to_owned();
        EditPoint { program, path, literal, entry, originals, next: 6, edition: Edition::default() }
    }

    #[test]
    fn edits_of_the_literal_and_of_main_stand_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut point = point(folder.path());
        let read = || std::fs::read_to_string(folder.path().join("main.go")).unwrap();
        point.save().unwrap();
        assert_eq!(read(), "func main() { f() }\nfunc f() { print(\"a b 000006.\") }\n");
        point.save_entry().unwrap();
        let entry = "func main() { for left := 7; left > 1; left /= 2 {}; f() }\n";
        assert_eq!(read(), format!("{entry}func f() {{ print(\"a b 000006.\") }}\n"));
        let before = read().len();
        point.save_entry().unwrap();
        assert_ne!(read().len(), before);
        point.save().unwrap();
        let statement = "for left := 7; left > 1; left /= 2 {};";
        assert!(
            read().ends_with(&format!("func f() {{ {statement} print(\"a b 000006.\") }}\n")),
            "{}",
            read()
        );
    }

    #[test]
    fn a_file_that_says_the_same_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut point = point(folder.path());
        let other = folder.path().join("other.go");
        point.entry = Some(Entry { path: other.clone(), start: 0 });
        point.originals.insert(other.clone(), String::new());
        point.save().unwrap();
        assert!(!other.exists());
        point.save_entry().unwrap();
        assert!(other.exists());
    }
}
