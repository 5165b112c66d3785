//! What the terminal shows: the same events as lines for people or as NDJSON for programs.

mod event;
mod human;
mod qr;
mod progress;
mod number;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

pub use event::{DiagnosticRow, Event, FrameRow, RoomRow, StageRow, Word, milliseconds};
pub use number::grouped;

/// An event in words, without a line end, for who writes them elsewhere than to standard output.
pub fn words(event: &Event, colour: bool) -> Option<String> {
    human::text(event, colour)
}

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
        let _ = self.write(event);
    }

    /// Writes an event that another server has told, as it is or in words; one of a kind that this version does not know
    /// has no words.
    pub fn print_told(&self, json: &str) -> io::Result<()> {
        match self.form {
            Form::Json => {
                let _output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
                let mut stdout = io::stdout().lock();
                // A line is a line, whatever a server says.
                stdout.write_all(json.replace(['\n', '\r'], " ").as_bytes())?;
                stdout.write_all(b"\n")?;
                stdout.flush()
            }
            Form::Human { .. } => serde_json::from_str(json).map_or(Ok(()), |event| self.write(&event)),
        }
    }

    fn write(&self, event: &Event) -> io::Result<()> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = io::stdout().lock();
        match self.form {
            Form::Json => stdout.write_all(json_line(event)?.as_bytes())?,
            Form::Human { colour } => {
                let text = human::text(event, colour);
                output.progress.observe(event);
                let line = output.progress.line(colour);
                let clear = if colour { "\r\u{1b}[2K" } else { "" };
                match text {
                    Some(text) => write!(stdout, "{clear}{}{text}\n{line}", picture(event, colour))?,
                    None if colour => write!(stdout, "{clear}{line}")?,
                    None => {}
                }
            }
        }
        stdout.flush()
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

/// What a camera reads, on a terminal that has room for it.
fn picture(event: &Event, colour: bool) -> String {
    let Event::Pairing { link, .. } = event else { return String::new() };
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if io::stdout().is_terminal() => {
            qr::picture(link, colour, size.ws_col.into(), size.ws_row.into()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn json_line(event: &Event) -> io::Result<String> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let told = Event::Build {
            revision: 3,
            program: "app".into(),
            status: "failed",
            compiler: "Go 1.26".into(),
            ms: 12.5,
            from_cache: false,
            diagnostics: vec![DiagnosticRow {
                severity: "error",
                source: "go list",
                file: "main.go".into(),
                line: 2,
                column: 5,
                message: "undefined: x".into(),
                hint: None,
                first_line: 0,
                code: Vec::new(),
            }],
        };
        let json = serde_json::to_string(&told).unwrap();
        let read: Event = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert_eq!(human::text(&read, false), human::text(&told, false));
        assert!(serde_json::from_str::<Event>(r#"{"event":"of a later version"}"#).is_err());
    }
}
