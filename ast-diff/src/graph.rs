//! Who depends on whom in a module: packages on packages, and declarations on names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::kind::Kind;
use crate::outline::{DeclarationKind, Outline};
use crate::tree::Tree;
use crate::verdict::{Fate, Meaning, Verdict};

/// The packages of a module. Names stand for what they may mean: a local variable that is called like a function counts as
/// a use of it, and so does a method of any type with that name.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    packages: BTreeMap<String, Package>,
}

#[derive(Clone, Debug, Default)]
struct Package {
    imports: BTreeSet<String>,
    uses: Vec<Use>,
}

/// The names that a declaration uses.
#[derive(Clone, Debug)]
struct Use {
    name: String,
    kind: DeclarationKind,
    names: BTreeSet<Vec<u8>>,
    /// Those outside of a body: what others see is made of them.
    outer: BTreeSet<Vec<u8>>,
}

/// What an edit reaches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Affected {
    /// Packages by path, that of the edit included, unless it means nothing.
    pub packages: BTreeSet<String>,
    /// Functions and methods: path of the package and name.
    pub functions: BTreeSet<(String, String)>,
}

impl Graph {
    /// Without packages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what a package consists of; what was said of it before is forgotten.
    pub fn insert(&mut self, path: &str, files: &[(&Tree, &Outline)]) {
        let mut package = Package::default();
        for (tree, outline) in files {
            package.imports.extend(outline.imports.iter().map(|import| import.path.clone()));
            for declaration in &outline.declarations {
                let nodes = declaration.nodes.clone();
                let body = match declaration.kind {
                    kind if is_function(kind) => {
                        tree.children(nodes.start).find(|child| tree.node(*child).kind == Kind::BLOCK)
                    }
                    _ => None,
                };
                let outer = names(tree, nodes.start..body.unwrap_or(nodes.end));
                let mut all = outer.clone();
                all.extend(names(tree, body.unwrap_or(nodes.end)..nodes.end));
                package.uses.push(Use {
                    name: declaration.name.clone(),
                    kind: declaration.kind,
                    names: all,
                    outer,
                });
            }
        }
        self.packages.insert(path.to_owned(), package);
    }

    /// Forgets a package.
    pub fn remove(&mut self, path: &str) {
        self.packages.remove(path);
    }

    /// The packages of the module that import a package, and those that import them, and so on.
    pub fn importers(&self, path: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![path];
        while let Some(wanted) = open.pop() {
            for (importer, package) in &self.packages {
                if package.imports.contains(wanted) && found.insert(importer.clone()) {
                    open.push(importer);
                }
            }
        }
        found
    }

    /// What an edit of a package reaches. Another body reaches nobody else; what others can see reaches all that use it by
    /// name, and what they are made of.
    pub fn affected(&self, path: &str, meaning: &Meaning) -> Affected {
        let mut affected = Affected::default();
        if meaning.verdict == Verdict::Nothing {
            return affected;
        }
        affected.packages.insert(path.to_owned());
        let is_seen = !matches!(meaning.verdict, Verdict::Body(_) | Verdict::Asset);
        if is_seen {
            affected.packages.extend(self.importers(path));
        }
        if matches!(meaning.verdict, Verdict::Whole(_) | Verdict::Imports) {
            for package in affected.packages.clone() {
                self.all_functions(&package, &mut affected);
            }
            return affected;
        }
        for changed in &meaning.changed {
            if is_function(changed.kind) && changed.fate != Fate::Removed {
                affected.functions.insert((path.to_owned(), changed.name.clone()));
            }
        }
        let seen = meaning.changed.iter().filter(|changed| changed.fate != Fate::Body);
        let names: BTreeSet<Vec<u8>> = seen.map(|changed| last_part(&changed.name)).collect();
        self.users(names, &mut affected);
        affected
    }

    fn all_functions(&self, path: &str, affected: &mut Affected) {
        let uses = self.packages.get(path).map_or(&[][..], |package| &package.uses);
        let functions = uses.iter().filter(|user| is_function(user.kind));
        affected.functions.extend(functions.map(|user| (path.to_owned(), user.name.clone())));
    }

    /// All that use one of the names, or one that is made of them.
    fn users(&self, mut names: BTreeSet<Vec<u8>>, affected: &mut Affected) {
        loop {
            let mut more = BTreeSet::new();
            for path in affected.packages.clone() {
                let Some(package) = self.packages.get(&path) else { continue };
                for user in package.uses.iter().filter(|user| !user.names.is_disjoint(&names)) {
                    if is_function(user.kind) {
                        affected.functions.insert((path.clone(), user.name.clone()));
                    }
                    if !user.outer.is_disjoint(&names) {
                        more.insert(last_part(&user.name));
                    }
                }
            }
            let count = names.len();
            names.extend(more);
            if names.len() == count {
                return;
            }
        }
    }
}

fn names(tree: &Tree, nodes: Range<u32>) -> BTreeSet<Vec<u8>> {
    nodes
        .filter(|index| {
            matches!(
                tree.node(*index).kind,
                Kind::IDENTIFIER | Kind::TYPE_IDENTIFIER | Kind::FIELD_IDENTIFIER | Kind::OPAQUE
            )
        })
        .map(|index| tree.text(index).to_vec())
        .collect()
}

fn is_function(kind: DeclarationKind) -> bool {
    matches!(kind, DeclarationKind::Function | DeclarationKind::Method | DeclarationKind::Initializer)
}

/// The name of a method without its receiver.
fn last_part(name: &str) -> Vec<u8> {
    name.rsplit('.').next().unwrap_or(name).as_bytes().to_vec()
}
