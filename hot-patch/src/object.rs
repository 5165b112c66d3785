//! A WebAssembly object as its symbols and relocations show it: relocatable, or linked with `--emit-relocs`.
//!
//! Format: "WebAssembly Object File Linking" of the tool conventions, version 2.

mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{BinaryReaderError, RelocationType};

/// Bytes that are not an object.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// Not WebAssembly, or cut off.
    #[error("not a WebAssembly object: {0}")]
    Malformed(#[from] BinaryReaderError),
    /// WebAssembly that no compiler of Go makes.
    #[error("not an object of the compiler: {0}")]
    Foreign(&'static str),
}

/// Parameters and results as the bytes of their types (0x7f is i32).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Signature {
    /// Types of the parameters.
    pub parameters: Vec<u8>,
    /// Types of the results.
    pub results: Vec<u8>,
}

/// A function that is imported.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) field: String,
    pub(crate) signature: u32,
}

/// A function with a body.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// Empty for one that no symbol names.
    pub(crate) name: String,
    pub(crate) signature: u32,
    /// Locals and instructions.
    pub(crate) body: Range<usize>,
    /// By offset in the body.
    pub(crate) relocations: Vec<Relocation>,
    pub(crate) local: bool,
    /// Merged with others of its name.
    pub(crate) weak: bool,
}

/// Data that is placed as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) name: String,
    /// Bytes.
    pub(crate) alignment: u32,
    pub(crate) content: Range<usize>,
    /// Where it lies; 0 in a relocatable object.
    pub(crate) address: u32,
    pub(crate) relocations: Vec<Relocation>,
    /// Symbols in it, in the order of the table.
    pub(crate) symbols: Vec<usize>,
}

impl Segment {
    pub(crate) fn is_constant(&self) -> bool {
        self.name.starts_with(".rodata")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: SymbolKind,
    pub(crate) weak: bool,
    pub(crate) local: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    /// By index in the space of functions.
    Function {
        index: u32,
        defined: bool,
    },
    Data(Option<Place>),
    Other,
}

/// Where in the data a symbol lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) segment: usize,
    pub(crate) offset: u32,
    pub(crate) size: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Relocation {
    pub(crate) kind: RelocationKind,
    /// From the beginning of the body or segment.
    pub(crate) offset: usize,
    /// Of a symbol, or of a type.
    pub(crate) target: usize,
    pub(crate) addend: i64,
}

/// How a target is written; those of debug sections are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RelocationKind {
    /// Five bytes, unsigned: a function's index.
    FunctionIndex,
    /// Five bytes, signed: a function's index in the table.
    TableIndex,
    /// Four bytes: the same.
    TableIndexWord,
    /// Five bytes, unsigned: an address.
    Address,
    /// Five bytes, signed: the same.
    AddressSigned,
    /// Four bytes: the same.
    AddressWord,
    /// Five bytes, unsigned: a type's index.
    TypeIndex,
    /// Five bytes, unsigned: the stack pointer, which is the only global.
    Global,
    /// Five bytes, unsigned: the only table.
    Table,
}

impl RelocationKind {
    /// Bytes that it fills.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::TableIndexWord | Self::AddressWord => 4,
            _ => 5,
        }
    }

    fn of(foreign: RelocationType) -> Option<Self> {
        Some(match foreign {
            RelocationType::FunctionIndexLeb => Self::FunctionIndex,
            RelocationType::TableIndexSleb => Self::TableIndex,
            RelocationType::TableIndexI32 => Self::TableIndexWord,
            RelocationType::MemoryAddrLeb => Self::Address,
            RelocationType::MemoryAddrSleb => Self::AddressSigned,
            RelocationType::MemoryAddrI32 => Self::AddressWord,
            RelocationType::TypeIndexLeb => Self::TypeIndex,
            RelocationType::GlobalIndexLeb => Self::Global,
            RelocationType::TableNumberLeb => Self::Table,
            _ => return None,
        })
    }
}

/// A section as it lies in the file.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) id: u8,
    pub(crate) content: Range<usize>,
}

/// An object with its symbols.
#[derive(Debug, Clone, Default)]
pub struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sections: Vec<Section>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) imports: Vec<Import>,
    pub(crate) functions: Vec<Function>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) symbols: Vec<Symbol>,
    /// Functions that the element section puts into the table, from entry 1 on.
    pub(crate) table: Vec<u32>,
    /// Pages that the memory begins with.
    pub(crate) memory_pages: u64,
    /// Functions that JavaScript calls, by the names that it knows.
    pub(crate) exports: BTreeMap<String, u32>,
    /// Names of functions, by index.
    pub(crate) names: BTreeMap<u32, String>,
    by_function: BTreeMap<String, usize>,
    by_data: BTreeMap<String, usize>,
}

impl Object {
    /// Reads an object. Debug sections are skipped.
    pub fn read(bytes: &[u8]) -> Result<Self, ObjectError> {
        reading::read(bytes)
    }

    pub(crate) fn at(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// The function of this name that is defined here.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.by_function.get(name).map(|index| &self.functions[*index])
    }

    /// What JavaScript calls a function, and the function's symbol.
    pub(crate) fn exported(&self) -> impl Iterator<Item = (&str, &str)> {
        let imported = self.imports.len();
        self.exports.iter().filter_map(move |(export, index)| {
            let function = self.functions.get((*index as usize).checked_sub(imported)?)?;
            // A linked module has no symbols: its functions are called what the name section says.
            let named = self.names.get(index).map_or("", String::as_str);
            Some((export.as_str(), if function.name.is_empty() { named } else { function.name.as_str() }))
        })
    }

    /// The symbol of data of this name that is defined here, and where.
    pub(crate) fn data(&self, name: &str) -> Option<(usize, Place)> {
        let symbol = *self.by_data.get(name)?;
        match self.symbols[symbol].kind {
            SymbolKind::Data(Some(place)) => Some((symbol, place)),
            _ => None,
        }
    }

    pub(crate) fn signature(&self, index: u32) -> Option<&Signature> {
        let imported = self.imports.len();
        let index = index as usize;
        let signature = match index.checked_sub(imported) {
            None => self.imports[index].signature,
            Some(index) => self.functions.get(index)?.signature,
        };
        self.signatures.get(signature as usize)
    }

    pub(crate) fn import(&self, index: u32) -> Option<&Import> {
        self.imports.get(index as usize)
    }

    /// Symbols that other objects can refer to, or that stand for code.
    pub(crate) fn defined_functions(&self) -> impl Iterator<Item = (&str, &Function)> {
        self.by_function.iter().map(|(name, index)| (name.as_str(), &self.functions[*index]))
    }

    pub(crate) fn defined_data(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_data.iter().map(|(name, symbol)| (name.as_str(), *symbol))
    }

    /// Names that this object defines, functions and data, local ones left out.
    pub fn defines(&self) -> BTreeSet<&str> {
        self.symbols
            .iter()
            .filter(|symbol| !symbol.local)
            .filter(|symbol| match symbol.kind {
                SymbolKind::Function { defined, .. } => defined,
                SymbolKind::Data(place) => place.is_some(),
                SymbolKind::Other => false,
            })
            .map(|symbol| symbol.name.as_str())
            .collect()
    }
}
