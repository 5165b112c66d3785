//! What a build tells: a table for people, one object for programs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::printer::{DiagnosticRow, StageRow, grouped};

/// A finished build of all programs.
#[derive(Debug, Serialize)]
pub(super) struct BuildReport {
    /// Every program was built and written.
    pub(super) ok: bool,
    /// "development" or "release".
    pub(super) mode: &'static str,
    /// The compiler with its version.
    pub(super) compiler: String,
    /// The folder that was written; null when nothing was.
    pub(super) out: Option<PathBuf>,
    /// What is wrong with the project as a whole, and what deserves a look.
    pub(super) diagnostics: Vec<DiagnosticRow>,
    /// Each program.
    pub(super) programs: Vec<ProgramRow>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// One program.
#[derive(Debug, Serialize)]
pub(super) struct ProgramRow {
    /// Its name.
    pub(super) name: String,
    /// It was built.
    pub(super) ok: bool,
    /// BLAKE3 of the module.
    pub(super) module: Option<String>,
    /// Milliseconds from the start of its build to its end.
    pub(super) ms: f64,
    /// Nothing was compiled, because the same sources had been built before.
    pub(super) from_cache: bool,
    /// Time of each stage.
    pub(super) stages: Vec<StageRow>,
    /// What is wrong, and what deserves a look.
    pub(super) diagnostics: Vec<DiagnosticRow>,
    /// What was written for it.
    pub(super) files: Vec<FileRow>,
}

/// One file.
#[derive(Debug, Serialize)]
pub(super) struct FileRow {
    /// Relative to the folder that was written.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
}

impl BuildReport {
    /// The files with their sizes, and how long it took. `here` shortens the folder's name.
    pub(super) fn text(&self, here: &Path) -> String {
        let mut out = String::new();
        for notice in &self.notices {
            let _ = writeln!(out, "note: {notice}");
        }
        let Some(folder) = &self.out else { return out };
        let shown = folder.strip_prefix(here).unwrap_or(folder);
        let _ = writeln!(out, "\n{}/  ({}, {})", shown.display(), self.compiler, self.mode);
        let files = || self.programs.iter().flat_map(|program| &program.files);
        let width = files().map(|file| file.path.chars().count()).max().unwrap_or(0);
        for file in files() {
            let _ = writeln!(out, "  {:<width$}  {:>9}", file.path, grouped(file.size));
        }
        let total: u64 = files().map(|file| file.size).sum();
        let time: f64 = self.programs.iter().map(|program| program.ms).sum();
        let _ = writeln!(out, "  {:<width$}  {:>9} bytes in {:.1} s", "", grouped(total), time / 1000.0);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_line_up_and_are_added() {
        let file = |path: &str, size| FileRow { path: path.to_owned(), size };
        let report = BuildReport {
            ok: true,
            mode: "release",
            compiler: "Go 1.26".to_owned(),
            out: Some("/p/dist".into()),
            diagnostics: Vec::new(),
            programs: vec![ProgramRow {
                name: "app".to_owned(),
                ok: true,
                module: None,
                ms: 1234.0,
                from_cache: false,
                stages: Vec::new(),
                diagnostics: Vec::new(),
                files: vec![file("main.wasm", 1_234_567), file("a.js", 12)],
            }],
            notices: vec!["look".to_owned()],
        };
        assert_eq!(
            report.text(Path::new("/p")),
            "note: look\n\ndist/  (Go 1.26, release)\n\
             \u{20} main.wasm  1 234 567\n\
             \u{20} a.js              12\n\
             \u{20}            1 234 579 bytes in 1.2 s\n"
        );
    }
}
