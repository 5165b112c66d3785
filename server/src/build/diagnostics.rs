//! Compiler output as diagnostics: every message with its place, its continuation lines and a remedy.
//!
//! `go` and TinyGo print the same shape, `file:line[:column]: message`, below heads such as
//! `# import/path`; lines that start with a tab go on with the message above. What has another shape
//! is kept whole as one diagnostic: text may be misjudged, but never lost.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use super::{declarations, hints};
use crate::diagnostic::{Diagnostic, Origin, Position, Severity, plain};

/// What a compiler printed and what is needed to understand it.
#[derive(Debug, Clone, Copy)]
pub struct CompilerOutput<'a> {
    /// Who printed it.
    pub origin: Origin,
    /// Its standard error.
    pub text: &'a str,
    /// Folder that relative paths start from.
    pub folder: &'a Path,
    /// The program's own files, to find the place of a symbol that only the linker names.
    pub sources: &'a BTreeSet<PathBuf>,
    /// Of the messages without a severity of their own.
    pub severity: Severity,
}

/// One message while its lines are gathered.
struct Message {
    place: Option<(String, u32, u32)>,
    text: String,
    severity: Option<Severity>,
}

/// All messages in the order of the compiler.
pub fn parse_output(output: CompilerOutput<'_>) -> Vec<Diagnostic> {
    let text = plain(output.text);
    let mut messages: Vec<Message> = Vec::new();
    let mut unknown = false;
    for line in text.lines() {
        // A head says which package follows; the places below it say so too.
        if line.starts_with("# ") || line.starts_with("go: downloading ") {
            unknown = false;
            continue;
        }
        if let Some(message) = start_of_message(line) {
            unknown = false;
            // `go` counts the eleventh error of a package only; the builder asks again for all of them.
            if message.text != "too many errors" {
                messages.push(message);
            }
        } else if let (true, Some(last)) = (continues(line) || unknown, messages.last_mut()) {
            last.text.push('\n');
            last.text.push_str(line);
        } else if !line.trim().is_empty() {
            // From here to the next line of a known shape is one text, such as a crash of the compiler.
            unknown = !line.starts_with("go: ");
            messages.push(Message { place: None, text: line.to_owned(), severity: None });
        }
    }
    attach_notes(&mut messages);
    let mut found: Vec<Diagnostic> = messages.into_iter().map(|message| finish(message, &output)).collect();
    let mut seen = HashSet::new();
    found.retain(|diagnostic| seen.insert(diagnostic.clone()));
    found
}

/// The packages whose list of errors `go` cut short.
pub(super) fn cut_packages(text: &str) -> Vec<&str> {
    let mut package = None;
    let mut cut = Vec::new();
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("# ") {
            // A test variant is written `path [path.test]`.
            package = path.split_whitespace().next();
        } else if line.ends_with("too many errors") {
            cut.extend(package.take());
        }
    }
    cut
}

/// Tab lines, `>>>` lines of the linker and blank lines inside a text go on with what stands above.
fn continues(line: &str) -> bool {
    line.starts_with(['\t', ' ']) || line.starts_with(">>> ") || line.is_empty() || line == "traceback:"
}

fn start_of_message(line: &str) -> Option<Message> {
    if line.starts_with([' ', '\t']) {
        return None;
    }
    // A place alone belongs to a traceback.
    if let Some((place, text)) = split_place(line).filter(|(_, text)| !text.is_empty()) {
        let (severity, text) = split_severity(text);
        return Some(Message { place: Some(place), text: text.to_owned(), severity });
    }
    // `wasm-ld-19: error: ..`, `error: ..`, `LLVM ERROR: ..`, `package a` of an import cycle.
    let after_tool = line.split_once(": ").map_or(line, |(_, rest)| rest);
    let severity = split_severity(line).0.or_else(|| {
        let linker = line.starts_with("wasm-ld") || line.starts_with("ld.lld");
        split_severity(after_tool).0.filter(|_| linker)
    });
    let known =
        severity.is_some() || ["LLVM ERROR: ", "package ", "go: "].iter().any(|head| line.starts_with(head));
    known.then(|| Message { place: None, text: line.to_owned(), severity })
}

