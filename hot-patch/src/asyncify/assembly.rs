//! Puts the module together again: the sections around the code, with what has moved and what is new.

use wasmparser::{
    BinaryReader, ElementItems, ElementKind, ElementSectionReader, ExportSectionReader, TableInit,
};

use super::control::Added;
use super::error::{AsyncifyError, Fault};
use super::instruction::{Reader, unsigned};
use super::survey::{ImportedFunction, Section, Survey, kind_byte};
use super::value::{Signature, Value};

const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const TABLES: u8 = 4;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const START: u8 = 8;
const ELEMENTS: u8 = 9;
const CODE: u8 = 10;

/// The order in which sections with numbers have to come.
const ORDER: [u8; 12] =
    [TYPES, IMPORTS, FUNCTIONS, TABLES, 5, GLOBALS, EXPORTS, START, ELEMENTS, 12, CODE, 11];

const FUNCTION_KIND: u8 = 0;
const GLOBAL_KIND: u8 = 3;
const MUTABLE: u8 = 1;

/// Names of the two globals, by which a base and its patches share them, and the module that patches import from.
const GLOBAL_NAMES: [&str; 2] = ["__asyncify_state", "__asyncify_data"];
const ENVIRONMENT: &str = "e";

/// See the head of the module.
pub(super) struct Assembly<'a> {
    pub(super) survey: &'a Survey<'a>,
    /// The new index of each function.
    pub(super) functions: &'a [u32],
    /// Functions behind those of the module.
    pub(super) added: &'a [Added],
    /// Index of the first of them.
    pub(super) first_added: u32,
    /// Functions of the base that the module imports beside its own imports, and the index of the first of them.
    pub(super) imported: &'a [Added],
    pub(super) first_imported: u32,
    /// Index of the first of the two globals.
    pub(super) state: u32,
    /// The module defines the globals.
    pub(super) defines: bool,
    /// All bodies, each behind its length, without their number.
    pub(super) code: &'a [u8],
}

