//! Finds where Go sources declare functions that the host is expected to provide.
//!
//! A line scanner, not a parser: it is asked only when a build has failed already, about names that the
//! compiler or the module gave, and a miss costs a position in a message.

use std::path::{Path, PathBuf};

use crate::diagnostic::Position;

/// A function without a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    /// Where the `func` line is.
    pub(super) position: Position,
    /// Name of the Go function.
    pub(super) function: String,
    /// Module and name of the host function, when `//go:wasmimport`, `//go:wasm-module` or `//export` say so.
    pub(super) import: Option<(String, String)>,
}

/// All functions without a body in the Go files among `sources`.
pub(super) fn find<'a>(sources: impl IntoIterator<Item = &'a PathBuf>) -> Vec<Declaration> {
    let go = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "go");
    sources.into_iter().filter(go).flat_map(|path| find_in(path)).collect()
}

fn find_in(path: &Path) -> Vec<Declaration> {
    match std::fs::read(path) {
        Ok(bytes) => scan(path, &String::from_utf8_lossy(&bytes)),
        Err(_) => Vec::new(),
    }
}

fn scan(path: &Path, text: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let (mut module, mut import) = (None, None);
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["//go:wasmimport", from, name] => import = Some(((*from).to_owned(), (*name).to_owned())),
            ["//go:wasm-module", from] => module = Some((*from).to_owned()),
            ["//export" | "//go:export", name] => import = Some(("env".to_owned(), (*name).to_owned())),
            [first, ..] if first.starts_with("//") => {}
            ["func", ..] => {
                let mut import = import.take();
                if let (Some(module), Some((from, _))) = (module.take(), &mut import) {
                    *from = module;
                }
                let name = line["func".len()..].trim_start();
                let end = name.find(|character: char| !(character.is_alphanumeric() || character == '_'));
                let function = &name[..end.unwrap_or(name.len())];
                // A method has no name right after `func`; a body or an unfinished parameter list is no declaration.
                if !function.is_empty()
                    && line.trim_end().ends_with(|last| last != '{' && last != '}' && last != '(')
                {
                    let column = (line.len() - name.len()) as u32 + 1;
                    let position = Position { file: path.to_owned(), line: index as u32 + 1, column };
                    found.push(Declaration { position, function: function.to_owned(), import });
                }
            }
            _ => (module, import) = (None, None),
        }
    }
    found
}

/// The declaration that makes the module import `name` from `module`.
pub(super) fn of_import<'a>(
    declarations: &'a [Declaration],
    module: &str,
    name: &str,
) -> Option<&'a Declaration> {
    let exact = declarations
        .iter()
        .find(|found| found.import.as_ref().is_some_and(|(from, what)| from == module && what == name));
    exact.or_else(|| of_symbol(declarations, name))
}

/// The declaration without a directive that a linker knows as `symbol`, such as `main.answer`.
pub(super) fn of_symbol<'a>(declarations: &'a [Declaration], symbol: &str) -> Option<&'a Declaration> {
    let function = symbol.rsplit('.').next()?;
    declarations.iter().find(|found| found.import.is_none() && found.function == function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_belong_to_the_function_below_them() {
        let text = "package main\n\n//go:wasmimport host answer\n//go:noescape\nfunc answer(x int32) int32\n\n\
                    //go:wasm-module other\n//export ask\nfunc ask()\n\nfunc bare(x int) int\n\n\
                    //go:wasmimport host lost\n\nvar x int\n\nfunc withBody() {\n}\nfunc one() { two() }\nfunc (t T) method() int\n";
        let found = scan(Path::new("/p/a.go"), text);
        let seen: Vec<_> =
            found.iter().map(|one| (one.function.as_str(), one.position.line, one.import.clone())).collect();
        let pair = |module: &str, name: &str| Some((module.to_owned(), name.to_owned()));
        assert_eq!(
            seen,
            [("answer", 5, pair("host", "answer")), ("ask", 9, pair("other", "ask")), ("bare", 11, None)]
        );
        assert_eq!(found[0].position.column, 6);
        assert_eq!(of_import(&found, "host", "answer").map(|one| one.position.line), Some(5));
        assert_eq!(of_import(&found, "env", "main.bare").map(|one| one.position.line), Some(11));
        assert_eq!(of_import(&found, "env", "nowhere"), None);
    }
}
