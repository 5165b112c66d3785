//! Everything that is known of a program that runs and can be patched: where what lies, and what it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::difference::LiveFacts;
use crate::facts::ClosureFacts;
use crate::object::{Function, Signature};

/// A live program. The same base and patches give the same world, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// What its sources say.
    pub facts: LiveFacts,
    /// Number of the last patch; 0 for none.
    pub patch: u32,
    pub(crate) functions: BTreeMap<String, LiveFunction>,
    pub(crate) data: BTreeMap<String, LiveData>,
    /// Addresses of constants without a name.
    pub(crate) constants: BTreeMap<Content, u32>,
    /// Places of descriptors that have not come yet.
    pub(crate) placeholders: BTreeMap<String, u32>,
    /// Function literals by the declared function that they stand in, then by identity.
    pub(crate) closures: BTreeMap<String, BTreeMap<String, LiveClosure>>,
    /// Import paths of packages whose initialisers have run.
    pub(crate) packages: BTreeSet<String>,
    /// What symbols of user packages begin with.
    pub(crate) symbol_paths: Vec<String>,
    /// Identities of the functions that JavaScript calls, by the names that it knows.
    pub(crate) exports: BTreeMap<String, String>,
    pub(crate) arena: Room,
    pub(crate) slots: Slots,
    pub(crate) table_length: u32,
    /// Entries of the table with functions that never suspend their caller.
    pub(crate) steady: BTreeSet<u32>,
    pub(crate) memory_pages: u64,
    pub(crate) stack_chain: u32,
}

/// A function as the program knows it, by identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveFunction {
    /// Entry of the table through which it is called and compared.
    pub(crate) table: u32,
    /// Number of its slot; `None` for one that is never replaced.
    pub(crate) slot: Option<u32>,
    pub(crate) signature: Signature,
    /// In Go, for one that the user has declared.
    pub(crate) go_signature: Option<String>,
    /// Of the body that new calls run; `None` when nobody compares it.
    pub(crate) content: Option<Content>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveData {
    pub(crate) address: u32,
    /// Bytes that may be written there.
    pub(crate) room: u32,
    pub(crate) content: Option<Content>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveClosure {
    /// Signature and captures: closures that are alive hold values of that layout.
    pub(crate) facts: String,
    /// Its name in the newest text; empty when it is not in there.
    pub(crate) name: String,
    /// What its newest body was made from.
    pub(crate) fingerprint: Option<[u8; 32]>,
    /// Patch that brought its newest body.
    pub(crate) patch: u32,
}

impl LiveClosure {
    /// With a body that a patch brings; 0 for the base.
    pub(crate) fn of(facts: &ClosureFacts, patch: u32) -> Self {
        let (name, fingerprint) = (facts.name.clone(), facts.fingerprint);
        Self { facts: facts.facts.clone(), name, fingerprint, patch }
    }
}

/// Memory that is given out from the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Room {
    pub(crate) next: u32,
    pub(crate) end: u32,
}

/// Words with the table entry of the newest body of each replaceable function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slots {
    pub(crate) address: u32,
    pub(crate) used: u32,
    pub(crate) limit: u32,
}

impl Slots {
    pub(crate) fn address_of(&self, slot: u32) -> u32 {
        self.address + 4 * slot
    }
}

