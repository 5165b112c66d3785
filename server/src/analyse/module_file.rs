//! What `go.mod` and `go.work` refer to, read before any tool acts on it.

use std::path::{Path, PathBuf};

/// A line that matters to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Line, from 1.
    pub(super) line: u32,
    pub(super) kind: ReferenceKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReferenceKind {
    /// `replace x => ../y`: a folder.
    Replace(PathBuf),
    /// `use ../y` of a workspace.
    Use(PathBuf),
    /// `toolchain go1.99.0`
    Toolchain(String),
}

/// Finds the references, line by line. Whatever is malformed is left to the go command to complain about:
/// a line that it would not accept leads to nothing.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        let mut words = words(line);
        if words.first().map(String::as_str) == Some(")") {
            block = None;
            continue;
        }
        if words.len() == 2 && words[1] == "(" {
            block = Some(words.swap_remove(0));
            continue;
        }
        if let Some(verb) = &block {
            words.insert(0, verb.clone());
        }
        let kind = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["replace", rest @ ..] => {
                let target = rest.iter().position(|word| *word == "=>").and_then(|at| rest.get(at + 1));
                target.filter(|target| is_folder(target)).map(|target| ReferenceKind::Replace(target.into()))
            }
            ["use", folder] => Some(ReferenceKind::Use(folder.into())),
            ["toolchain", name] => Some(ReferenceKind::Toolchain((*name).to_owned())),
            _ => None,
        };
        found.extend(kind.map(|kind| Reference { line: number as u32 + 1, kind }));
    }
    found
}

/// The go command takes a target for a folder when it is written like one.
fn is_folder(target: &str) -> bool {
    target == "."
        || target == ".."
        || target.starts_with("./")
        || target.starts_with("../")
        || Path::new(target).is_absolute()
}

/// Words of a line without its comment; quoted ones without their quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with("//") {
        let (word, after) = match rest.chars().next() {
            Some(quote @ ('"' | '`')) => {
                let inner = &rest[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or(""))
            }
            Some(bracket @ ('(' | ')')) => rest.split_at(bracket.len_utf8()),
            _ => {
                let end = rest
                    .char_indices()
                    .find(|(at, character)| {
                        character.is_whitespace()
                            || "()".contains(*character)
                            || rest[*at..].starts_with("//")
                    })
                    .map_or(rest.len(), |(at, _)| at);
                rest.split_at(end)
            }
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_lines_and_blocks() {
        let text = "module x // replace a => ../no\n\ngo 1.26\ntoolchain go1.99.0\n\
                    replace a/b => ../b\nreplace (\n\tc v1.0.0 => \"/abs/c\"\n\td => e v1.2.3\n)\n\
                    use (\n\t./in\n\t`../out`\n)\nuse ./one\n";
        let found: Vec<_> = references(text).into_iter().map(|found| (found.line, found.kind)).collect();
        assert_eq!(
            found,
            [
                (4, ReferenceKind::Toolchain("go1.99.0".to_owned())),
                (5, ReferenceKind::Replace("../b".into())),
                (7, ReferenceKind::Replace("/abs/c".into())),
                (11, ReferenceKind::Use("./in".into())),
                (12, ReferenceKind::Use("../out".into())),
                (14, ReferenceKind::Use("./one".into())),
            ]
        );
    }
}