impl Assembly<'_> {
    pub(super) fn module(&self) -> Result<Vec<u8>, AsyncifyError> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let mut signatures = self.survey.signatures.clone();
        let added: Vec<u32> =
            self.added.iter().map(|one| index_of(&mut signatures, one.signature())).collect();
        let imports = self.imports(&mut signatures);
        for id in ORDER {
            let known = self.survey.sections.iter().find(|section| section.id == id);
            let before = known.map_or(&[][..], |section| section.content);
            let content = match id {
                TYPES => appended(before, signatures[self.survey.signatures.len()..].iter().map(type_entry)),
                IMPORTS => imports.clone(),
                FUNCTIONS => appended(before, added.iter().map(|index| leb(*index))),
                TABLES => {
                    self.tables(before)?;
                    before.to_vec()
                }
                GLOBALS if self.defines => appended(before, GLOBAL_NAMES.map(|_| zero_global())),
                EXPORTS if self.defines || known.is_some() && self.moves() => self.exports(before)?,
                START if known.is_some() => self.start(before)?,
                ELEMENTS if known.is_some() && self.moves() => self.elements(before)?,
                CODE => self.code(),
                _ => before.to_vec(),
            };
            if !content.is_empty() && content != [0] {
                section(&mut module, id, &content);
            }
        }
        for custom in self.survey.sections.iter().filter(|section| section.id == 0) {
            self.custom(custom, &mut module)?;
        }
        Ok(module)
    }

    /// Functions of the module have other indices now.
    fn moves(&self) -> bool {
        self.survey.imports.iter().any(ImportedFunction::is_asyncify) || !self.imported.is_empty()
    }

    fn function(&self, index: u32) -> Result<u32, AsyncifyError> {
        self.functions.get(index as usize).copied().ok_or(AsyncifyError::Missing("function of some index"))
    }

    fn imports(&self, signatures: &mut Vec<Signature>) -> Vec<u8> {
        let kept = self.survey.import_entries.iter().filter(|entry| !entry.asyncify);
        let mut entries: Vec<Vec<u8>> = kept.map(|entry| entry.bytes.to_vec()).collect();
        let of_base = |name: &str, kind: u8| {
            let mut entry = Vec::new();
            text(&mut entry, ENVIRONMENT);
            text(&mut entry, name);
            entry.push(kind);
            entry
        };
        if !self.defines {
            let [state, _] = GLOBAL_NAMES;
            let mut entry = of_base(state, GLOBAL_KIND);
            entry.extend([Value::I32.byte(), MUTABLE]);
            entries.push(entry);
        }
        for one in self.imported {
            let mut entry = of_base(one.name(), FUNCTION_KIND);
            unsigned(&mut entry, index_of(signatures, one.signature()));
            entries.push(entry);
        }
        listed(&entries)
    }

    fn tables(&self, content: &[u8]) -> Result<(), AsyncifyError> {
        if content.is_empty() || !self.moves() {
            return Ok(());
        }
        for table in wasmparser::TableSectionReader::new(BinaryReader::new(content, 0))? {
            if !matches!(table?.init, TableInit::RefNull) {
                return Err(AsyncifyError::Unsupported("a table with an initial function"));
            }
        }
        Ok(())
    }

    fn exports(&self, content: &[u8]) -> Result<Vec<u8>, AsyncifyError> {
        let mut entries = Vec::new();
        if !content.is_empty() {
            for export in ExportSectionReader::new(BinaryReader::new(content, 0))? {
                let export = export?;
                let kind = kind_byte(export.kind)?;
                let index = if kind == FUNCTION_KIND { self.function(export.index)? } else { export.index };
                entries.push(export_entry(export.name, kind, index));
            }
        }
        if !self.defines {
            return Ok(listed(&entries));
        }
        let functions = self.added.iter().zip(self.first_added..).filter(|(one, _)| one.is_exported());
        let functions = functions.map(|(one, index)| (one.name(), FUNCTION_KIND, index));
        let globals =
            GLOBAL_NAMES.into_iter().zip(self.state..).map(|(name, index)| (name, GLOBAL_KIND, index));
        for (name, kind, index) in functions.chain(globals) {
            if self.survey.exports.contains(&name) {
                return Err(AsyncifyError::Export(name.to_owned()));
            }
            entries.push(export_entry(name, kind, index));
        }
        Ok(listed(&entries))
    }

    fn start(&self, content: &[u8]) -> Result<Vec<u8>, AsyncifyError> {
        let index = Reader::new(content, 0).unsigned();
        let index = index.map_err(|_| AsyncifyError::Missing("function to start with"))?;
        Ok(leb(self.function(index)?))
    }

    /// Tables keep their order; what they name has other indices.
    fn elements(&self, content: &[u8]) -> Result<Vec<u8>, AsyncifyError> {
        const PASSIVE: u8 = 1;
        const EXPLICIT_TABLE: u8 = 2;
        const DECLARED: u8 = 3;
        const FUNCTIONS: u8 = 0;
        let mut entries = Vec::new();
        for element in ElementSectionReader::new(BinaryReader::new(content, 0))? {
            let element = element?;
            let ElementItems::Functions(functions) = element.items else {
                return Err(AsyncifyError::Unsupported("elements that are expressions"));
            };
            let mut entry = Vec::new();
            match element.kind {
                ElementKind::Passive => entry.extend([PASSIVE, FUNCTIONS]),
                ElementKind::Declared => entry.extend([DECLARED, FUNCTIONS]),
                ElementKind::Active { table_index, offset_expr } => {
                    let range = offset_expr.get_binary_reader().range();
                    let offset = content.get(range).unwrap_or_default();
                    entry.push(if table_index.is_some() { EXPLICIT_TABLE } else { 0 });
                    if let Some(table) = table_index {
                        unsigned(&mut entry, table);
                    }
                    entry.extend(offset);
                    if table_index.is_some() {
                        entry.push(FUNCTIONS);
                    }
                }
            }
            unsigned(&mut entry, functions.count());
            for function in functions {
                unsigned(&mut entry, self.function(function?)?);
            }
            entries.push(entry);
        }
        Ok(listed(&entries))
    }

    fn code(&self) -> Vec<u8> {
        let mut content = leb((self.survey.bodies.len() + self.added.len()) as u32);
        content.extend_from_slice(self.code);
        content
    }

    fn custom(&self, custom: &Section<'_>, module: &mut Vec<u8>) -> Result<(), AsyncifyError> {
        // They speak of places in the code, which are others now.
        let places = [".debug_", "reloc.", "metadata.code."];
        if places.iter().any(|prefix| custom.name.starts_with(prefix))
            || ["linking", "sourceMappingURL"].contains(&custom.name)
        {
            return Ok(());
        }
        if custom.name == "name" {
            section(module, 0, &self.names(custom.content)?);
        } else {
            section(module, 0, custom.content);
        }
        Ok(())
    }

    /// Names of locals and labels are left out: the labels are others, and no linker writes the names of locals.
    fn names(&self, content: &[u8]) -> Result<Vec<u8>, AsyncifyError> {
        const FUNCTIONS: u8 = 1;
        const LOCALS: u8 = 2;
        const LABELS: u8 = 3;
        let cut = |_| AsyncifyError::Unsupported("a list of names that is cut off");
        let mut names = Vec::new();
        text(&mut names, "name");
        let mut reader = Reader::new(content, names.len());
        while !reader.is_done() {
            let id = reader.byte().map_err(cut)?;
            let length = reader.unsigned().map_err(cut)? as usize;
            let start = reader.at();
            let part = content.get(start..start + length).ok_or(Fault::Truncated).map_err(cut)?;
            reader = Reader::new(content, start + length);
            match id {
                FUNCTIONS => section(&mut names, id, &self.function_names()?),
                LOCALS | LABELS => {}
                _ => section(&mut names, id, part),
            }
        }
        Ok(names)
    }

    fn function_names(&self) -> Result<Vec<u8>, AsyncifyError> {
        let mut names = Vec::with_capacity(self.survey.names.len() + self.added.len());
        for (index, name) in &self.survey.names {
            let import = self.survey.imports.get(*index as usize);
            if import.is_none_or(|import| !import.is_asyncify()) {
                names.push((self.function(*index)?, *name));
            }
        }
        names.extend((self.first_added..).zip(self.added.iter().map(|one| one.name())));
        names.extend((self.first_imported..).zip(self.imported.iter().map(|one| one.name())));
        names.sort_by_key(|(index, _)| *index);
        let mut list = leb(names.len() as u32);
        for (index, name) in names {
            unsigned(&mut list, index);
            text(&mut list, name);
        }
        Ok(list)
    }
}

