//! Which string of a Go file an edit changes, and the text of each edit.

use std::ops::Range;

use super::tokens::{Kind, Token, tokens};

/// A line that ends with this comment holds the string to edit.
pub(super) const MARK: &str = "//bench:edit";

/// Methods whose first argument names something of the page: an edit of it would break the program.
const NAMING_CALLS: &[&str] = &["Get", "Set", "Call", "Delete", "New"];

/// A string literal that can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where its text lies in the file, without the quotes.
    text: Range<usize>,
    /// How good it is.
    pub(super) fitness: Fitness,
}

/// How sure it is that only what people read changes. Ordered from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    /// Some string in a function.
    Some,
    /// No name of something of the page.
    NoName,
    /// It has a space, as text for people has.
    Words,
    /// The author marked it.
    Marked,
}

impl Literal {
    /// The best one of a file; of equals the first.
    pub(super) fn find(source: &str) -> Option<Self> {
        let tokens = tokens(source);
        if let Some(marked) = marked(source, &tokens) {
            return Some(marked);
        }
        let mut best: Option<Self> = None;
        for index in in_functions(source, &tokens) {
            let Some(text) = inner(source, &tokens[index].range) else { continue };
            let content = &source[text.clone()];
            let fitness = if is_name(source, &tokens[..index]) {
                Fitness::Some
            } else if content.trim().contains(' ') {
                Fitness::Words
            } else {
                Fitness::NoName
            };
            // An empty string is mostly compared with, not shown.
            if !content.is_empty() && best.as_ref().is_none_or(|best| best.fitness < fitness) {
                best = Some(Self { text, fitness });
            }
        }
        best
    }

    /// The file with the literal changed for the edit of that number. Every edit differs from all others, and in
    /// length from the one before it: an equal length and time would be no change to some editors and file systems.
    pub(super) fn edited(&self, source: &str, number: u32) -> String {
        let dots = if number.is_multiple_of(2) { "." } else { ".." };
        let mut text = source.to_owned();
        text.insert_str(self.text.end, &format!(" {number:06}{dots}"));
        text
    }
}

fn marked(source: &str, tokens: &[Token]) -> Option<Literal> {
    let marks = (0..tokens.len()).filter(|index| {
        let token = &tokens[*index];
        token.kind == Kind::LineComment && source[token.range.clone()].trim_end().ends_with(MARK)
    });
    for mark in marks {
        let start = tokens[mark].range.start;
        let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let mut on_line =
            tokens[..mark].iter().filter(|token| token.kind == Kind::Text && token.range.start >= line);
        if let Some(text) = on_line.find_map(|token| inner(source, &token.range)) {
            return Some(Literal { text, fitness: Fitness::Marked });
        }
    }
    None
}

/// Without the quotes; `None` of a literal that is not closed.
fn inner(source: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let closed = range.len() >= 2 && source[range.clone()].ends_with('"');
    closed.then(|| range.start + 1..range.end - 1)
}

/// Indices of string literals inside bodies of functions, but for tags of local struct types.
fn in_functions(source: &str, tokens: &[Token]) -> Vec<usize> {
    let mut found = Vec::new();
    // For each open bracket: whether it stands in a body of statements, and whether it is that of a type.
    let mut open: Vec<(bool, bool)> = Vec::new();
    // Depths of `func` words whose body has not begun.
    let mut heads: Vec<usize> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        let line_ended =
            before.is_some_and(|before| source[before.range.end..token.range.start].contains('\n'));
        if line_ended {
            // The body begins on the line where the signature ends, or there is none.
            heads.retain(|depth| *depth < open.len());
        }
        let (body, of_type) = open.last().copied().unwrap_or((false, false));
        match token.kind {
            Kind::Word if &source[token.range.clone()] == "func" => heads.push(open.len()),
            Kind::Sign(b'(' | b'[') => open.push((body, of_type)),
            Kind::Sign(b'{') => {
                let is_type = before
                    .is_some_and(|before| matches!(&source[before.range.clone()], "struct" | "interface"));
                let starts_body = !is_type && heads.last() == Some(&open.len());
                if starts_body {
                    heads.pop();
                }
                open.push((body || starts_body, is_type));
            }
            Kind::Sign(b')' | b']' | b'}') => {
                open.pop();
                heads.retain(|depth| *depth <= open.len());
            }
            Kind::Text if body && !of_type => found.push(index),
            _ => {}
        }
    }
    found
}

/// True when the tokens end with `.Get(` or the like.
fn is_name(source: &str, before: &[Token]) -> bool {
    let [.., dot, method, bracket] = before else { return false };
    dot.kind == Kind::Sign(b'.')
        && bracket.kind == Kind::Sign(b'(')
        && NAMING_CALLS.contains(&&source[method.range.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Option<(&str, Fitness)> {
        Literal::find(source).map(|literal| (&source[literal.text], literal.fitness))
    }

    const PROGRAM: &str = r##"package main

import "fmt"

const top = "a constant"

type person struct {
	Name string "json tag here"
}

func (p person) take(format func(s string) string, x interface{ Get() string }) struct{ A int } {
	type local struct {
		A int "a tag"
	}
	// "a comment"
	document := js.Global().Get("document")
	document.Call("getElementById", "app")
	fmt.Println('"', `raw words here`, "", "plain")
	run(func() { fmt.Println("two words") })
	return struct{ A int }{1}
}
"##;

    #[test]
    fn a_string_for_people_inside_a_function_is_preferred() {
        assert_eq!(found(PROGRAM), Some(("two words", Fitness::Words)));
        let without = PROGRAM.replace("two words", "words");
        assert_eq!(found(&without), Some(("app", Fitness::NoName)));
        assert_eq!(found("func f() { x.Get(\"a b\") }"), Some(("a b", Fitness::Some)));
        assert_eq!(
            found("package main\nvar x = \"a b\"\nvar f func() = nil\nvar y = map[string]int{\"c d\": 1}"),
            None
        );
        assert_eq!(found("var f = func() { print(\"a b\") }"), Some(("a b", Fitness::Words)));
    }

    #[test]
    fn a_marked_line_wins() {
        let marked = PROGRAM.replace("\"a constant\"", "\"a \\\"b\\\"\" //bench:edit");
        assert_eq!(found(&marked), Some(("a \\\"b\\\"", Fitness::Marked)));
        let unusable = PROGRAM.replace("// \"a comment\"", "//bench:edit");
        assert_eq!(found(&unusable), Some(("two words", Fitness::Words)));
        assert_eq!(found("// see `x` //bench:edit\n"), None);
        assert_eq!(found("s := `//bench:edit` + \"x\" // y"), None);
    }

    #[test]
    fn edits_differ_from_each_other_and_in_length_from_the_last() {
        let literal = Literal::find(PROGRAM).unwrap();
        let edits: Vec<_> = (1..=200).map(|number| literal.edited(PROGRAM, number)).collect();
        assert!(edits[0].contains("\"two words 000001..\""), "{}", edits[0]);
        assert!(edits.windows(2).all(|pair| pair[0].len() != pair[1].len()));
        let distinct: std::collections::BTreeSet<_> = edits.iter().collect();
        assert_eq!(distinct.len(), edits.len());
    }
}
