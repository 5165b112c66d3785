//! Events as lines for people: one line an update, all of a diagnostic, nothing that only repeats.

use std::fmt::Write as _;

use super::event::{DiagnosticRow, Event, StageRow};

/// A stage below this many milliseconds is left out of a line: it would only add noise.
const SHOWN_FROM_MS: f64 = 0.5;

struct Paint {
    colour: bool,
}

impl Paint {
    fn code(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn dim(&self, text: &str) -> String {
        self.code("2", text)
    }

    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }

    fn good(&self, text: &str) -> String {
        self.code("32", text)
    }

    fn bad(&self, text: &str) -> String {
        self.code("31;1", text)
    }

    fn careful(&self, text: &str) -> String {
        self.code("33", text)
    }
}

/// The text of an event without a line end; `None` when it deserves no line of its own.
pub(super) fn text(event: &Event, colour: bool) -> Option<String> {
    let paint = Paint { colour };
    match event {
        Event::Listening { url, token, compiler } => {
            let open = format!("{url}?token={token}");
            let mut out = format!("\n  {}  {}\n", paint.bold("dev-server"), paint.dim(compiler));
            let _ = write!(out, "\n  open  {}", paint.bold(&open));
            let _ = write!(
                out,
                "\n  keys  {}\n",
                paint.dim("r rebuild, R restart, o open, p pair a device, q quit")
            );
            Some(out)
        }
        Event::Following { url, token, backplane } => {
            let open = paint.bold(&format!("{url}?token={token}"));
            let of = paint.dim(&format!("hub of {backplane}"));
            Some(format!("\n  dev-server  {of}\n\n  open  {open}\n"))
        }
        Event::Pairing { page, code, seconds, .. } => Some(format!(
            "\n  pair  {} {}\n        {} {}\n",
            paint.bold(page),
            paint.dim("on a phone or another machine"),
            paint.bold(code),
            paint.dim(&format!(
                "is the code, good once and for {} minutes; `dev-server pair` shows a new one",
                seconds / 60
            ))
        )),
        Event::Change { .. } => None,
        Event::Verdict { verdict: "nothing", program, reason, .. } => {
            Some(format!("{} {program}: {}", paint.good("="), paint.dim(reason)))
        }
        Event::Verdict { .. } => None,
        Event::Build { status: "failed", program, diagnostics, .. } => {
            Some(failure(&paint, program, diagnostics))
        }
        Event::Build { diagnostics, .. } if !diagnostics.is_empty() => {
            let all: Vec<_> = diagnostics.iter().map(|item| diagnostic(&paint, item)).collect();
            Some(all.join("\n"))
        }
        Event::Build { .. } => None,
        Event::Release { program, size, patch_bytes, refusals, notes, stages, .. } => {
            let what = if *patch_bytes > 0 {
                format!("patch of {}", human_size(*patch_bytes))
            } else {
                format!("built {}", human_size(*size))
            };
            let mut out = format!("{} {program}: {what} {}", paint.good("+"), paint.dim(&stage_list(stages)));
            for refusal in refusals {
                let _ = write!(out, "\n  {} cannot be patched: {refusal}", paint.dim("-"));
            }
            for note in notes {
                let _ = write!(out, "\n  {} {note}", paint.careful("-"));
            }
            Some(out)
        }
        Event::Applied { program, level, level_name, reason, ms, stages, session, .. } => {
            let time = if *ms > 0.0 { format!(" in {ms:.0} ms") } else { String::new() };
            let head = format!("page {session} of {program}: level {level}, {level_name}{time}");
            Some(format!(
                "{} {head} {}",
                paint.good(">"),
                paint.dim(&format!("({reason}) {}", stage_list(stages)))
            ))
        }
        Event::ApplyFailed { program, session, stage, message } => Some(format!(
            "{} page {session} of {program} keeps its old program: {stage}: {message}",
            paint.careful("!")
        )),
        Event::ClientLog { program, severity, kind, text, frames, .. } => {
            let mark = match *severity {
                "error" | "panic" => paint.bad(severity),
                "warning" => paint.careful(severity),
                _ => paint.dim(severity),
            };
            // A panic is marked as one.
            let kind = kind.as_ref().filter(|kind| kind != severity);
            let kind = kind.map(|kind| format!("{kind}: ")).unwrap_or_default();
            let mut out = format!("{} {mark} {kind}{}", paint.dim(&format!("[{program}]")), text.trim_end());
            for frame in frames {
                let place = if frame.file.is_empty() {
                    String::new()
                } else {
                    format!(" {}", paint.dim(&format!("{}:{}", frame.file, frame.line)))
                };
                let _ = write!(out, "\n      at {}{place}", frame.function);
            }
            Some(out)
        }
        Event::Client { .. } => None,
        Event::Flags { cause, changes, reason, .. } => {
            let reason = reason.as_ref().map(|reason| paint.careful(&format!("  {reason}")));
            let lines: Vec<_> = changes
                .iter()
                .map(|change| format!("{} {change} {}", paint.good("*"), paint.dim(&format!("({cause})"))))
                .chain(reason)
                .collect();
            Some(lines.join("\n"))
        }
        Event::Notice { message, hint } => {
            let mut out = format!("{} {message}", paint.careful("note:"));
            if let Some(hint) = hint {
                let _ = write!(out, "\n{} {hint}", paint.dim("hint:"));
            }
            Some(out)
        }
    }
}

