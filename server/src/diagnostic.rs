//! What is wrong with the source, as data. Text for a terminal or a page is made only there.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// The program cannot be built.
    Error,
    /// It can, but something deserves a look.
    Warning,
}

/// Who found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// `go list`, while the package graph was loaded.
    Loader,
    /// The TinyGo compiler.
    TinyGo,
    /// The standard Go compiler.
    Go,
    /// The check of a built module before it is published.
    Preflight,
    /// A rule about what a project may ask a build to do.
    Policy,
    /// What runs modules on this machine.
    Host,
}

impl Origin {
    /// Name in frames and printed events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loader => "go list",
            Self::TinyGo => "tinygo",
            Self::Go => "go",
            Self::Preflight => "preflight",
            Self::Policy => "policy",
            Self::Host => "host",
        }
    }
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Absolute path.
    pub file: PathBuf,
    /// From 1; 0 when unknown.
    pub line: u32,
    /// In bytes, from 1; 0 when unknown.
    pub column: u32,
}

/// A few lines of source around a position.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeFrame {
    /// Number of the first line, from 1.
    pub first_line: u32,
    /// Lines without line ends, each cut at 400 bytes.
    pub lines: Vec<String>,
}

/// One thing that is wrong. All text is plain: terminal codes and control characters were taken out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How serious.
    pub severity: Severity,
    /// Who found it.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// Where, when it is about a place.
    pub position: Option<Position>,
    /// The lines around it.
    pub frame: Option<CodeFrame>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Longest line that a code frame keeps; minified generated code would flood the overlay otherwise.
const LINE_LIMIT: usize = 400;

impl Diagnostic {
    /// An error without a place.
    pub fn error(origin: Origin, message: impl AsRef<str>) -> Self {
        Self {
            severity: Severity::Error,
            origin,
            message: plain(message.as_ref()),
            position: None,
            frame: None,
            hint: None,
        }
    }

    /// The same with a place, and the lines around it when the file can be read.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.frame = CodeFrame::read(&position.file, position.line);
        self.position = Some(position);
        self
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl CodeFrame {
    /// The line and two lines on each side; `None` when the file or the line is not there.
    pub fn read(file: &Path, line: u32) -> Option<Self> {
        let bytes = std::fs::read(file).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let first = line.saturating_sub(2).max(1);
        let mut lines: Vec<String> = text
            .lines()
            .skip(first as usize - 1)
            .take((line.saturating_sub(first) + 3) as usize)
            .map(|line| plain(cut(line)))
            .collect();
        if line == 0 || lines.len() <= (line - first) as usize {
            return None;
        }
        lines.shrink_to_fit();
        Some(Self { first_line: first, lines })
    }
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(LINE_LIMIT);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Takes out what could make a terminal or a reader see something else than was written: escape
/// sequences, control characters except newline and tab, and the bidirectional overrides (CVE-2021-42574).
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_escape(&mut rest),
            '\n' | '\t' => out.push(character),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {}
            character if character.is_control() => {}
            character => out.push(character),
        }
    }
    out
}

/// Skips one ECMA-48 sequence after ESC: CSI up to its final byte, OSC and other strings up to BEL or ST.
fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some('[') => {
            for character in rest.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&character) {
                    break;
                }
            }
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(character) = rest.next() {
                if character == '\u{7}' {
                    break;
                }
                if character == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_codes_and_overrides_are_taken_out() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(plain("\u{1b}]8;;http://evil.example\u{7}link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(plain("a\r\u{7}\u{202e}b\tc\n"), "ab\tc\n");
    }

    #[test]
    fn a_frame_shows_two_lines_on_each_side() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.go");
        std::fs::write(&file, "1\n2\n3\n4\n5\n6\n").unwrap();
        let frame = CodeFrame::read(&file, 3).unwrap();
        assert_eq!((frame.first_line, frame.lines.join(" ")), (1, "1 2 3 4 5".to_owned()));
        let frame = CodeFrame::read(&file, 6).unwrap();
        assert_eq!((frame.first_line, frame.lines.join(" ")), (4, "4 5 6".to_owned()));
        assert_eq!(CodeFrame::read(&file, 7), None);
        assert_eq!(CodeFrame::read(&file, 0), None);
    }
}
