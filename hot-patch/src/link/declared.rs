//! What a function is called in the text: people are told of what they have written, not of what is made for it.

use std::collections::BTreeSet;

use crate::facts::Facts;

/// Names of the functions that are declared.
#[derive(Debug)]
pub(super) struct Declared {
    /// Without type parameters.
    names: BTreeSet<String>,
}

impl Declared {
    pub(super) fn new(facts: &Facts) -> Self {
        let functions = facts.packages.iter().flat_map(|package| &package.functions);
        Self { names: functions.map(|function| without_brackets(&function.name)).collect() }
    }

    /// The name of a declared function or a literal in it, without type arguments of its own; `None` for wrappers,
    /// dispatchers and initialisers.
    pub(super) fn name<'a>(&self, symbol: &'a str) -> Option<&'a str> {
        let (function, literal) = match literal_at(symbol) {
            Some(at) => symbol.split_at(at),
            None => (symbol, ""),
        };
        let own = instance_of(function);
        if !self.names.contains(&without_brackets(own)) {
            return None;
        }
        Some(if literal.is_empty() { own } else { symbol })
    }
}

/// Where the numbers of a function literal begin: `main.f$1$2`; `None` when something else follows a `$`.
fn literal_at(symbol: &str) -> Option<usize> {
    let at = symbol.find('$')?;
    let numbers =
        symbol[at + 1..].split('$').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    numbers.then_some(at)
}

/// `f` of `f[int]`, which is what an instance of a generic function is called.
fn instance_of(name: &str) -> &str {
    if !name.ends_with(']') {
        return name;
    }
    let mut depth = 0_usize;
    for (at, byte) in name.bytes().enumerate().rev() {
        match byte {
            b']' => depth += 1,
            b'[' if depth == 1 => return &name[..at],
            b'[' => depth -= 1,
            _ => {}
        }
    }
    name
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for character in name.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{FunctionFacts, PackageFacts};

    #[test]
    fn only_what_somebody_wrote_has_a_name() {
        let names = ["main.label", "(main.triangle).Name", "(*a/words.Stack[T]).Joined", "a/words.Largest"];
        let function = |name: &&str| FunctionFacts { name: (*name).to_owned(), ..FunctionFacts::default() };
        let package =
            PackageFacts { functions: names.iter().map(function).collect(), ..PackageFacts::default() };
        let declared = Declared::new(&Facts { packages: vec![package] });
        for (symbol, name) in [
            ("main.label", Some("main.label")),
            ("main.label$2", Some("main.label$2")),
            ("main.label$2$1", Some("main.label$2$1")),
            ("main.label$gowrapper", None),
            ("main.label$1$gowrapper", None),
            ("main.label#wasmexport", None),
            ("(main.triangle).Name", Some("(main.triangle).Name")),
            ("(main.triangle).Name$invoke", None),
            ("(*main.triangle).Name", None),
            ("a/words.Largest[map[string][]int]", Some("a/words.Largest")),
            ("(*a/words.Stack[string]).Joined[string]", Some("(*a/words.Stack[string]).Joined")),
            ("a/words.Largest[int]$1", Some("a/words.Largest[int]$1")),
            ("main.init@patch3", None),
            ("interface:{Name:func:{}{basic:string}}.$typeassert", None),
        ] {
            assert_eq!(declared.name(symbol), name, "{symbol}");
        }
    }
}
