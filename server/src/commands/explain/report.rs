//! A function in the order of its code: each line of the source, and below it what it became there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anatomy::{Class, Explanation, Instruction, Variable};
use serde::Serialize;

use crate::cli::ExplainArgs;
use crate::diagnostic::plain;
use crate::printer::grouped;

use super::super::inspected::words;
use super::Explained;
use super::sources::Sources;

/// Longest text that is printed beside an instruction.
const LONGEST_NOTE: usize = 80;

#[derive(Serialize)]
struct Json<'a> {
    program: String,
    functions: Vec<Function<'a>>,
    /// Lines of the sources by file and number.
    sources: &'a Sources,
}

#[derive(Serialize)]
struct Function<'a> {
    compiler: Option<&'a str>,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// Instructions by class.
    classes: BTreeMap<&'static str, usize>,
}

/// One line.
pub(super) fn json(arguments: &ExplainArgs, explained: &[Explained], sources: &Sources) -> String {
    let functions = explained.iter().map(|one| Function {
        compiler: one.compiler.as_deref(),
        explanation: &one.explanation,
        classes: classes(&one.explanation),
    });
    let json =
        Json { program: arguments.program.display().to_string(), functions: functions.collect(), sources };
    serde_json::to_string(&json).unwrap_or_default() + "\n"
}

/// For people.
pub(super) fn text(explained: &Explained, sources: &Sources) -> String {
    let explanation = &explained.explanation;
    let mut out = head(explained);
    let mut file = None;
    for line in &explanation.lines {
        if file != Some(&line.file) {
            file = Some(&line.file);
            let name = line.file.as_deref().map_or("(no line is known)".to_owned(), one_line);
            let _ = writeln!(out, "\n{name}");
        }
        let source = line.file.as_deref().and_then(|file| sources.line(file, line.line));
        let inlined =
            line.inlined.as_deref().map_or_else(String::new, |name| format!("  [of {}]", one_line(name)));
        if line.line > 0 {
            let _ = writeln!(out, "{:>6}  {}{inlined}", line.line, source.map_or_else(String::new, one_line));
        } else if line.file.is_some() {
            let _ = writeln!(out, "{:>6}  (the compiler's own){inlined}", "");
        }
        for instruction in &line.instructions {
            let class = instruction.class.name();
            let row = format!(
                "  {:>10}    {:<28} {class:<9} {}",
                format!("{:#x}", instruction.offset),
                instruction.text,
                note(instruction),
            );
            let _ = writeln!(out, "{}", row.trim_end());
        }
    }
    out.push_str(&foot(explanation));
    out
}

/// Name, size, parameters, variables.
pub(super) fn head(explained: &Explained) -> String {
    let explanation = &explained.explanation;
    let compiler = explained.compiler.as_ref().map_or_else(String::new, |compiler| format!("{compiler}, "));
    let mut out = format!(
        "{}: {compiler}function {}, {} bytes, {}\n",
        one_line(&explanation.function),
        explanation.index,
        grouped(explanation.code),
        explanation.signature,
    );
    for (what, variables) in [("parameters", &explanation.parameters), ("variables", &explanation.locals)] {
        if !variables.is_empty() {
            let named = variables.iter().map(variable).collect::<Vec<_>>().join(", ");
            let _ = writeln!(out, "  {what}: {named}");
        }
    }
    let counted = classes(explanation).into_iter().map(|(class, count)| format!("{count} {class}"));
    let _ = writeln!(out, "  instructions: {}", counted.collect::<Vec<_>>().join(", "));
    out
}

/// What should be known about it.
pub(super) fn foot(explanation: &Explanation) -> String {
    let mut out = String::new();
    for (index, note) in explanation.notes.iter().enumerate() {
        let _ = writeln!(out, "{}note: {}", if index == 0 { "\n" } else { "" }, one_line(&words(note)));
    }
    out
}

fn variable(variable: &Variable) -> String {
    let kind = variable.type_name.as_deref().map_or_else(String::new, |name| format!(" {}", one_line(name)));
    let places = match &variable.places[..] {
        [] => "nowhere".to_owned(),
        places => places.join(" and "),
    };
    format!("{}{kind} ({places})", one_line(&variable.name))
}

/// What is called or moved.
pub(super) fn note(instruction: &Instruction) -> String {
    let note = instruction.note.as_deref().map(one_line).unwrap_or_default();
    if note.chars().count() <= LONGEST_NOTE {
        return note;
    }
    note.chars().take(LONGEST_NOTE - 3).collect::<String>() + "..."
}

/// Harmless for a terminal.
pub(super) fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ").replace('\t', "    ")
}

fn classes(explanation: &Explanation) -> BTreeMap<&'static str, usize> {
    let mut counted: BTreeMap<&'static str, usize> = BTreeMap::new();
    for class in explanation.instructions().map(|instruction: &Instruction| instruction.class) {
        *counted.entry(Class::name(class)).or_default() += 1;
    }
    counted
}
