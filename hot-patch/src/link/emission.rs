//! The bytes of a patch: its module, and what is written to the base's memory.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalType, ImportSection, MemoryType, Module, NameMap, NameSection, RefType, TableType,
    TypeSection, ValType,
};

use super::INITIALIZE;
use super::layout::Layout;
use super::selection::{Selection, Source};
use crate::object::{Object, Relocation, RelocationKind, Signature, SymbolKind};
use crate::refusal::Refusal;
use crate::thunk::{THUNK, thunk};
use crate::world::World;

/// Bytes at addresses.
type Writes = Vec<(u32, Vec<u8>)>;

pub(super) struct Emission<'a, 'b> {
    world: &'a World,
    selection: &'b mut Selection<'a>,
    layout: &'b Layout,
    signatures: Vec<Signature>,
    /// Functions that are imported, by identity.
    imports: BTreeMap<String, u32>,
}

impl<'a, 'b> Emission<'a, 'b> {
    pub(super) fn new(world: &'a World, selection: &'b mut Selection<'a>, layout: &'b Layout) -> Self {
        Self { world, selection, layout, signatures: Vec::new(), imports: BTreeMap::new() }
    }

    /// The module, what is written to the base's memory, and how many functions are imported.
    pub(super) fn module(mut self, initializer: Option<&str>) -> Result<(Vec<u8>, Writes, u32), Refusal> {
        let mut imports = self.imports()?;
        let imported = self.imports.len() as u32;
        let count = self.selection.functions.len() as u32;
        let thunks = self.thunks(imported + count);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut names = NameMap::new();
        let number = self.world.patch + 1;
        for index in 0..self.selection.functions.len() {
            let chosen = &self.selection.functions[index];
            let (source, function) = (chosen.source, chosen.function);
            names.append(imported + index as u32, &format!("{}@{number}", chosen.identity));
            let object = self.selection.object(source);
            let signature = self.signature(&object.signatures[function.signature as usize].clone());
            functions.function(signature);
            let mut body = object.at(&function.body).to_vec();
            self.relocate(source, &function.relocations, &mut body, imported, &thunks)?;
            code.raw(&body);
        }
        for (index, place) in &thunks {
            let chosen = &self.selection.functions[*index];
            names.append(*place, &format!("{}{THUNK}@{number}", chosen.identity));
            let object = self.selection.object(chosen.source);
            let signature = object.signatures[chosen.function.signature as usize].clone();
            let slot = self.layout.entries[*index].slot.unwrap_or_default();
            let signature_index = self.signature(&signature);
            functions.function(signature_index);
            code.raw(&thunk(&signature, signature_index, self.world.slots.address_of(slot)));
        }
        let mut exports = ExportSection::new();
        for (export, identity) in &self.selection.exported {
            let index = self.callee(identity, imported, &thunks);
            let index = index.ok_or_else(|| Refusal::Undefined(export.clone()))?;
            exports.export(export, ExportKind::Func, index);
        }
        if let Some(index) = initializer.and_then(|name| self.callee(name, imported, &thunks)) {
            exports.export(INITIALIZE, ExportKind::Func, index);
        }
        let (data, writes) = self.data(imported, &thunks)?;
        self.base_imports(&mut imports);
        let module = self.assemble(&imports, &functions, &exports, &code, &data, &names, &thunks);
        Ok((module, writes, imported))
    }

    fn signature(&mut self, signature: &Signature) -> u32 {
        let known = self.signatures.iter().position(|one| one == signature);
        known.unwrap_or_else(|| {
            self.signatures.push(signature.clone());
            self.signatures.len() - 1
        }) as u32
    }

    /// Live functions that are called by index, and functions of the page.
    fn imports(&mut self) -> Result<ImportSection, Refusal> {
        let mut section = ImportSection::new();
        for index in 0..self.selection.functions.len() {
            let chosen = &self.selection.functions[index];
            let (source, function) = (chosen.source, chosen.function);
            let calls = function.relocations.iter().filter(|one| one.kind == RelocationKind::FunctionIndex);
            for call in calls {
                let symbol = &self.selection.object(source).symbols[call.target];
                self.import(&mut section, self.selection.identity(source, &symbol.name))?;
            }
        }
        for identity in self.selection.exported.values().cloned().collect::<Vec<_>>() {
            self.import(&mut section, identity)?;
        }
        Ok(section)
    }

    /// Of a function that the module does not have.
    fn import(&mut self, section: &mut ImportSection, identity: String) -> Result<(), Refusal> {
        let fresh = |index: &usize| self.selection.functions[*index].fresh;
        if self.selection.function_of.get(&identity).is_some_and(fresh)
            || self.imports.contains_key(&identity)
        {
            return Ok(());
        }
        let (module, field, signature) = if let Some(host) = self.selection.hosts.get(&identity) {
            (host.module.clone(), host.field.clone(), host.signature.clone())
        } else if let Some(live) = self.world.functions.get(&identity) {
            ("t".to_owned(), live.table.to_string(), live.signature.clone())
        } else {
            return Err(Refusal::Undefined(identity));
        };
        self.imports.insert(identity, self.imports.len() as u32);
        let signature = self.signature(&signature);
        section.import(&module, &field, EntityType::Function(signature));
        Ok(())
    }

