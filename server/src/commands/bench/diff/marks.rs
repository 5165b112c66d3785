//! The parts of two texts that a tool marks as changed, and how much that is.

use std::ops::Range;

use super::super::tokens::{Kind, Token, tokens};

/// Words of the language: whoever counts what changed counts names and literals.
const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Ranges of bytes, in any order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) old: Vec<Range<usize>>,
    pub(super) new: Vec<Range<usize>>,
}

impl Marks {
    /// Lines of which something is marked, old and new.
    pub(super) fn lines(&self, old: &str, new: &str) -> usize {
        lines(&self.old, old) + lines(&self.new, new)
    }

    /// Names and literals of which something is marked, old and new. Those in comments are none.
    pub(super) fn words(&self, old: &str, new: &str) -> usize {
        words(&self.old, old) + words(&self.new, new)
    }
}

/// Where each line begins.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Is a token a name or a literal?
pub(super) fn is_word(token: &Token, text: &str) -> bool {
    match token.kind {
        Kind::Word => !KEYWORDS.contains(&&text[token.range.clone()]),
        Kind::Text | Kind::Other => true,
        Kind::Sign(_) | Kind::LineComment => false,
    }
}

/// Names and literals in a text.
pub(super) fn count_words(text: &str) -> usize {
    tokens(text).iter().filter(|token| is_word(token, text)).count()
}

fn lines(marks: &[Range<usize>], text: &str) -> usize {
    let starts = line_starts(text);
    let line = |at: usize| starts.partition_point(|start| *start <= at);
    let mut marked: Vec<usize> =
        marks.iter().flat_map(|mark| line(mark.start)..=line(mark.end.max(mark.start + 1) - 1)).collect();
    marked.sort_unstable();
    marked.dedup();
    marked.len()
}

fn words(marks: &[Range<usize>], text: &str) -> usize {
    let mut marks: Vec<_> = marks.iter().filter(|mark| !mark.is_empty()).cloned().collect();
    marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
    // The furthest end of a mark and of all before it: they may overlap.
    let reach: Vec<usize> = marks
        .iter()
        .scan(0, |furthest, mark| {
            *furthest = mark.end.max(*furthest);
            Some(*furthest)
        })
        .collect();
    let is_marked = |range: &Range<usize>| {
        let before = marks.partition_point(|mark| mark.start < range.end);
        before > 0 && reach[before - 1] > range.start
    };
    tokens(text).iter().filter(|token| is_word(token, text) && is_marked(&token.range)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "func f() { g(1, \"a b\") } // x\nvar y = `p\nq`\n";

    fn marks(texts: &[&str]) -> Marks {
        let ranges = texts.iter().map(|part| {
            let start = TEXT.find(part).unwrap();
            start..start + part.len()
        });
        Marks { old: ranges.collect(), new: Vec::new() }
    }

    fn counted(texts: &[&str]) -> (usize, usize) {
        let marks = marks(texts);
        (marks.lines(TEXT, ""), marks.words(TEXT, ""))
    }

    #[test]
    fn a_word_counts_once_however_much_of_it_is_marked() {
        assert_eq!(counted(&["a", "b\""]), (1, 1));
        assert_eq!(counted(&["g(1", "(1, \"a"]), (1, 3));
        assert_eq!(counted(&["p", "q"]), (2, 1));
        assert_eq!(counted(&["f() { g(1, \"a b\") } // x\nvar y", "g"]), (2, 5));
    }

    #[test]
    fn keywords_signs_and_comments_are_no_words() {
        assert_eq!(counted(&["func", ") {", "// x", "var"]), (2, 0));
        assert_eq!(counted(&[]), (0, 0));
        assert_eq!(count_words(TEXT), 6);
    }

    #[test]
    fn an_empty_mark_is_on_a_line_and_on_no_word() {
        let marks = Marks { old: Vec::new(), new: vec![0..0, 32..32] };
        assert_eq!((marks.lines("", TEXT), marks.words("", TEXT)), (2, 0));
    }
}
