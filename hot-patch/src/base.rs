//! Makes a linked program patchable: thunks in front of the user's functions, every function in the table, and a world
//! that knows where everything lies.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, FunctionSection, Module, NameMap,
    NameSection, RawSection, RefType, TableSection, TableType,
};

use crate::asyncify::{Asyncified, AsyncifyError, AsyncifyInput, AsyncifyRole, asyncify};
use crate::content::{Content, Contents, DESCRIPTOR, name_of};
use crate::difference::LiveFacts;
use crate::facts::{ClosureFacts, Facts};
use crate::library::Library;
use crate::object::{Object, ObjectError, SymbolKind};
use crate::step::Step;
use crate::thunk::{THUNK, thunk};
use crate::world::{LiveClosure, LiveData, LiveFunction, Room, Slots, World, is_replaceable};

/// Symbols of the room for patches, as the compiler's support object has them.
const ARENA: &str = "__devserver_arena";
const SLOTS: &str = "__devserver_slots";
/// A panic ends the program without a way to be suspended, which takes three quarters of the functions out of the work.
const PANIC: &str = "runtime._panic";

const STACK_CHAIN: &str = "runtime.stackChainStart";

/// What a base is made from.
pub struct BaseInput<'a> {
    /// Linked with `--emit-relocs`, `--export-table` and `--growable-table`.
    pub linked: &'a [u8],
    /// The objects that it was linked from.
    pub library: &'a Library,
    /// What its sources say.
    pub facts: &'a Facts,
    /// Function literals of the user's packages.
    pub closures: &'a [ClosureFacts],
    /// Symbols of places for descriptors that have not come yet.
    pub placeholders: &'a [String],
    /// Import paths of all packages.
    pub packages: &'a [String],
    /// Told of each step that is done.
    pub done: &'a dyn Fn(Step),
}

impl std::fmt::Debug for BaseInput<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BaseInput").field("packages", &self.packages).finish_non_exhaustive()
    }
}

/// A program that can be patched, ready to be started.
#[derive(Debug)]
pub struct Base {
    /// WebAssembly.
    pub module: Vec<u8>,
    /// What is known of it.
    pub world: World,
}

