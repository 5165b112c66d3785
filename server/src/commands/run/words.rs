//! What is said to people while a program runs: on stderr, since stdout is the program's.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use crate::diagnostic::{Diagnostic, plain};
use crate::exit::ExitStatus;
use crate::guest::Made;
use crate::printer::{self, DiagnosticRow, Event, milliseconds};
use crate::revision::Revision;

use super::ending::{Ended, Said};

pub(in super::super) struct Words {
    program: String,
    compiler: String,
    colour: bool,
}

impl Words {
    pub(in super::super) fn new(program: String, compiler: Option<String>, no_colour: bool) -> Self {
        let colour = std::io::stderr().is_terminal() && !no_colour;
        Self { program, compiler: compiler.unwrap_or_default(), colour }
    }

    /// All that is wrong with what was to be made; warnings too.
    pub(in super::super) fn made(&self, made: &Made) {
        match &made.module {
            Ok(_) => self.build("built", made.took, &made.warnings),
            // What is wrong with a module has no place in a source.
            Err(reasons) => match &reasons[..] {
                [one] if one.position.is_none() => {
                    failed(&Said {
                        message: one.message.clone(),
                        frames: Vec::new(),
                        hint: one.hint.clone(),
                    });
                }
                reasons => self.build("failed", made.took, reasons),
            },
        }
    }

    /// Of a program that starts again with the next save.
    pub(super) fn ended_and_waits(&self, ended: &Ended) {
        told(ended);
        if !matches!(ended, Ended::Interrupted) {
            let code = match ended.status() {
                ExitStatus::Guest(code) => code,
                ExitStatus::Success => 0,
                _ => 1,
            };
            line(&format!("note: {} ended with {code}; it starts again with the next save", self.program));
        }
    }

    pub(super) fn started_anew(&self, took: Duration) {
        line(&format!("note: {} starts anew ({:.0} ms)", self.program, milliseconds(took)));
    }

    fn build(&self, status: &'static str, took: Duration, items: &[Diagnostic]) {
        let event = Event::Build {
            revision: Revision::FIRST.get(),
            program: self.program.clone(),
            status,
            compiler: self.compiler.clone(),
            ms: milliseconds(took),
            from_cache: false,
            diagnostics: items.iter().map(DiagnosticRow::from).collect(),
        };
        if let Some(text) = printer::words(&event, self.colour) {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }
}

/// How it ended, if the program has not said it itself.
pub(super) fn told(ended: &Ended) {
    if let Some(said) = ended.said() {
        failed(&said);
    }
}

/// What went wrong, where, and the remedy.
pub(in super::super) fn failed(said: &Said) {
    line(&format!("error: {}", said.message));
    for frame in &said.frames {
        line(&format!("  at {frame}"));
    }
    if let Some(hint) = &said.hint {
        line(&format!("hint: {hint}"));
    }
}

/// Something that is no mistake.
pub(in super::super) fn noted(text: &str) {
    line(&format!("note: {text}"));
}

/// Names of functions come from a module, which may be a stranger's.
fn line(text: &str) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(std::io::stderr().lock(), "{}", plain(text));
}
