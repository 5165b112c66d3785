//! Reads from `wasm_exec.js` which functions it offers to a module.
//!
//! A small scanner of the script's `importObject` literal, because running the script would need a
//! JavaScript engine in the server. It knows comments, strings, regular expressions and nesting, which
//! is all that is needed to tell the keys of two levels of an object literal from everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::CharIndices;

use super::GlueKind;

/// Functions by module, as a module's imports name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GlueImports {
    modules: BTreeMap<String, BTreeSet<String>>,
}

impl GlueImports {
    /// Scans the script. A script without an `importObject` offers nothing.
    pub fn scan(script: &str) -> Self {
        let tokens = Tokens::new(script).collect::<Vec<_>>();
        let mut glue = Self::default();
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == Token::Word("importObject") {
                glue.read_assignment(&tokens[at + 1..]);
            }
            at += 1;
        }
        glue
    }

    /// True when the script offers `module.name`.
    pub fn offers(&self, module: &str, name: &str) -> bool {
        self.modules.get(module).is_some_and(|names| names.contains(name))
    }

    /// Every (module, name), sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules
            .iter()
            .flat_map(|(module, names)| names.iter().map(move |name| (module.as_str(), name.as_str())))
    }

    /// Whose glue it is, by functions that only one of them has.
    pub fn kind(&self) -> Option<GlueKind> {
        match (self.offers("gojs", "runtime.wasmExit"), self.offers("gojs", "runtime.ticks")) {
            (true, false) => Some(GlueKind::Go),
            (false, true) => Some(GlueKind::TinyGo),
            _ => None,
        }
    }

    /// What stands after `importObject`: `= {..}`, or `.env = this.importObject.gojs`.
    fn read_assignment(&mut self, tokens: &[Token<'_>]) {
        use Token::{Mark, Text, Word};
        match tokens {
            [Mark('='), Mark('{'), rest @ ..] => {
                for (module, value) in entries(rest) {
                    if let [Mark('{'), inner @ ..] = value {
                        let names = entries(inner).into_iter().map(|(name, _)| name.to_owned());
                        self.modules.entry(module.to_owned()).or_default().extend(names);
                    }
                }
            }
            [Mark('.'), Word(to), Mark('='), rest @ ..]
            | [Mark('['), Text(to), Mark(']'), Mark('='), rest @ ..] => {
                let rest = match rest {
                    [Word("this"), Mark('.'), rest @ ..] => rest,
                    rest => rest,
                };
                if let [Word("importObject"), Mark('.'), Word(from), ..] = rest
                    && let Some(names) = self.modules.get(*from).cloned()
                {
                    self.modules.entry((*to).to_owned()).or_default().extend(names);
                } else if let [Mark('{'), inner @ ..] = rest {
                    let names = entries(inner).into_iter().map(|(name, _)| name.to_owned());
                    self.modules.entry((*to).to_owned()).or_default().extend(names);
                }
            }
            _ => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A name or number.
    Word(&'a str),
    /// A string literal without its quotes.
    Text(&'a str),
    /// Any other character.
    Mark(char),
}

/// The entries of an object literal whose opening brace was taken: key and the tokens from its value on.
/// `key: value` and the method form `key(..) {..}` count; a spread (`...x`) has no key and is passed over.
fn entries<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<(&'a str, &'t [Token<'a>])> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut at_key = true;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark('}' | ')' | ']') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => break,
            },
            Token::Mark(',') if depth == 0 => {
                at_key = true;
                continue;
            }
            Token::Word("async" | "get")
                if at_key && matches!(tokens.get(index + 1), Some(Token::Word(_))) =>
            {
                continue;
            }
            Token::Word(key) | Token::Text(key) if at_key && depth == 0 => match tokens.get(index + 1) {
                Some(Token::Mark(':')) => found.push((*key, &tokens[index + 2..])),
                Some(Token::Mark('(' | ',' | '}')) => found.push((*key, &tokens[index + 1..])),
                _ => {}
            },
            _ => {}
        }
        at_key = false;
    }
    found
}

