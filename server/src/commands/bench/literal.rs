//! Which string of a Go file an edit changes, and the text of each edit.

use std::ops::Range;

use super::functions::Function;
use super::tokens::{Kind, Token, tokens};

/// A line that ends with this comment holds the string to edit.
pub(super) const MARK: &str = "//bench:edit";

/// Methods whose first argument names something of the page: an edit of it would break the program.
const NAMING_CALLS: &[&str] = &["Get", "Set", "Call", "Delete", "New"];

/// Words before the name of a constant or variable.
const DECLARING: [&str; 2] = ["const", "var"];

/// Edits of different kinds that follow each other: a text, a statement that is added, a number.
pub(super) const KINDS: u32 = 3;

/// A string literal that can be edited, and a place for a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where its text lies in the file, without the quotes.
    text: Range<usize>,
    /// Where the body begins of a function that holds or uses it, unless that runs at the start only.
    body: Option<usize>,
    /// How good it is.
    pub(super) fitness: Fitness,
}

/// How sure it is that only what people read changes. Ordered from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    /// Some string in a function.
    Some,
    /// It stands where the program begins: an edit shows at the next start.
    Start,
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
        let functions = Function::declared(source, &tokens);
        if let Some(marked) = marked(source, &tokens, &functions) {
            return Some(marked);
        }
        let mut best: Option<Self> = None;
        for index in in_functions(source, &tokens) {
            let Some(text) = inner(source, &tokens[index].range) else { continue };
            let content = &source[text.clone()];
            let holder = functions.iter().find(|function| function.body.contains(&text.start));
            let fitness = if is_name(source, &tokens[..index]) {
                Fitness::Some
            } else if holder.is_some_and(Function::is_of_the_start) {
                Fitness::Start
            } else if content.trim().contains(' ') {
                Fitness::Words
            } else {
                Fitness::NoName
            };
            // An empty string is mostly compared with, not shown.
            if !content.is_empty() && best.as_ref().is_none_or(|best| best.fitness < fitness) {
                best = Some(Self { text, body: body(holder), fitness });
            }
        }
        best
    }

    /// What is put in for the edit of that number, and where. Every edit differs from all others, and in length from
    /// the one before it: an equal length and time would be no change to some editors and file systems. With a place
    /// for a statement, edits take turns: the text changes, a statement is added, a number in it changes.
    pub(super) fn insertions(&self, number: u32) -> Vec<(usize, String)> {
        let turn = if self.body.is_some() { number % KINDS } else { 0 };
        let texted = number - turn;
        let dots = if texted.is_multiple_of(2) { "." } else { ".." };
        let mut found = vec![(self.text.end, format!(" {texted:06}{dots}"))];
        let value = match turn {
            0 => None,
            1 => Some(number),
            // Two digits more than any number of an edit has.
            _ => Some(10_000_000 + number),
        };
        found.extend(self.body.zip(value).map(|(at, value)| (at, statement(value))));
        found
    }
}

/// A statement that fits into every body and is not taken out again by the passes that user code goes through in
/// development: it stands for itself, needs no import and takes some nanoseconds.
pub(super) fn statement(number: u32) -> String {
    format!(" for left := {number}; left > 1; left /= 2 {{}};")
}

fn body(function: Option<&Function>) -> Option<usize> {
    function.filter(|function| !function.is_of_the_start()).map(|function| function.body.start)
}

fn marked(source: &str, tokens: &[Token], functions: &[Function]) -> Option<Literal> {
    let marks = (0..tokens.len()).filter(|index| {
        let token = &tokens[*index];
        token.kind == Kind::LineComment && source[token.range.clone()].trim_end().ends_with(MARK)
    });
    for mark in marks {
        let start = tokens[mark].range.start;
        let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let on_line = || tokens[..mark].iter().filter(|token| token.range.start >= line);
        let mut texts = on_line().filter(|token| token.kind == Kind::Text);
        if let Some(text) = texts.find_map(|token| inner(source, &token.range)) {
            let holder = functions.iter().find(|function| function.body.contains(&text.start));
            let names = on_line().filter(|token| token.kind == Kind::Word);
            let mut names =
                names.map(|token| &source[token.range.clone()]).filter(|name| !DECLARING.contains(name));
            let user = || names.next().and_then(|name| user_of(name, source, tokens, functions));
            return Some(Literal { text, body: body(holder.or_else(user)), fitness: Fitness::Marked });
        }
    }
    None
}

/// The first function whose body has that name and that does not run at the start only.
fn user_of<'a>(
    name: &str,
    source: &str,
    tokens: &[Token],
    functions: &'a [Function],
) -> Option<&'a Function> {
    let uses = |function: &&Function| {
        tokens
            .iter()
            .any(|token| function.body.contains(&token.range.start) && &source[token.range.clone()] == name)
    };
    functions.iter().filter(|function| !function.is_of_the_start()).find(uses)
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
    fn what_runs_at_the_start_only_is_taken_when_there_is_nothing_else() {
        assert_eq!(found("func main() { print(\"a b\") }"), Some(("a b", Fitness::Start)));
        let other = "func init() { print(\"a b\") }\nfunc f() { print(\"c\") }";
        assert_eq!(found(other), Some(("c", Fitness::NoName)));
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

    fn edited(source: &str, number: u32) -> String {
        let mut insertions = Literal::find(source).unwrap().insertions(number);
        insertions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let mut text = source.to_owned();
        for (at, what) in insertions {
            text.insert_str(at, &what);
        }
        text
    }

    #[test]
    fn edits_differ_from_each_other_and_in_length_from_the_last() {
        let once = "func main() { print(\"two words\") }";
        for source in [PROGRAM, once] {
            let edits: Vec<_> = (1..=200).map(|number| edited(source, number)).collect();
            assert!(edits.windows(2).all(|pair| pair[0].len() != pair[1].len()));
            let distinct: std::collections::BTreeSet<_> = edits.iter().collect();
            assert_eq!(distinct.len(), edits.len());
        }
        assert_eq!(edited(once, 1), "func main() { print(\"two words 000001..\") }");
    }

    #[test]
    fn a_text_a_statement_and_a_number_change_in_turn() {
        let source = "const motto = \"a b\" //bench:edit\nfunc main() { show(motto) }\n\
            func f(x int) { show(x, motto) }\n";
        assert_eq!(edited(source, 6), source.replace("a b", "a b 000006."));
        let added = |number: u32| {
            let statement = format!("int) {{ for left := {number}; left > 1; left /= 2 {{}};");
            source.replace("a b", "a b 000006.").replace("int) {", &statement)
        };
        assert_eq!(edited(source, 7), added(7));
        assert_eq!(edited(source, 8), added(10_000_008));
        assert_eq!(edited(source, 9), source.replace("a b", "a b 000009.."));
    }
}
