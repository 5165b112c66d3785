//! Reads an object, section by section.

use std::ops::Range;

use wasmparser::{
    DataKind, ElementItems, ExternalKind, KnownCustom, Linking, Operator, Parser, Payload, RelocationType,
    SymbolFlags, SymbolInfo, TypeRef, ValType,
};

use super::{
    Function, Import, Object, ObjectError, Place, Relocation, RelocationKind, Section, Segment, Signature,
    Symbol, SymbolKind,
};

pub(super) fn read(bytes: &[u8]) -> Result<Object, ObjectError> {
    let mut reading =
        Reading { object: Object { bytes: bytes.to_vec(), ..Object::default() }, ..Reading::default() };
    for payload in Parser::new(0).parse_all(bytes) {
        reading.take(payload?)?;
    }
    reading.finish()
}

/// Kind, offset in the section, target, addend.
type Entry = (RelocationType, usize, usize, i64);

#[derive(Default)]
struct Reading {
    object: Object,
    section: u32,
    code: Option<(u32, usize)>,
    data: Option<(u32, usize)>,
    signatures_of: Vec<u32>,
    segment_info: Vec<(String, u32)>,
    symbols: Vec<(SymbolKind, SymbolFlags, Option<String>)>,
    /// By section.
    relocations: Vec<(u32, Vec<Entry>)>,
}

impl Reading {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), ObjectError> {
        if let Some((id, content)) = payload.as_section() {
            self.object.sections.push(Section { id, content });
        }
        let number = u32::try_from(self.object.sections.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.section = number;
        match payload {
            Payload::TypeSection(reader) => {
                for kind in reader.into_iter_err_on_gc_types() {
                    let kind = kind?;
                    let parameters =
                        kind.params().iter().map(|kind| value(*kind)).collect::<Result<_, _>>()?;
                    let results = kind.results().iter().map(|kind| value(*kind)).collect::<Result<_, _>>()?;
                    self.object.signatures.push(Signature { parameters, results });
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(signature) => self.object.imports.push(Import {
                            module: import.module.to_owned(),
                            field: import.name.to_owned(),
                            signature,
                        }),
                        TypeRef::Memory(memory) => self.object.memory_pages = memory.initial,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(reader) => {
                self.signatures_of = reader.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.object.memory_pages = memory?.initial;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.object.exports.insert(export.name.to_owned(), export.index);
                    }
                }
            }
            Payload::ElementSection(reader) => {
                for element in reader {
                    if let ElementItems::Functions(items) = element?.items {
                        for item in items {
                            self.object.table.push(item?);
                        }
                    }
                }
            }
            Payload::CodeSectionStart { range, .. } => self.code = Some((number, range.start)),
            Payload::CodeSectionEntry(body) => {
                let signature = self.signatures_of.get(self.object.functions.len()).copied();
                self.object.functions.push(Function {
                    name: String::new(),
                    signature: signature.ok_or(ObjectError::Foreign("more bodies than functions"))?,
                    body: body.range(),
                    relocations: Vec::new(),
                    local: false,
                    weak: false,
                });
            }
            Payload::DataSection(reader) => {
                self.data = Some((number, reader.range().start));
                for segment in reader {
                    let segment = segment?;
                    let address = match &segment.kind {
                        DataKind::Passive => 0,
                        DataKind::Active { offset_expr, .. } => {
                            match offset_expr.get_operators_reader().read()? {
                                Operator::I32Const { value } => value.cast_unsigned(),
                                _ => return Err(ObjectError::Foreign("data at an address that is computed")),
                            }
                        }
                    };
                    let end = segment.range.end;
                    self.object.segments.push(Segment {
                        name: String::new(),
                        alignment: 1,
                        content: end - segment.data.len()..end,
                        address,
                        relocations: Vec::new(),
                        symbols: Vec::new(),
                    });
                }
            }
            Payload::CustomSection(section) => self.custom(section.as_known())?,
            _ => {}
        }
        Ok(())
    }

