//! What goes into a patch: what has changed, and everything it refers to that the running program lacks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::identities::Identities;
use crate::content::{Content, Contents, DESCRIPTOR, METHODS, name_of};
use crate::library::Library;
use crate::object::{Function, Object, Place, RelocationKind, Signature, SymbolKind};
use crate::refusal::Refusal;
use crate::world::{LiveData, World};

/// One of the patch's own objects, or one of the library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Patch(usize),
    Library(usize),
}

/// A function that goes into the patch.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    pub(super) source: Source,
    pub(super) function: &'a Function,
    pub(super) identity: String,
    /// The program has none of this identity.
    pub(super) fresh: bool,
}

/// Data that goes into the patch.
#[derive(Debug)]
pub(super) struct Datum {
    pub(super) source: Source,
    pub(super) segment: usize,
    pub(super) key: Key,
    /// It takes the place of what is there.
    pub(super) in_place: bool,
}

/// What data is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A constant without a name is what it holds.
    Constant(Content),
    Named(String),
}

/// A function of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostFunction {
    pub(super) module: String,
    pub(super) field: String,
    pub(super) signature: Signature,
}

pub(super) struct Selection<'a> {
    world: &'a World,
    objects: &'a [Object],
    library: &'a Library,
    pub(super) identities: Identities<'a>,
    library_contents: BTreeMap<usize, Contents<'a>>,
    patch_data: BTreeMap<&'a str, (usize, Place)>,
    pub(super) functions: Vec<Chosen<'a>>,
    pub(super) function_of: BTreeMap<String, usize>,
    pub(super) data: Vec<Datum>,
    pub(super) datum_of: BTreeMap<(Source, usize), usize>,
    datum_by_key: BTreeMap<Key, usize>,
    pub(super) hosts: BTreeMap<String, HostFunction>,
    /// Functions that JavaScript is to call by a name that it does not know, or knows another one by.
    pub(super) exported: BTreeMap<String, String>,
    pub(super) placeholders: BTreeSet<String>,
    pub(super) refusals: BTreeSet<Refusal>,
    /// Symbols that are referred to and were not looked at yet.
    waiting: VecDeque<(Source, usize)>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(
        world: &'a World,
        objects: &'a [Object],
        library: &'a Library,
        identities: Identities<'a>,
    ) -> Self {
        let mut patch_data = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            for (name, symbol) in object.defined_data() {
                if let SymbolKind::Data(Some(place)) = object.symbols[symbol].kind
                    && !object.symbols[symbol].local
                {
                    patch_data.entry(name).or_insert((index, place));
                }
            }
        }
        Self {
            world,
            objects,
            library,
            identities,
            library_contents: BTreeMap::new(),
            patch_data,
            functions: Vec::new(),
            function_of: BTreeMap::new(),
            data: Vec::new(),
            datum_of: BTreeMap::new(),
            datum_by_key: BTreeMap::new(),
            hosts: BTreeMap::new(),
            exported: BTreeMap::new(),
            placeholders: BTreeSet::new(),
            refusals: BTreeSet::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Chooses what has changed, what the initialiser runs, and what all of it needs.
    pub(super) fn choose(&mut self, initializer: Option<&str>, new_packages: &[String]) {
        for (index, object) in self.objects.iter().enumerate() {
            for (name, function) in object.defined_functions() {
                let identity = self.identities.contents[index].identity(name).to_owned();
                let live = self.world.functions.get(&identity);
                // What is merged comes when somebody refers to it.
                if live.is_none() && function.weak {
                    continue;
                }
                let content = self.identities.contents[index].function(function);
                if live.is_some_and(|live| live.slot.is_none() || live.content == Some(content)) {
                    continue;
                }
                self.add_function(Source::Patch(index), function, identity);
            }
            for segment in 0..object.segments.len() {
                let Some(symbol) = object.segments[segment].symbols.first().copied() else { continue };
                let named = &object.symbols[symbol];
                let constant = object.segments[segment].is_constant();
                if !named.local && (!constant || self.world.data.contains_key(&named.name)) {
                    self.want_data(Source::Patch(index), symbol);
                }
            }
        }
        if let Some(name) = initializer {
            self.want_named_function(name);
        }
        self.export(new_packages);
        while let Some((source, symbol)) = self.waiting.pop_front() {
            match self.object(source).symbols[symbol].kind {
                SymbolKind::Function { .. } => self.want_function(source, symbol),
                SymbolKind::Data(_) => self.want_data(source, symbol),
                SymbolKind::Other => {}
            }
        }
    }

    /// Chooses what JavaScript is to call. Nobody else needs to refer to it.
    fn export(&mut self, new_packages: &[String]) {
        for (index, object) in self.objects.iter().enumerate() {
            for (export, name) in object.exported() {
                self.exported.insert(export.to_owned(), self.identity(Source::Patch(index), name));
            }
        }
        for (index, member) in self.library.objects.iter().enumerate() {
            if member.user && new_packages.contains(&member.name) {
                for (export, name) in member.object.exported() {
                    self.want_named_function(name);
                    self.exported.insert(export.to_owned(), self.identity(Source::Library(index), name));
                }
            }
        }
        self.exported.retain(|export, identity| self.world.exports.get(export) != Some(identity));
    }

    pub(super) fn object(&self, source: Source) -> &'a Object {
        match source {
            Source::Patch(index) => &self.objects[index],
            Source::Library(index) => &self.library.objects[index].object,
        }
    }

    pub(super) fn is_user(&self, source: Source) -> bool {
        match source {
            Source::Patch(_) => true,
            Source::Library(index) => self.library.objects[index].user,
        }
    }

    /// What the world calls a function that an object calls `name`.
    pub(super) fn identity(&self, source: Source, name: &str) -> String {
        match source {
            Source::Patch(index) => self.identities.contents[index].identity(name).to_owned(),
            Source::Library(index) => {
                let member = &self.library.objects[index];
                let local = member.object.function(name).is_some_and(|function| function.local);
                if local && !member.user && !self.world.functions.contains_key(name) {
                    format!("{}!{name}", member.name)
                } else {
                    name.to_owned()
                }
            }
        }
    }

    pub(super) fn key(&mut self, source: Source, segment: usize) -> Key {
        let object = self.object(source);
        let name = name_of(object, &object.segments[segment]);
        let local =
            object.segments[segment].symbols.first().is_none_or(|symbol| object.symbols[*symbol].local);
        if !local {
            return Key::Named(name.to_owned());
        }
        if object.segments[segment].is_constant() && self.is_user(source) {
            return Key::Constant(self.content(source, segment));
        }
        match source {
            Source::Patch(index) => Key::Named(format!("{name}@{}/{index}", self.world.patch + 1)),
            Source::Library(_) if self.world.data.contains_key(name) => Key::Named(name.to_owned()),
            Source::Library(index) => Key::Named(format!("{}!{name}", self.library.objects[index].name)),
        }
    }

    pub(super) fn content(&mut self, source: Source, segment: usize) -> Content {
        match source {
            Source::Patch(index) => self.identities.contents[index].segment(segment),
            Source::Library(index) => {
                let object = &self.library.objects[index].object;
                let contents = self.library_contents.entry(index).or_insert_with(|| Contents::new(object));
                contents.segment(segment)
            }
        }
    }

    pub(super) fn function_content(&mut self, source: Source, function: &Function) -> Content {
        match source {
            Source::Patch(index) => self.identities.contents[index].function(function),
            Source::Library(index) => {
                let object = &self.library.objects[index].object;
                let contents = self.library_contents.entry(index).or_insert_with(|| Contents::new(object));
                contents.function(function)
            }
        }
    }

    pub(super) fn live_address(&self, key: &Key) -> Option<u32> {
        match key {
            Key::Constant(content) => self.world.constants.get(content).copied(),
            Key::Named(name) => self.world.data.get(name).map(|data| data.address),
        }
    }

    /// Where the data of a symbol is defined, if not in the world.
    pub(super) fn definition(&self, source: Source, symbol: usize) -> Option<(Source, Place)> {
        let object = self.object(source);
        let named = &object.symbols[symbol];
        if let SymbolKind::Data(Some(place)) = named.kind {
            return Some((source, place));
        }
        if let Some((index, place)) = self.patch_data.get(named.name.as_str()) {
            return Some((Source::Patch(*index), *place));
        }
        if self.world.data.contains_key(&named.name) {
            return None;
        }
        let index = *self.library.data.get(&named.name)?;
        let (_, place) = self.library.objects[index].object.data(&named.name)?;
        Some((Source::Library(index), place))
    }

    fn add_function(&mut self, source: Source, function: &'a Function, identity: String) {
        if self.function_of.contains_key(&identity) {
            return;
        }
        self.function_of.insert(identity.clone(), self.functions.len());
        let symbols =
            function.relocations.iter().filter(|relocation| relocation.kind != RelocationKind::TypeIndex);
        self.waiting.extend(symbols.map(|relocation| (source, relocation.target)));
        let fresh = !self.world.functions.contains_key(&identity);
        self.functions.push(Chosen { source, function, identity, fresh });
    }

    fn want_named_function(&mut self, name: &str) {
        if let Some(index) = self.identities.defined.get(name).copied() {
            if let Some(function) = self.objects[index].function(name) {
                self.add_function(Source::Patch(index), function, name.to_owned());
            }
        } else if let Some(index) = self.library.functions.get(name).copied() {
            if let Some(function) = self.library.objects[index].object.function(name) {
                self.add_function(Source::Library(index), function, name.to_owned());
            }
        } else {
            self.refusals.insert(Refusal::Undefined(name.to_owned()));
        }
    }

    fn want_function(&mut self, source: Source, symbol: usize) {
        let object = self.object(source);
        let named = &object.symbols[symbol];
        let name = named.name.as_str();
        let identity = self.identity(source, name);
        if self.function_of.contains_key(&identity) || self.hosts.contains_key(&identity) {
            return;
        }
        let own = match source {
            Source::Patch(index) => object.function(name).map(|function| (index, function)),
            Source::Library(_) => None,
        };
        let patched = own.or_else(|| {
            let index = *self.identities.defined.get(name)?;
            Some((index, self.objects[index].function(name)?))
        });
        if let Some((index, function)) = patched {
            let content = self.identities.contents[index].function(function);
            let live = self.world.functions.get(&identity);
            if live.is_none_or(|live| live.slot.is_some() && live.content != Some(content)) {
                self.add_function(Source::Patch(index), function, identity);
            }
            return;
        }
        if self.world.functions.contains_key(&identity) {
            return;
        }
        if let Some(function) = object.function(name) {
            self.add_function(source, function, identity);
        } else if let Some(index) = self.library.functions.get(name).copied()
            && let Some(function) = self.library.objects[index].object.function(name)
        {
            self.add_function(Source::Library(index), function, identity);
        } else if let SymbolKind::Function { index, .. } = named.kind
            && let Some(import) = object.import(index).filter(|import| import.module != "env")
            && let Some(signature) = object.signature(index)
        {
            let (module, field) = (import.module.clone(), import.field.clone());
            self.hosts.insert(identity, HostFunction { module, field, signature: signature.clone() });
        } else if !named.weak {
            self.refusals.insert(Refusal::Undefined(name.to_owned()));
        }
    }

    fn want_data(&mut self, source: Source, symbol: usize) {
        let name = self.object(source).symbols[symbol].name.as_str();
        let Some((source, place)) = self.definition(source, symbol) else {
            let object = self.object(source);
            let weak = object.symbols[symbol].weak;
            if self.world.data.contains_key(name) || self.world.placeholders.contains_key(name) {
            } else if weak && name.starts_with(DESCRIPTOR) {
                self.placeholders.insert(name.to_owned());
            } else if !weak {
                self.refusals.insert(Refusal::Undefined(name.to_owned()));
            }
            return;
        };
        let at = (source, place.segment);
        if self.datum_of.contains_key(&at) {
            return;
        }
        let key = self.key(source, place.segment);
        if let Some(known) = self.datum_by_key.get(&key) {
            self.datum_of.insert(at, *known);
            return;
        }
        if self.live_address(&key).is_none() {
            self.add_datum(at, key, false);
        } else if let (Key::Named(name), Source::Patch(_)) = (&key, source)
            && let Some(live) = self.world.data.get(name).cloned()
        {
            self.renew(at, name.clone(), &live);
        }
    }

    /// A named constant that is live: a descriptor whose methods have changed is written where the old one lies.
    fn renew(&mut self, at: (Source, usize), name: String, live: &LiveData) {
        let object = self.object(at.0);
        let segment = &object.segments[at.1];
        if !segment.is_constant() || live.content.is_none() || live.content == Some(self.content(at.0, at.1))
        {
            return;
        }
        if name.ends_with(METHODS) {
            self.add_datum(at, Key::Named(name), false);
        } else if used(object, at.1) <= live.room {
            self.add_datum(at, Key::Named(name), true);
        } else {
            self.refusals.insert(Refusal::DescriptorGrew(name));
        }
    }

    fn add_datum(&mut self, at: (Source, usize), key: Key, in_place: bool) {
        let index = self.data.len();
        self.datum_of.insert(at, index);
        self.datum_by_key.insert(key.clone(), index);
        let symbols = self.object(at.0).segments[at.1].relocations.iter().map(|one| (at.0, one.target));
        self.waiting.extend(symbols);
        self.data.push(Datum { source: at.0, segment: at.1, key, in_place });
    }
}

/// Bytes of a segment without the zeros at its end, in whole words: room that is left for methods to come.
pub(super) fn used(object: &Object, segment: usize) -> u32 {
    let segment = &object.segments[segment];
    let content = object.at(&segment.content);
    let bytes = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let relocated = segment.relocations.last().map_or(0, |last| last.offset + 4);
    (bytes.max(relocated).next_multiple_of(4)) as u32
}