fn split_severity(text: &str) -> (Option<Severity>, &str) {
    for (word, severity) in [
        ("error: ", Severity::Error),
        ("fatal: ", Severity::Error),
        ("fatal error: ", Severity::Error),
        ("warning: ", Severity::Warning),
    ] {
        if let Some(rest) = text.strip_prefix(word) {
            return (Some(severity), rest);
        }
    }
    (None, text)
}

/// Splits `file:line[:column]: message`. The file may have colons and spaces in its name, so the numbers
/// are searched for, and the name must end like a source file.
fn split_place(line: &str) -> Option<((String, u32, u32), &str)> {
    for (at, _) in line.match_indices(':') {
        let file = &line[..at];
        let extension = Path::new(file).extension().and_then(|extension| extension.to_str());
        let source = matches!(extension, Some("go" | "mod" | "work" | "c" | "h" | "s" | "S" | "cc" | "cpp"));
        if !source {
            continue;
        }
        let Some((number, rest)) = number(&line[at + 1..]) else { continue };
        let Some(rest) = rest.strip_prefix(':') else { continue };
        if let Some((column, rest)) = self::number(rest)
            && let Some(text) = rest.strip_prefix(':')
        {
            return Some(((file.to_owned(), number, column), text.strip_prefix(' ').unwrap_or(text)));
        }
        return Some(((file.to_owned(), number, 0), rest.strip_prefix(' ').unwrap_or(rest)));
    }
    None
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// TinyGo sorts by place, so that the second half of a message (`\tother declaration of x`, `note: ..`)
/// may stand before the first; it goes below the message it explains.
fn attach_notes(messages: &mut Vec<Message>) {
    let is_note = |message: &Message| message.place.is_some() && is_note_text(&message.text);
    let notes: Vec<(usize, Message)> = {
        let mut notes = Vec::new();
        let mut index = 0;
        let mut original = 0;
        while index < messages.len() {
            if is_note(&messages[index]) {
                notes.push((original, messages.remove(index)));
            } else {
                index += 1;
            }
            original += 1;
        }
        notes
    };
    for (taken, (at, note)) in notes.into_iter().enumerate() {
        let subject = note.text.trim().strip_prefix("other declaration of ");
        let fits = |message: &Message| {
            subject.is_some_and(|subject| message.text.starts_with(&format!("{subject} redeclared")))
        };
        let before = (at - taken).checked_sub(1);
        match messages.iter().position(fits).or(before).and_then(|index| messages.get_mut(index)) {
            Some(owner) => {
                if let Some((file, line, column)) = &note.place {
                    let _ = write!(owner.text, "\n\t{file}:{line}:{column}: {}", note.text.trim());
                }
            }
            None => messages.push(note),
        }
    }
}

fn is_note_text(text: &str) -> bool {
    text.starts_with('\t') || text.starts_with("note: ")
}

fn finish(message: Message, output: &CompilerOutput<'_>) -> Diagnostic {
    let text = message.text.trim_end();
    let mut diagnostic = Diagnostic::error(output.origin, text.trim_start());
    diagnostic.severity = message.severity.unwrap_or(output.severity);
    diagnostic.hint = hints::hint(text);
    let position = match message.place {
        Some((file, line, column)) => {
            Some(Position { file: absolute(output.folder, Path::new(&file)), line, column })
        }
        None => undefined_symbol(text).and_then(|symbol| {
            let declared = declarations::find(output.sources);
            declarations::of_symbol(&declared, symbol).map(|found| found.position.clone())
        }),
    };
    match position {
        Some(position) => diagnostic.at(position),
        None => diagnostic,
    }
}

/// The symbol that a linker misses.
fn undefined_symbol(text: &str) -> Option<&str> {
    let marks = ["undefined symbol: ", "could not find symbol "];
    let rest = marks.iter().find_map(|mark| text.split_once(mark))?.1;
    rest.split_whitespace().next()
}

/// Joins and takes `.` and `..` out by name: the file may be gone, and links must stay as the user wrote them.
fn absolute(folder: &Path, file: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for component in folder.join(file).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Diagnostic> {
        let (origin, severity, sources) = (Origin::TinyGo, Severity::Error, BTreeSet::new());
        parse_output(CompilerOutput {
            origin,
            text,
            folder: Path::new("/p/cmd"),
            sources: &sources,
            severity,
        })
    }

    fn messages(text: &str) -> Vec<String> {
        parse(text).into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn places_become_absolute() {
        let found = parse("../inner/a.go:3:4: no\n./b.go:5: also no\n/goroot/src/c.go:1:2: nor this\n");
        let places: Vec<_> = found.iter().map(|one| one.position.clone().unwrap()).collect();
        let place = |file: &str, line, column| Position { file: PathBuf::from(file), line, column };
        assert_eq!(
            places,
            [place("/p/inner/a.go", 3, 4), place("/p/cmd/b.go", 5, 0), place("/goroot/src/c.go", 1, 2)]
        );
    }

    #[test]
    fn the_end_of_a_cut_list_is_no_message_but_names_its_package() {
        let text = "# example.test/a\n./a.go:1:1: one\n./a.go:2:1: too many errors\n# example.test/b [example.test/b.test]\n\
                    ./b.go:1:1: two\n./b.go:1:1: two\n";
        assert_eq!(messages(text), ["one", "two"]);
        assert_eq!(cut_packages(text), ["example.test/a"]);
    }

    #[test]
    fn notes_go_below_what_they_explain() {
        let text = "a.go:1:6: \tother declaration of f\na.go:2:1: no\na.go:3:6: f redeclared in this block\n\
                    a.go:4:1: wrong\na.go:5:1: note: because of this\n";
        assert_eq!(
            messages(text),
            [
                "no",
                "f redeclared in this block\n\ta.go:1:6: other declaration of f",
                "wrong\n\ta.go:5:1: note: because of this"
            ]
        );
        assert_eq!(messages("a.go:1:6: \tother declaration of f\n"), ["other declaration of f"]);
    }

    #[test]
    fn linker_messages_keep_their_references() {
        let text = "wasm-ld-19: error: undefined symbol: host\n>>> referenced by main.go:3\n>>>               lto.tmp:(main.main)\n\
                    wasm-ld-19: warning: function signature mismatch: x\nld.lld: error: unable to find library -lc\n";
        let found = parse(text);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found[0].message.contains("lto.tmp:(main.main)") && found[0].hint.is_some());
        assert_eq!(found[1].severity, Severity::Warning);
        assert!(found[2].message.contains("unable to find library"));
    }

    #[test]
    fn the_gate_of_tinygo_has_a_remedy() {
        let found = parse("requires go version 1.19 through 1.26, got go1.99\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].hint.as_ref().unwrap().contains("dev-server doctor"));
    }

    #[test]
    fn what_nobody_knows_is_kept_whole() {
        let crash = "panic: runtime error: invalid memory address\n[signal SIGSEGV]\n\ngoroutine 1 [running]:\n\
                     main.main()\n\t/src/main.go:12 +0x1d\nexit status 2";
        assert_eq!(messages(crash), [crash]);
        let crash = "LLVM ERROR: Cannot select: intrinsic %llvm.x\nPLEASE submit a bug report";
        assert_eq!(messages(crash).join("\n"), crash);
        let interp = "a.go:3:1: interp: unknown instruction\n\ntraceback:\n/p/cmd/a.go:3:1:\n  %1 = call\n";
        assert_eq!(messages(interp).len(), 2, "{:#?}", messages(interp));
        assert!(messages(interp).join("\n").contains("%1 = call"));
        assert_eq!(messages("go: downloading example.test/x v1.0.0\n\n"), Vec::<String>::new());
        assert_eq!(messages("\u{1b}[31ma.go:1:1: red\u{1b}[0m"), ["red"]);
    }

    #[test]
    fn any_text_is_kept() {
        use proptest::prelude::*;
        let line = prop_oneof![
            "[a-z]{1,8}",
            "[a-z]{1,3}\\.go:[0-9]{1,3}:[0-9]{1,2}: [a-z]{1,8}",
            "\t[a-z]{1,8}",
            "wasm-ld: error: [a-z]{1,8}",
            ">>> [a-z]{1,8}",
            "go: [a-z]{1,8}",
        ];
        proptest!(|(lines in prop::collection::vec(line, 0..20))| {
            let all = messages(&lines.join("\n")).join("\n");
            for line in &lines {
                let said = line.rsplit(": ").next().unwrap_or(line).trim();
                prop_assert!(all.contains(said), "{said:?} is not in {all:?}");
            }
        });
    }
}
