//! The uses, as sources.

/// One use.
#[derive(Debug, Clone)]
pub(crate) struct Snippet {
    /// As in the file: `os.ReadFile`.
    pub(crate) name: String,
    /// Its package; empty for the language.
    pub(crate) package: String,
    /// Its name in the catalogue.
    pub(crate) use_name: String,
    pub(crate) imports: Vec<String>,
    body: String,
    outside: String,
    preamble: String,
}

/// All of them.
pub(crate) fn snippets() -> Vec<Snippet> {
    let text = include_str!("../../../migration/tests/snippets.txtar");
    let parts = format!("\n{text}");
    parts.split("\n-- ").skip(1).map(Snippet::read).collect()
}

impl Snippet {
    fn read(part: &str) -> Self {
        let (head, rest) = part.split_once(" --\n").unwrap();
        let (name, imports) = head.split_once(" |").unwrap();
        let (rest, preamble) = rest.split_once("=== preamble\n").unwrap_or((rest, ""));
        let (body, outside) = rest.split_once("=== outside\n").unwrap_or((rest, ""));
        let imports: Vec<String> = imports.split_whitespace().map(str::to_owned).collect();
        let (package, use_name) = named(name);
        let end = |text: &str| {
            if text.ends_with('\n') || text.is_empty() { text.to_owned() } else { format!("{text}\n") }
        };
        Self {
            name: name.to_owned(),
            package,
            use_name,
            imports,
            body: end(body),
            outside: end(outside),
            preamble: end(preamble),
        }
    }

    /// Its file, with `func useNUMBER() error`.
    pub(crate) fn source(&self, number: usize) -> String {
        let imports = self.imports.iter().filter(|import| *import != "C");
        let imports = imports.fold(String::new(), |all, import| all + "\t\"" + import + "\"\n");
        let c = if self.preamble.is_empty() {
            String::new()
        } else {
            format!("/*\n{}*/\nimport \"C\"\n\n", self.preamble)
        };
        format!(
            "package main\n\nimport (\n{imports})\n\n{c}func use{number}() error {{\n{}}}\n\n{}",
            self.body, self.outside
        )
    }
}

/// `os/exec.Command` is a name of a package; `/proc` and `go statement` are none.
fn named(name: &str) -> (String, String) {
    if name == "import \"C\"" {
        return ("C".to_owned(), "import".to_owned());
    }
    let start = if name.starts_with('/') { None } else { name.rfind('/').map_or(Some(0), Some) };
    let dot = start.and_then(|start| name[start..].find('.').map(|dot| start + dot));
    match dot {
        Some(dot) if !name.contains(' ') => (name[..dot].to_owned(), name[dot + 1..].to_owned()),
        _ => (String::new(), name.to_owned()),
    }
}
