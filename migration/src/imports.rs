//! The imports of a file, by the names that it uses for them.

use std::collections::HashMap;

use ast_diff::{Kind, Label, Tree};

/// An import.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: String,
    /// Its specification.
    pub(crate) node: u32,
    /// What the file calls the package; `None` for `_` and `.`.
    name: Option<String>,
    pub(crate) is_dot: bool,
}

/// All imports of a file.
#[derive(Debug)]
pub(crate) struct Imports {
    pub(crate) all: Vec<Import>,
    by_label: HashMap<Label, usize>,
}

impl Imports {
    pub(crate) fn of(tree: &Tree) -> Self {
        let specifications = (0..tree.nodes().len() as u32)
            .filter(|index| tree.node(*index).kind == Kind::IMPORT_SPEC)
            .filter_map(|index| Import::of(tree, index));
        let all: Vec<Import> = specifications.collect();
        let mut by_label = HashMap::new();
        for (number, text) in tree.labels().iter().enumerate() {
            // Of two with one name, which no compiler takes, the last one counts.
            let named = |import: &Import| import.name.as_ref().is_some_and(|name| name.as_bytes() == text);
            if let Some(index) = all.iter().rposition(named) {
                by_label.insert(Label(number as u32), index);
            }
        }
        Self { all, by_label }
    }

    /// The import that a label of the tree stands for where nothing else has its name.
    pub(crate) fn named(&self, label: Label) -> Option<&Import> {
        self.by_label.get(&label).map(|index| &self.all[*index])
    }

    /// Those whose names are used without the package's.
    pub(crate) fn dots(&self) -> impl Iterator<Item = &Import> {
        self.all.iter().filter(|import| import.is_dot)
    }
}

impl Import {
    fn of(tree: &Tree, node: u32) -> Option<Self> {
        let (mut name, mut path, mut is_dot, mut is_blank) = (None, None, false, false);
        for child in tree.children(node) {
            let text = || String::from_utf8(tree.text(child).to_vec()).ok();
            match tree.node(child).kind {
                Kind::DOT => is_dot = true,
                Kind::BLANK_IDENTIFIER => is_blank = true,
                Kind::PACKAGE_IDENTIFIER | Kind::IDENTIFIER => name = text(),
                Kind::INTERPRETED_STRING_LITERAL | Kind::RAW_STRING_LITERAL => path = text(),
                _ => {}
            }
        }
        let path = path?;
        let path = path.get(1..path.len().checked_sub(1)?)?.to_owned();
        if name.is_none() && !is_dot && !is_blank {
            name = Some(own_name(&path).to_owned());
        }
        Some(Self { path, node, name, is_dot })
    }
}

/// What a package is called that says nothing else: the last part of its path that is no version.
fn own_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = last
        .strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_version { parts.next().unwrap_or(last) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_called_by_the_end_of_its_path() {
        for (path, name) in
            [("os", "os"), ("os/exec", "exec"), ("math/rand/v2", "rand"), ("v2", "v2"), ("a/v", "v")]
        {
            assert_eq!(own_name(path), name);
        }
    }
}
