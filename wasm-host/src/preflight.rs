//! What the bytes of a module are, before anything is compiled: cheap to find out and exact in what it says.

use wasmparser::{
    CompositeInnerType, Encoding, FuncType, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

use crate::error::Error;
use crate::signature::written;

/// What a module is to its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A core module, mostly of WASI preview 1.
    Core,
    /// A component of WASI preview 2.
    Component,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Imported functions of a core module, in their order.
    pub(crate) imports: Vec<Import>,
    /// Whether something of a core module runs when it is instantiated.
    pub(crate) has_start_function: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) name: String,
    pub(crate) is: Imported,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Imported {
    /// By the names of its types.
    Function {
        parameters: Vec<String>,
        results: Vec<String>,
    },
    Other(&'static str),
}

impl std::fmt::Display for Imported {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Function { parameters, results } => written(formatter, parameters, results),
            Self::Other(kind) => formatter.write_str(kind),
        }
    }
}

/// Reads what it imports.
pub(crate) fn look(module: &str, bytes: &[u8], kind: Kind) -> Result<Found, Error> {
    match kind {
        Kind::Core => core(bytes).map_err(|error| invalid(module, bytes, &error)),
        Kind::Component => Ok(Found { imports: Vec::new(), has_start_function: false }),
    }
}

/// Names of what a core module exports.
pub(crate) fn exports(module: &str, bytes: &[u8]) -> Result<Vec<String>, Error> {
    let found = || {
        for payload in Parser::new(0).parse_all(bytes) {
            if let Payload::ExportSection(section) = payload? {
                return section.into_iter().map(|export| Ok(export?.name.to_owned())).collect();
            }
        }
        Ok(Vec::new())
    };
    found().map_err(|error| invalid(module, bytes, &error))
}

/// By its first eight bytes.
pub(crate) fn kind(module: &str, bytes: &[u8]) -> Result<Kind, Error> {
    const MAGIC: &[u8] = b"\0asm";
    let module = || module.to_owned();
    if !bytes.starts_with(MAGIC) {
        if !bytes.is_empty() && MAGIC.starts_with(bytes) {
            return Err(Error::Truncated { module: module(), at: bytes.len(), part: "its head".to_owned() });
        }
        return Err(Error::NotWasm { module: module(), start: beginning(bytes) });
    }
    match Parser::new(0).parse(bytes, true) {
        Ok(wasmparser::Chunk::Parsed { payload: Payload::Version { encoding, .. }, .. }) => {
            Ok(match encoding {
                Encoding::Module => Kind::Core,
                Encoding::Component => Kind::Component,
            })
        }
        Ok(_) => Err(Error::Truncated { module: module(), at: bytes.len(), part: "its head".to_owned() }),
        Err(error) if bytes.len() < 8 => {
            Err(Error::Truncated { module: module(), at: error.offset(), part: "its head".to_owned() })
        }
        Err(error) => {
            Err(Error::Invalid { module: module(), at: error.offset(), detail: error.message().to_owned() })
        }
    }
}

/// Proposals that the engine runs: those of WebAssembly 2.0, and what Go and TinyGo may use of newer ones.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES)
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL
}

/// Proposals that a module may have been built for, as its author calls them.
const PROPOSALS: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::MEMORY64, "64-bit memory"),
    (WasmFeatures::GC_TYPES, "references to objects of the host"),
    (
        WasmFeatures::GC.union(WasmFeatures::FUNCTION_REFERENCES).union(WasmFeatures::GC_TYPES),
        "garbage collected types",
    ),
    (WasmFeatures::FUNCTION_REFERENCES, "typed function references"),
    (WasmFeatures::EXCEPTIONS.union(WasmFeatures::GC_TYPES), "exceptions"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "the older exceptions"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
    (WasmFeatures::CM_ASYNC, "asynchronous components (WASI preview 3)"),
];

/// What is wrong with a module that could not be compiled; nothing, when it is valid.
pub(crate) fn explain(module: &str, bytes: &[u8]) -> Result<(), Error> {
    let with = |features: WasmFeatures| Validator::new_with_features(features).validate_all(bytes);
    let Err(error) = with(features()) else { return Ok(()) };
    let missing = PROPOSALS.iter().find(|(feature, _)| with(features() | *feature).is_ok());
    let feature = missing.map(|(_, name)| *name).or_else(|| {
        with(WasmFeatures::all()).is_ok().then_some("several proposals of WebAssembly that are not finished")
    });
    Err(match feature {
        Some(feature) => {
            Error::Unsupported { module: module.to_owned(), feature, detail: error.message().to_owned() }
        }
        None => invalid(module, bytes, &error),
    })
}

fn invalid(module: &str, bytes: &[u8], error: &wasmparser::BinaryReaderError) -> Error {
    let module = module.to_owned();
    match ends_within(bytes) {
        Some(part) => Error::Truncated { module, at: bytes.len(), part },
        None => Error::Invalid { module, at: error.offset(), detail: error.message().to_owned() },
    }
}