fn failure(paint: &Paint, program: &str, items: &[DiagnosticRow]) -> String {
    let errors = items.iter().filter(|item| item.severity == "error").count();
    let plural = if errors == 1 { "" } else { "s" };
    let mut out = format!("{} {program}: {errors} error{plural}", paint.bad("x"));
    for item in items {
        let _ = write!(out, "\n{}", diagnostic(paint, item));
    }
    out
}

fn diagnostic(paint: &Paint, item: &DiagnosticRow) -> String {
    let mark = if item.severity == "error" { paint.bad("error") } else { paint.careful("warning") };
    let mut out = String::new();
    if !item.file.is_empty() {
        let _ = write!(out, "{}:{}:{}: ", item.file, item.line, item.column);
    }
    let _ = write!(out, "{mark}: {}", item.message);
    for (number, line) in (item.first_line..).zip(&item.code) {
        let sign = if number == item.line { ">" } else { " " };
        let shown = format!("{sign} {number:>4} | {line}");
        let _ = write!(out, "\n  {}", if number == item.line { shown } else { paint.dim(&shown) });
    }
    if let Some(hint) = &item.hint {
        let _ = write!(out, "\n  {} {hint}", paint.dim("hint:"));
    }
    out
}

fn stage_list(stages: &[StageRow]) -> String {
    let shown: Vec<_> = stages
        .iter()
        .filter(|stage| stage.ms >= SHOWN_FROM_MS)
        .map(|stage| format!("{} {:.0}", stage.name, stage.ms))
        .collect();
    shown.join(" \u{b7} ")
}

/// With one decimal in the largest unit that keeps it at or above one.
fn human_size(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes < 1024.0 {
        format!("{bytes} B")
    } else if bytes < 1024.0 * 1024.0 {
        format!("{:.1} KiB", bytes / 1024.0)
    } else {
        format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncaught_error_has_its_class_and_a_panic_is_one() {
        let log = |severity, kind: Option<&str>, said: &str| Event::ClientLog {
            program: "app".into(),
            session: 1,
            severity,
            kind: kind.map(str::to_owned),
            text: said.into(),
            frames: Vec::new(),
        };
        let shown = |event: &Event| text(event, false).unwrap();
        let trap = log("error", Some("RuntimeError"), "unreachable");
        assert_eq!(shown(&trap), "[app] error RuntimeError: unreachable");
        assert_eq!(shown(&log("panic", Some("panic"), "boom")), "[app] panic boom");
        assert_eq!(shown(&log("error", None, "printed")), "[app] error printed");
    }

    #[test]
    fn an_update_is_one_line_with_its_stages() {
        let stage = |name: &str, ms| StageRow { name: name.into(), ms };
        let event = Event::Applied {
            revision: 4,
            program: "counter".into(),
            session: 1,
            level: 3,
            level_name: "module swap",
            reason: "the program changed".into(),
            ms: 812.4,
            stages: vec![stage("watch", 11.0), stage("publish", 0.1), stage("build", 790.2)],
            memory: None,
        };
        assert_eq!(
            text(&event, false).unwrap(),
            "> page 1 of counter: level 3, module swap in 812 ms (the program changed) watch 11 \u{b7} build 790"
        );
    }

    #[test]
    fn every_diagnostic_is_shown_with_its_lines() {
        let item = DiagnosticRow {
            severity: "error",
            source: "go",
            file: "main.go".into(),
            line: 2,
            column: 5,
            message: "undefined: x".into(),
            hint: Some("declare it".into()),
            first_line: 1,
            code: vec!["func main() {".into(), "    x()".into()],
        };
        let event = Event::Build {
            revision: 1,
            program: "app".into(),
            status: "failed",
            compiler: String::new(),
            ms: 0.0,
            from_cache: false,
            diagnostics: vec![item.clone(), item],
        };
        let text = text(&event, false).unwrap();
        assert!(text.starts_with("x app: 2 errors\nmain.go:2:5: error: undefined: x\n"), "{text}");
        assert_eq!(text.matches(">    2 |     x()").count(), 2, "{text}");
    }
}
