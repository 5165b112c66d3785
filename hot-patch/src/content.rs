//! What a function or constant is, whatever addresses it was given: a hash over its bytes with the places of
//! relocations blanked, and over what they refer to.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::object::{Function, Object, Place, Relocation, RelocationKind, Segment, SymbolKind};

/// 128 bits of BLAKE3: two that differ have the same with a chance of 2^-64 among 2^32 of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Content([u8; 16]);

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Descriptors of types, whose address is the identity of the type.
pub(crate) const DESCRIPTOR: &str = "reflect/types.type:";

/// Methods of a type. Only its descriptor points there, so that a list that differs may lie elsewhere.
pub(crate) const METHODS: &str = "$methodset";

/// Computes contents of one object. Symbols that go by another name than their own are renamed first.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    object: &'a Object,
    /// Identities of functions that are not their names.
    pub(crate) renamed: BTreeMap<String, String>,
    constants: BTreeMap<usize, Content>,
}

impl<'a> Contents<'a> {
    pub(crate) fn new(object: &'a Object) -> Self {
        Self { object, renamed: BTreeMap::new(), constants: BTreeMap::new() }
    }

    /// Identity of what this object calls `name`.
    pub(crate) fn identity<'b>(&'b self, name: &'b str) -> &'b str {
        self.renamed.get(name).map_or(name, String::as_str)
    }

    /// Contents are asked for again after something was renamed.
    pub(crate) fn forget(&mut self) {
        self.constants.clear();
    }

    pub(crate) fn function(&mut self, function: &Function) -> Content {
        let object = self.object;
        let signature = object.signatures.get(function.signature as usize);
        let head = format!("{signature:?}");
        self.normal(&head, object.at(&function.body), &function.relocations)
    }

    /// Of a segment with the symbol that names it; descriptors of two types are never the same.
    pub(crate) fn segment(&mut self, index: usize) -> Content {
        if let Some(known) = self.constants.get(&index) {
            return *known;
        }
        // A constant may refer to itself in a circle; its own hash stands for nothing then.
        self.constants.insert(index, Content([0; 16]));
        let object = self.object;
        let segment = &object.segments[index];
        let name = name_of(object, segment);
        let head = if name.starts_with(DESCRIPTOR) { name } else { "" };
        let content = self.normal(head, object.at(&segment.content), &segment.relocations);
        self.constants.insert(index, content);
        content
    }

    fn normal(&mut self, head: &str, bytes: &[u8], relocations: &[Relocation]) -> Content {
        let mut hasher = blake3::Hasher::new();
        hasher.update(head.as_bytes()).update(&[0]);
        let mut from = 0;
        for relocation in relocations {
            // Two relocations of one place do not occur; bytes that are not there were refused when reading.
            let begin = relocation.offset.max(from);
            hasher.update(bytes.get(from..begin).unwrap_or_default());
            from = relocation.offset + relocation.kind.width();
        }
        hasher.update(bytes.get(from..).unwrap_or_default());
        for relocation in relocations {
            let target = self.target(relocation);
            hasher.update(format!("\0{} {:?} {target}", relocation.offset, relocation.kind).as_bytes());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Content(short)
    }

    fn target(&mut self, relocation: &Relocation) -> String {
        let object = self.object;
        if relocation.kind == RelocationKind::TypeIndex {
            return format!("type {:?}", object.signatures.get(relocation.target));
        }
        let symbol = &object.symbols[relocation.target];
        match symbol.kind {
            SymbolKind::Function { index, .. } => {
                format!("function {} {:?}", self.identity(&symbol.name), object.signature(index))
            }
            SymbolKind::Data(place) => {
                let place = place.filter(|_| symbol.local || symbol.name.ends_with(METHODS));
                let words = match place {
                    Some(Place { segment, offset, .. }) if object.segments[segment].is_constant() => {
                        let name = if symbol.local { "" } else { symbol.name.as_str() };
                        format!("{name} {:?}+{offset}", self.segment(segment))
                    }
                    _ => self.identity(&symbol.name).to_owned(),
                };
                format!("data {words} {}", relocation.addend)
            }
            SymbolKind::Other => "other".to_owned(),
        }
    }
}

/// The symbol that names a segment: with one symbol for each piece of data, as compilers are told to emit it, this is
/// the first.
pub(crate) fn name_of<'a>(object: &'a Object, segment: &Segment) -> &'a str {
    segment.symbols.first().map_or("", |symbol| object.symbols[*symbol].name.as_str())
}
