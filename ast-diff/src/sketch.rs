//! Makes the outline of a file: one pass over the children of its root.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{has_order, is_seen, write_inferred, write_signature, write_subtree};
use crate::hash::{Blake3, Digest, HashFunction, write_number, write_text};
use crate::kind::Kind;
use crate::outline::{Declaration, DeclarationKind, Import, Outline};
use crate::tree::Tree;

pub(crate) struct Sketch<'tree> {
    tree: &'tree Tree,
    outline: Outline,
    /// The directives before what comes next, seen by others and not.
    seen: Vec<u8>,
    unseen: Vec<u8>,
    embeds: bool,
    preamble: Vec<u8>,
    ordinals: BTreeMap<(DeclarationKind, String), u32>,
    variables: Vec<u8>,
    initializers: Vec<u8>,
}

impl<'tree> Sketch<'tree> {
    /// The outline of a tree, but for the hash of its meaning.
    pub(crate) fn of(tree: &'tree Tree) -> Outline {
        let mut sketch = Self::new(tree);
        sketch.run();
        sketch.finish()
    }

    fn new(tree: &'tree Tree) -> Self {
        let none = Digest::default();
        Self {
            tree,
            outline: Outline {
                package: String::new(),
                constraints: None,
                settings: None,
                imports: BTreeSet::new(),
                preamble: None,
                declarations: Vec::new(),
                initialization: None,
                is_plain: false,
                meaning: none,
            },
            seen: Vec::new(),
            unseen: Vec::new(),
            embeds: false,
            preamble: Vec::new(),
            ordinals: BTreeMap::new(),
            variables: Vec::new(),
            initializers: Vec::new(),
        }
    }

    fn run(&mut self) {
        let tree = self.tree;
        for child in tree.children(0) {
            match tree.node(child).kind {
                Kind::DIRECTIVE | Kind::ATTACHED_DIRECTIVE => {
                    self.directive(child);
                    continue;
                }
                Kind::PREAMBLE => write_subtree(tree, child, &mut self.preamble),
                Kind::PACKAGE_CLAUSE => self.package(child),
                Kind::IMPORT_DECLARATION => self.imports(child),
                Kind::FUNCTION_DECLARATION | Kind::METHOD_DECLARATION => self.function(child),
                Kind::TYPE_DECLARATION => self.group(child, Self::type_specification),
                Kind::VAR_DECLARATION => self.group(child, Self::variable),
                Kind::CONST_DECLARATION => self.constants(child),
                _ => {
                    let mut bytes = b"opaque".to_vec();
                    self.write_directives(&mut bytes);
                    write_subtree(tree, child, &mut bytes);
                    let name = String::from_utf8_lossy(tree.text(child)).into_owned();
                    self.declare(DeclarationKind::Opaque, name, child, &bytes, &bytes);
                }
            }
            self.seen.clear();
            self.unseen.clear();
            self.embeds = false;
        }
        let rest = [&self.seen[..], &self.unseen[..]].concat();
        if !rest.is_empty() {
            let name = String::from_utf8_lossy(&rest).into_owned();
            let last = tree.nodes().len() as u32 - 1;
            self.declare(DeclarationKind::Directive, name, last, &rest, &rest);
        }
    }

    /// One that is on its own is, to Go's compiler, about what follows all the same.
    fn directive(&mut self, index: u32) {
        let text = self.tree.text(index);
        self.embeds |= text.starts_with(b"//go:embed");
        let bytes = if is_seen(text) { &mut self.seen } else { &mut self.unseen };
        write_subtree(self.tree, index, bytes);
    }

    fn write_directives(&self, bytes: &mut Vec<u8>) {
        write_text(&self.seen, bytes);
        write_text(&self.unseen, bytes);
    }

    fn package(&mut self, clause: u32) {
        let (mut constraints, mut settings) = (Vec::new(), Vec::new());
        for directive in self.tree.children(0).take_while(|child| *child < clause) {
            let text = self.tree.text(directive);
            let is_constraint = text.starts_with(b"//go:build") || text.starts_with(b"// +build");
            write_subtree(self.tree, directive, if is_constraint { &mut constraints } else { &mut settings });
        }
        let digest = |bytes: &[u8]| (!bytes.is_empty()).then(|| Blake3::digest(bytes));
        self.outline.constraints = digest(&constraints);
        self.outline.settings = digest(&settings);
        let name = self.tree.children(clause).next().map_or(&b""[..], |name| self.tree.text(name));
        self.outline.package = String::from_utf8_lossy(name).into_owned();
    }