    fn custom(&mut self, section: KnownCustom<'_>) -> Result<(), ObjectError> {
        match section {
            KnownCustom::Linking(reader) => {
                for part in reader.subsections() {
                    match part? {
                        Linking::SegmentInfo(segments) => {
                            for segment in segments {
                                let segment = segment?;
                                self.segment_info.push((segment.name.to_owned(), segment.alignment.min(16)));
                            }
                        }
                        Linking::SymbolTable(symbols) => {
                            for symbol in symbols {
                                self.symbols.push(converted(&symbol?));
                            }
                        }
                        _ => {}
                    }
                }
            }
            KnownCustom::Reloc(reader) => {
                let section = reader.section_index();
                let mut entries = Vec::new();
                for entry in reader.entries() {
                    let entry = entry?;
                    entries.push((entry.ty, entry.offset as usize, entry.index as usize, entry.addend));
                }
                self.relocations.push((section, entries));
            }
            KnownCustom::Name(reader) => {
                for name in reader {
                    if let wasmparser::Name::Function(names) = name? {
                        for name in names {
                            let name = name?;
                            self.object.names.insert(name.index, name.name.to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Object, ObjectError> {
        for (segment, (name, power)) in
            self.object.segments.iter_mut().zip(std::mem::take(&mut self.segment_info))
        {
            (segment.name, segment.alignment) = (name, 1 << power);
        }
        for (kind, flags, name) in std::mem::take(&mut self.symbols) {
            self.symbol(kind, flags, name)?;
        }
        for (section, entries) in std::mem::take(&mut self.relocations) {
            if let Some((_, start)) = self.code.filter(|(code, _)| *code == section) {
                let bodies =
                    self.object.functions.iter_mut().map(|one| (one.body.clone(), &mut one.relocations));
                distribute(
                    start,
                    entries,
                    bodies.collect(),
                    self.object.symbols.len(),
                    self.object.signatures.len(),
                )?;
            } else if let Some((_, start)) = self.data.filter(|(data, _)| *data == section) {
                let segments = self.object.segments.iter_mut();
                let segments = segments.map(|one| (one.content.clone(), &mut one.relocations)).collect();
                distribute(
                    start,
                    entries,
                    segments,
                    self.object.symbols.len(),
                    self.object.signatures.len(),
                )?;
            }
        }
        Ok(self.object)
    }

    fn symbol(
        &mut self,
        kind: SymbolKind,
        flags: SymbolFlags,
        name: Option<String>,
    ) -> Result<(), ObjectError> {
        let object = &mut self.object;
        let number = object.symbols.len();
        let weak = flags.contains(SymbolFlags::BINDING_WEAK);
        let local = flags.contains(SymbolFlags::BINDING_LOCAL);
        let mut symbol = Symbol { name: name.unwrap_or_default(), kind, weak, local };
        match kind {
            SymbolKind::Function { index, .. } => {
                let imported = object.imports.len();
                match (index as usize).checked_sub(imported) {
                    None if symbol.name.is_empty() => {
                        symbol.name.clone_from(&object.imports[index as usize].field);
                    }
                    None => {}
                    Some(position) => {
                        let function = object.functions.get_mut(position);
                        let function = function.ok_or(ObjectError::Foreign("a symbol of no function"))?;
                        if function.name.is_empty() {
                            function.name.clone_from(&symbol.name);
                            (function.local, function.weak) = (local, weak);
                        }
                        object.by_function.entry(symbol.name.clone()).or_insert(position);
                    }
                }
            }
            SymbolKind::Data(Some(place)) => {
                let segment = object.segments.get_mut(place.segment);
                segment.ok_or(ObjectError::Foreign("a symbol of no data"))?.symbols.push(number);
                object.by_data.entry(symbol.name.clone()).or_insert(number);
            }
            SymbolKind::Data(None) | SymbolKind::Other => {}
        }
        object.symbols.push(symbol);
        Ok(())
    }
}

fn converted(symbol: &SymbolInfo<'_>) -> (SymbolKind, SymbolFlags, Option<String>) {
    match *symbol {
        SymbolInfo::Func { flags, index, name } => {
            let defined = !flags.contains(SymbolFlags::UNDEFINED);
            (SymbolKind::Function { index, defined }, flags, name.map(str::to_owned))
        }
        SymbolInfo::Data { flags, name, symbol } => {
            let place = symbol.filter(|_| !flags.contains(SymbolFlags::ABSOLUTE)).map(|place| Place {
                segment: place.index as usize,
                offset: place.offset,
                size: place.size,
            });
            (SymbolKind::Data(place), flags, Some(name.to_owned()))
        }
        SymbolInfo::Global { flags, .. }
        | SymbolInfo::Section { flags, .. }
        | SymbolInfo::Event { flags, .. }
        | SymbolInfo::Table { flags, .. } => (SymbolKind::Other, flags, None),
    }
}

/// Gives each relocation to the body or segment that it lies in.
fn distribute(
    start: usize,
    mut entries: Vec<Entry>,
    mut parts: Vec<(Range<usize>, &mut Vec<Relocation>)>,
    symbols: usize,
    signatures: usize,
) -> Result<(), ObjectError> {
    entries.sort_by_key(|(_, offset, ..)| *offset);
    let mut part = 0;
    for (kind, offset, target, addend) in entries {
        let kind = RelocationKind::of(kind).ok_or(ObjectError::Foreign("a relocation of an unknown kind"))?;
        let at = start.saturating_add(offset);
        while part < parts.len() && parts[part].0.end <= at {
            part += 1;
        }
        let Some((range, relocations)) = parts.get_mut(part) else {
            return Err(ObjectError::Foreign("a relocation of nothing"));
        };
        let known = if kind == RelocationKind::TypeIndex { signatures } else { symbols };
        if at < range.start || at + kind.width() > range.end || target >= known {
            return Err(ObjectError::Foreign("a relocation outside of its part"));
        }
        relocations.push(Relocation { kind, offset: at - range.start, target, addend });
    }
    Ok(())
}

fn value(kind: ValType) -> Result<u8, ObjectError> {
    Ok(match kind {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(_) => return Err(ObjectError::Foreign("a reference as a parameter")),
    })
}
