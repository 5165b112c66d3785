//! Build constraints: `//go:build` and `// +build` as one expression in one spelling.
//!
//! The spelling is that of `go/build/constraint`, so that moving from one form of comment to the other, or adding
//! parentheses that mean nothing, is no change.

/// The largest expression that Go reads (`go/build/constraint`, `maxSize`).
const LARGEST: usize = 1000;

/// An expression, as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Expression {
    text: String,
    level: Level,
}

/// What binds the parts of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Tag,
    Not,
    And,
    Or,
}

impl Expression {
    fn tag(name: &str) -> Self {
        Self { text: name.to_owned(), level: Level::Tag }
    }

    /// In parentheses when it is of one of the levels.
    fn within(&self, levels: &[Level]) -> String {
        if levels.contains(&self.level) { format!("({})", self.text) } else { self.text.clone() }
    }

    fn negate(&self) -> Self {
        let text = format!("!{}", self.within(&[Level::Not, Level::And, Level::Or]));
        Self { text, level: Level::Not }
    }

    /// Both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let text = format!("{} && {}", self.within(&[Level::Or]), other.within(&[Level::Or]));
        Self { text, level: Level::And }
    }

    fn or(&self, other: &Self) -> Self {
        let text = format!("{} || {}", self.within(&[Level::And]), other.within(&[Level::And]));
        Self { text, level: Level::Or }
    }

    /// In the spelling of `//go:build`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Is there a tag such as `go1.21` in it? In a `//go:build` line, and only there, it sets the version of the language.
    pub(crate) fn names_a_version(&self) -> bool {
        self.text.split(|symbol: char| !is_of_tag(symbol)).any(|tag| tag.starts_with("go1"))
    }
}

/// What is between two parentheses, as far as it was read.
#[derive(Default)]
struct Group {
    or: Option<Expression>,
    and: Option<Expression>,
    is_negated: bool,
}

impl Group {
    fn operand(&mut self, mut operand: Expression) {
        if std::mem::take(&mut self.is_negated) {
            operand = operand.negate();
        }
        self.and = Some(match self.and.take() {
            Some(left) => left.and(&operand),
            None => operand,
        });
    }

    fn alternative(&mut self) -> Option<()> {
        let right = self.and.take()?;
        self.or = Some(match self.or.take() {
            Some(left) => left.or(&right),
            None => right,
        });
        Some(())
    }
}

/// The expression of a `//go:build` line; `None` where Go reports an error, or where letters beyond ASCII would need
/// Go's own tables to tell.
pub(crate) fn go_build(text: &str) -> Option<Expression> {
    let mut open = vec![Group::default()];
    let mut rest = text;
    let mut wants_operand = true;
    let mut size = 0;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let Some(first) = rest.chars().next() else { break };
        let level = open.last_mut()?;
        let mut length = 1;
        if wants_operand {
            size += 1;
            if size > LARGEST {
                return None;
            }
            match first {
                '!' if level.is_negated => return None,
                '!' => {
                    level.is_negated = true;
                    size -= 1;
                }
                '(' => open.push(Group::default()),
                _ => {
                    length = rest.find(|symbol| !is_of_tag(symbol)).unwrap_or(rest.len());
                    if length == 0 {
                        return None;
                    }
                    level.operand(Expression::tag(&rest[..length]));
                    wants_operand = false;
                }
            }
        } else if first == ')' {
            level.alternative()?;
            let inner = level.or.take()?;
            open.pop();
            open.last_mut()?.operand(inner);
        } else {
            length = 2;
            match rest.get(..2)? {
                "&&" => (),
                "||" => level.alternative()?,
                _ => return None,
            }
            wants_operand = true;
        }
        rest = &rest[length..];
    }
    let mut level = open.pop()?;
    if wants_operand || !open.is_empty() {
        return None;
    }
    level.alternative()?;
    level.or
}

/// The expression of a `// +build` line: alternatives of words, each a list of what must hold.
pub(crate) fn plus_build(text: &str) -> Option<Expression> {
    if !text.is_ascii() {
        return None;
    }
    let mut alternatives: Option<Expression> = None;
    let mut size = 0;
    for clause in text.split_ascii_whitespace() {
        let mut all: Option<Expression> = None;
        for literal in clause.split(',') {
            let (name, is_negated) = match literal.strip_prefix('!') {
                Some(name) if !name.is_empty() && !name.starts_with('!') => (name, true),
                Some(_) => ("", false),
                None => (literal, false),
            };
            let is_valid = !name.is_empty() && name.chars().all(is_of_tag);
            let mut part = Expression::tag(if is_valid { name } else { "ignore" });
            if is_negated {
                part = part.negate();
            }
            size += 1;
            all = Some(all.map_or_else(|| part.clone(), |left| left.and(&part)));
        }
        alternatives = match (alternatives, all) {
            (Some(left), Some(right)) => Some(left.or(&right)),
            (left, right) => left.or(right),
        };
    }
    // Go gives up at a hundred operators.
    (size <= 100).then(|| alternatives.unwrap_or_else(|| Expression::tag("ignore")))
}

fn is_of_tag(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_' || symbol == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(expression: Option<Expression>) -> Option<String> {
        expression.map(|expression| expression.text().to_owned())
    }

    #[test]
    fn expressions_have_one_spelling() {
        for (source, expected) in [
            ("linux", Some("linux")),
            ("  linux&&amd64", Some("linux && amd64")),
            ("(linux)", Some("linux")),
            ("a && (b && c)", Some("a && b && c")),
            ("a || b && c", Some("a || (b && c)")),
            ("(a || b) && !c", Some("(a || b) && !c")),
            ("!(a||b)", Some("!(a || b)")),
            ("!(!a)", Some("!(!a)")),
            ("go1.21", Some("go1.21")),
            ("!!a", None),
            ("a b", None),
            ("a &", None),
            ("(a", None),
            ("a)", None),
            ("", None),
            ("()", None),
            ("a &&", None),
            ("a // b", None),
            ("a-b", None),
        ] {
            assert_eq!(text(go_build(source)).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn depth_needs_no_stack() {
        let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(text(go_build(&deep(900))).as_deref(), Some("a"));
        assert_eq!(go_build(&deep(1_000_000)), None);
    }

    #[test]
    fn old_lines_become_new_ones() {
        for (source, expected) in [
            ("linux", "linux"),
            ("linux darwin", "linux || darwin"),
            ("linux,amd64 !windows", "(linux && amd64) || !windows"),
            ("!!a", "ignore"),
            ("", "ignore"),
            ("a-b", "ignore"),
        ] {
            assert_eq!(text(plus_build(source)).as_deref(), Some(expected), "{source}");
        }
        assert!(plus_build("go1.18 linux").is_some_and(|expression| expression.names_a_version()));
    }
}
