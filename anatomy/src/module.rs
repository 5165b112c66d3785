//! One core module as sections, functions, data and names. Everything in it borrows from the bytes: what they claim costs
//! no more memory than they have.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, KnownCustom,
    Name, NameSectionReader, Operator, Parser, Payload, TypeRef, WasmFeatures,
};

use crate::error::Error;
use crate::note::Note;

/// Bytes of the magic number and the version.
pub(crate) const HEAD: usize = 8;

/// Longest name that is shown.
const LONGEST_NAME: usize = 1024;

/// All offsets count from the beginning of the file, also in a module that lies in a component.
#[derive(Debug, Default)]
pub(crate) struct Module<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) range: Range<usize>,
    pub(crate) sections: Vec<Section<'a>>,
    /// As `module.name`.
    pub(crate) imported: Vec<String>,
    pub(crate) types: Vec<Option<FuncType>>,
    /// Of imported functions, then of the module's own.
    pub(crate) function_types: Vec<u32>,
    pub(crate) bodies: Vec<Body>,
    /// What DWARF addresses count from.
    pub(crate) code_start: usize,
    pub(crate) segments: Vec<Segment>,
    pub(crate) exports: BTreeMap<u32, &'a str>,
    pub(crate) names: BTreeMap<u32, &'a str>,
    pub(crate) globals: BTreeMap<u32, &'a str>,
    /// Functions by their places in the first table.
    pub(crate) table: BTreeMap<u64, u32>,
    pub(crate) notes: Vec<Note>,
}

/// From the first byte of its head.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) name: &'a str,
    pub(crate) is_custom: bool,
    pub(crate) range: Range<usize>,
    /// Of a custom section, what follows its name.
    pub(crate) contents: &'a [u8],
}

/// One function.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// From its length on.
    pub(crate) whole: Range<usize>,
    /// From its locals on.
    pub(crate) contents: Range<usize>,
}

/// Data as it lies in the file.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) contents: Range<usize>,
    /// In the first memory; `None` where code decides.
    pub(crate) address: Option<u64>,
}