fn index_of(signatures: &mut Vec<Signature>, signature: Signature) -> u32 {
    let known = signatures.iter().position(|one| *one == signature);
    known.unwrap_or_else(|| {
        signatures.push(signature);
        signatures.len() - 1
    }) as u32
}

fn type_entry(signature: &Signature) -> Vec<u8> {
    let mut entry = vec![0x60];
    for values in [&signature.parameters, &signature.results] {
        unsigned(&mut entry, values.len() as u32);
        entry.extend(values.iter().map(|value| value.byte()));
    }
    entry
}

fn zero_global() -> Vec<u8> {
    const END: u8 = 0x0b;
    let mut entry = vec![Value::I32.byte(), MUTABLE];
    entry.extend(Value::I32.zero());
    entry.push(END);
    entry
}

fn export_entry(name: &str, kind: u8, index: u32) -> Vec<u8> {
    let mut entry = Vec::new();
    text(&mut entry, name);
    entry.push(kind);
    unsigned(&mut entry, index);
    entry
}

fn leb(value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    unsigned(&mut bytes, value);
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    unsigned(bytes, text.len() as u32);
    bytes.extend_from_slice(text.as_bytes());
}

fn section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
    module.push(id);
    unsigned(module, content.len() as u32);
    module.extend_from_slice(content);
}

fn listed(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut content = leb(entries.len() as u32);
    content.extend(entries.iter().flatten());
    content
}

/// A list with more entries at its end. No list is an empty one.
fn appended(content: &[u8], entries: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut reader = Reader::new(content, 0);
    let before = reader.unsigned().unwrap_or_default();
    let rest = content.get(reader.at()..).unwrap_or_default();
    let entries: Vec<Vec<u8>> = entries.into_iter().collect();
    let mut content = leb(before + entries.len() as u32);
    content.extend_from_slice(rest);
    content.extend(entries.iter().flatten());
    content
}
