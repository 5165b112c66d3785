//! Programs of the user's desktop: the editor for a place in a file, the browser for the page.

use std::path::{Path, PathBuf};

use crate::diagnostic::Position;
use crate::environment::Environment;
use crate::process::{Program, RunError};

/// Editors that open a file at a line from outside, with the words that make them do it.
const EDITORS: &[(&str, &[&str])] = &[
    ("code", &["--goto", "{file}:{line}:{column}"]),
    ("codium", &["--goto", "{file}:{line}:{column}"]),
    ("cursor", &["--goto", "{file}:{line}:{column}"]),
    ("windsurf", &["--goto", "{file}:{line}:{column}"]),
    ("zed", &["{file}:{line}:{column}"]),
    ("zeditor", &["{file}:{line}:{column}"]),
    ("goland", &["--line", "{line}", "--column", "{column}", "{file}"]),
    ("idea", &["--line", "{line}", "--column", "{column}", "{file}"]),
    ("subl", &["{file}:{line}:{column}"]),
    ("kate", &["-l", "{line}", "-c", "{column}", "{file}"]),
    ("gvim", &["--remote-silent", "+{line}", "{file}"]),
    ("emacsclient", &["-n", "+{line}:{column}", "{file}"]),
    ("gnome-text-editor", &["{file}:{line}"]),
    ("gedit", &["{file}", "+{line}:{column}"]),
];

/// Openers of a web address, by system.
const BROWSER_OPENERS: &[&str] = &["wslview", "xdg-open", "open"];

/// Starts desktop programs. Words are fixed beforehand; only a path, a line and a column of the project's own files, or
/// the server's own address, are filled in, and never through a shell.
#[derive(Debug)]
pub(super) struct Desktop {
    environment: Environment,
    editor: Option<Editor>,
}

#[derive(Debug)]
struct Editor {
    program: PathBuf,
    words: Vec<String>,
}

/// Nothing was opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum DesktopError {
    #[error("no editor is known that can be opened at a line")]
    NoEditor,
    #[error("no program is known that opens a browser")]
    NoBrowser,
    #[error(transparent)]
    Start(#[from] RunError),
}

impl DesktopError {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::NoEditor => {
                "name one with --editor \"code --goto {file}:{line}:{column}\" or the key `editor` of your \
                 config.toml"
                    .to_owned()
            }
            Self::NoBrowser => "open the address by hand".to_owned(),
            Self::Start(_) => "check the key `editor`".to_owned(),
        }
    }
}

impl Desktop {
    /// `editor` is the command line from the settings; without one a known editor is looked for, the user's VISUAL
    /// and EDITOR first.
    pub(super) fn new(environment: Environment, editor: Option<&[String]>) -> Self {
        let editor = match editor {
            Some([program, words @ ..]) => {
                resolve(&environment, program).map(|program| Editor { program, words: complete(words) })
            }
            Some([]) => None,
            None => find_editor(&environment),
        };
        Self { environment, editor }
    }

    pub(super) fn open_editor(&self, place: &Position) -> Result<(), DesktopError> {
        let editor = self.editor.as_ref().ok_or(DesktopError::NoEditor)?;
        let words = editor.words.iter().map(|word| fill(word, place));
        let folder = place.file.parent().unwrap_or(Path::new("/"));
        let program = Program::new(&editor.program, folder).args(words).envs(&self.environment.variables);
        Ok(program.start_detached()?)
    }

    pub(super) fn open_browser(&self, url: &str) -> Result<(), DesktopError> {
        let opener = BROWSER_OPENERS.iter().find_map(|name| self.environment.find(name));
        let opener = opener.ok_or(DesktopError::NoBrowser)?;
        let program = Program::new(opener, &self.environment.home).arg(url).envs(&self.environment.variables);
        Ok(program.start_detached()?)
    }
}

fn resolve(environment: &Environment, program: &str) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() { Some(path.to_owned()) } else { environment.find(program) }
}

/// A command line without a place for the file gets the file as its last word.
fn complete(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if !words.iter().any(|word| word.contains("{file}")) {
        words.push("{file}".to_owned());
    }
    words
}

fn find_editor(environment: &Environment) -> Option<Editor> {
    let preferred = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| {
        let first = environment.variable(name)?.split_whitespace().next()?;
        Path::new(first).file_name()?.to_str()
    });
    let names = preferred.chain(EDITORS.iter().map(|(name, _)| *name));
    names.into_iter().find_map(|name| {
        let (name, words) = EDITORS.iter().find(|(known, _)| *known == name)?;
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Some(Editor { program: environment.find(name)?, words })
    })
}

/// The file's path is filled in last, so that braces in it are left as they are.
fn fill(word: &str, place: &Position) -> String {
    word.replace("{line}", &place.line.max(1).to_string())
        .replace("{column}", &place.column.max(1).to_string())
        .replace("{file}", &place.file.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(editor: &Desktop, file: &str) -> Vec<String> {
        let place = Position { file: file.into(), line: 3, column: 0 };
        editor.editor.as_ref().unwrap().words.iter().map(|word| fill(word, &place)).collect()
    }

    #[test]
    fn a_path_stays_one_word_whatever_it_contains() {
        let line = ["/bin/echo".to_owned(), "--at".to_owned(), "{file}:{line}:{column}".to_owned()];
        let desktop = Desktop::new(Environment::default(), Some(&line));
        assert_eq!(words(&desktop, "/p/$(x) {line};.go"), ["--at", "/p/$(x) {line};.go:3:1"]);
        let desktop = Desktop::new(Environment::default(), Some(&line[..1]));
        assert_eq!(words(&desktop, "/p/a.go"), ["/p/a.go"]);
    }

    #[tokio::test]
    async fn the_editor_is_started_at_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let script = format!("printf '%s|' \"$@\" > {0}.part && mv {0}.part {0}", seen.display());
        let line = ["/bin/sh", "-c", &script, "sh", "{file}", "{line}"].map(str::to_owned);
        let desktop = Desktop::new(Environment::capture().unwrap(), Some(&line));
        let place = Position { file: folder.path().join("a b.go"), line: 7, column: 2 };
        desktop.open_editor(&place).unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !seen.exists() {
            assert!(std::time::Instant::now() < deadline, "the editor was not started");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let text = std::fs::read_to_string(&seen).unwrap();
        assert_eq!(text, format!("{}|7|", place.file.display()));
    }

    #[test]
    fn without_an_editor_the_remedy_is_named() {
        let desktop = Desktop::new(Environment::default(), None);
        let place = Position { file: "/a.go".into(), line: 1, column: 1 };
        assert!(desktop.open_editor(&place).unwrap_err().hint().contains("--editor"));
    }
}