    fn imports(&mut self, declaration: u32) {
        let tree = self.tree;
        // Directives above an import are about nothing; that they are there may be an error.
        self.write_directives_to_preamble();
        for child in tree.children(declaration) {
            if tree.node(child).kind != Kind::IMPORT_SPEC {
                write_subtree(tree, child, &mut self.preamble);
                continue;
            }
            let parts: Vec<u32> = tree.children(child).collect();
            let Some((path, name)) = parts.split_last() else { continue };
            let name = name.first().map(|name| match tree.node(*name).kind {
                Kind::DOT => ".".to_owned(),
                Kind::BLANK_IDENTIFIER => "_".to_owned(),
                _ => String::from_utf8_lossy(tree.text(*name)).into_owned(),
            });
            let path = String::from_utf8_lossy(tree.text(*path)).trim_matches(['"', '`']).to_owned();
            self.outline.imports.insert(Import { name, path });
        }
    }

    fn write_directives_to_preamble(&mut self) {
        if !self.seen.is_empty() || !self.unseen.is_empty() {
            let directives = [&self.seen[..], &self.unseen[..]].concat();
            write_text(&directives, &mut self.preamble);
        }
    }

    fn function(&mut self, index: u32) {
        let tree = self.tree;
        let is_method = tree.node(index).kind == Kind::METHOD_DECLARATION;
        let mut children = tree.children(index);
        let receiver = if is_method { children.next() } else { None };
        let name = children.next().map_or(String::new(), |name| self.name(name));
        let (kind, name) = match receiver {
            Some(receiver) => (DeclarationKind::Method, format!("{}.{name}", self.receiver(receiver))),
            None if name == "init" => (DeclarationKind::Initializer, name),
            None => (DeclarationKind::Function, name),
        };
        let mut contract = b"function".to_vec();
        write_text(&self.seen, &mut contract);
        write_signature(tree, index, &mut contract);
        let mut body = b"function".to_vec();
        self.write_directives(&mut body);
        write_subtree(tree, index, &mut body);
        if kind == DeclarationKind::Initializer {
            self.initializers.extend_from_slice(&Blake3::digest(&body).0);
        }
        self.declare(kind, name, index, &contract, &body);
    }

    /// `T` or `(*T)`, without type arguments.
    fn receiver(&self, list: u32) -> String {
        let mut is_pointer = false;
        for index in list..self.tree.end(list) {
            match self.tree.node(index).kind {
                Kind::POINTER_TYPE => is_pointer = true,
                Kind::TYPE_IDENTIFIER => {
                    let name = self.name(index);
                    return if is_pointer { format!("(*{name})") } else { name };
                }
                _ => (),
            }
        }
        String::new()
    }

    fn name(&self, index: u32) -> String {
        match self.tree.node(index).kind {
            Kind::BLANK_IDENTIFIER => "_".to_owned(),
            _ => String::from_utf8_lossy(self.tree.text(index)).into_owned(),
        }
    }

    /// The specifications of a declaration, each with the directives above it and above all.
    fn group(&mut self, declaration: u32, specification: fn(&mut Self, u32)) {
        let tree = self.tree;
        write_text(tree.text(declaration), &mut self.unseen);
        let outside = (self.seen.len(), self.unseen.len(), self.embeds);
        for child in tree.children(declaration) {
            if tree.node(child).kind.is_directive() {
                self.directive(child);
                continue;
            }
            specification(self, child);
            self.seen.truncate(outside.0);
            self.unseen.truncate(outside.1);
            self.embeds = outside.2;
        }
    }

    fn type_specification(&mut self, index: u32) {
        let name = self.tree.children(index).next().map_or(String::new(), |name| self.name(name));
        let mut bytes = b"type".to_vec();
        self.write_directives(&mut bytes);
        write_subtree(self.tree, index, &mut bytes);
        self.declare(DeclarationKind::Type, name, index, &bytes, &bytes);
    }

