//! The place of a program that edits change, found once and written to again and again.

use std::io;
use std::path::PathBuf;

use crate::analyse::{Program, ProgramGraph};

use super::literal::{Fitness, Literal, MARK};

/// Folders of code that other people wrote.
const FOREIGN: [&str; 2] = ["third_party", "vendor"];

/// A string in a source file of a program.
#[derive(Debug)]
pub(super) struct EditPoint {
    /// Name of the program.
    pub(super) program: String,
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
    /// A marked string of any program; else the best one, in a main package rather than elsewhere.
    pub(super) fn find(graph: &ProgramGraph) -> Result<Self, NoEditPoint> {
        let mut best: Option<((Fitness, bool), Self)> = None;
        for program in &graph.programs {
            for path in own_sources(graph, program) {
                let Ok(original) = std::fs::read_to_string(&path) else { continue };
                let Some(literal) = Literal::find(&original) else { continue };
                let rank = (literal.fitness, path.parent() == Some(&program.package_folder));
                if best.as_ref().is_none_or(|(other, _)| *other < rank) {
                    best = Some((rank, Self { program: program.name.clone(), path, original, literal }));
                }
            }
        }
        best.map(|(_, point)| point).ok_or_else(|| {
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
            Fitness::NoName | Fitness::Some => "the first string",
        };
        format!("{why} in {}", path.display())
    }

    /// Saves the edit of that number, as editors without a swap file do: over the old content.
    pub(super) fn save(&self, number: u32) -> io::Result<()> {
        std::fs::write(&self.path, self.literal.edited(&self.original, number))
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
