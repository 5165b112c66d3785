//! Cuts a Go file into its top-level declarations, and finds its comments, in one pass over the bytes.
//!
//! In a Go file whose brackets match, a declaration begins exactly where one of six keywords follows a semicolon, written
//! or implied by a newline, outside all brackets (specification, "Semicolons"). So each can be read on its own: one that
//! cannot be read spoils no other, and one that did not change need not be read again.

use std::ops::Range;

/// A part of a file: one top-level declaration when the file is Go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    /// From its first token to the end of its last one, semicolons aside.
    pub(crate) range: Range<u32>,
    /// Do its brackets match?
    pub(crate) is_whole: bool,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Scan {
    /// The bytes with blanks in place of comments. To Go a comment that contains a newline is a newline, to the grammar it
    /// is nothing: newlines stay.
    pub(crate) blanked: Vec<u8>,
    /// In order; a line comment ends before its newline.
    pub(crate) comments: Vec<Range<u32>>,
    /// In order.
    pub(crate) pieces: Vec<Piece>,
    /// Was it stopped before the end?
    pub(crate) stopped: bool,
}

/// Scans from a place where a declaration starts, or the start of the file. `stop` is asked at the start of each, told where
/// what was before it ended if it was seen, and ends the scan there. Positions are those of the source; `blanked` begins
/// at `from`.
pub(crate) fn scan(source: &[u8], from: u32, stop: Stop<'_>) -> Scan {
    let mut scanner = Scanner::new(source, from as usize, Manner::Exact);
    scanner.run(stop);
    scanner.finish(from)
}

/// Ends a scan.
pub(crate) type Stop<'a> = &'a mut dyn FnMut(u32, Option<u32>) -> bool;

/// Cuts what could not be read as one declaration, in the hope that parts of it can be: at every semicolon outside of
/// brackets, and where a keyword at the start of a line looks like the start of a declaration, brackets or not.
/// Comments have been blanked, but for those behind a text without an end.
pub(crate) fn cut(blanked: &[u8]) -> Vec<Piece> {
    let mut scanner = Scanner::new(blanked, 0, Manner::Loose);
    scanner.run(&mut |_, _| false);
    scanner.finish(0).pieces
}

/// The text of one declaration with a semicolon in place of each newline that is one, and blanks in place of the others: the
/// grammar would take some of those that are semicolons for nothing, and read what Go refuses. Comments have been blanked.
pub(crate) fn with_semicolons(blanked: &[u8]) -> Vec<u8> {
    let mut scanner = Scanner::new(blanked, 0, Manner::Loose);
    let mut result = blanked.to_vec();
    scanner.newlines = Some(&mut result);
    scanner.run(&mut |_, _| false);
    result
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Exact,
    Loose,
}

struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
    manner: Manner,
    comments: Vec<Range<u32>>,
    pieces: Vec<Piece>,
    stopped: bool,
    depth: u32,
    /// Start and last end of the piece that is being read.
    start: Option<usize>,
    end: usize,
    is_whole: bool,
    /// Would a newline be a semicolon?
    ends_statement: bool,
    /// Was there a semicolon outside of brackets, with nothing after it?
    is_between: bool,
    word: Range<usize>,
    /// Does the last quoted text lack its end?
    is_cut_off: bool,
    /// Where newlines are to be replaced.
    newlines: Option<&'a mut Vec<u8>>,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a [u8], from: usize, manner: Manner) -> Self {
        let mut scanner = Self {
            source,
            at: from,
            manner,
            comments: Vec::new(),
            pieces: Vec::new(),
            stopped: false,
            depth: 0,
            start: None,
            end: from,
            is_whole: true,
            ends_statement: false,
            is_between: true,
            word: 0..0,
            is_cut_off: false,
            newlines: None,
        };
        // Go ignores one at the very start.
        if from == 0 && source.starts_with("\u{feff}".as_bytes()) {
            scanner.at = 3;
        }
        scanner
    }

    fn run(&mut self, stop: Stop<'_>) {
        while let Some(byte) = self.source.get(self.at) {
            match byte {
                b'\n' => {
                    self.newline();
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                    let end =
                        self.run_of(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80);
                    if self.begins_declaration(end) {
                        if stop(self.at as u32, self.start.map(|_| self.end as u32)) {
                            self.stopped = true;
                            return;
                        }
                        self.cut_here();
                    }
                    self.word = self.at..end;
                    self.token(end, true);
                }
                b'0'..=b'9' => {
                    let end =
                        self.run_of(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
                    self.token(end, true);
                }
                b'/' => self.slash(),
                quote @ (b'"' | b'\'') => {
                    let (end, is_closed) = self.quoted_end(*quote);
                    self.is_cut_off = !is_closed;
                    self.token(end, true);
                }
                b'`' => {
                    // One without an end swallows the rest, or its line when that is cut up.
                    let end = match find(self.source, self.at + 1, b"`") {
                        Some(found) => found + 1,
                        None if self.manner == Manner::Loose => line_end(self.source, self.at),
                        None => self.text_end(),
                    };
                    self.token(end, true);
                }
                b'(' | b'[' | b'{' => {
                    self.token(self.at + 1, false);
                    self.depth += 1;
                }
                b')' | b']' | b'}' => {
                    let is_open = self.depth > 0;
                    self.token(self.at + 1, true);
                    self.is_whole &= is_open;
                    self.depth = self.depth.saturating_sub(1);
                }
                b';' => {
                    self.is_between |= self.depth == 0;
                    self.ends_statement = false;
                    self.at += 1;
                    // Within a piece it is a part of it; at its end it is not.
                }
                b'+' | b'-' if self.source.get(self.at + 1) == Some(byte) => self.token(self.at + 2, true),
                _ => self.token(self.at + 1, false),
            }
        }
    }

    fn slash(&mut self) {
        let end = match self.source.get(self.at + 1) {
            Some(b'/') => Some(line_end(self.source, self.at)),
            Some(b'*') => find(self.source, self.at + 2, b"*/").map(|found| found + 2),
            _ => None,
        };
        // What Go refuses in a file, it refuses in comments too.
        let Some(end) = end.filter(|end| !is_refused(&self.source[self.at..*end])) else {
            self.no_comment();
            return;
        };
        let has_newline = self.source[self.at..end].contains(&b'\n');
        if self.manner == Manner::Exact {
            self.comments.push(self.at as u32..end as u32);
        }
        if has_newline {
            self.newline();
        }
        self.at = end;
    }

    /// A division, or a comment that is text: one without an end is all that follows.
    fn no_comment(&mut self) {
        let end = match self.source.get(self.at + 1) {
            Some(b'/') => line_end(self.source, self.at),
            Some(b'*') => {
                find(self.source, self.at + 2, b"*/").map_or_else(|| self.text_end(), |found| found + 2)
            }
            _ => self.at + 1,
        };
        let is_comment = end > self.at + 1;
        self.token(end, false);
        // Go refuses it, and so would the grammar, after a long search for what else it could be.
        self.is_whole &= !is_comment;
    }

    fn token(&mut self, end: usize, ends_statement: bool) {
        if self.start.is_none() || (self.manner == Manner::Loose && self.is_between) {
            self.cut_here();
        }
        self.is_between = false;
        self.ends_statement = ends_statement;
        self.at = end;
        self.end = end;
    }

    fn newline(&mut self) {
        let is_semicolon = self.ends_statement && !self.continues();
        self.is_between |= is_semicolon && self.depth == 0;
        self.ends_statement = false;
        // In a text that lacks its end it says so.
        if let Some(text) = self.newlines.as_mut().filter(|_| !self.is_cut_off || self.end != self.at) {
            text[self.at] = if is_semicolon { b';' } else { b' ' };
        }
    }

    /// Is the last token a keyword behind which a newline is nothing?
    fn continues(&self) -> bool {
        self.word.end == self.end
            && matches!(
                &self.source[self.word.clone()],
                b"case"
                    | b"chan"
                    | b"const"
                    | b"default"
                    | b"defer"
                    | b"else"
                    | b"for"
                    | b"func"
                    | b"go"
                    | b"goto"
                    | b"if"
                    | b"import"
                    | b"interface"
                    | b"map"
                    | b"package"
                    | b"range"
                    | b"select"
                    | b"struct"
                    | b"switch"
                    | b"type"
                    | b"var"
            )
    }

    fn begins_declaration(&self, end: usize) -> bool {
        let keyword = &self.source[self.at..end];
        let is_keyword = matches!(keyword, b"package" | b"import" | b"const" | b"var" | b"type" | b"func");
        if !is_keyword || (self.is_between && self.depth == 0) {
            return is_keyword;
        }
        // Most people write declarations, and nothing else, at the start of a line.
        self.manner == Manner::Loose
            && (self.at == 0 || self.source[self.at - 1] == b'\n')
            && self.source.get(end) == Some(&b' ')
            && match keyword {
                b"func" | b"type" => self
                    .source
                    .get(end + 1)
                    .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'_' | b'(' | 0x80..)),
                b"import" | b"package" => true,
                _ => self.depth == 0,
            }
    }

    fn cut_here(&mut self) {
        self.close();
        self.start = Some(self.at);
        self.is_between = false;
        self.depth = 0;
        self.is_whole = true;
    }

    fn close(&mut self) {
        if let Some(start) = self.start.take() {
            let is_whole = self.is_whole && self.depth == 0;
            self.pieces.push(Piece { range: start as u32..self.end as u32, is_whole });
        }
    }

    fn finish(mut self, from: u32) -> Scan {
        self.close();
        let mut blanked = self.source[from as usize..self.at].to_vec();
        let mark = "\u{feff}".as_bytes();
        if from == 0 && blanked.starts_with(mark) {
            blanked[..mark.len()].fill(b' ');
        }
        for comment in &self.comments {
            let bytes = &mut blanked[(comment.start - from) as usize..(comment.end - from) as usize];
            bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        Scan { blanked, comments: self.comments, pieces: self.pieces, stopped: self.stopped }
    }

    /// The end of what swallows the rest.
    fn text_end(&self) -> usize {
        self.source.trim_ascii_end().len()
    }

    fn run_of(&self, is_in: impl Fn(u8) -> bool) -> usize {
        let rest = &self.source[self.at..];
        self.at + rest.iter().position(|byte| !is_in(*byte)).unwrap_or(rest.len())
    }

    /// A quoted text ends with its line at the latest, so that one that lacks its end does not swallow the file.
    fn quoted_end(&self, quote: u8) -> (usize, bool) {
        let mut at = self.at + 1;
        while let Some(byte) = self.source.get(at) {
            match byte {
                b'\\' if self.source.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
                b'\n' => return (at, false),
                byte if *byte == quote => return (at + 1, true),
                _ => at += 1,
            }
        }
        (self.source.len(), false)
    }
}

