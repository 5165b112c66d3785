//! Which modules and glue scripts a page's own files name, so that a build can put them where they are looked for.

use std::collections::BTreeSet;

/// Name of the glue script in every page that starts Go itself.
pub(super) const GLUE: &str = "wasm_exec.js";

/// Ending of modules.
const MODULE: &str = ".wasm";

/// What the files of a page name, as paths relative to the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    pub(super) modules: BTreeSet<String>,
    pub(super) glue: BTreeSet<String>,
}

impl References {
    /// Takes in the text of one file, which lies at `path`.
    pub(super) fn scan(&mut self, path: &str, text: &str) {
        for word in text.split(|character: char| !is_of_a_path(character)) {
            let is_glue = word.rsplit('/').next() == Some(GLUE);
            if !is_glue && (!word.ends_with(MODULE) || word.rsplit('/').next() == Some(MODULE)) {
                continue;
            }
            let Some(target) = resolve(path, word) else { continue };
            if is_glue { &mut self.glue } else { &mut self.modules }.insert(target);
        }
    }
}

/// Characters of file names that people use; quotes, spaces and the query end a path.
fn is_of_a_path(character: char) -> bool {
    character.is_alphanumeric() || "/._-+~@:".contains(character)
}

/// Relative to the page; `None` of what lies elsewhere. Scripts resolve against the page, not against themselves,
/// so the folder of a script is used only for what begins with a dot: that is how modules import their neighbours,
/// and for scripts in the page's own folder both are the same.
fn resolve(path: &str, word: &str) -> Option<String> {
    if word.contains(':') || word.starts_with("//") {
        return None;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = if word.starts_with('.') && !folder.is_empty() { folder } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(word.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.starts_with('.') => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(path: &str, text: &str) -> Vec<String> {
        let mut found = References::default();
        found.scan(path, text);
        found.modules.into_iter().collect()
    }

    #[test]
    fn names_are_found_where_pages_write_them() {
        for (text, expected) in [
            ("fetch(\"main.wasm\")", "main.wasm"),
            ("fetch('./bin/app.wasm?v=1')", "bin/app.wasm"),
            ("fetch(`/app.wasm`)", "app.wasm"),
            ("<link rel=preload href=a-b_c.wasm>", "a-b_c.wasm"),
        ] {
            assert_eq!(modules("index.html", text), [expected], "{text}");
        }
        assert_eq!(
            modules("js/boot.js", "fetch('main.wasm'); import('./own.wasm')"),
            ["js/own.wasm", "main.wasm"]
        );
    }

    #[test]
    fn what_lies_elsewhere_or_is_no_name_is_left_out() {
        for text in [
            "fetch('https://x.test/a.wasm')",
            "'../a.wasm'",
            "'//x/a.wasm'",
            "'.wasm'",
            "x.wasm2",
            "'.a/b.wasm'",
        ] {
            assert!(modules("index.html", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_glue_is_told_apart() {
        let mut found = References::default();
        found.scan("index.html", "<script src=\"lib/wasm_exec.js\"></script>");
        assert_eq!(found.glue.into_iter().collect::<Vec<_>>(), ["lib/wasm_exec.js"]);
        assert!(found.modules.is_empty());
    }
}
