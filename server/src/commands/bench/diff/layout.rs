//! Whether two Go texts differ in comments and layout only, told by their tokens: no tool of the comparison is asked.

use super::super::tokens::{Kind, tokens};

/// Comments that compilers read.
const DIRECTIVES: [&str; 4] = ["//go:", "//export ", "//line ", "//extern "];

/// The form of a constraint that is read only where the newer one is not there.
const OLDER_CONSTRAINT: &str = "// +build";
const CONSTRAINT: &str = "//go:build ";
/// For another tool.
const GENERATE: &str = "//go:generate ";

/// Keywords that end a statement when a line ends behind them.
const ENDING: [&str; 4] = ["break", "continue", "fallthrough", "return"];

/// Other words behind which a statement goes on are these.
const GOING_ON: [&str; 21] = [
    "case",
    "chan",
    "const",
    "default",
    "defer",
    "else",
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
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// True when both have the same tokens in the same order, and the same directives. C code in comments is looked at by
/// nobody here: with it nothing is the same.
pub(super) fn differs_only(old: &str, new: &str) -> bool {
    old == new || (!has_c(old) && !has_c(new) && tokens_that_matter(old) == tokens_that_matter(new))
}

fn has_c(text: &str) -> bool {
    text.contains("import \"C\"")
}

/// With the semicolons that the language puts where lines end, and without those, and commas, that close a list.
fn tokens_that_matter(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut last_end = 0;
    let is_directive = |comment: &str| {
        (DIRECTIVES.iter().any(|start| comment.starts_with(start)) && !comment.starts_with(GENERATE))
            || (comment.starts_with(OLDER_CONSTRAINT) && !text.contains(CONSTRAINT))
    };
    for token in tokens(text) {
        let words = &text[token.range.clone()];
        if token.kind == Kind::LineComment && !is_directive(words) {
            continue;
        }
        if text[last_end..token.range.start].contains('\n') && ends_statement(&found) {
            found.push(";");
        }
        last_end = token.range.end;
        if matches!(words, ")" | "]" | "}") {
            while matches!(found.last(), Some(&";" | &",")) {
                found.pop();
            }
        }
        if words != ";" || found.last() != Some(&";") {
            found.push(words);
        }
    }
    while found.last() == Some(&";") {
        found.pop();
    }
    found
}

fn ends_statement(found: &[&str]) -> bool {
    let Some(last) = found.last() else { return false };
    match *last {
        ")" | "]" | "}" => true,
        // Signs are single characters here.
        "+" | "-" => found.len() > 1 && found[found.len() - 2] == *last,
        word if ENDING.contains(&word) => true,
        word => {
            let letter = word.chars().next().is_some_and(|letter| {
                letter.is_alphanumeric() || matches!(letter, '_' | '"' | '\'' | '`' | '/')
            });
            letter && word != "/" && !GOING_ON.contains(&word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package p\n\nfunc f(a, b int) {\n\ta++\n\tg(a,\n\t\tb)\n\treturn\n}\n";

    #[test]
    fn comments_and_layout_are_nothing() {
        for (from, to) in [
            ("\ta++", "\t// more\n\ta++ // one"),
            ("\ta++", "\t/* more */ a++ /* and\n more */"),
            ("\ta++\n", "\ta++; "),
            ("{\n\ta", "{ a"),
            ("\treturn\n}", "\treturn }"),
            ("\tb)", "\tb,\n\t)"),
            ("\n\n", "\n\n\n\n"),
            ("\t", "    "),
            ("func", "//go:generate make\nfunc"),
        ] {
            let new = TEXT.replace(from, to);
            assert_ne!(new, TEXT);
            assert!(differs_only(TEXT, &new), "{new}");
        }
        assert!(differs_only(TEXT, TEXT.trim_end()) && differs_only(TEXT, TEXT));
    }

    #[test]
    fn what_is_read_as_another_program_is_something() {
        for (from, to) in [
            ("a++", "a--"),
            ("a++\n\tg", "a++\n\treturn\n\tg"),
            ("package", "//go:build linux\n\npackage"),
            ("func f", "//go:noinline\nfunc f"),
            ("a,\n", "a\n"),
            ("g(a", "g (\"a\""),
        ] {
            let new = TEXT.replace(from, to);
            assert_ne!(new, TEXT);
            assert!(!differs_only(TEXT, &new), "{new}");
        }
        let constrained = TEXT.replace("package", "//go:build linux\n\npackage");
        let twice = constrained.replace("\n\npackage", "\n// +build linux\n\npackage");
        assert!(differs_only(&constrained, &twice));
        assert!(!differs_only(TEXT, &TEXT.replace("package", "// +build linux\n\npackage")));
        // A line's end decides what is returned.
        assert!(!differs_only("func f() int {\n\treturn f()\n}", "func f() int {\n\treturn\n\tf()\n}"));
        assert!(!differs_only("import \"C\"\n// x\n", "import \"C\"\n"));
        assert!(differs_only("import \"C\"\n// x\n", "import \"C\"\n// x\n"));
    }
}
