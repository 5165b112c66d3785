//! The tools that take part: which are there, how to get the others, and one comparison by one of them.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::environment::Environment;

use super::super::super::diff::timed;
use super::answer::{Answer, Found, PatchSize};
use super::outside::Outside;
use super::pair::{Pair, Texts};
use super::semantic::Semantic;
use super::{diffsitter, difftastic, itself, lines, zstd};

/// One of the tools.
#[derive(Debug)]
pub(super) struct Tool {
    /// Name in JSON.
    pub(super) name: &'static str,
    /// Name for people.
    pub(super) title: String,
    /// Of an outside program.
    pub(super) version: Option<String>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Semantic,
    Itself(Outside),
    Difftastic(Outside),
    Diffsitter(Outside),
    Lines(Form),
    Zstd(Outside, Form),
}

/// Which texts of a pair a tool gets.
#[derive(Debug, Clone, Copy)]
enum Form {
    Saved,
    Bare,
}

/// A program that is not on PATH.
#[derive(Debug, serde::Serialize)]
pub(super) struct Missing {
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
}

/// What is needed to compare.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) all: Vec<Tool>,
    pub(super) missing: Vec<Missing>,
    semantic: Semantic,
    scratch: PathBuf,
}

impl Tools {
    /// Looks for the programs. `scratch`: a folder for files of theirs.
    pub(super) async fn find(
        environment: &Environment,
        scratch: &Path,
        cancel: &CancellationToken,
    ) -> std::io::Result<Self> {
        let settings = scratch.join("diffsitter.json5");
        std::fs::write(&settings, diffsitter::SETTINGS)?;
        let mut missing = Vec::new();
        let mut found = |name, program, hint| {
            let outside = environment.find(program).map(|path| Outside::new(path, cancel));
            if outside.is_none() {
                missing.push(Missing { name, hint });
            }
            outside
        };
        let difft = found("difftastic", "difft", "cargo install --locked difftastic");
        let sitter = found("diffsitter", "diffsitter", "cargo install --locked diffsitter");
        let zstd = found("zstd", "zstd", "the package zstd of the system");
        let tool = |name, title: &str, way| Tool { name, title: title.to_owned(), version: None, way };
        let mut all = vec![tool("dev_server", "dev-server diff", Way::Semantic)];
        if let Ok(path) = std::env::current_exe() {
            let itself = Outside::new(path, cancel);
            all.push(tool("dev_server_program", "the same as a program", Way::Itself(itself)));
        }
        if let Some(difft) = difft {
            let version = difft.version().await;
            let way = Way::Difftastic(difft.with(difftastic::prepared));
            all.push(with_version(tool("difftastic", "difftastic", way), version));
        }
        if let Some(sitter) = sitter {
            let version = sitter.version().await;
            let way = Way::Diffsitter(sitter.with(|program| diffsitter::prepared(program, &settings)));
            all.push(with_version(tool("diffsitter", "diffsitter", way), version));
        }
        all.push(tool("lines", "lines", Way::Lines(Form::Saved)));
        all.push(tool("lines_bare", "lines, no comments", Way::Lines(Form::Bare)));
        if let Some(zstd) = zstd {
            let version = zstd.version().await;
            let bare = tool("zstd_bare", "zstd, no comments", Way::Zstd(zstd.clone(), Form::Bare));
            all.push(with_version(tool("zstd", "zstd", Way::Zstd(zstd, Form::Saved)), version.clone()));
            all.push(Tool { version, ..bare });
        }
        Ok(Self { all, missing, semantic: Semantic::new(), scratch: scratch.to_owned() })
    }

    /// One comparison.
    pub(super) async fn compare(&mut self, tool: usize, pair: &Pair) -> Answer {
        match &self.all[tool].way {
            Way::Semantic => self.semantic.compare(&pair.saved),
            Way::Itself(program) => itself::compare(program, &pair.saved, &self.scratch).await,
            Way::Difftastic(difft) => difftastic::compare(difft, &pair.saved).await,
            Way::Diffsitter(diffsitter) => diffsitter::compare(diffsitter, &pair.saved).await,
            Way::Lines(form) => of_lines(form.of(pair), matches!(form, Form::Saved)),
            Way::Zstd(zstd, form) => zstd::compare(zstd, form.of(pair), &self.scratch).await,
        }
    }

    /// Is it a program that is started for every pair?
    pub(super) fn is_started(&self, tool: usize) -> bool {
        !matches!(self.all[tool].way, Way::Semantic | Way::Lines(_))
    }
}

impl Form {
    fn of(self, pair: &Pair) -> &Texts {
        match self {
            Self::Saved => &pair.saved,
            Self::Bare => &pair.bare,
        }
    }
}

fn with_version(tool: Tool, version: Option<String>) -> Tool {
    let title = version.as_ref().map(|version| format!("{} {version}", tool.title)).unwrap_or(tool.title);
    Tool { title, version, ..tool }
}

/// What is marked counts in the text as it was saved, as for the other tools.
fn of_lines(texts: &Texts, saved: bool) -> Answer {
    let (old, new) = (&texts.old, &texts.new);
    let mut spent = 0.0;
    let (patch, hunks) = timed(&mut spent, || lines::patch(old, new));
    let marks = lines::marks(&hunks, old, new);
    let found = Found {
        equal: Some(hunks.is_empty()),
        patch: Some(PatchSize { whole: patch.len(), bare: patch.len() }),
        applies: Some(lines::applies(old, &patch, new)),
        operations: None,
        lines: saved.then(|| marks.lines(old, new)),
        words: saved.then(|| marks.words(old, new)),
    };
    Answer::new(spent, found)
}
