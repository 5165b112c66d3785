//! A save as a waterfall of bars, for people.

use std::fmt::Write as _;

use super::saves::{Outcome, Save};
use super::waterfall::{Group, Span};

/// Columns of the bars where the terminal does not say how wide it is.
pub(super) const PLAIN_WIDTH: usize = 48;

/// Columns that the name and the time of a span take.
pub(super) const MARGIN: usize = 28;

/// One eighth of a column up to all of it.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// All of it, with a line end. `width`: columns of the bars.
pub(super) fn text(save: &Save, colour: bool, width: usize) -> String {
    let paint = |code: &str, text: &str| {
        if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let files = match (save.files.as_slice(), save.count) {
        ([], _) => String::new(),
        ([first, ..], count) if count > 1 => format!(" {} and {} more", printable(first), count - 1),
        ([first, ..], _) => format!(" {}", printable(first)),
    };
    let head = paint("1", &format!("{} revision {}", printable(&save.program), save.revision));
    let verdict = match (save.verdict.as_str(), save.reason.as_str()) {
        ("", _) => String::new(),
        (verdict, "") => format!("  {}", printable(verdict)),
        (verdict, reason) => format!("  {}: {}", printable(verdict), printable(reason)),
    };
    let mut out = format!("{head}{files}{}\n", paint("2", &verdict));
    let _ = writeln!(out, "  {}", outcome(save));
    for span in &save.spans {
        let name = printable(&span.name);
        let bar = bar(span, save.ms, width);
        let bar = paint(hue(span.group), &bar);
        let _ = writeln!(out, "  {name:<14} {:>9.2}  {bar}", span.ms);
    }
    out
}

fn outcome(save: &Save) -> String {
    let ms = save.ms;
    match (save.outcome, &save.level_name, save.session) {
        (Outcome::Applied, Some(level), Some(session)) => {
            format!("{ms:.1} ms to the screen of page {session}, {}", printable(level))
        }
        (Outcome::Applied, ..) => format!("{ms:.1} ms to the screen"),
        (Outcome::Refused, ..) => {
            let why = save.failure.as_deref().unwrap_or_default();
            format!("{ms:.1} ms until it was public; the page keeps what it had: {}", printable(why))
        }
        (Outcome::Public, ..) => format!("{ms:.1} ms until it was public; no page has answered"),
        (Outcome::Failed, ..) => format!("cannot be built, found in {ms:.1} ms"),
        (Outcome::Cancelled, ..) => format!("given up after {ms:.1} ms for a newer save"),
        (Outcome::Nothing, ..) => "nothing to do".to_owned(),
        (Outcome::Seen, ..) => "nothing has come of it yet".to_owned(),
    }
}

/// From the column of its start to that of its end; what is short is still seen.
fn bar(span: &Span, total: f64, width: usize) -> String {
    if total <= 0.0 || width == 0 {
        return String::new();
    }
    let eighths =
        |ms: f64| ((ms / total) * width as f64 * 8.0).round().clamp(0.0, width as f64 * 8.0) as usize;
    let start = (eighths(span.from_ms) / 8).min(width - 1);
    let length = eighths(span.from_ms + span.ms).saturating_sub(start * 8).max(1);
    let mut bar = " ".repeat(start);
    bar.extend(std::iter::repeat_n(EIGHTHS[7], length / 8));
    if let Some(part) = (length % 8).checked_sub(1) {
        bar.push(EIGHTHS[part]);
    }
    bar
}

/// As the inspector has them, as far as terminals have names for them.
fn hue(group: Group) -> &'static str {
    match group {
        Group::Watch => "36",
        Group::Analyse => "34",
        Group::Build => "33",
        Group::Waiting => "2",
        Group::Page => "32",
    }
}

/// Texts of a server without what would do something to a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, from_ms: f64, ms: f64) -> Span {
        Span { name: name.to_owned(), group: Group::Build, from_ms, ms }
    }

    #[test]
    fn bars_lie_where_their_spans_are() {
        assert_eq!(bar(&span("a", 0.0, 5.0), 10.0, 10), "█████");
        assert_eq!(bar(&span("b", 5.0, 2.5), 10.0, 10), "     ██▌");
        assert_eq!(bar(&span("c", 10.0, 0.0), 10.0, 10), "         █");
        assert_eq!(bar(&span("d", 2.0, 0.001), 10.0, 10), "  ▏");
        assert_eq!(bar(&span("e", 0.0, 1.0), 0.0, 10), "");
        assert_eq!(bar(&span("f", 0.0, f64::INFINITY), 10.0, 4), "████");
    }

    #[test]
    fn a_save_is_drawn_in_lines_and_nothing_of_it_moves_the_cursor() {
        let save = Save {
            revision: 3,
            program: "app\u{1b}[2J".to_owned(),
            files: vec!["main.go".to_owned()],
            count: 2,
            at_us: None,
            verdict: "body".to_owned(),
            reason: "main.draw".to_owned(),
            outcome: Outcome::Applied,
            failure: None,
            session: Some(7),
            level: Some(2),
            level_name: Some("hot patch".to_owned()),
            ms: 4.0,
            spans: vec![span("watch", 0.0, 1.0), span("link", 1.0, 3.0)],
        };
        let expected = "\
app[2J revision 3 main.go and 1 more  body: main.draw
  4.0 ms to the screen of page 7, hot patch
  watch               1.00  ██
  link                3.00    ██████
";
        assert_eq!(text(&save, false, 8), expected);
    }
}
