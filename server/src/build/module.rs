//! A compiled module as sections, imports and exports; the only file that knows `wasmparser`.

use std::ops::Range;

use wasmparser::{
    BinaryReader, BinaryReaderError, CompositeInnerType, ExternalKind, FunctionBody, Name, Operator, Parser,
    Payload, TypeRef, Validator, WasmFeatures,
};

/// The bytes are not a module that a browser would take.
#[derive(Debug, thiserror::Error)]
#[error("{message} (at byte {offset})")]
pub(super) struct InvalidModule {
    pub(super) message: String,
    pub(super) offset: u64,
}

impl From<BinaryReaderError> for InvalidModule {
    fn from(error: BinaryReaderError) -> Self {
        Self { message: error.message().to_owned(), offset: error.offset() as u64 }
    }
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    /// Such as `func(i32, i64) -> f64`, `memory`, `table`.
    pub(super) signature: String,
}

/// What is asked about a module as a whole.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
    /// Contents of the code section: what DWARF addresses are relative to.
    pub(super) code: Option<Range<usize>>,
    /// Custom sections from the first byte of their header, with their names.
    pub(super) custom: Vec<(String, Range<usize>)>,
    /// Number of imported functions, which come first in the index space.
    pub(super) imported_functions: u32,
}

impl Outline {
    /// Reads the outline; code is skipped, not checked.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, InvalidModule> {
        let mut outline = Self::default();
        let mut types = Vec::new();
        // Payloads give the range of a section's contents only; its header starts where the section before it ends.
        let mut section_start = 8;
        let mut parser = Parser::new(0);
        parser.set_features(WasmFeatures::all());
        for payload in parser.parse_all(bytes) {
            let payload = payload?;
            match &payload {
                Payload::TypeSection(reader) => {
                    for group in reader.clone() {
                        types.extend(group?.into_types().map(|kind| signature(&kind.composite_type.inner)));
                    }
                }
                Payload::ImportSection(reader) => {
                    for import in reader.clone().into_imports() {
                        let import = import?;
                        let signature = match import.ty {
                            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                                outline.imported_functions += 1;
                                types.get(index as usize).cloned().unwrap_or_else(|| "func".to_owned())
                            }
                            TypeRef::Memory(_) => "memory".to_owned(),
                            TypeRef::Table(_) => "table".to_owned(),
                            TypeRef::Global(_) => "global".to_owned(),
                            TypeRef::Tag(_) => "tag".to_owned(),
                        };
                        let (module, name) = (import.module.to_owned(), import.name.to_owned());
                        outline.imports.push(Import { module, name, signature });
                    }
                }
                Payload::ExportSection(reader) => {
                    for export in reader.clone() {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            outline.exports.push(export.name.to_owned());
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => outline.code = Some(range.clone()),
                Payload::CustomSection(reader) => {
                    let range = section_start..reader.range().end;
                    outline.custom.push((reader.name().to_owned(), range));
                }
                _ => {}
            }
            if let Some((_, range)) = payload.as_section() {
                section_start = range.end;
            }
        }
        Ok(outline)
    }
}

/// Checks everything a browser checks before it runs a module. The call is one that is not generic, so that it is
/// compiled with `wasmparser` and as optimised as that: this is on the way from save to screen.
pub(super) fn validate(bytes: &[u8]) -> Result<(), InvalidModule> {
    Validator::new_with_features(WasmFeatures::default()).validate_all(bytes)?;
    Ok(())
}

/// Function names of the `name` section, sorted by index; what cannot be read ends the list.
pub(super) fn function_names(bytes: &[u8]) -> Vec<(u32, String)> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(Payload::CustomSection(section)) = payload else { continue };
        let wasmparser::KnownCustom::Name(reader) = section.as_known() else { continue };
        for name in reader {
            let Ok(Name::Function(map)) = name else { continue };
            names
                .extend(map.into_iter().map_while(Result::ok).map(|name| (name.index, name.name.to_owned())));
        }
    }
    names.sort_by_key(|(index, _)| *index);
    names
}

/// Where the functions with a body are, from their locals on.
pub(super) fn bodies(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Ok(Payload::CodeSectionEntry(body)) = payload {
            found.push(body.range());
        }
    }
    found
}

/// Functions of a relocatable object by index, as its symbols name them.
pub(super) fn symbol_names(bytes: &[u8]) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(Payload::CustomSection(section)) = payload else { continue };
        let wasmparser::KnownCustom::Linking(reader) = section.as_known() else { continue };
        for part in reader {
            let Ok(wasmparser::Linking::SymbolTable(symbols)) = part else { continue };
            for symbol in symbols.into_iter().map_while(Result::ok) {
                if let wasmparser::SymbolInfo::Func { index, name: Some(name), .. } = symbol {
                    found.push((index, name.to_owned()));
                }
            }
        }
    }
    found
}

/// What an instruction does, without what it does it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    /// Calls a function, or one of the table.
    Call,
    /// Writes the local with this index.
    Assign(u32),
    /// Its code, as the binary format has it; of the long ones the first byte and what follows.
    Other(u16),
}

impl Opcode {
    /// The local that it writes.
    pub(super) fn assigned(self) -> Option<u32> {
        match self {
            Self::Assign(local) => Some(local),
            Self::Call | Self::Other(_) => None,
        }
    }
}

/// Instructions of a body, with their offsets from its locals on, without calls of functions in `left_out`; what cannot
/// be read ends the list.
pub(super) fn instructions(body: &[u8], left_out: &[u32]) -> Vec<(usize, Opcode)> {
    let function = FunctionBody::new(BinaryReader::new(body, 0));
    let Ok(operators) = function.get_operators_reader() else { return Vec::new() };
    let read = operators.into_iter_with_offsets().map_while(Result::ok);
    let instruction = |(operator, offset): (Operator<'_>, usize)| {
        let what = match operator {
            Operator::Call { function_index } if left_out.contains(&function_index) => return None,
            Operator::Call { .. } | Operator::CallIndirect { .. } => Opcode::Call,
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                Opcode::Assign(local_index)
            }
            _ => {
                let code = u16::from(*body.get(offset)?);
                let more = body.get(offset + 1).filter(|_| code >= LONG_CODES);
                Opcode::Other((code << 8) | more.map_or(0, |byte| u16::from(*byte)))
            }
        };
        Some((offset, what))
    };
    read.filter_map(instruction).collect()
}

/// First of the codes behind which a number says which instruction it is.
const LONG_CODES: u16 = 0xfc;

/// Offsets of the calls in a body, from its locals on, without those of functions in `left_out`.
pub(super) fn calls(body: &[u8], left_out: &[u32]) -> Vec<usize> {
    let body = FunctionBody::new(BinaryReader::new(body, 0));
    let Ok(operators) = body.get_operators_reader() else { return Vec::new() };
    let calls = operators.into_iter_with_offsets().map_while(Result::ok).filter_map(|(operator, offset)| {
        let call = match operator {
            Operator::Call { function_index } => !left_out.contains(&function_index),
            Operator::CallIndirect { .. } => true,
            _ => false,
        };
        call.then_some(offset)
    });
    calls.collect()
}

fn signature(kind: &CompositeInnerType) -> String {
    let CompositeInnerType::Func(function) = kind else { return "func".to_owned() };
    let list =
        |types: &[wasmparser::ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match function.results() {
        [] => format!("func({})", list(function.params())),
        results => format!("func({}) -> {}", list(function.params()), list(results)),
    }
}
