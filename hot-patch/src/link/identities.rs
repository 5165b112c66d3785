//! Which function of the running program a function of the new text is.

use std::collections::BTreeMap;

use crate::base::signatures;
use crate::content::Contents;
use crate::facts::{ClosureFacts, Facts};
use crate::object::{Object, SymbolKind};
use crate::refusal::Note;
use crate::world::{LiveClosure, World};

/// The objects of a patch, and what their symbols are called in the world.
#[derive(Debug)]
pub(super) struct Identities<'a> {
    pub(super) contents: Vec<Contents<'a>>,
    /// Which object defines a function.
    pub(super) defined: BTreeMap<&'a str, usize>,
    pub(super) closures: BTreeMap<String, BTreeMap<String, LiveClosure>>,
    pub(super) notes: Vec<Note>,
    go: BTreeMap<String, String>,
}

impl<'a> Identities<'a> {
    pub(super) fn new(
        world: &World,
        objects: &'a [Object],
        facts: &Facts,
        closures: &[ClosureFacts],
    ) -> Self {
        let mut defined = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            for (name, _) in object.defined_functions() {
                defined.entry(name).or_insert(index);
            }
        }
        let go =
            signatures(facts).into_iter().map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
        let mut identities = Self {
            contents: objects.iter().map(Contents::new).collect(),
            defined,
            closures: world.closures.clone(),
            notes: Vec::new(),
            go,
        };
        identities.pair(world, objects, closures);
        identities.rename(world, objects);
        identities
    }

    /// Go signature of a declared function of the user's.
    pub(super) fn go_signature(&self, name: &str) -> Option<&String> {
        self.go.get(name)
    }

    /// A function with another signature is another function: who is suspended in a call of the old one goes on with
    /// old values.
    fn rename(&mut self, world: &World, objects: &'a [Object]) {
        for (index, object) in objects.iter().enumerate() {
            let mut renamed = BTreeMap::new();
            for symbol in &object.symbols {
                let SymbolKind::Function { index: function, .. } = symbol.kind else { continue };
                let name = &symbol.name;
                if self.contents[index].renamed.contains_key(name) {
                    continue;
                }
                let Some(live) = world.functions.get(name) else { continue };
                let go = self.go.get(name);
                let other_go = go.zip(live.go_signature.as_ref()).is_some_and(|(new, old)| new != old);
                let wasm = object.signature(function);
                if other_go || wasm.is_some_and(|wasm| *wasm != live.signature) {
                    let words = go.cloned().unwrap_or_else(|| format!("{wasm:?}"));
                    let mark = blake3::hash(words.as_bytes()).to_hex();
                    renamed.insert(name.clone(), format!("{name}#{}", &mark[..16]));
                }
            }
            self.contents[index].renamed.append(&mut renamed);
        }
        for (index, object) in objects.iter().enumerate() {
            self.follow_wrapped(index, object);
            self.contents[index].forget();
        }
    }

    /// The wrapper of a function goes by its name: `main.f$gowrapper`.
    fn follow_wrapped(&mut self, index: usize, object: &Object) {
        let mut renamed = BTreeMap::new();
        for symbol in &object.symbols {
            let name = &symbol.name;
            let function = matches!(symbol.kind, SymbolKind::Function { .. });
            if !function || self.contents[index].renamed.contains_key(name) || is_closure(name) {
                continue;
            }
            for (at, _) in name.rmatch_indices('$') {
                if let Some(wrapped) = self.contents[index].renamed.get(&name[..at]) {
                    renamed.insert(name.clone(), format!("{wrapped}{}", &name[at..]));
                    break;
                }
            }
        }
        self.contents[index].renamed.append(&mut renamed);
    }

    /// Function literals have numbers for names, so an edit may give one the name of another. They are paired by what
    /// they are, then by name, then in their order; only with the same signature and captures.
    fn pair(&mut self, world: &World, objects: &'a [Object], closures: &[ClosureFacts]) {
        // A function that is compiled without literals has lost those that it had.
        let compiled = world.closures.keys().filter(|outer| self.defined.contains_key(outer.as_str()));
        let mut groups: BTreeMap<&str, Vec<&ClosureFacts>> =
            compiled.map(|outer| (outer.as_str(), Vec::new())).collect();
        for closure in closures {
            if closure.kept || self.defined.contains_key(closure.name.as_str()) {
                groups.entry(&closure.outer).or_default().push(closure);
            }
        }
        for (outer, mut group) in groups {
            // What a literal is depends on those inside of it.
            group
                .sort_by_key(|closure| (std::cmp::Reverse(closure.name.matches('$').count()), &closure.name));
            group.dedup_by_key(|closure| &closure.name);
            self.pair_group(world, objects, outer, &group);
        }
    }

    fn pair_group(&mut self, world: &World, objects: &'a [Object], outer: &str, group: &[&ClosureFacts]) {
        let before = world.closures.get(outer).cloned().unwrap_or_default();
        let patch = world.patch + 1;
        let kept = self.kept(&before, outer, group, patch);
        let mut taken = kept.clone();
        let group: Vec<&ClosureFacts> = group.iter().filter(|closure| !closure.kept).copied().collect();
        for step in [Step::SameAndNamed, Step::Same, Step::Named, Step::Any] {
            for closure in &group {
                let name = closure.name.as_str();
                if taken.values().any(|known| known == name) {
                    continue;
                }
                let index = self.defined[name];
                let Some(function) = objects[index].function(name) else { continue };
                let content = self.contents[index].function(function);
                let signature = objects[index].signatures.get(function.signature as usize);
                let mut best: Option<(u32, bool, std::cmp::Reverse<&String>)> = None;
                for (identity, old) in &before {
                    let Some(live) = world.functions.get(identity) else { continue };
                    let (same, named) = (live.content == Some(content), old.name == name);
                    let fits = match step {
                        Step::SameAndNamed => same && named,
                        Step::Same => same,
                        Step::Named => named,
                        Step::Any => true,
                    };
                    let compatible = old.facts == closure.facts && Some(&live.signature) == signature;
                    if fits && compatible && !taken.contains_key(identity) {
                        best = best.max(Some((old.patch, named, std::cmp::Reverse(identity))));
                    }
                }
                if let Some((_, _, std::cmp::Reverse(identity))) = best {
                    taken.insert(identity.clone(), closure.name.clone());
                    self.contents[index].renamed.insert(closure.name.clone(), identity.clone());
                    self.contents[index].forget();
                }
            }
        }
        let mut after = before.clone();
        for (identity, old) in &mut after {
            if !kept.contains_key(identity) {
                old.name.clear();
            }
        }
        for closure in group {
            let identity =
                taken.iter().find(|(_, name)| **name == closure.name).map(|(identity, _)| identity.clone());
            let identity = identity.unwrap_or_else(|| {
                if !world.functions.contains_key(&closure.name) && !before.contains_key(&closure.name) {
                    return closure.name.clone();
                }
                // One whose literal went on under another number has its new body.
                let lost = |(identity, old): (&String, &LiveClosure)| {
                    old.name == closure.name && !taken.contains_key(identity)
                };
                if before.iter().any(lost) {
                    self.notes.push(Note::ClosureKept(closure.name.clone()));
                }
                format!("{}@{patch}", closure.name)
            });
            let index = self.defined[closure.name.as_str()];
            self.contents[index].renamed.insert(closure.name.clone(), identity.clone());
            after.insert(identity, LiveClosure::of(closure, patch));
        }
        self.closures.insert(outer.to_owned(), after);
    }

    /// Literals that were not compiled, since they are what they were: their names by their identities.
    fn kept(
        &mut self,
        before: &BTreeMap<String, LiveClosure>,
        outer: &str,
        group: &[&ClosureFacts],
        patch: u32,
    ) -> BTreeMap<String, String> {
        let mut kept = BTreeMap::new();
        let Some(index) = self.defined.get(outer).copied() else { return kept };
        for closure in group.iter().filter(|closure| closure.kept) {
            let is_it = |old: &LiveClosure| *old == LiveClosure::of(closure, old.patch);
            let known = before.iter().find(|(_, old)| is_it(old)).map(|(identity, _)| identity.clone());
            // One that nobody has is not defined anywhere, which is found out later.
            let identity = known.unwrap_or_else(|| format!("{}@{patch}", closure.name));
            self.contents[index].renamed.insert(closure.name.clone(), identity.clone());
            kept.insert(identity, closure.name.clone());
        }
        kept
    }
}

#[derive(Clone, Copy)]
enum Step {
    SameAndNamed,
    Same,
    Named,
    Any,
}

/// `main.f$1`, `main.f$1$2`.
fn is_closure(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once('$').is_some_and(|(_, last)| digits(last))
}
