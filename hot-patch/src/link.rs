//! Links a patch: a module whose functions take the place of others, and what is written to make them do so.

mod identities;
mod selection;
mod layout;
mod emission;
mod slender;
mod declared;

use crate::asyncify::{Asyncified, AsyncifyInput, AsyncifyRole, asyncify};
use crate::facts::{ClosureFacts, Facts};
use crate::library::Library;
use crate::object::Object;
use crate::refusal::{Note, Refusal};
use crate::step::Step;
use crate::world::World;

use declared::Declared;
use emission::Emission;
use identities::Identities;
use layout::{Layout, symbol_paths};
use selection::Selection;
use slender::slender;

/// What a patch calls the function that computes initial values.
const INITIALIZE: &str = "initialize";

/// What a patch is made from.
pub struct PatchInput<'a> {
    /// Objects with the functions that have changed.
    pub objects: &'a [Object],
    /// Objects of everything else, for what the program lacks.
    pub library: &'a Library,
    /// What the sources say now.
    pub facts: &'a Facts,
    /// Function literals in the objects.
    pub closures: &'a [ClosureFacts],
    /// Import paths of packages that the program lacks, each after those that it imports.
    pub new_packages: &'a [String],
    /// Symbol of the function that computes initial values of new variables and packages.
    pub initializer: Option<&'a str>,
    /// Told of each step that is done: whoever wants to know what it took has a clock.
    pub done: &'a dyn Fn(Step),
}

impl std::fmt::Debug for PatchInput<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PatchInput")
            .field("new_packages", &self.new_packages)
            .field("initializer", &self.initializer)
            .finish_non_exhaustive()
    }
}

/// A patch, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Higher than that of each patch before it.
    pub number: u32,
    /// WebAssembly, as short as it can be.
    pub module: Vec<u8>,
    /// The same code in a module with the names of its functions, for whoever reads stacks.
    pub named: Vec<u8>,
    /// Entries of the table before it.
    pub table_length: u32,
    /// Entries that it adds.
    pub table_growth: u32,
    /// Addresses, and what is written there once the module is instantiated.
    pub writes: Vec<(u32, Vec<u8>)>,
    /// It exports `initialize`, which is no function of the program's and returns 0 when an initial value has to wait.
    pub has_initializer: bool,
    /// It exports functions that JavaScript could not call before.
    pub has_exports: bool,
    /// Address of the head of the runtime's list of stack frames; 0 for none.
    pub stack_chain: u32,
    /// Declared functions and literals that are other ones now, by their names in the text.
    pub changed: Vec<String>,
    /// Those that the program did not have.
    pub added: Vec<String>,
    /// Functions of libraries that the program did not have.
    pub pulled: Vec<String>,
    /// Symbols that the program did not have.
    pub symbols: Vec<String>,
    /// Functions of the page that it imports, which are to be checked: module and name.
    pub hosts: Vec<(String, String)>,
    /// What stays as it was although the text has changed.
    pub notes: Vec<Note>,
    /// The program afterwards.
    pub next: World,
}

impl Patch {
    /// True when nothing of it has to be brought to the program: it runs the same code already.
    pub fn is_empty(&self) -> bool {
        self.table_growth == 0 && self.writes.is_empty() && !self.has_initializer && !self.has_exports
    }
}

/// Links a patch for a program; the same bytes for the same input. Every reason when it cannot be.
pub fn link(world: &World, input: &PatchInput<'_>) -> Result<Patch, Vec<Refusal>> {
    let identities = Identities::new(world, input.objects, input.facts, input.closures);
    let mut selection = Selection::new(world, input.objects, input.library, identities);
    selection.choose(input.initializer, input.new_packages);
    if !selection.refusals.is_empty() {
        return Err(selection.refusals.into_iter().collect());
    }
    if input.initializer.is_some() && selection.exported.contains_key(INITIALIZE) {
        let words = format!("it exports a function called {INITIALIZE}");
        return Err(vec![Refusal::Unreadable(words)]);
    }
    let layout =
        Layout::new(world, &selection, &symbol_paths(world, input)).map_err(|refusal| vec![refusal])?;
    let (module, writes, imported) = Emission::new(world, &mut selection, &layout)
        .module(input.initializer)
        .map_err(|refusal| vec![refusal])?;
    (input.done)(Step::Link);
    let asyncified = asyncify(&AsyncifyInput {
        module: &module,
        role: AsyncifyRole::Patch,
        never_suspends: &|module, field| module == "t" && !world.may_suspend(field),
        removed: &[],
    });
    (input.done)(Step::Asyncify);
    let unreadable = |words: String| vec![Refusal::Unreadable(words)];
    let Asyncified { module: named, suspending } =
        asyncified.map_err(|error| unreadable(error.to_string()))?;
    let module = slender(&named, world.patch + 1).map_err(|error| unreadable(error.to_string()))?;
    let mut next = layout.world(world, &mut selection, input);
    next.steady.extend(layout.steady(&suspending, imported));
    let mut patch = Patch {
        number: next.patch,
        module,
        named,
        table_length: world.table_length,
        table_growth: layout.table_growth,
        writes,
        has_initializer: input.initializer.is_some(),
        has_exports: !selection.exported.is_empty(),
        stack_chain: world.stack_chain,
        changed: Vec::new(),
        added: Vec::new(),
        pulled: Vec::new(),
        symbols: next.symbols_beyond(world),
        hosts: selection.hosts.values().map(|host| (host.module.clone(), host.field.clone())).collect(),
        notes: std::mem::take(&mut selection.identities.notes),
        next,
    };
    let declared = Declared::new(input.facts);
    for chosen in &selection.functions {
        let name = &chosen.function.name;
        if !selection.is_user(chosen.source) {
            patch.pulled.push(name.clone());
            continue;
        }
        // What the compiler makes for a function goes without saying.
        let Some(name) = declared.name(name) else { continue };
        let list = if chosen.fresh { &mut patch.added } else { &mut patch.changed };
        list.push(name.to_owned());
    }
    patch.added.retain(|name| !patch.changed.contains(name));
    for list in [&mut patch.changed, &mut patch.added] {
        list.sort_unstable();
        list.dedup();
    }
    Ok(patch)
}