/// The section that the bytes end in, from the sections' own lengths.
fn ends_within(bytes: &[u8]) -> Option<String> {
    let mut at = 8;
    while at < bytes.len() {
        let id = bytes[at];
        let mut reader = wasmparser::BinaryReader::new(&bytes[at + 1..], at + 1);
        let Ok(length) = reader.read_var_u32() else {
            return Some("the head of a section".to_owned());
        };
        let begin = at + 1 + reader.current_position();
        let end = begin.checked_add(length as usize)?;
        if end > bytes.len() {
            let name = match id {
                0 => "a custom section",
                2 => "its imports",
                3 | 10 => "its functions",
                11 => "its data",
                _ => "a section",
            };
            return Some(name.to_owned());
        }
        at = end;
    }
    None
}

fn core(bytes: &[u8]) -> Result<Found, wasmparser::BinaryReaderError> {
    let mut types = Vec::new();
    let mut imports = Vec::new();
    let mut has_start_function = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    for sub in group?.into_types() {
                        types.push(match sub.composite_type.inner {
                            CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    imports.push(Import {
                        from: import.module.to_owned(),
                        name: import.name.to_owned(),
                        is: imported(&types, import.ty),
                    });
                }
            }
            Payload::StartSection { .. } => has_start_function = true,
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(Found { imports, has_start_function })
}

fn imported(types: &[Option<FuncType>], kind: TypeRef) -> Imported {
    match kind {
        TypeRef::Func(index) | TypeRef::FuncExact(index) => {
            let names = |types: &[ValType]| types.iter().map(ToString::to_string).collect();
            match types.get(index as usize) {
                Some(Some(function)) => Imported::Function {
                    parameters: names(function.params()),
                    results: names(function.results()),
                },
                _ => Imported::Other("a function"),
            }
        }
        TypeRef::Table(_) => Imported::Other("a table"),
        TypeRef::Memory(_) => Imported::Other("a memory"),
        TypeRef::Global(_) => Imported::Other("a global"),
        TypeRef::Tag(_) => Imported::Other("a tag"),
    }
}

fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing: it is empty".to_owned();
    }
    let start = &bytes[..bytes.len().min(16)];
    match std::str::from_utf8(start) {
        Ok(text) if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) => format!("{text:?}"),
        _ => start.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(bytes: &[u8]) -> Result<Found, Error> {
        let found = look("m", bytes, kind("m", bytes)?)?;
        explain("m", bytes)?;
        Ok(found)
    }

    #[test]
    fn truncation_is_told_at_every_length_and_never_panics() {
        let whole = wat::parse_str(
            r#"(module (import "env" "f" (func (param i32))) (memory 1) (data (i32.const 0) "hello")
                 (func (export "g") i32.const 1 call 0))"#,
        )
        .unwrap();
        for length in 0..whole.len() {
            match both(&whole[..length]) {
                Err(Error::NotWasm { .. }) => assert_eq!(length, 0),
                Err(Error::Truncated { at, .. }) => assert!(at <= length),
                // Between two sections it may be a module with less in it, or one whose functions have no bodies.
                Err(Error::Invalid { .. }) | Ok(_) => assert!(ends_within(&whole[..length]).is_none()),
                Err(other) => panic!("{length}: {other}"),
            }
        }
    }

    #[test]
    fn other_files_are_named_by_how_they_begin() {
        let error = both(b"#!/bin/sh\nexit 1\n").unwrap_err().to_string();
        assert_eq!(
            error,
            "m: is no WebAssembly (it begins with 7f 45 4c)".replace("7f 45 4c", "23 21 2f 62 69 6e 2f 73")
        );
        let error = both(b"\x7fELF\x02\x01\x01").unwrap_err().to_string();
        assert_eq!(error, "m: is no WebAssembly (it begins with 7f 45 4c 46 02 01 01)");
        let error = both(b"package main; func main(){}").unwrap_err().to_string();
        assert_eq!(error, "m: is no WebAssembly (it begins with \"package main; fu\")");
    }

    #[test]
    fn proposals_that_are_not_run_are_named() {
        for (text, name) in [
            ("(module (memory 1 1 shared))", "threads"),
            ("(module (memory i64 1))", "64-bit memory"),
            ("(module (tag))", "exceptions"),
            ("(module (table 1 externref))", "references to objects of the host"),
            ("(module (type (struct (field i32))))", "garbage collected types"),
        ] {
            let bytes = wat::parse_str(text).unwrap();
            match both(&bytes) {
                Err(Error::Unsupported { feature, .. }) => assert_eq!(feature, name, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        let simd = wat::parse_str("(module (func (result v128) v128.const i32x4 0 0 0 0))").unwrap();
        assert!(both(&simd).is_ok());
    }

    #[test]
    fn imports_have_names_and_types() {
        let bytes = wat::parse_str(
            r#"(module (import "env" "f" (func (param i32 i64) (result f64))) (import "env" "m" (memory 1)))"#,
        )
        .unwrap();
        let found = both(&bytes).unwrap();
        let told =
            found.imports.iter().map(|i| format!("{}.{} {}", i.from, i.name, i.is)).collect::<Vec<_>>();
        assert_eq!(told, ["env.f (i32, i64) -> f64", "env.m a memory"]);
    }
}
