//! Which functions a Go file declares, and where their bodies lie.

use std::ops::Range;

use super::tokens::{Kind, Token};

/// Functions that run once, when the program starts: an edit of them shows at the next start only.
const AT_START: [&str; 2] = ["main", "init"];

/// A function or method that is declared, not one that is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name, without that of a receiver.
    pub(super) name: String,
    /// It has a receiver.
    is_method: bool,
    /// From behind the opening bracket up to the closing one.
    pub(super) body: Range<usize>,
}

impl Function {
    /// All that have a body, in their order.
    pub(super) fn declared(source: &str, tokens: &[Token]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut index = 0;
        while index < tokens.len() {
            let token = &tokens[index];
            if opens(token) {
                index = end_of(tokens, index) + 1;
            } else if &source[token.range.clone()] == "func" && begins_a_line(source, tokens, index) {
                let (function, next) = declaration(source, tokens, index);
                found.extend(function);
                index = next;
            } else {
                index += 1;
            }
        }
        found
    }

    /// It is called by the runtime, when the program starts.
    pub(super) fn is_of_the_start(&self) -> bool {
        !self.is_method && AT_START.contains(&self.name.as_str())
    }

    /// The program begins with it, when it is in a main package.
    pub(super) fn is_entry(&self) -> bool {
        !self.is_method && self.name == AT_START[0]
    }
}

/// The function whose `func` stands at `index`, and the index of the token behind it.
fn declaration(source: &str, tokens: &[Token], index: usize) -> (Option<Function>, usize) {
    let text = |index: usize| tokens.get(index).map(|token: &Token| &source[token.range.clone()]);
    let mut next = index + 1;
    let is_method = text(next) == Some("(");
    if is_method {
        next = end_of(tokens, next) + 1;
    }
    let Some(name) = text(next) else { return (None, next) };
    let mut at = next + 1;
    while at < tokens.len() && !line_ended(source, tokens, at) {
        let is_type = matches!(text(at - 1), Some("struct" | "interface"));
        if text(at) == Some("{") && !is_type {
            let end = end_of(tokens, at);
            let close = tokens.get(end).map_or(source.len(), |token| token.range.start);
            let body = tokens[at].range.end..close;
            return (Some(Function { name: name.to_owned(), is_method, body }), end + 1);
        }
        at = if opens(&tokens[at]) { end_of(tokens, at) + 1 } else { at + 1 };
    }
    (None, at)
}

fn opens(token: &Token) -> bool {
    matches!(token.kind, Kind::Sign(b'(' | b'[' | b'{'))
}

/// Index of the bracket that closes the one at `open`; one behind the last token when there is none.
fn end_of(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Sign(b'(' | b'[' | b'{') => depth += 1,
            Kind::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

fn line_ended(source: &str, tokens: &[Token], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    before.is_some_and(|before| source[before.range.end..tokens[index].range.start].contains('\n'))
}

fn begins_a_line(source: &str, tokens: &[Token], index: usize) -> bool {
    index == 0 || line_ended(source, tokens, index) || matches!(tokens[index - 1].kind, Kind::Sign(b';'))
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn declared(source: &str) -> Vec<(String, bool, String)> {
        let found = Function::declared(source, &tokens(source));
        found
            .into_iter()
            .map(|function| {
                let start = function.is_of_the_start();
                (function.name, start, source[function.body].trim().to_owned())
            })
            .collect()
    }

    fn function(name: &str, start: bool, body: &str) -> (String, bool, String) {
        (name.to_owned(), start, body.to_owned())
    }

    #[test]
    fn functions_and_methods_are_found_with_their_bodies() {
        let source = "package main\n\n// func no() {}\n\
            var f = func() { a() }\n\
            func outside(x int) int\n\
            func main() {\n\tb(func() { c() })\n}\n\
            func (s *Store[K]) main() { d() }\n\
            func Map[T any](x struct{ A T }, y interface{ B() }) (struct{ A int }, error) {\n\te()\n}\n\
            func init() {}\n\
            type local struct{ f func() }\n";
        assert_eq!(
            declared(source),
            [
                function("main", true, "b(func() { c() })"),
                function("main", false, "d()"),
                function("Map", false, "e()"),
                function("init", true, ""),
            ]
        );
    }

    #[test]
    fn what_is_not_closed_ends_with_the_file() {
        for source in ["func", "func f", "func f(", "func f() {", "func (", "func (x) ", "func f() struct {"]
        {
            for (_, _, body) in declared(source) {
                assert_eq!(body, "", "{source}");
            }
        }
        assert_eq!(declared("func f() { a("), [function("f", false, "a(")]);
    }
}
