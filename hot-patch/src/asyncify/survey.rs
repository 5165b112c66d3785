//! What a module has, read once: types, imports, functions and the places of its sections.

use wasmparser::{
    CompositeInnerType, ExternalKind, Import, Imports, KnownCustom, Name, Parser, Payload, TypeRef,
};

use super::error::{AsyncifyError, Fault};
use super::value::{Signature, Value};

/// Module of the imports that stand for the functions that begin and end unwinding.
const ASYNCIFY: &str = "asyncify";

/// A section of the module, in its order.
pub(super) struct Section<'a> {
    pub(super) id: u8,
    pub(super) content: &'a [u8],
    /// Of a custom section.
    pub(super) name: &'a str,
}

/// A function that is imported.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImportedFunction<'a> {
    pub(super) module: &'a str,
    pub(super) field: &'a str,
}

impl ImportedFunction<'_> {
    /// It becomes a function of the module.
    pub(super) fn is_asyncify(&self) -> bool {
        self.module == ASYNCIFY
    }
}

/// An import of any kind, as it is written.
pub(super) struct ImportEntry<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) asyncify: bool,
}

/// Everything that is known of a module before anything is changed.
#[derive(Default)]
pub(super) struct Survey<'a> {
    pub(super) sections: Vec<Section<'a>>,
    pub(super) signatures: Vec<Signature>,
    pub(super) imports: Vec<ImportedFunction<'a>>,
    pub(super) import_entries: Vec<ImportEntry<'a>>,
    /// Index of the signature of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) globals: Vec<Value>,
    pub(super) imported_globals: u32,
    pub(super) memories: u32,
    pub(super) exports: Vec<&'a str>,
    /// Bodies of the functions that are not imported.
    pub(super) bodies: Vec<&'a [u8]>,
    /// Names of functions, by index.
    pub(super) names: Vec<(u32, &'a str)>,
}

impl<'a> Survey<'a> {
    pub(super) fn read(module: &'a [u8]) -> Result<Self, AsyncifyError> {
        let mut survey = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            survey.section(module, &payload)?;
            survey.content(module, payload)?;
        }
        if survey.functions.len() != survey.imports.len() + survey.bodies.len() {
            return Err(AsyncifyError::Unsupported("functions without a body"));
        }
        let signatures = survey.signatures.len();
        if survey.functions.iter().any(|signature| *signature as usize >= signatures) {
            return Err(AsyncifyError::Unsupported("functions without a type"));
        }
        Ok(survey)
    }

    fn section(&mut self, module: &'a [u8], payload: &Payload<'a>) -> Result<(), AsyncifyError> {
        let name = match payload {
            Payload::CustomSection(reader) => reader.name(),
            _ => "",
        };
        if let Some((id, range)) = payload.as_section() {
            match id {
                0..=12 => {}
                13 => return Err(AsyncifyError::Unsupported("exceptions")),
                _ => return Err(AsyncifyError::Unsupported("unknown sections")),
            }
            let content = module.get(range).unwrap_or_default();
            self.sections.push(Section { id, content, name });
        }
        Ok(())
    }

    fn content(&mut self, module: &'a [u8], payload: Payload<'a>) -> Result<(), AsyncifyError> {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    for one in group?.into_types() {
                        self.signatures.push(signature(&one.composite_type.inner)?);
                    }
                }
            }
            Payload::ImportSection(reader) => {
                let end = reader.range().end;
                let mut entries = reader.into_iter_with_offsets().peekable();
                while let Some(entry) = entries.next() {
                    let (start, Imports::Single(_, import)) = entry? else {
                        return Err(AsyncifyError::Unsupported("groups of imports"));
                    };
                    let end = match entries.peek() {
                        Some(Ok((next, _))) => *next,
                        _ => end,
                    };
                    self.import(import, module.get(start..end).unwrap_or_default())?;
                }
            }
            Payload::FunctionSection(reader) => {
                for signature in reader {
                    self.functions.push(signature?);
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memory(memory?.memory64)?;
                }
            }
            Payload::GlobalSection(reader) => {
                for global in reader {
                    self.globals.push(value(global?.ty.content_type)?);
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    self.exports.push(export?.name);
                }
            }
            Payload::CodeSectionEntry(body) => {
                self.bodies.push(module.get(body.range()).unwrap_or_default());
            }
            Payload::CustomSection(reader) => {
                if let KnownCustom::Name(reader) = reader.as_known() {
                    for part in reader {
                        let Name::Function(names) = part? else { continue };
                        for naming in names {
                            let naming = naming?;
                            self.names.push((naming.index, naming.name));
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: Import<'a>, bytes: &'a [u8]) -> Result<(), AsyncifyError> {
        let mut asyncify = false;
        match import.ty {
            TypeRef::Func(signature) => {
                let function = ImportedFunction { module: import.module, field: import.name };
                asyncify = function.is_asyncify();
                self.imports.push(function);
                self.functions.push(signature);
            }
            TypeRef::Global(global) => {
                self.globals.push(value(global.content_type)?);
                self.imported_globals += 1;
            }
            TypeRef::Memory(memory) => self.memory(memory.memory64)?,
            TypeRef::Table(_) => {}
            _ => return Err(AsyncifyError::Unsupported("imports of an unknown kind")),
        }
        self.import_entries.push(ImportEntry { bytes, asyncify });
        Ok(())
    }

    fn memory(&mut self, memory64: bool) -> Result<(), AsyncifyError> {
        self.memories += 1;
        if memory64 { Err(AsyncifyError::Unsupported("a memory of 64 bits")) } else { Ok(()) }
    }

    pub(super) fn signature_of(&self, function: u32) -> Result<&Signature, Fault> {
        let index = self.functions.get(function as usize).ok_or(Fault::Index("function"))?;
        self.signature(*index)
    }

    pub(super) fn signature(&self, index: u32) -> Result<&Signature, Fault> {
        self.signatures.get(index as usize).ok_or(Fault::Index("type"))
    }

    pub(super) fn global(&self, index: u32) -> Result<Value, Fault> {
        self.globals.get(index as usize).copied().ok_or(Fault::Index("global"))
    }
}

fn signature(inner: &CompositeInnerType) -> Result<Signature, AsyncifyError> {
    let CompositeInnerType::Func(function) = inner else {
        return Err(AsyncifyError::Unsupported("types that are not of functions"));
    };
    let values =
        |types: &[wasmparser::ValType]| types.iter().map(|one| value(*one)).collect::<Result<Vec<_>, _>>();
    Ok(Signature { parameters: values(function.params())?, results: values(function.results())? })
}

fn value(of: wasmparser::ValType) -> Result<Value, AsyncifyError> {
    match of {
        wasmparser::ValType::I32 => Ok(Value::I32),
        wasmparser::ValType::I64 => Ok(Value::I64),
        wasmparser::ValType::F32 => Ok(Value::F32),
        wasmparser::ValType::F64 => Ok(Value::F64),
        wasmparser::ValType::V128 => Err(AsyncifyError::Unsupported("vectors")),
        wasmparser::ValType::Ref(_) => Err(AsyncifyError::Unsupported("references")),
    }
}

/// How an export is written.
pub(super) fn kind_byte(kind: ExternalKind) -> Result<u8, AsyncifyError> {
    match kind {
        ExternalKind::Func => Ok(0),
        ExternalKind::Table => Ok(1),
        ExternalKind::Memory => Ok(2),
        ExternalKind::Global => Ok(3),
        _ => Err(AsyncifyError::Unsupported("exports of an unknown kind")),
    }
}
