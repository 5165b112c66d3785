//! What two revisions differ in, and whether a program that runs may follow. The one place that decides it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, FunctionFacts, PackageFacts, TypeFacts};
use crate::refusal::{Note, Refusal};

/// Where a program begins.
const ENTRY: &str = "main.main";

/// What has to be compiled so that a running program becomes the new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Packages with something to compile, in dependency order.
    pub packages: Vec<PackagePlan>,
    /// Packages that the program did not have, in dependency order. They are compiled whole, and initialised.
    pub new_packages: Vec<String>,
    /// What the symbols of instances of changed generic functions begin with, up to and with the bracket.
    pub generics: Vec<String>,
    /// Full names of types that are alive and have other methods now.
    pub method_types: Vec<String>,
    /// What stays as it was although the text has changed.
    pub notes: Vec<Note>,
}

/// The part of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackagePlan {
    /// Import path.
    pub path: String,
    /// Full names of functions that are new or differ.
    pub functions: Vec<String>,
    /// Names of variables that the program did not have.
    pub new_variables: Vec<String>,
}

impl Plan {
    /// True when the running program is the new one already.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.new_packages.is_empty()
    }
}

/// Facts of the program that runs: the newest text, and what earlier texts have left behind in its memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveFacts {
    packages: BTreeMap<String, LivePackage>,
}