struct Tokens<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    /// Last token, to tell a division from a regular expression.
    last: Option<Token<'a>>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, rest: text.char_indices().peekable(), last: None }
    }

    fn position(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(index, _)| *index)
    }

    fn skip_to(&mut self, position: usize) {
        while self.rest.next_if(|(index, _)| *index < position).is_some() {}
    }

    /// Skips to the unescaped `end`; a regular expression may hold its own end inside `[..]`.
    fn skip_literal(&mut self, end: char, brackets: bool) {
        let mut inside = false;
        while let Some((_, character)) = self.rest.next() {
            match character {
                '\\' => drop(self.rest.next()),
                '[' if brackets => inside = true,
                ']' if brackets => inside = false,
                character if character == end && !inside => break,
                _ => {}
            }
        }
    }

    fn comment_ends(&self, start: usize) -> Option<usize> {
        let rest = &self.text[start..];
        if rest.starts_with("//") {
            return Some(start + rest.find('\n').unwrap_or(rest.len()));
        }
        rest.starts_with("/*").then(|| start + rest.find("*/").map_or(rest.len(), |end| end + 2))
    }

    fn starts_expression(&self) -> bool {
        match self.last {
            None | Some(Token::Word("return" | "typeof" | "case")) => true,
            Some(Token::Mark(mark)) => !matches!(mark, ')' | ']' | '}'),
            Some(_) => false,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (start, character) = self.rest.next()?;
            if character.is_whitespace() {
                continue;
            }
            if let ('/', Some(end)) = (character, self.comment_ends(start)) {
                self.skip_to(end);
                continue;
            }
            let token = match character {
                '"' | '\'' | '`' => {
                    self.skip_literal(character, false);
                    let end = self.position();
                    Token::Text(self.text.get(start + 1..end.saturating_sub(1)).unwrap_or_default())
                }
                '/' if self.starts_expression() => {
                    self.skip_literal('/', true);
                    Token::Text("")
                }
                character if is_word(character) => {
                    while self.rest.next_if(|(_, character)| is_word(*character)).is_some() {}
                    let end = self.position();
                    Token::Word(&self.text[start..end])
                }
                mark => Token::Mark(mark),
            };
            self.last = Some(token);
            return Some(token);
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_levels_are_found_and_nothing_else() {
        let glue = GlueImports::scan(
            r#"
            // importObject = { no: { no: 1 } }
            this.importObject = {
                gojs: {
                    "runtime.ticks": () => { return { inner: "}" /* { */, other: 1 }; },
                    debug: value => /[/}"]{2}/.test(value) ? a / b : `${"}"}`,
                    method(x, y) { if (x) { y(); } },
                    async later() {},
                    ...more,
                    'quoted': function (a, b) { return [a, { b }]; },
                },
                "empty": {},
                notAnObject: 3,
            };
            this.importObject.env = this.importObject.gojs;
            other = { gojs: { wrong: 1 } };
            "#,
        );
        let gojs: Vec<_> =
            glue.iter().filter(|(module, _)| *module == "gojs").map(|(_, name)| name).collect();
        assert_eq!(gojs, ["debug", "later", "method", "quoted", "runtime.ticks"]);
        assert!(glue.offers("env", "runtime.ticks") && !glue.offers("empty", "x"));
        assert!(!glue.offers("gojs", "wrong") && !glue.offers("no", "no"));
        assert_eq!(glue.kind(), Some(GlueKind::TinyGo));
    }

    #[test]
    fn a_script_of_another_kind_offers_nothing() {
        assert_eq!(GlueImports::scan("importObject"), GlueImports::default());
        assert_eq!(GlueImports::scan("importObject = { a: { b: '").kind(), None);
        assert_eq!(GlueImports::scan("").iter().count(), 0);
    }
}