    fn base_imports(&self, section: &mut ImportSection) {
        let memory = MemoryType {
            minimum: self.world.memory_pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        let table = TableType {
            element_type: RefType::FUNCREF,
            minimum: u64::from(self.world.table_length + self.layout.table_growth),
            maximum: None,
            table64: false,
            shared: false,
        };
        let stack = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        section
            .import("e", "memory", EntityType::Memory(memory))
            .import("e", "__indirect_function_table", EntityType::Table(table))
            .import("e", "__stack_pointer", EntityType::Global(stack));
    }

    /// Chosen functions that get a thunk, with its index.
    fn thunks(&self, first: u32) -> BTreeMap<usize, u32> {
        let fresh = self
            .selection
            .functions
            .iter()
            .enumerate()
            .filter(|(index, chosen)| chosen.fresh && self.layout.entries[*index].slot.is_some());
        fresh.map(|(index, _)| index).zip(first..).collect()
    }

    /// Index through which a function is called in the module.
    fn callee(&self, identity: &str, imported: u32, thunks: &BTreeMap<usize, u32>) -> Option<u32> {
        match self.selection.function_of.get(identity) {
            Some(index) if self.selection.functions[*index].fresh => {
                Some(thunks.get(index).copied().unwrap_or(imported + *index as u32))
            }
            _ => self.imports.get(identity).copied(),
        }
    }

    fn data(
        &mut self,
        imported: u32,
        thunks: &BTreeMap<usize, u32>,
    ) -> Result<(DataSection, Writes), Refusal> {
        let arena = self.world.arena;
        let mut fresh = Vec::new();
        let mut writes = Writes::new();
        for index in 0..self.selection.data.len() {
            let datum = &self.selection.data[index];
            let (source, segment, in_place) = (datum.source, datum.segment, datum.in_place);
            let object: &'a Object = self.selection.object(source);
            let placed = &object.segments[segment];
            let mut content = object.at(&placed.content).to_vec();
            self.relocate(source, &placed.relocations, &mut content, imported, thunks)?;
            let address = self.layout.addresses[index];
            if (arena.next..arena.end).contains(&address) {
                let offset = (address - arena.next) as usize;
                let end = offset + content.len();
                if fresh.len() < end {
                    fresh.resize(end, 0);
                }
                fresh[offset..end].copy_from_slice(&content);
            } else {
                if in_place {
                    content.truncate(super::selection::used(object, segment) as usize);
                }
                writes.push((address, content));
            }
        }
        let mut data = DataSection::new();
        let length = fresh.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if length > 0 {
            data.active(0, &ConstExpr::i32_const(arena.next.cast_signed()), fresh[..length].iter().copied());
        }
        // Nobody else calls what is new. That it is not taken back matters when the rest is: what an initial value has
        // started may still run.
        for (address, content) in self.slots(true) {
            data.active(0, &ConstExpr::i32_const(address.cast_signed()), content);
        }
        writes.extend(self.slots(false));
        writes.sort_by_key(|(address, _)| *address);
        Ok((data, writes))
    }

    /// Values of slots that are new, or that are there; neighbours in one piece.
    fn slots(&self, fresh: bool) -> Writes {
        let entries = self.layout.entries.iter().zip(&self.selection.functions);
        let mut values: Vec<(u32, u32)> = entries
            .filter(|(_, chosen)| chosen.fresh == fresh)
            .filter_map(|(entry, _)| Some((entry.slot?, entry.body)))
            .collect();
        values.sort_unstable();
        let mut writes = Writes::new();
        for (slot, body) in values {
            let address = self.world.slots.address_of(slot);
            match writes.last_mut() {
                Some((begin, content)) if *begin + content.len() as u32 == address => {
                    content.extend(body.to_le_bytes());
                }
                _ => writes.push((address, body.to_le_bytes().to_vec())),
            }
        }
        writes
    }

    fn relocate(
        &mut self,
        source: Source,
        relocations: &[Relocation],
        content: &mut [u8],
        imported: u32,
        thunks: &BTreeMap<usize, u32>,
    ) -> Result<(), Refusal> {
        let object: &'a Object = self.selection.object(source);
        for relocation in relocations {
            let value = match relocation.kind {
                RelocationKind::TypeIndex => self.signature(&object.signatures[relocation.target].clone()),
                RelocationKind::FunctionIndex => {
                    let name = &object.symbols[relocation.target].name;
                    let identity = self.selection.identity(source, name);
                    let callee = self.callee(&identity, imported, thunks);
                    callee.ok_or_else(|| Refusal::Undefined(name.clone()))?
                }
                RelocationKind::TableIndex | RelocationKind::TableIndexWord => {
                    self.table_entry(source, relocation.target)?
                }
                RelocationKind::Address | RelocationKind::AddressSigned | RelocationKind::AddressWord => {
                    let address = self.address(source, relocation.target)?;
                    // An absent weak symbol has no address, and none is beyond it.
                    i64::from(address).wrapping_add(relocation.addend) as u32
                }
                RelocationKind::Global | RelocationKind::Table => 0,
            };
            let Some(place) = content.get_mut(relocation.offset..relocation.offset + relocation.kind.width())
            else {
                return Err(Refusal::Unreadable("a relocation outside of its part".to_owned()));
            };
            match relocation.kind {
                RelocationKind::TableIndexWord | RelocationKind::AddressWord => {
                    place.copy_from_slice(&value.to_le_bytes());
                }
                RelocationKind::TableIndex | RelocationKind::AddressSigned => {
                    write_leb(place, i64::from(value.cast_signed()), 0x7f);
                }
                _ => write_leb(place, i64::from(value), 0x0f),
            }
        }
        Ok(())
    }

    fn table_entry(&self, source: Source, symbol: usize) -> Result<u32, Refusal> {
        let named = &self.selection.object(source).symbols[symbol];
        let identity = self.selection.identity(source, &named.name);
        if let Some(index) = self.selection.function_of.get(&identity) {
            return Ok(self.layout.entries[*index].identity);
        }
        match self.world.functions.get(&identity) {
            Some(live) => Ok(live.table),
            None if named.weak => Ok(0),
            None => Err(Refusal::Undefined(named.name.clone())),
        }
    }

    fn address(&mut self, source: Source, symbol: usize) -> Result<u32, Refusal> {
        let named = &self.selection.object(source).symbols[symbol];
        if !matches!(named.kind, SymbolKind::Data(_)) {
            return Err(Refusal::Unreadable(format!("{} is used as an address", named.name)));
        }
        if let Some((definer, place)) = self.selection.definition(source, symbol) {
            if let Some(index) = self.selection.datum_of.get(&(definer, place.segment)) {
                return Ok(self.layout.addresses[*index] + place.offset);
            }
            let key = self.selection.key(definer, place.segment);
            if let Some(address) = self.selection.live_address(&key) {
                return Ok(address + place.offset);
            }
        }
        let live = self.world.data.get(&named.name).map(|data| data.address);
        let place = live
            .or_else(|| self.world.placeholders.get(&named.name).copied())
            .or_else(|| self.layout.placeholders.get(&named.name).copied())
            .or_else(|| named.weak.then_some(0));
        place.ok_or_else(|| Refusal::Undefined(named.name.clone()))
    }

    #[expect(clippy::too_many_arguments, reason = "the sections of one module")]
    fn assemble(
        &self,
        imports: &ImportSection,
        functions: &FunctionSection,
        exports: &ExportSection,
        code: &CodeSection,
        data: &DataSection,
        functions_named: &NameMap,
        thunks: &BTreeMap<usize, u32>,
    ) -> Vec<u8> {
        let mut types = TypeSection::new();
        for signature in &self.signatures {
            types.ty().function(values(&signature.parameters), values(&signature.results));
        }
        let imported = self.imports.len() as u32;
        let bodies = imported..imported + self.selection.functions.len() as u32;
        let entries: Vec<u32> = bodies.chain(thunks.values().copied()).collect();
        let mut elements = ElementSection::new();
        let begin = ConstExpr::i32_const(self.world.table_length.cast_signed());
        elements.active(None, &begin, Elements::Functions(entries.into()));
        let mut names = NameSection::new();
        names.functions(functions_named);
        let mut module = Module::new();
        module.section(&types).section(imports).section(functions);
        if !exports.is_empty() {
            module.section(exports);
        }
        module.section(&elements).section(code).section(data).section(&names);
        module.finish()
    }
}

fn values(bytes: &[u8]) -> Vec<ValType> {
    let value = |byte: &u8| match byte {
        0x7e => ValType::I64,
        0x7d => ValType::F32,
        0x7c => ValType::F64,
        0x7b => ValType::V128,
        _ => ValType::I32,
    };
    bytes.iter().map(value).collect()
}

/// Five bytes, as compilers leave room for them. `last` are the bits of the fifth byte that count.
fn write_leb(place: &mut [u8], value: i64, last: u8) {
    for (index, byte) in place.iter_mut().enumerate() {
        let bits = (value >> (7 * index)) as u8 & 0x7f;
        *byte = if index == 4 { bits & last } else { bits | 0x80 };
    }
}