/// A linked program that cannot be made patchable.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// It cannot be read.
    #[error("the linked program: {0}")]
    Object(#[from] ObjectError),
    /// Something that every program has is not there.
    #[error("the linked program has no {0}")]
    Missing(&'static str),
    /// Its functions cannot be made suspendable.
    #[error("the linked program: {0}")]
    Asyncify(#[from] AsyncifyError),
    /// More of the user's functions than there are slots.
    #[error("the program has {0} functions that can be replaced, more than {1}")]
    TooManyFunctions(u32, u32),
}

/// Makes a base; the same bytes for the same input.
pub fn make_base(input: &BaseInput<'_>) -> Result<Base, BaseError> {
    let object = Object::read(input.linked)?;
    let mut making = Making::new(input, object)?;
    making.functions()?;
    making.contents();
    let module = making.module();
    (input.done)(Step::Link);
    let done = input.done;
    let input = AsyncifyInput {
        module: &module,
        role: AsyncifyRole::Base,
        never_suspends: &|_, _| false,
        removed: &[PANIC],
    };
    let Asyncified { module, suspending } = asyncify(&input)?;
    done(Step::Asyncify);
    let entries = (1..).zip(&making.entries);
    making.world.steady =
        entries.filter(|(_, index)| !suspending.contains(index)).map(|(entry, _)| entry).collect();
    Ok(Base { module, world: making.world })
}

struct Making<'a> {
    input: &'a BaseInput<'a>,
    object: Object,
    world: World,
    /// Functions in the table, from entry 1 on, and where each is.
    entries: Vec<u32>,
    entry_of: BTreeMap<u32, u32>,
    /// Bodies that thunks stand for, with their signatures, behind those of the program.
    moved: Vec<(usize, u32)>,
    thunks: BTreeMap<usize, Vec<u8>>,
    names: BTreeMap<u32, String>,
    slot_values: Vec<u8>,
}

impl<'a> Making<'a> {
    fn new(input: &'a BaseInput<'a>, object: Object) -> Result<Self, BaseError> {
        let (data, placeholders) = addresses(&object, input.placeholders);
        let arena = data.get(ARENA).ok_or(BaseError::Missing("room for patches"))?;
        let slots = data.get(SLOTS).ok_or(BaseError::Missing("slots"))?;
        let world = World {
            facts: LiveFacts::of_base(input.facts),
            patch: 0,
            functions: BTreeMap::new(),
            constants: BTreeMap::new(),
            placeholders,
            closures: closures(input.closures),
            packages: input.packages.iter().cloned().collect(),
            symbol_paths: input.facts.packages.iter().map(|package| package.symbol_path.clone()).collect(),
            exports: exports(&object),
            arena: Room { next: arena.address, end: arena.address + arena.room },
            slots: Slots { address: slots.address, used: 0, limit: slots.room / 4 },
            table_length: 0,
            steady: BTreeSet::new(),
            memory_pages: object.memory_pages,
            stack_chain: data.get(STACK_CHAIN).map_or(0, |word| word.address),
            data,
        };
        let mut making = Self {
            input,
            entries: Vec::new(),
            entry_of: BTreeMap::new(),
            moved: Vec::new(),
            thunks: BTreeMap::new(),
            names: object.names.clone(),
            slot_values: Vec::new(),
            object,
            world,
        };
        for index in making.object.table.clone() {
            let entry = making.entries.len() as u32 + 1;
            making.entry_of.entry(index).or_insert(entry);
            making.entries.push(index);
        }
        Ok(making)
    }

    fn entry(&mut self, index: u32) -> u32 {
        if let Some(entry) = self.entry_of.get(&index) {
            return *entry;
        }
        self.entries.push(index);
        let entry = self.entries.len() as u32;
        self.entry_of.insert(index, entry);
        entry
    }

    fn functions(&mut self) -> Result<(), BaseError> {
        let go: BTreeMap<&str, &str> = signatures(self.input.facts);
        let user: BTreeMap<String, Content> =
            replaceable_functions(self.input.library, &self.world.symbol_paths);
        let imported = self.object.imports.len() as u32;
        let total = imported + self.object.functions.len() as u32;
        for (name, index) in unambiguous(&self.object) {
            if self.object.import(index).is_some_and(|import| import.module == "asyncify") {
                continue;
            }
            let Some(signature) = self.object.signature(index).cloned() else { continue };
            let mut live = LiveFunction {
                table: self.entry(index),
                slot: None,
                go_signature: go.get(name.as_str()).map(|words| (*words).to_owned()),
                content: None,
                signature,
            };
            if let Some(position) = index.checked_sub(imported).map(|position| position as usize)
                && let Some(content) = user.get(&name)
            {
                let slot = self.world.slots.used;
                self.world.slots.used += 1;
                let moved = total + self.moved.len() as u32;
                let signature_index = self.object.functions[position].signature;
                self.moved.push((position, signature_index));
                let address = self.world.slots.address_of(slot);
                self.thunks.insert(position, thunk(&live.signature, signature_index, address));
                self.names.insert(moved, name.clone());
                self.names.insert(index, format!("{name}{THUNK}"));
                let body = self.entry(moved);
                self.slot_values.extend(body.to_le_bytes());
                (live.slot, live.content) = (Some(slot), Some(*content));
            }
            self.world.functions.insert(name, live);
        }
        self.world.table_length = self.entries.len() as u32 + 1;
        let Slots { used, limit, .. } = self.world.slots;
        if used > limit { Err(BaseError::TooManyFunctions(used, limit)) } else { Ok(()) }
    }

    /// What constants and descriptors of the user's packages are, so that a patch finds them again.
    fn contents(&mut self) {
        for member in self.input.library.objects.iter().filter(|member| member.user) {
            let object = &member.object;
            let mut contents = Contents::new(object);
            for (index, segment) in object.segments.iter().enumerate() {
                let name = name_of(object, segment);
                let Some(data) = self.world.data.get_mut(name) else { continue };
                let local = segment.symbols.first().is_some_and(|symbol| object.symbols[*symbol].local);
                if segment.is_constant() && local {
                    self.world.constants.insert(contents.segment(index), data.address);
                } else if segment.is_constant() || name.starts_with(DESCRIPTOR) {
                    data.content = Some(contents.segment(index));
                }
            }
        }
    }

    fn module(&self) -> Vec<u8> {
        let mut module = Module::new();
        let object = &self.object;
        for section in &object.sections {
            let content = object.at(&section.content);
            match section.id {
                // Names and features are written below; the rest speaks of addresses that are others now.
                0 | 12 => {}
                3 => {
                    let mut functions = FunctionSection::new();
                    let own = object.functions.iter().map(|function| function.signature);
                    own.chain(self.moved.iter().map(|(_, signature)| *signature)).for_each(|signature| {
                        functions.function(signature);
                    });
                    module.section(&functions);
                }
                4 => {
                    let mut tables = TableSection::new();
                    tables.table(TableType {
                        element_type: RefType::FUNCREF,
                        minimum: u64::from(self.world.table_length),
                        maximum: None,
                        table64: false,
                        shared: false,
                    });
                    module.section(&tables);
                }
                9 => {
                    let mut elements = ElementSection::new();
                    let entries = Elements::Functions(self.entries.as_slice().into());
                    elements.active(None, &ConstExpr::i32_const(1), entries);
                    module.section(&elements);
                }
                10 => {
                    let mut code = CodeSection::new();
                    for (position, function) in object.functions.iter().enumerate() {
                        let own = || object.at(&function.body);
                        code.raw(self.thunks.get(&position).map_or_else(own, Vec::as_slice));
                    }
                    for (position, _) in &self.moved {
                        code.raw(object.at(&object.functions[*position].body));
                    }
                    module.section(&code);
                }
                11 => {
                    module.section(&self.data());
                }
                id => {
                    module.section(&RawSection { id, data: content });
                }
            }
        }
        let mut functions = NameMap::new();
        self.names.iter().for_each(|(index, name)| functions.append(*index, name));
        let mut names = NameSection::new();
        names.functions(&functions);
        module.section(&names);
        module.finish()
    }

    /// Zeros at an end are what memory begins with.
    fn data(&self) -> DataSection {
        let mut data = DataSection::new();
        for segment in &self.object.segments {
            let content = self.object.at(&segment.content);
            let length = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if length > 0 {
                let address = ConstExpr::i32_const(segment.address.cast_signed());
                data.active(0, &address, content[..length].iter().copied());
            }
        }
        let slots = ConstExpr::i32_const(self.world.slots.address.cast_signed());
        data.active(0, &slots, self.slot_values.iter().copied());
        data
    }
}

/// Go signatures by symbol.
pub(crate) fn signatures(facts: &Facts) -> BTreeMap<&str, &str> {
    let functions = facts.packages.iter().flat_map(|package| &package.functions);
    functions.map(|function| (function.name.as_str(), function.signature.as_str())).collect()
}

/// Symbols by what JavaScript calls them. The linker wraps what it exports, and calls that so.
fn exports(object: &Object) -> BTreeMap<String, String> {
    let wrapped = |name: &str| name.strip_suffix(".command_export").unwrap_or(name).to_owned();
    object.exported().map(|(export, name)| (export.to_owned(), wrapped(name))).collect()
}

/// Addresses by symbol, and those of placeholders. A name that several local symbols have names nothing.
fn addresses(
    object: &Object,
    placeholders: &[String],
) -> (BTreeMap<String, LiveData>, BTreeMap<String, u32>) {
    let expected: BTreeSet<&String> = placeholders.iter().collect();
    let mut data = BTreeMap::new();
    let mut places = BTreeMap::new();
    let mut ambiguous = BTreeSet::new();
    for symbol in &object.symbols {
        let SymbolKind::Data(Some(place)) = symbol.kind else { continue };
        let address = object.segments[place.segment].address + place.offset;
        if expected.contains(&symbol.name) {
            places.insert(symbol.name.clone(), address);
        } else {
            let live = LiveData { address, room: place.size, content: None };
            if data
                .insert(symbol.name.clone(), live)
                .is_some_and(|before: LiveData| before.address != address)
            {
                ambiguous.insert(&symbol.name);
            }
        }
    }
    data.retain(|name, _| !ambiguous.contains(name));
    (data, places)
}

/// Functions by symbol, in the order of their indices; a name of several functions names none.
fn unambiguous(object: &Object) -> Vec<(String, u32)> {
    let mut found: BTreeMap<&str, Option<u32>> = BTreeMap::new();
    for symbol in &object.symbols {
        let SymbolKind::Function { index, .. } = symbol.kind else { continue };
        if symbol.name.is_empty() {
            continue;
        }
        let known = found.entry(&symbol.name).or_insert(Some(index));
        if *known != Some(index) {
            *known = None;
        }
    }
    let mut list: Vec<_> =
        found.into_iter().filter_map(|(name, index)| Some((name.to_owned(), index?))).collect();
    list.sort_by_key(|(_, index)| *index);
    list
}

fn replaceable_functions(library: &Library, symbol_paths: &[String]) -> BTreeMap<String, Content> {
    let mut found = BTreeMap::new();
    for member in library.objects.iter().filter(|member| member.user) {
        let mut contents = Contents::new(&member.object);
        let defined = member.object.defined_functions();
        for (name, function) in defined.filter(|(_, function)| is_replaceable(function, symbol_paths)) {
            found.entry(name.to_owned()).or_insert_with(|| contents.function(function));
        }
    }
    found
}

fn closures(all: &[ClosureFacts]) -> BTreeMap<String, BTreeMap<String, LiveClosure>> {
    let mut found: BTreeMap<String, BTreeMap<String, LiveClosure>> = BTreeMap::new();
    for closure in all {
        let live = LiveClosure::of(closure, 0);
        found.entry(closure.outer.clone()).or_default().insert(closure.name.clone(), live);
    }
    found
}