/// What Go accepts nowhere in a file: what is not UTF-8, NUL, a byte order mark. The first such place.
pub(crate) fn refused(text: &[u8]) -> Option<usize> {
    let valid = match std::str::from_utf8(text) {
        Ok(_) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    let nul = text[..valid].iter().position(|byte| *byte == 0);
    let mark = if text.contains(&0xef) { find(&text[..valid], 0, "\u{feff}".as_bytes()) } else { None };
    [nul, mark, (valid < text.len()).then_some(valid)].into_iter().flatten().min()
}

fn is_refused(comment: &[u8]) -> bool {
    // Nearly all comments are ASCII without control characters.
    comment.iter().any(|byte| *byte == 0 || *byte >= 0x80) && refused(comment).is_some()
}

fn line_end(source: &[u8], from: usize) -> usize {
    source[from..].iter().position(|byte| *byte == b'\n').map_or(source.len(), |length| from + length)
}

fn find(source: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    source.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(source: &str) -> String {
        String::from_utf8(scan(source.as_bytes(), 0, &mut |_, _| false).blanked).unwrap()
    }

    fn pieces(source: &str) -> Vec<String> {
        let scan = scan(source.as_bytes(), 0, &mut |_, _| false);
        texts(source, &scan.pieces)
    }

    fn loose(source: &str) -> Vec<String> {
        texts(source, &cut(source.as_bytes()))
    }

    fn texts(source: &str, pieces: &[Piece]) -> Vec<String> {
        pieces
            .iter()
            .map(|piece| {
                let text = &source[piece.range.start as usize..piece.range.end as usize];
                format!("{}{text}", if piece.is_whole { "" } else { "!" })
            })
            .collect()
    }

    #[test]
    fn comments_become_blanks_and_newlines_stay() {
        assert_eq!(blanked("a // b\nc /* d\n e */ f"), "a     \nc     \n      f");
    }

    #[test]
    fn what_looks_like_a_comment_in_a_text_stays() {
        for source in ["a := \"// b\"", "a := `/* b */`", "a := '\\''; b := '\"'", "a := \"\\\"// c\""] {
            assert_eq!(blanked(source), source);
        }
    }

    #[test]
    fn a_text_without_an_end_ends_with_its_line() {
        assert_eq!(blanked("a := \"b\n// c"), "a := \"b\n    ");
        assert_eq!(blanked("'\n// c"), "'\n    ");
        assert_eq!(blanked("`a // b\n// c"), "`a // b\n// c");
    }

    #[test]
    fn comments_that_go_refuses_are_none() {
        for source in ["/* a", "// \u{0}", "/* \u{feff} */"] {
            assert_eq!(blanked(source), source);
            assert_eq!(pieces(source), [format!("!{source}")]);
        }
    }

    #[test]
    fn a_byte_order_mark_is_blank() {
        assert_eq!(blanked("\u{feff}package a"), "   package a");
    }

    #[test]
    fn pieces_are_declarations() {
        for (source, expected) in [
            ("package a; import \"b\"\nvar x = 1", &["package a", "import \"b\"", "var x = 1"][..]),
            ("func f() {\nvar x = 1\n}\nfunc g() {}", &["func f() {\nvar x = 1\n}", "func g() {}"]),
            ("var f =\nfunc() {}\nvar g = 1", &["var f =\nfunc() {}", "var g = 1"]),
            ("var c chan\nfunc()\ntype T int", &["var c chan\nfunc()", "type T int"]),
            ("var x = 1 /*\n*/ var y = 2", &["var x = 1", "var y = 2"]),
            ("var x = 1 var y", &["var x = 1 var y"]),
            ("var f,\nfunc g() {}", &["var f,\nfunc g() {}"]),
            ("x\nfunc f() {\nfunc g() {}", &["x", "!func f() {\nfunc g() {}"]),
            ("func f() }\nfunc g() {}", &["!func f() }", "func g() {}"]),
            ("// a\n;;\n", &[]),
            ("func f() { x++ }; ; func g() {}", &["func f() { x++ }", "func g() {}"]),
        ] {
            assert_eq!(pieces(source), expected, "{source}");
        }
    }

    #[test]
    fn newlines_become_what_they_are() {
        for (source, expected) in [
            ("x\n+ y", "x;+ y"),
            ("x +\ny", "x + y"),
            ("return\n\n1", "return; 1"),
            ("f(\na,\nb)\n", "f( a, b);"),
            ("f(a\n)", "f(a;)"),
            ("if x {\ny++\n}\n", "if x { y++;};"),
            ("`a\nb`\nx", "`a\nb`;x"),
            ("map\n[a]b", "map [a]b"),
            ("x\r\ny", "x\r;y"),
            ("\"a\nb\"\n", "\"a\nb\"\n"),
            ("\"a\\\"\nb", "\"a\\\"\nb"),
            ("\"a\"\nb", "\"a\";b"),
        ] {
            assert_eq!(with_semicolons(source.as_bytes()), expected.as_bytes(), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_cut_at_what_looks_like_a_declaration() {
        for (source, expected) in [
            ("func f() {\nfunc g() {}", &["!func f() {", "func g() {}"][..]),
            ("func f() {\nvar x = 1\n", &["!func f() {\nvar x = 1"]),
            ("func g() {}\n=======\nfunc g() {}", &["func g() {}", "=======", "func g() {}"]),
            ("func f() {}\n<<<<<<< HEAD", &["func f() {}", "<<<<<<< HEAD"]),
            ("var x = `\nfunc f() {}\n// a", &["var x = `", "func f() {}"]),
            ("func f() {\nfunc() {}()\n}", &["func f() {\nfunc() {}()\n}"]),
        ] {
            assert_eq!(loose(source), expected, "{source}");
        }
    }
}
