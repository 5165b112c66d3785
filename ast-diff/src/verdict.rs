//! What an edit of a package means. Every doubt makes the answer larger, never smaller.

use std::collections::{BTreeMap, BTreeSet};

use crate::file_name::Placement;
use crate::outline::{Declaration, DeclarationKind, Outline};

/// A file of a package.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name, without folders.
    pub name: &'a str,
    /// What it declares.
    pub outline: &'a Outline,
}

/// What an edit means, from the least to the most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// A compiler makes the same code, positions in panics aside.
    Nothing,
    /// A file that is not Go, and not a part of the program.
    Asset,
    /// Functions do something else, and are called as before. Their names, methods as `T.m` or `(*T).m`.
    Body(Vec<String>),
    /// What others can see of functions, constants or variables is another.
    Contract,
    /// A type is another.
    TypeLayout,
    /// What runs before `main` is another.
    GlobalInit,
    /// Other packages are imported.
    Imports,
    /// Nothing less than all is certain.
    Whole(Doubt),
}

/// Why all is to be made anew.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Doubt {
    /// Another set of files may belong to the program, or the language has another version.
    #[error("build constraints of {0} changed")]
    Constraint(String),
    /// The package has another name, or other settings for the whole program.
    #[error("the package clause of {0}, or what stands before it, changed")]
    Header(String),
    /// There are programs in C.
    #[error("{0} contains C")]
    C(String),
    /// Files that are a part of the program are named by a variable.
    #[error("{0} embeds files")]
    Embed(String),
    /// Directives, or parts that cannot be read, stand in another order.
    #[error("the order of {0} changed, which has directives or a part that cannot be read")]
    Order(String),
    /// There is something that cannot be read.
    #[error("a part of {0} cannot be read")]
    Unreadable(String),
}

/// What became of one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Others see something else.
    Contract,
    /// Others see what they saw.
    Body,
}

/// A name that does not mean what it meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Changed {
    /// What it is.
    pub kind: DeclarationKind,
    /// What it is called.
    pub name: String,
    /// Which of several with that name and kind.
    pub ordinal: u32,
    /// What became of it.
    pub fate: Fate,
}

/// What an edit of a package means, and which names it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// The largest of all.
    pub verdict: Verdict,
    /// All names that changed, those of tests aside.
    pub changed: Vec<Changed>,
    /// Did files of tests change, which are no part of the program?
    pub tests: bool,
}

impl Verdict {
    /// What two edits mean together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Body(mut left), Self::Body(right)) => {
                left.extend(right);
                left.sort_unstable();
                left.dedup();
                Self::Body(left)
            }
            (left, right) => left.max(right),
        }
    }
}

/// Compares two states of a package: all of its files, before and after, those that did not change included.
pub fn judge(old: &[File<'_>], new: &[File<'_>]) -> Meaning {
    let mut judge = Judge { verdict: Verdict::Nothing, changed: Vec::new(), tests: false };
    judge.tests = tests(old) != tests(new);
    let (old, new) = (program(old), program(new));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for name in &names {
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => judge.pair(name, old, new),
            (Some(file), None) if !has_twin(name, file, &new, &old) => judge.alone(name, file),
            (None, Some(file)) if !has_twin(name, file, &old, &new) => judge.alone(name, file),
            (Some(_), None) | (None, Some(_)) => (),
            (None, None) => (),
        }
    }
    judge.declarations(&old, &new);
    let order =
        |files: &Files<'_>| files.values().filter_map(|outline| outline.initialization).collect::<Vec<_>>();
    if order(&old) != order(&new) {
        judge.at_least(Verdict::GlobalInit);
    }
    // The programs in C of all files are one, and what Go has to say to them is in any of them.
    let with_c = old.iter().chain(&new).find(|(_, outline)| outline.uses_c());
    if let Some((name, _)) = with_c.filter(|_| judge.verdict != Verdict::Nothing) {
        judge.at_least(Verdict::Whole(Doubt::C((*name).to_owned())));
    }
    if judge.verdict == Verdict::Nothing {
        // What a directive is about, and what a text that cannot be read does, can depend on what stands around it.
        let differs = |name: &&&str| match (old.get(**name), new.get(**name)) {
            (Some(old), Some(new)) => old.meaning != new.meaning && !(old.is_plain && new.is_plain),
            _ => false,
        };
        if let Some(name) = names.iter().find(differs) {
            judge.at_least(Verdict::Whole(Doubt::Order((*name).to_owned())));
        }
    }
    judge.changed.sort_unstable();
    Meaning { verdict: judge.verdict, changed: judge.changed, tests: judge.tests }
}

type Files<'a> = BTreeMap<&'a str, &'a Outline>;

/// The files of the program, in the order in which compilers get them.
fn program<'a>(files: &[File<'a>]) -> Files<'a> {
    let is_part =
        |file: &&File<'_>| !Placement::of(file.name).is_ignored && !Placement::of(file.name).is_test;
    files.iter().filter(is_part).map(|file| (file.name, file.outline)).collect()
}

