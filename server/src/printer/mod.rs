//! What the terminal shows: the same events as lines for people or as NDJSON for programs.

mod event;
mod human;
mod progress;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

pub use event::{DiagnosticRow, Event, FrameRow, StageRow, milliseconds};

/// Writes events to standard output. The lock is held for one write and never over an await.
#[derive(Debug)]
pub struct Printer {
    form: Form,
    output: Mutex<Output>,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Json,
    /// Text; colours and progress only on a terminal.
    Human {
        /// True when escape codes may be used.
        colour: bool,
    },
}

#[derive(Debug, Default)]
struct Output {
    progress: progress::Progress,
}

impl Printer {
    /// Text on a terminal has colours unless NO_COLOR is set (no-color.org).
    pub fn new(json: bool, no_colour: bool) -> Self {
        let form =
            if json { Form::Json } else { Form::Human { colour: io::stdout().is_terminal() && !no_colour } };
        Self { form, output: Mutex::default() }
    }

    /// Writes one event. A reader that has gone away is no reason to stop serving.
    pub fn print(&self, event: &Event) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = io::stdout().lock();
        let _ = match self.form {
            Form::Json => json_line(event).and_then(|line| stdout.write_all(line.as_bytes())),
            Form::Human { colour } => {
                let text = human::text(event, colour);
                output.progress.observe(event);
                let line = output.progress.line(colour);
                let clear = if colour { "\r\u{1b}[2K" } else { "" };
                match text {
                    Some(text) => write!(stdout, "{clear}{text}\n{line}"),
                    None if colour => write!(stdout, "{clear}{line}"),
                    None => Ok(()),
                }
            }
        };
        let _ = stdout.flush();
    }

    /// Moves the progress line on; does nothing where there is none.
    pub fn tick(&self) {
        let Form::Human { colour: true } = self.form else { return };
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let line = output.progress.line(true);
        if !line.is_empty() {
            let mut stdout = io::stdout().lock();
            let _ = write!(stdout, "\r\u{1b}[2K{line}");
            let _ = stdout.flush();
        }
    }
}

fn json_line(event: &Event) -> io::Result<String> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    Ok(line)
}
