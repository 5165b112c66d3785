//! The part of a Go file that decides which packages and files belong to a program.

use std::collections::BTreeSet;

use crate::content::ContentHash;

/// Package clause, imports, build constraints and embed patterns. Two files with equal headers give the same
/// package graph; nothing else in a file can change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    constraints: Vec<String>,
    package: String,
    imports: BTreeSet<String>,
    embeds: BTreeSet<String>,
    /// Set when the file could not be followed up to its first declaration: such a header equals only that
    /// of the same bytes, so a doubt loads the graph again.
    unclear: Option<ContentHash>,
}

impl Header {
    pub(super) fn of(source: &[u8]) -> Self {
        let mut scanner = Scanner { rest: source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source), line: 1 };
        let mut header = Self {
            constraints: Vec::new(),
            package: String::new(),
            imports: BTreeSet::new(),
            embeds: embeds(source),
            unclear: None,
        };
        if header.read(&mut scanner).is_none() {
            header.unclear = Some(ContentHash::of(source));
        }
        header
    }

    fn read(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        scanner.skip(&mut self.constraints);
        (scanner.word() == b"package").then_some(())?;
        let mut later = Vec::new();
        scanner.skip(&mut later);
        self.package = String::from_utf8_lossy(scanner.word()).into_owned();
        imports(scanner, |path, _| {
            self.imports.insert(path);
        })
    }

    /// True when `//go:build` or `// +build` lines say when the file counts.
    pub(super) fn is_constrained(&self) -> bool {
        !self.constraints.is_empty()
    }
}

/// Line of `import "C"`.
pub(super) fn line_of_cgo_import(source: &[u8]) -> Option<u32> {
    let mut scanner = Scanner { rest: source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source), line: 1 };
    let mut ignored = Vec::new();
    scanner.skip(&mut ignored);
    scanner.word();
    scanner.skip(&mut ignored);
    scanner.word();
    let mut found = None;
    imports(&mut scanner, |path, line| {
        if path == "C" {
            found.get_or_insert(line);
        }
    });
    found
}

/// Reads import declarations up to the first other token; `None` when one is malformed.
fn imports(scanner: &mut Scanner<'_>, mut each: impl FnMut(String, u32)) -> Option<()> {
    let mut ignored = Vec::new();
    loop {
        scanner.skip(&mut ignored);
        if !scanner.rest.starts_with(b"import") {
            return Some(());
        }
        (scanner.word() == b"import").then_some(())?;
        scanner.skip(&mut ignored);
        let grouped = scanner.take(b'(');
        loop {
            scanner.skip(&mut ignored);
            if grouped && scanner.take(b')') {
                break;
            }
            // An alias, a dot or a blank.
            if !scanner.take(b'.') {
                scanner.word();
            }
            scanner.skip(&mut ignored);
            let line = scanner.line;
            each(scanner.string()?, line);
            if !grouped {
                break;
            }
        }
    }
}

/// Patterns after `//go:embed`, wherever such a line stands: one too many loads a graph for nothing, one too
/// few would miss a file.
fn embeds(source: &[u8]) -> BTreeSet<String> {
    source
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.trim_ascii().strip_prefix(b"//go:embed"))
        .map(|patterns| String::from_utf8_lossy(patterns).trim().to_owned())
        .collect()
}

struct Scanner<'a> {
    rest: &'a [u8],
    line: u32,
}

impl<'a> Scanner<'a> {
    /// Skips white space, semicolons and comments, and keeps the comments that are build constraints.
    fn skip(&mut self, constraints: &mut Vec<String>) {
        loop {
            if self.rest.starts_with(b"//") {
                let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
                let comment = self.rest[..end].trim_ascii();
                let text = comment.strip_prefix(b"//").unwrap_or(comment).trim_ascii_start();
                if comment.starts_with(b"//go:build") || text.starts_with(b"+build") {
                    constraints.push(String::from_utf8_lossy(comment).into_owned());
                }
                self.advance(end);
            } else if self.rest.starts_with(b"/*") {
                let end = self.rest.windows(2).skip(2).position(|pair| pair == b"*/");
                self.advance(end.map_or(self.rest.len(), |end| end + 4));
            } else if self.rest.first().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b';') {
                self.advance(1);
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let end = self.rest.iter().position(|byte| !is_part(byte)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        self.advance(end);
        word
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        self.advance(usize::from(found));
        found
    }

    fn string(&mut self) -> Option<String> {
        let quote = *self.rest.first().filter(|byte| matches!(byte, b'"' | b'`'))?;
        let inner = &self.rest[1..];
        let end = inner.iter().position(|byte| *byte == quote || *byte == b'\n')?;
        (inner[end] == quote).then_some(())?;
        let text = String::from_utf8(inner[..end].to_vec()).ok()?;
        self.advance(end + 2);
        // An escape in an import path is legal and rare enough to be a doubt.
        (!text.contains('\\')).then_some(text)
    }

    fn advance(&mut self, count: usize) {
        let (skipped, rest) = self.rest.split_at(count);
        self.line += skipped.split(|byte| *byte == b'\n').count() as u32 - 1;
        self.rest = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "// Text.\n//go:build js\n\n/* a */ package main\n\nimport \"fmt\"\nimport (\n\tx `a/b` // why\n\t. \"c\"; _ \"d\"\n)\n\nfunc main() {}\n";

    #[test]
    fn only_what_changes_the_graph_is_in_a_header() {
        let base = Header::of(BASE.as_bytes());
        assert_eq!(base.imports.iter().collect::<Vec<_>>(), ["a/b", "c", "d", "fmt"]);
        assert!(base.is_constrained() && base.unclear.is_none());
        for (from, to, equal) in [
            ("{}", "{ println(1) }", true),
            ("Text", "Other text", true),
            (" // why", "", true),
            ("x `a/b`", "y \"a/b\"", true),
            ("js", "js && !tinygo", false),
            ("main\n", "other\n", false),
            ("\"fmt\"", "\"strings\"", false),
            ("; _ \"d\"", "", false),
            ("func", "//go:embed a.txt\nvar a string\nfunc", false),
            ("import (", "import )", false),
            ("\"fmt\"", "\"fmt", false),
        ] {
            let other = Header::of(BASE.replace(from, to).as_bytes());
            assert_eq!(other == base, equal, "{from} -> {to}");
        }
    }

    #[test]
    fn a_broken_header_equals_only_itself() {
        for source in ["", "pakage main", "package main\nimport (", "package main\nimport \"a\\x62\""] {
            let header = Header::of(source.as_bytes());
            assert_eq!(header, Header::of(source.as_bytes()));
            assert_ne!(header, Header::of(format!("{source}\n").as_bytes()), "{source}");
        }
    }

    #[test]
    fn the_line_of_a_cgo_import_is_found() {
        let source = "package a\n\n/*\n#cgo LDFLAGS: -x\n*/\nimport \"C\"\n";
        assert_eq!(line_of_cgo_import(source.as_bytes()), Some(6));
        assert_eq!(line_of_cgo_import(b"package a\nimport (\n\"fmt\"\n\"C\"\n)"), Some(4));
        assert_eq!(line_of_cgo_import(BASE.as_bytes()), None);
    }
}
