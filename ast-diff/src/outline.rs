//! A file as declarations: what each is called, what others can see of it, and what only it contains.
//!
//! `meaning`, the hash of a file for which order counts only where a program can tell:
//!
//! 1. In: the name of the package, build constraints, other directives before it, programs in C.
//! 2. In: imports with their names, as a set.
//! 3. In: every declaration by kind, name and all of its nodes, as a set; functions, methods, types, and variables whose
//!    value is made of literals, have no order.
//! 4. In: the place of a constant in its group where `iota` is used, and the value that one without a value repeats.
//! 5. In: the order of variables whose initialisers can do something or be something else, and of `init` functions.
//! 6. In: the order of everything within a declaration: fields, methods of interfaces, parameters, statements, elements.
//! 7. In: directives, with the declaration that follows them, and whether they are attached to it.
//! 8. Out: what the structure root leaves out, parentheses of groups, and in which declaration a specification stands.
//!
//! `contract`, the hash of what others can see of a declaration:
//!
//! 1. Functions and methods: types of receiver, parameters and results in order, type parameters, whether there is a body,
//!    and directives, except those that say how the body is compiled. Out: names of parameters and results.
//! 2. Types and constants: all of it.
//! 3. Variables: the type, or what tells it from the initialiser; all of that when it takes other declarations to know.
//!
//! Equal contracts do not let a compiler skip those that use a function: bodies are inlined.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::hash::{Blake3, Digest, HashFunction, structure_root, write_number, write_text};
use crate::kind::Kind;
use crate::sketch::Sketch;
use crate::tree::{Node, Tree};

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DeclarationKind {
    /// `func f()`
    Function,
    /// `func (r R) m()`, named `R.m` or `(*R).m`.
    Method,
    /// A type, or an alias.
    Type,
    /// A variable.
    Variable,
    /// A constant.
    Constant,
    /// `func init()`; there can be several, and they run in order.
    Initializer,
    /// A directive that is about no declaration.
    Directive,
    /// Something that cannot be read.
    Opaque,
}

/// One name that a file declares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// What it is called; for what has no name, its text.
    pub name: String,
    /// What it is.
    pub kind: DeclarationKind,
    /// Which of several of that name and kind it is: of `init`, of `_`.
    pub ordinal: u32,
    /// Its nodes, without the directives before it. Several names of one specification have the same.
    pub nodes: Range<u32>,
    /// Hash of what others can see: a signature, a type, the value of a constant, the type of a variable.
    pub contract: Digest,
    /// Hash of all of it.
    pub body: Digest,
    /// Does it, with its directives, take files for its content?
    pub embeds: bool,
}

/// An import.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Import {
    /// What the file calls the package, when it says so; `_` and `.` included.
    pub name: Option<String>,
    /// Its path.
    pub path: String,
}

/// A file as declarations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Name of the package; empty when there is no package clause.
    pub package: String,
    /// Hash of the build constraints, when there are any. They also say which version of Go a file is written in.
    pub constraints: Option<Digest>,
    /// Hash of the other directives before the package clause, when there are any: settings of the whole program.
    pub settings: Option<Digest>,
    /// What is imported. The order has no meaning: packages are initialised in an order of Go's own.
    pub imports: BTreeSet<Import>,
    /// Hash of the programs in C, when there are any.
    pub preamble: Option<Digest>,
    /// All names, in the order of the file.
    pub declarations: Vec<Declaration>,
    /// Hash of what runs before `main` in this file, in order: variables whose place can be told, then `init` functions.
    pub initialization: Option<Digest>,
    /// Are there neither directives nor parts that cannot be read? Only then is it certain what an order means.
    pub is_plain: bool,
    /// Hash of all of this: two files with the same mean the same, but for positions in panics.
    pub meaning: Digest,
}

impl Outline {
    /// Makes the outline of a tree.
    pub fn of(tree: &Tree) -> Self {
        let mut outline = Sketch::of(tree);
        let is_odd = |node: &Node| node.kind.is_directive() || node.kind == Kind::OPAQUE;
        outline.is_plain = !tree.nodes().iter().any(is_odd);
        outline.meaning = meaning(&outline, tree);
        outline
    }

    /// Is there a declaration that cannot be read?
    pub fn has_opaque(&self) -> bool {
        self.declarations.iter().any(|declaration| declaration.kind == DeclarationKind::Opaque)
    }

    /// Does it contain a program in C?
    pub fn uses_c(&self) -> bool {
        self.imports.iter().any(|import| import.path == "C")
    }
}

fn meaning(outline: &Outline, tree: &Tree) -> Digest {
    let mut bytes = b"meaning".to_vec();
    write_text(outline.package.as_bytes(), &mut bytes);
    if !outline.is_plain {
        bytes.extend_from_slice(&structure_root(tree).0);
    }
    for part in [outline.constraints, outline.settings, outline.preamble, outline.initialization] {
        bytes.extend_from_slice(&part.unwrap_or_default().0);
    }
    write_number(outline.imports.len() as u32, &mut bytes);
    for import in &outline.imports {
        write_text(import.name.as_deref().unwrap_or("").as_bytes(), &mut bytes);
        write_text(import.path.as_bytes(), &mut bytes);
    }
    let mut declarations: Vec<&Declaration> = outline.declarations.iter().collect();
    declarations.sort_by_key(|declaration| (declaration.kind, &declaration.name, declaration.body));
    write_number(declarations.len() as u32, &mut bytes);
    for declaration in declarations {
        bytes.push(declaration.kind as u8);
        write_text(declaration.name.as_bytes(), &mut bytes);
        bytes.extend_from_slice(&declaration.body.0);
    }
    Blake3::digest(&bytes)
}
