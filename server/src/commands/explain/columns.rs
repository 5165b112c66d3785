//! The same function of two compilers: each line of the source once, and what both have made of it beside each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anatomy::{Explanation, Instruction};

use super::Explained;
use super::report::{foot, head, note, one_line};
use super::sources::Sources;

/// Characters of a column.
const WIDTH: usize = 52;

type Lines<'a> = BTreeMap<(bool, &'a str, u32), [Vec<&'a Instruction>; 2]>;

pub(super) fn text(one: &Explained, other: &Explained, sources: &Sources) -> String {
    let mut out = head(one) + &head(other);
    let lines = lines(&one.explanation, &other.explanation);
    let mut file = None;
    for ((_, name, number), [left, right]) in &lines {
        if file != Some(name) {
            file = Some(name);
            let shown = if name.is_empty() { "(no line is known)".to_owned() } else { one_line(name) };
            let _ = writeln!(out, "\n{shown}");
            let side = |explained: &Explained| explained.compiler.clone().unwrap_or_default();
            let _ = writeln!(out, "        {:<WIDTH$}  {}", side(one), side(other));
        }
        if *number > 0 {
            let source = sources.line(name, *number).map_or_else(String::new, one_line);
            let _ = writeln!(out, "{number:>6}  {source}");
        } else if !name.is_empty() {
            let _ = writeln!(out, "{:>6}  (the compiler's own)", "");
        }
        for row in 0..left.len().max(right.len()) {
            let [left, right] =
                [left, right].map(|side| side.get(row).map_or_else(String::new, |one| cell(one)));
            let _ = writeln!(out, "{}", format!("        {left:<WIDTH$}  {right}").trim_end());
        }
    }
    out.push_str(&foot(&one.explanation));
    out.push_str(&foot(&other.explanation));
    out
}

/// What no line is known of comes first, which mostly is how the function begins; then the file in which it is.
fn lines<'a>(one: &'a Explanation, other: &'a Explanation) -> Lines<'a> {
    let own = [one, other].into_iter().flat_map(|side| &side.lines).find_map(|line| line.file.as_deref());
    let mut lines = Lines::new();
    for (side, explanation) in [one, other].into_iter().enumerate() {
        for line in &explanation.lines {
            let file = line.file.as_deref().unwrap_or_default();
            let key = (line.file.is_some() && Some(file) != own, file, line.line);
            lines.entry(key).or_default()[side].extend(&line.instructions);
        }
    }
    lines
}

fn cell(instruction: &Instruction) -> String {
    let note = note(instruction);
    let text =
        if note.is_empty() { instruction.text.clone() } else { format!("{:<20} {note}", instruction.text) };
    if text.chars().count() <= WIDTH {
        return text;
    }
    text.chars().take(WIDTH - 3).collect::<String>() + "..."
}

#[cfg(test)]
mod tests {
    use anatomy::{Class, Line};

    use super::*;

    fn explained(compiler: &str, lines: &[(Option<&str>, u32, &str)]) -> Explained {
        let line = |(file, line, text): &(Option<&str>, u32, &str)| Line {
            file: file.map(str::to_owned),
            line: *line,
            inlined: None,
            instructions: vec![Instruction {
                offset: 1,
                text: (*text).to_owned(),
                class: Class::Other,
                note: None,
            }],
        };
        let explanation = Explanation {
            function: "main.Add".to_owned(),
            package: "main".to_owned(),
            index: 1,
            code: 2,
            signature: String::new(),
            parameters: Vec::new(),
            locals: Vec::new(),
            lines: lines.iter().map(line).collect(),
            notes: Vec::new(),
        };
        Explained { compiler: Some(compiler.to_owned()), explanation }
    }

    #[test]
    fn each_line_stands_once_with_what_both_made_of_it() {
        let one =
            explained("A", &[(None, 0, "begins"), (Some("m.go"), 3, "left"), (Some("a.go"), 1, "inlined")]);
        let other = explained(
            "B",
            &[(Some("m.go"), 2, "before"), (Some("m.go"), 3, "right"), (Some("m.go"), 3, "again")],
        );
        let text = text(&one, &other, &Sources::default());
        let rows: Vec<Vec<&str>> =
            text.lines().skip(4).map(|line| line.split_whitespace().collect()).collect();
        let expected: [&[&str]; 17] = [
            &[],
            &["(no", "line", "is", "known)"],
            &["A", "B"],
            &["begins"],
            &[],
            &["m.go"],
            &["A", "B"],
            &["2"],
            &["before"],
            &["3"],
            &["left", "right"],
            &["again"],
            &[],
            &["a.go"],
            &["A", "B"],
            &["1"],
            &["inlined"],
        ];
        assert_eq!(rows, expected, "{text}");
    }
}