impl<'a> Module<'a> {
    pub(crate) fn read(bytes: &'a [u8], range: Range<usize>) -> Result<Self, Error> {
        let damaged =
            || Error::Malformed { offset: range.end as u64, detail: "it ends too early".to_owned() };
        let own = bytes.get(range.clone()).ok_or_else(damaged)?;
        let mut module = Self { bytes, range: range.clone(), ..Self::default() };
        let mut parser = Parser::new(range.start as u64);
        parser.set_features(WasmFeatures::all());
        // A payload has the range of a section's contents only; its head lies where the section before it ends.
        let mut start = range.start + HEAD;
        let mut body_start = 0;
        for payload in parser.parse_all(own) {
            let payload = payload?;
            if let Some((id, contents)) = payload.as_section() {
                let (name, contents_of_custom) = match &payload {
                    Payload::CustomSection(section) => (section.name(), section.data()),
                    _ => (name_of(id), &[][..]),
                };
                let section = Section {
                    name,
                    is_custom: id == 0,
                    range: start..contents.end,
                    contents: contents_of_custom,
                };
                start = contents.end;
                module.sections.push(section);
            }
            match payload {
                Payload::CodeSectionStart { range, .. } => {
                    if module.bodies.is_empty() {
                        module.code_start = range.start;
                    }
                    body_start = range.start + number_length(&bytes[range.start..]);
                }
                Payload::CodeSectionEntry(body) => {
                    let contents = body.range();
                    module.bodies.push(Body { whole: body_start..contents.end, contents: contents.clone() });
                    body_start = contents.end;
                }
                other => module.take(other)?,
            }
        }
        module.check_names();
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.extend(group?.into_types().map(|kind| match kind.composite_type.inner {
                        CompositeInnerType::Func(function) => Some(function),
                        _ => None,
                    }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(index) | TypeRef::FuncExact(index) = import.ty {
                        self.imported.push(format!("{}.{}", cut(import.module), cut(import.name)));
                        self.function_types.push(index);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    self.function_types.push(index?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.entry(export.index).or_insert_with(|| cut(export.name));
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element?;
                    let ElementKind::Active { table_index: None | Some(0), offset_expr } = element.kind
                    else {
                        continue;
                    };
                    let (Some(first), ElementItems::Functions(items)) =
                        (constant(&offset_expr), element.items)
                    else {
                        continue;
                    };
                    for (offset, function) in (0_u64..).zip(items) {
                        self.table.insert(first.wrapping_add(offset), function?);
                    }
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    let address = match &data.kind {
                        DataKind::Active { memory_index: 0, offset_expr } => constant(offset_expr),
                        _ => None,
                    };
                    let contents = data.range.end - data.data.len()..data.range.end;
                    self.segments.push(Segment { contents, address });
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.take_names(names);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_names(&mut self, reader: NameSectionReader<'a>) {
        for part in reader {
            let broken = match part {
                Ok(Name::Function(map)) => take_map(map, &mut self.names),
                Ok(Name::Global(map)) => take_map(map, &mut self.globals),
                Ok(_) => None,
                Err(error) => Some(error),
            };
            if let Some(error) = broken {
                self.notes.push(Note::NamesBroken { offset: error.offset() as u64 });
                return;
            }
        }
    }

    fn check_names(&mut self) {
        let functions = (self.imported.len() + self.bodies.len()) as u32;
        let beyond = self.names.split_off(&functions).len();
        if beyond > 0 {
            self.notes.push(Note::NamesOfNothing { names: beyond });
        }
    }

    pub(crate) fn body(&self, function: u32) -> Option<&Body> {
        self.bodies.get((function as usize).checked_sub(self.imported.len())?)
    }

    /// Each own function with its body.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (u32, &Body)> {
        (self.imported.len() as u32..).zip(&self.bodies)
    }

    pub(crate) fn function_type(&self, function: u32) -> Option<&FuncType> {
        let index = *self.function_types.get(function as usize)?;
        self.types.get(index as usize)?.as_ref()
    }

    /// Names of one function's locals, as the name section says.
    pub(crate) fn local_names(&self, function: u32) -> BTreeMap<u32, &'a str> {
        let mut found = BTreeMap::new();
        for section in self.sections.iter().filter(|section| section.is_custom && section.name == "name") {
            let reader = wasmparser::BinaryReader::new(section.contents, 0);
            for part in NameSectionReader::new(reader).map_while(Result::ok) {
                let Name::Local(functions) = part else { continue };
                for own in functions.into_iter().map_while(Result::ok).filter(|own| own.index == function) {
                    take_map(own.names, &mut found);
                }
            }
        }
        found
    }

    pub(crate) fn custom(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.sections.iter().find(|section| section.is_custom && section.name == name);
        found.map(|section| section.contents)
    }
}

/// `Some`: what was wrong where the map ended.
fn take_map<'a>(
    map: wasmparser::NameMap<'a>,
    into: &mut BTreeMap<u32, &'a str>,
) -> Option<wasmparser::BinaryReaderError> {
    for naming in map {
        match naming {
            Ok(naming) => {
                into.entry(naming.index).or_insert_with(|| cut(naming.name));
            }
            Err(error) => return Some(error),
        }
    }
    None
}

/// The beginning of a name that is too long to be one.
pub(crate) fn cut(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(u64::from(value.cast_unsigned())),
        Operator::I64Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// Bytes of a number of variable length.
fn number_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1
}

const fn name_of(id: u8) -> &'static str {
    match id {
        1 => "type",
        2 => "import",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        8 => "start",
        9 => "element",
        10 => "code",
        11 => "data",
        12 => "data count",
        13 => "tag",
        _ => "(unknown)",
    }
}
