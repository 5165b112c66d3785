//! One pass over the tree of a file: what in it has a row in the catalogue.
//!
//! What a name means is told by the imports of the file and the names that are declared around it. Types are not known: a
//! method counts with the function that has made its receiver.

use std::collections::HashSet;

use ast_diff::{Kind, Parsed, Tree};

use crate::catalogue::{named, of_import, of_use};
use crate::entry::Entry;
use crate::imports::Imports;
use crate::lines::{Lines, Place};
use crate::numbers::{constant, is_by_number};
use crate::scope::Scopes;
use crate::texts;

/// Longest detail that is kept.
const LONGEST: usize = 60;

/// A use that the catalogue knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// Its row.
    pub entry: &'static Entry,
    /// The name in the package, or the form of the language.
    pub name: String,
    /// What tells it from others of that name: a number, a path, a symbol.
    pub detail: Option<String>,
    /// Where it begins.
    pub place: Place,
}

impl Use {
    /// As a source calls it.
    pub fn title(&self) -> String {
        let title = self.entry.title(&self.name);
        match &self.detail {
            Some(detail) => format!("{title} {detail}"),
            None => title,
        }
    }
}

pub(crate) fn uses(parsed: &Parsed, source: &[u8], lines: &Lines) -> (Vec<Use>, Imports) {
    let tree = &parsed.tree;
    let imports = Imports::of(tree);
    let mut walk =
        Walk { parsed, source, lines, imports: &imports, parents: tree.parents(), uses: Vec::new() };
    walk.imports();
    walk.all();
    let mut uses = walk.uses;
    uses.sort_by_key(|found| found.place);
    (uses, imports)
}

struct Walk<'a> {
    parsed: &'a Parsed,
    source: &'a [u8],
    lines: &'a Lines,
    imports: &'a Imports,
    parents: Vec<u32>,
    uses: Vec<Use>,
}