/// Variables and types that were removed stay in here. They are alive in the program, and one that comes back with
/// another type would take the old one's memory for its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LivePackage {
    /// By full name.
    functions: BTreeMap<String, LiveFunction>,
    types: BTreeMap<String, TypeFacts>,
    variables: BTreeMap<String, LiveVariable>,
    initializers: BTreeMap<String, [u8; 32]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LiveFunction {
    fingerprint: [u8; 32],
    signature: String,
    frame: [u8; 32],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LiveVariable {
    typ: String,
    initializer: [u8; 32],
    embedded: [u8; 32],
}

impl LiveFunction {
    fn of(facts: &FunctionFacts) -> Self {
        Self { fingerprint: facts.fingerprint, signature: facts.signature.clone(), frame: facts.frame }
    }
}

impl LiveFacts {
    /// Facts of a program that has just been started from this revision.
    pub fn of_base(facts: &Facts) -> Self {
        let mut live = Self::default();
        live.commit(facts);
        live
    }

    /// The running program has become this revision.
    pub fn commit(&mut self, facts: &Facts) {
        for package in &facts.packages {
            self.packages.entry(package.path.clone()).or_default().commit(package);
        }
    }

    /// What to compile so that the running program becomes `next`; every reason when it cannot.
    pub fn plan(&self, next: &Facts) -> Result<Plan, Vec<Refusal>> {
        let mut plan = Plan::default();
        let mut refusals = BTreeSet::new();
        let mut notes = BTreeSet::new();
        let mut touched: BTreeMap<&str, PackagePlan> = BTreeMap::new();
        for package in &next.packages {
            let Some(live) = self.packages.get(&package.path) else {
                plan.new_packages.push(package.path.clone());
                continue;
            };
            live.compare_types(package, &mut refusals, &mut notes, &mut plan.method_types);
            let mut part = PackagePlan { path: package.path.clone(), ..PackagePlan::default() };
            part.new_variables = live.compare_variables(package, &mut refusals, &mut notes);
            live.compare_initializers(package, &mut notes);
            for function in &package.functions {
                match live.functions.get(&function.name) {
                    Some(known) if known.fingerprint == function.fingerprint => continue,
                    // It is on the stack for as long as the program runs: a new body would never be called.
                    Some(known) if function.name == ENTRY && known.frame != function.frame => {
                        refusals.insert(Refusal::Entry);
                    }
                    Some(known) if known.signature != function.signature => {
                        notes.insert(Note::SignatureChanged(function.name.clone()));
                    }
                    _ => {}
                }
                part.functions.push(function.name.clone());
                plan.generics.extend(instances(function));
            }
            if !part.functions.is_empty() || !part.new_variables.is_empty() {
                touched.insert(&package.path, part);
            }
        }
        if !refusals.is_empty() {
            return Err(refusals.into_iter().collect());
        }
        for package in next.packages.iter().filter(|package| emits_a_descriptor(package, next, &plan)) {
            let part = touched
                .entry(&package.path)
                .or_insert_with(|| PackagePlan { path: package.path.clone(), ..PackagePlan::default() });
            part.functions = package.functions.iter().map(|function| function.name.clone()).collect();
        }
        plan.packages =
            next.packages.iter().filter_map(|package| touched.remove(package.path.as_str())).collect();
        plan.notes = notes.into_iter().collect();
        Ok(plan)
    }
}

impl LivePackage {
    fn commit(&mut self, package: &PackageFacts) {
        self.functions = package
            .functions
            .iter()
            .map(|function| (function.name.clone(), LiveFunction::of(function)))
            .collect();
        for named in &package.types {
            self.types.insert(type_key(named), named.clone());
        }
        for variable in &package.variables {
            let live = LiveVariable {
                typ: variable.typ.clone(),
                initializer: variable.initializer,
                embedded: variable.embedded,
            };
            self.variables.insert(variable.name.clone(), live);
        }
        self.initializers = package
            .initializers
            .iter()
            .map(|initializer| (initializer.name.clone(), initializer.fingerprint))
            .collect();
    }

    fn compare_types(
        &self,
        package: &PackageFacts,
        refusals: &mut BTreeSet<Refusal>,
        notes: &mut BTreeSet<Note>,
        method_types: &mut Vec<String>,
    ) {
        for named in &package.types {
            let Some(live) = self.types.get(&type_key(named)) else { continue };
            let name = format!("{}.{}", package.symbol_path, named.name);
            if named.local_to.is_some() {
                // Nobody outside of the function can name it: what a new call makes is a type of its own.
                if live.layout != named.layout {
                    notes.insert(Note::LocalTypeChanged(name));
                }
            } else if live.interface && named.interface {
                if (&live.layout, &live.methods) != (&named.layout, &named.methods) {
                    refusals.insert(Refusal::Interface(name));
                }
            } else if live.interface != named.interface || live.layout != named.layout {
                refusals.insert(Refusal::TypeLayout(name));
            } else if live.methods != named.methods {
                method_types.push(name);
            }
        }
    }

    /// Names of variables that are new.
    fn compare_variables(
        &self,
        package: &PackageFacts,
        refusals: &mut BTreeSet<Refusal>,
        notes: &mut BTreeSet<Note>,
    ) -> Vec<String> {
        let mut new = Vec::new();
        for variable in &package.variables {
            let name = || format!("{}.{}", package.symbol_path, variable.name);
            match self.variables.get(&variable.name) {
                None => new.push(variable.name.clone()),
                Some(live) if live.typ != variable.typ => {
                    refusals.insert(Refusal::VariableType {
                        name: name(),
                        old: live.typ.clone(),
                        new: variable.typ.clone(),
                    });
                }
                Some(live) if live.embedded != variable.embedded => {
                    refusals.insert(Refusal::Embedded(name()));
                }
                Some(live) if live.initializer != variable.initializer => {
                    notes.insert(Note::InitialValueChanged(name()));
                }
                Some(_) => {}
            }
        }
        new
    }

    fn compare_initializers(&self, package: &PackageFacts, notes: &mut BTreeSet<Note>) {
        let next: BTreeMap<&String, [u8; 32]> = package
            .initializers
            .iter()
            .map(|initializer| (&initializer.name, initializer.fingerprint))
            .collect();
        let live: BTreeMap<&String, [u8; 32]> =
            self.initializers.iter().map(|(name, fingerprint)| (name, *fingerprint)).collect();
        for name in next.keys().chain(live.keys()).collect::<BTreeSet<_>>() {
            if next.get(*name) != live.get(*name) {
                notes.insert(Note::InitChanged(format!("{}.{name}", package.symbol_path)));
            }
        }
    }
}

/// A type that is local to a function is known by both names: two functions may have one of the same name.
fn type_key(named: &TypeFacts) -> String {
    match &named.local_to {
        Some(function) => format!("{function}.{}", named.name),
        None => named.name.clone(),
    }
}

/// What the symbols of a generic function's instances begin with.
fn instances(function: &FunctionFacts) -> Option<String> {
    let name = function.name.split('[').next().unwrap_or(&function.name);
    function.generic.then(|| format!("{name}["))
}

/// A descriptor is emitted by every package that turns a value of the type into an interface, so by any that can
/// name the type or be given one.
fn emits_a_descriptor(package: &PackageFacts, next: &Facts, plan: &Plan) -> bool {
    plan.method_types.iter().any(|name| {
        let owner = next.packages.iter().find(|owner| {
            name.strip_prefix(owner.symbol_path.as_str())
                .is_some_and(|rest| rest.strip_prefix('.').is_some_and(|rest| !rest.contains(['.', '/'])))
        });
        owner.is_some_and(|owner| reaches(package, owner, next))
    })
}

/// True when the package is the other one or imports it, also through others.
fn reaches(package: &PackageFacts, other: &PackageFacts, facts: &Facts) -> bool {
    let mut waiting = vec![package];
    let mut seen = BTreeSet::new();
    while let Some(package) = waiting.pop() {
        if package.path == other.path {
            return true;
        }
        if seen.insert(&package.path) {
            waiting
                .extend(facts.packages.iter().filter(|candidate| package.imports.contains(&candidate.path)));
        }
    }
    false
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