    fn variable(&mut self, index: u32) {
        let tree = self.tree;
        let Specification { names, written, values } = Specification::of(tree, index);
        let mut body = b"variable".to_vec();
        self.write_directives(&mut body);
        write_subtree(tree, index, &mut body);
        if values.is_some_and(|values| has_order(tree, values)) {
            self.variables.extend_from_slice(&Blake3::digest(&body).0);
        }
        let expressions: Vec<u32> = values.map_or(Vec::new(), |values| tree.children(values).collect());
        for (position, name) in names.iter().enumerate() {
            let mut contract = b"variable".to_vec();
            self.write_directives(&mut contract);
            match (written, expressions.get(position)) {
                (Some(written), _) => write_subtree(tree, written, &mut contract),
                (None, Some(expression)) if expressions.len() == names.len() => {
                    write_inferred(tree, *expression, &mut contract);
                }
                _ => {
                    write_number(position as u32, &mut contract);
                    write_subtree(tree, index, &mut contract);
                }
            }
            self.declare(DeclarationKind::Variable, self.name(*name), index, &contract, &body);
        }
    }

    /// A constant without a value has that of the one before it, and `iota` is the place in the group.
    fn constants(&mut self, declaration: u32) {
        let tree = self.tree;
        write_text(tree.text(declaration), &mut self.unseen);
        let mut source = None;
        let mut place = 0;
        for child in tree.children(declaration) {
            if tree.node(child).kind.is_directive() {
                self.directive(child);
                continue;
            }
            let Specification { names, written, values } = Specification::of(tree, child);
            if values.is_some() {
                source = Some((written, values));
            }
            let (written, values) = source.unwrap_or((written, values));
            let uses_place =
                values.is_some_and(|values| tree.subtree(values).iter().any(|node| node.kind == Kind::IOTA));
            for (position, name) in names.iter().enumerate() {
                let mut bytes = b"constant".to_vec();
                self.write_directives(&mut bytes);
                write_number(position as u32, &mut bytes);
                write_number(if uses_place { place + 1 } else { 0 }, &mut bytes);
                for part in [written, values].into_iter().flatten() {
                    write_subtree(tree, part, &mut bytes);
                }
                self.declare(DeclarationKind::Constant, self.name(*name), child, &bytes, &bytes);
            }
            place += 1;
        }
    }

    fn declare(&mut self, kind: DeclarationKind, name: String, index: u32, contract: &[u8], body: &[u8]) {
        let ordinal = self.ordinals.entry((kind, name.clone())).or_default();
        self.outline.declarations.push(Declaration {
            ordinal: *ordinal,
            name,
            kind,
            nodes: index..self.tree.end(index),
            contract: Blake3::digest(contract),
            body: Blake3::digest(body),
            embeds: self.embeds,
        });
        *ordinal += 1;
    }

    fn finish(mut self) -> Outline {
        if !self.preamble.is_empty() {
            self.outline.preamble = Some(Blake3::digest(&self.preamble));
        }
        if !self.variables.is_empty() || !self.initializers.is_empty() {
            let mut bytes = b"initialization".to_vec();
            write_text(&self.variables, &mut bytes);
            write_text(&self.initializers, &mut bytes);
            self.outline.initialization = Some(Blake3::digest(&bytes));
        }
        self.outline
    }
}

/// The parts of `a, b T = x, y`.
struct Specification {
    names: Vec<u32>,
    written: Option<u32>,
    values: Option<u32>,
}

impl Specification {
    fn of(tree: &Tree, index: u32) -> Self {
        let children: Vec<u32> = tree.children(index).collect();
        let kind = |index: &u32| tree.node(*index).kind;
        let count = children
            .iter()
            .take_while(|child| matches!(kind(child), Kind::IDENTIFIER | Kind::BLANK_IDENTIFIER));
        let count = count.count();
        let rest = &children[count..];
        Self {
            written: rest.iter().copied().find(|child| kind(child) != Kind::EXPRESSION_LIST),
            values: rest.iter().copied().find(|child| kind(child) == Kind::EXPRESSION_LIST),
            names: children[..count].to_vec(),
        }
    }
}