/// A world that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("what is known of the running program cannot be read: {0}")]
pub struct WorldError(#[from] postcard::Error);

impl World {
    /// As bytes.
    pub fn save(&self) -> Result<Vec<u8>, WorldError> {
        Ok(postcard::to_stdvec(self)?)
    }

    /// From bytes that `save` of the same version has made.
    pub fn load(bytes: &[u8]) -> Result<Self, WorldError> {
        Ok(postcard::from_bytes(bytes)?)
    }

    /// Leaves out numbers of patches. When what is known of a program was read from a file, pages may run a patch that was
    /// made after it was written: with a number that nobody gave, the next one is not taken for it.
    pub fn skip_numbers(&mut self, count: u32) {
        self.patch = self.patch.saturating_add(count);
    }

    /// Symbols that the program has, for the compiler: what it could merge with them refers to them.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().chain(self.data.keys()).map(String::as_str)
    }

    /// Function literals in declared functions of which it is known what their newest bodies were made from: a compiler
    /// has nothing to do for those that are the same still.
    pub fn literals(&self, functions: &[String]) -> Vec<ClosureFacts> {
        let of = |outer: &String| {
            let known = self.closures.get(outer).into_iter().flat_map(BTreeMap::values);
            let known = known.filter(|literal| !literal.name.is_empty() && literal.fingerprint.is_some());
            let facts = |literal: &LiveClosure| ClosureFacts {
                name: literal.name.clone(),
                outer: outer.clone(),
                facts: literal.facts.clone(),
                fingerprint: literal.fingerprint,
                kept: false,
            };
            known.map(facts).collect::<Vec<_>>()
        };
        functions.iter().flat_map(of).collect()
    }

    /// Symbols that an earlier state of the program did not have.
    pub(crate) fn symbols_beyond(&self, before: &Self) -> Vec<String> {
        let functions = self.functions.keys().filter(|name| !before.functions.contains_key(*name));
        let data = self.data.keys().filter(|name| !before.data.contains_key(*name));
        functions.chain(data).cloned().collect()
    }

    /// Import paths of packages that the program has.
    pub fn has_package(&self, path: &str) -> bool {
        self.packages.contains(path)
    }

    /// False for a function that a patch imports from the table by this name, and of which a call always comes back
    /// before anything else happens.
    pub(crate) fn may_suspend(&self, entry: &str) -> bool {
        let entry: Option<u32> = entry.parse().ok();
        entry.is_none_or(|entry| !self.steady.contains(&entry))
    }

    /// Where its data ends: memory from there on is its heap.
    pub fn heap_start(&self) -> u32 {
        end_of(self.data.values())
    }

    /// Bytes and slots that are left.
    pub fn left(&self) -> (u32, u32) {
        (self.arena.end - self.arena.next, self.slots.limit - self.slots.used)
    }
}

/// The linker's own symbols have no size, and do not say where they are.
fn end_of<'a>(data: impl Iterator<Item = &'a LiveData>) -> u32 {
    let sized = data.filter(|data| data.room > 0);
    sized.map(|data| data.address.saturating_add(data.room)).max().unwrap_or_default()
}

/// True for a function in an object of the user's that is called through a slot: all that is declared there, under
/// whatever symbol, and what is made for it. `symbol_paths` are those of the user's packages.
pub(crate) fn is_replaceable(function: &Function, symbol_paths: &[String]) -> bool {
    let name = function.name.as_str();
    // What looks into method sets is the same for all types, and initialisers run once.
    let fixed = name.starts_with("interface:")
        || name.ends_with("$typeassert")
        || symbol_paths.iter().any(|path| name.strip_prefix(path.as_str()) == Some(".init"));
    let declared = !function.weak && !function.local;
    !fixed && (declared || symbol_paths.iter().any(|path| mentions(name, path)))
}

/// True when `name` has a symbol of the package in it: the path, not as the end of a longer one, and a dot.
fn mentions(name: &str, path: &str) -> bool {
    name.match_indices(path).any(|(at, _)| {
        let before = name[..at].chars().next_back();
        let inside = before.is_some_and(|one| one.is_alphanumeric() || "_/.-".contains(one));
        !inside && name[at + path.len()..].starts_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_ends_behind_the_last_that_has_a_size() {
        let data = |address, room| LiveData { address, room, content: None };
        assert_eq!(end_of([data(65_536, 16), data(66_000, 40), data(90_000, 0)].iter()), 66_040);
        assert_eq!(end_of([].iter()), 0);
    }

    #[test]
    fn a_symbol_belongs_to_a_package_by_its_whole_path() {
        for name in ["main.f", "(*main.T).Get", "pointer:named:main.T$invoke", "main.Map[int,main.T]"] {
            assert!(mentions(name, "main"), "{name}");
        }
        for name in ["example/main.f", "domain.f", "main/inner.f", "main", "x.main.f"] {
            assert!(!mentions(name, "main"), "{name}");
        }
        assert!(mentions("(example.com/a/b.T).Get", "example.com/a/b"));
        assert!(!mentions("(example.com/a/b.T).Get", "example.com/a"));
    }
}