impl Walk<'_> {
    fn tree(&self) -> &Tree {
        &self.parsed.tree
    }

    fn text(&self, node: u32) -> String {
        String::from_utf8_lossy(self.tree().text(node)).into_owned()
    }

    fn found(&mut self, entry: &'static Entry, name: &str, detail: Option<String>, node: u32) {
        let place = self.lines.place(self.parsed.spans[node as usize].start);
        let detail = detail.map(|detail| detail.chars().take(LONGEST).collect());
        self.uses.push(Use { entry, name: name.to_owned(), detail, place });
    }

    fn imports(&mut self) {
        for import in &self.imports.all {
            if let Some(entry) = of_import(&import.path) {
                self.found(entry, "import", None, import.node);
            }
        }
    }

    fn all(&mut self) {
        let mut scopes = Scopes::default();
        let has_dots = self.imports.dots().next().is_some();
        let own = if has_dots { self.own_names() } else { HashSet::new() };
        for index in 0..self.tree().nodes().len() as u32 {
            scopes.enter(self.tree(), index);
            let node = self.tree().node(index);
            match node.kind {
                Kind::SELECTOR_EXPRESSION | Kind::QUALIFIED_TYPE => self.selector(&scopes, index),
                Kind::IDENTIFIER | Kind::TYPE_IDENTIFIER if !scopes.is_declared(node.label) => {
                    if has_dots && !own.contains(&node.label.0) {
                        self.undeclared(index);
                    }
                    if self.tree().text(index) == b"recover" && self.is_called(index) {
                        self.form("recover", None, index);
                    }
                }
                Kind::INTERPRETED_STRING_LITERAL | Kind::RAW_STRING_LITERAL => self.literal(index),
                Kind::GO_STATEMENT => self.form("go statement", None, index),
                Kind::SELECT_STATEMENT if node.size == 1 => self.form("select {}", None, index),
                Kind::FOR_STATEMENT if self.is_empty_loop(index) => self.form("empty loop", None, index),
                Kind::DIRECTIVE | Kind::ATTACHED_DIRECTIVE => self.directive(index),
                _ => {}
            }
        }
    }

    /// Something of the language, or a file.
    fn form(&mut self, name: &'static str, detail: Option<String>, node: u32) {
        if let Some(entry) = named("", name) {
            self.found(entry, name, detail, node);
        }
    }

    fn selector(&mut self, scopes: &Scopes, index: u32) {
        let mut children = self.tree().children(index);
        let (Some(operand), Some(field)) = (children.next(), children.next()) else { return };
        let node = self.tree().node(operand);
        let name = self.text(field);
        let is_name = matches!(node.kind, Kind::IDENTIFIER | Kind::PACKAGE_IDENTIFIER);
        let import = self.imports.named(node.label).filter(|_| is_name && !scopes.is_declared(node.label));
        let Some(import) = import else { return self.method(&name, index) };
        self.name(&import.path, &name, index);
    }

    /// A method of `reflect.Value` that is called like no other method is likely to be.
    fn method(&mut self, name: &str, index: u32) {
        let name = format!("Value.{name}");
        if let Some(entry) = named("reflect", &name)
            && self.is_called(index)
            && self.imports.all.iter().any(|import| import.path == "reflect")
        {
            self.found(entry, &name, None, index);
        }
    }

    /// A name that nothing here declares, in a file that imports names without their packages.
    fn undeclared(&mut self, index: u32) {
        let parent = self.parents[index as usize];
        // The name of a field in a composite literal, and what an import is called, are no uses.
        let is_key = self.tree().node(parent).kind == Kind::KEYED_ELEMENT && parent + 1 == index;
        // Nor is what is declared here, and is known from here on.
        let (list, first) = match self.tree().node(parent).kind {
            Kind::EXPRESSION_LIST => (self.parents[parent as usize], parent),
            _ => (parent, index),
        };
        let declares =
            matches!(self.tree().node(list).kind, Kind::SHORT_VAR_DECLARATION | Kind::RANGE_CLAUSE);
        if is_key || (declares && list + 1 == first) || self.tree().node(parent).kind == Kind::IMPORT_SPEC {
            return;
        }
        let name = self.text(index);
        if !name.starts_with(char::is_uppercase) {
            return;
        }
        let paths: Vec<&str> = self.imports.dots().map(|import| import.path.as_str()).collect();
        // A row for a name, before one for all names of a package.
        let exact = paths.iter().find(|path| named(path, &name).is_some());
        if let Some(path) = exact {
            self.name(path, &name, index);
        }
    }

    /// Names that the file itself declares on the outside.
    fn own_names(&self) -> HashSet<u32> {
        let tree = self.tree();
        let mut names = HashSet::new();
        for declaration in tree.children(0) {
            let specifications: Vec<u32> = match tree.node(declaration).kind {
                Kind::FUNCTION_DECLARATION => vec![declaration],
                Kind::TYPE_DECLARATION | Kind::VAR_DECLARATION | Kind::CONST_DECLARATION => {
                    tree.children(declaration).collect()
                }
                _ => continue,
            };
            for specification in specifications {
                let kinds = [Kind::IDENTIFIER, Kind::TYPE_IDENTIFIER];
                let named = tree.children(specification).map(|child| tree.node(child));
                names.extend(named.filter(|node| kinds.contains(&node.kind)).map(|node| node.label.0));
            }
        }
        names
    }

    fn name(&mut self, path: &str, name: &str, index: u32) {
        if let Some((package, call)) = self.number_is_for(index)
            && is_by_number(&package, &call)
        {
            // The call says it.
            return;
        }
        let Some(entry) = of_use(path, name) else { return };
        if !is_by_number(path, name) {
            return self.found(entry, name, None, index);
        }
        let Some(number) = self.first_argument(index) else { return self.found(entry, name, None, index) };
        if let Some(constant) = constant(&number) {
            let entry = named(path, &format!("#{constant}")).unwrap_or(entry);
            return self.found(entry, name, Some(format!("{number} ({constant})")), index);
        }
        let constant = number.rsplit('.').next().unwrap_or(&number).to_owned();
        let entry =
            if constant.starts_with("SYS_") { of_use(path, &constant).unwrap_or(entry) } else { entry };
        let detail = constant;
        self.found(entry, name, Some(detail), index);
    }

    /// The package and name of the function whose first argument this is.
    fn number_is_for(&self, index: u32) -> Option<(String, String)> {
        let tree = self.tree();
        let call = self.parents[index as usize];
        let mut children = tree.children(call);
        let (function, argument) = (children.next()?, children.next()?);
        if tree.node(call).kind != Kind::CALL_EXPRESSION
            || argument != index
            || tree.node(function).kind != Kind::SELECTOR_EXPRESSION
        {
            return None;
        }
        let mut parts = tree.children(function);
        let import = self.imports.named(tree.node(parts.next()?).label)?;
        Some((import.path.clone(), self.text(parts.next()?)))
    }

    fn first_argument(&self, function: u32) -> Option<String> {
        let tree = self.tree();
        let call = self.parents[function as usize];
        let argument = tree.children(call).nth(1)?;
        let is_call = tree.node(call).kind == Kind::CALL_EXPRESSION && call + 1 == function;
        let span = &self.parsed.spans[argument as usize];
        let text = self.source.get(span.start as usize..span.end as usize)?;
        is_call.then(|| String::from_utf8_lossy(text).into_owned())
    }

    fn is_called(&self, index: u32) -> bool {
        let parent = self.parents[index as usize];
        self.tree().node(parent).kind == Kind::CALL_EXPRESSION && parent + 1 == index
    }

    fn literal(&mut self, index: u32) {
        let parent = self.tree().node(self.parents[index as usize]).kind;
        // Paths of packages, and tags of fields.
        if matches!(parent, Kind::IMPORT_SPEC | Kind::FIELD_DECLARATION) {
            return;
        }
        if let Some((folder, path)) = texts::folder(self.tree().text(index)) {
            self.form(folder, Some(path), index);
        }
    }

    /// `for {}`, and one that only looks at something that others are to change.
    fn is_empty_loop(&self, index: u32) -> bool {
        let tree = self.tree();
        let children: Vec<_> = tree.children(index).map(|child| tree.node(child)).collect();
        let body_is_empty = children.last().is_some_and(|body| body.kind == Kind::BLOCK && body.size == 1);
        let has_clause =
            children.iter().any(|child| matches!(child.kind, Kind::FOR_CLAUSE | Kind::RANGE_CLAUSE));
        body_is_empty && !has_clause
    }

    fn directive(&mut self, index: u32) {
        let text = self.text(index);
        if let Some(rest) = text.strip_prefix("//go:linkname ") {
            // One with a single name offers it to others, which harms nobody.
            if let Some(symbol) = rest.split_whitespace().nth(1) {
                self.form("//go:linkname", Some(symbol.to_owned()), index);
            }
        }
    }
}