fn tests(files: &[File<'_>]) -> BTreeMap<String, crate::hash::Digest> {
    files
        .iter()
        .filter(|file| Placement::of(file.name).is_test)
        .map(|file| (file.name.to_owned(), file.outline.meaning))
        .collect()
}

/// Did a file only get another name? Then there is one that says the same, on the other side alone. What the order of the
/// names means is seen from what runs first.
fn has_twin(name: &str, file: &Outline, there: &Files<'_>, here: &Files<'_>) -> bool {
    let mine = Placement::of(name);
    there.iter().filter(|(other, _)| !here.contains_key(*other)).any(|(other, twin)| {
        let other = Placement::of(other);
        twin.meaning == file.meaning && (other.system, other.machine) == (mine.system, mine.machine)
    })
}

struct Judge {
    verdict: Verdict,
    changed: Vec<Changed>,
    tests: bool,
}

impl Judge {
    fn at_least(&mut self, verdict: Verdict) {
        let known = std::mem::replace(&mut self.verdict, Verdict::Nothing);
        self.verdict = known.join(verdict);
    }

    fn pair(&mut self, name: &str, old: &Outline, new: &Outline) {
        if old.meaning == new.meaning {
            return;
        }
        let whole = |reason: fn(String) -> Doubt| Verdict::Whole(reason(name.to_owned()));
        if old.constraints != new.constraints {
            self.at_least(whole(Doubt::Constraint));
        }
        if old.settings != new.settings || old.package != new.package {
            self.at_least(whole(Doubt::Header));
        }
        if opaque(old) != opaque(new) {
            self.at_least(whole(Doubt::Unreadable));
        }
        // A program in C that changed is another matter; see `judge`.
        if old.imports != new.imports || old.preamble != new.preamble {
            self.at_least(Verdict::Imports);
        }
    }

    /// A file that was not there, or is not there any more.
    fn alone(&mut self, name: &str, outline: &Outline) {
        let whole = |reason: fn(String) -> Doubt| Verdict::Whole(reason(name.to_owned()));
        if outline.constraints.is_some() || Placement::of(name).is_constrained() {
            self.at_least(whole(Doubt::Constraint));
        }
        if outline.settings.is_some() || outline.package.is_empty() {
            self.at_least(whole(Doubt::Header));
        }
        if outline.has_opaque() {
            self.at_least(whole(Doubt::Unreadable));
        }
        if !outline.imports.is_empty() {
            self.at_least(Verdict::Imports);
        }
    }

    /// Names belong to the package. What a body means depends on the imports of its file and its version of Go too, so that
    /// one that went to another file is another, unless the files are alike in that.
    fn declarations(&mut self, old: &Files<'_>, new: &Files<'_>) {
        let (old, new) = (by_name(old), by_name(new));
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
        for key in keys {
            let (before, after) = (old.get(&key), new.get(&key));
            let fate = match (before, after) {
                (None, _) => Fate::Added,
                (_, None) => Fate::Removed,
                (Some(old), Some(new)) => {
                    let has_moved = old.file != new.file
                        && (old.outline.imports != new.outline.imports
                            || old.outline.constraints != new.outline.constraints);
                    if has_moved || old.declaration.contract != new.declaration.contract {
                        Fate::Contract
                    } else if old.declaration.body != new.declaration.body {
                        Fate::Body
                    } else {
                        continue;
                    }
                }
            };
            let (kind, name, ordinal) = key;
            for place in [before, after].into_iter().flatten().filter(|place| place.declaration.embeds) {
                self.at_least(Verdict::Whole(Doubt::Embed(place.file.to_owned())));
            }
            let file = after.or(before).map_or("", |place| place.file);
            self.at_least(of_one(kind, name, fate, file));
            self.changed.push(Changed { kind, name: name.to_owned(), ordinal, fate });
        }
    }
}

fn of_one(kind: DeclarationKind, name: &str, fate: Fate, file: &str) -> Verdict {
    match (kind, fate) {
        (DeclarationKind::Opaque, _) => Verdict::Whole(Doubt::Unreadable(file.to_owned())),
        (DeclarationKind::Directive, _) => Verdict::Whole(Doubt::Header(file.to_owned())),
        (DeclarationKind::Type, _) => Verdict::TypeLayout,
        // Which methods a type has is seen by conversions to interfaces.
        (DeclarationKind::Method, Fate::Added | Fate::Removed | Fate::Contract) => Verdict::TypeLayout,
        (DeclarationKind::Initializer, _) => Verdict::GlobalInit,
        (DeclarationKind::Variable, Fate::Added | Fate::Removed | Fate::Body) => Verdict::GlobalInit,
        // Its value may be another too, and its size.
        (DeclarationKind::Variable, Fate::Contract) => Verdict::GlobalInit,
        (DeclarationKind::Constant, _) => Verdict::Contract,
        (DeclarationKind::Function | DeclarationKind::Method, Fate::Body) => {
            Verdict::Body(vec![name.to_owned()])
        }
        (DeclarationKind::Function, _) => Verdict::Contract,
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    outline: &'a Outline,
    declaration: &'a Declaration,
}

/// Where each name is declared; several of one name are numbered in the order of the files.
fn by_name<'a>(files: &Files<'a>) -> BTreeMap<(DeclarationKind, &'a str, u32), Place<'a>> {
    let mut places = BTreeMap::new();
    let mut counts = BTreeMap::<(DeclarationKind, &str), u32>::new();
    for (file, outline) in files {
        for declaration in &outline.declarations {
            let count = counts.entry((declaration.kind, &declaration.name)).or_default();
            let key = (declaration.kind, &*declaration.name, *count);
            *count += 1;
            places.insert(key, Place { file, outline, declaration });
        }
    }
    places
}

fn opaque(outline: &Outline) -> Vec<crate::hash::Digest> {
    outline
        .declarations
        .iter()
        .filter(|declaration| declaration.kind == DeclarationKind::Opaque)
        .map(|declaration| declaration.body)
        .collect()
}
