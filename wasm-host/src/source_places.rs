//! From offsets in a module to functions, files and lines, by its names and its DWARF.

use std::collections::HashMap;
use std::ops::Range;

use addr2line::Context;
use gimli::{EndianArcSlice, LittleEndian};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::error::Error;
use crate::preflight;

type Slice = EndianArcSlice<LittleEndian>;

/// Of a module or of all modules of a component, as they were built.
pub struct SourcePlaces {
    modules: Vec<Module>,
}

/// A function that was active, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourcePlace {
    /// As the module or its DWARF calls it, or `wasm-function[N]`.
    pub function: String,
    /// Unknown without DWARF.
    pub file: Option<String>,
    pub line: Option<u32>,
    /// It was put into the function that comes next.
    pub is_inlined: bool,
}

#[derive(Default)]
struct Module {
    code: Range<usize>,
    bodies: Vec<Range<usize>>,
    imported: u32,
    names: HashMap<u32, String>,
    sections: HashMap<String, Range<usize>>,
    dwarf: Option<Context<Slice>>,
}

impl std::fmt::Debug for SourcePlaces {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SourcePlaces").field("modules", &self.modules.len()).finish_non_exhaustive()
    }
}

impl SourcePlaces {
    /// Reads all of it: takes some milliseconds for each mebibyte of DWARF. `module` is how errors call it.
    pub fn read(module: &str, bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |error: wasmparser::BinaryReaderError| Error::Invalid {
            module: module.to_owned(),
            at: error.offset(),
            detail: error.message().to_owned(),
        };
        preflight::kind(module, bytes)?;
        // The innermost is the last one that has begun and not ended.
        let mut open = vec![Module::default()];
        let mut modules = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(wrong)?;
            let Some(current) = open.last_mut() else { break };
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    open.push(Module::default());
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import.map_err(wrong)?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            current.imported += 1;
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => current.code = range,
                Payload::CodeSectionEntry(body) => current.bodies.push(body.range()),
                Payload::CustomSection(section) => {
                    if section.name().starts_with(".debug_") {
                        let start = section.data_offset();
                        let range = start..start + section.data().len();
                        current.sections.insert(section.name().to_owned(), range);
                    } else if let KnownCustom::Name(names) = section.as_known() {
                        for name in names {
                            // Names that are wrong are no names.
                            let Ok(Name::Function(names)) = name else { continue };
                            for naming in names.into_iter().flatten() {
                                current.names.insert(naming.index, naming.name.to_owned());
                            }
                        }
                    }
                }
                Payload::End(_) => modules.extend(open.pop()),
                _ => {}
            }
        }
        for module in &mut modules {
            module.dwarf = module.dwarf(bytes);
        }
        modules.retain(|module| !module.bodies.is_empty());
        modules.sort_by_key(|module| module.code.start);
        Ok(Self { modules })
    }

    /// Whether any function has a name.
    pub fn has_names(&self) -> bool {
        self.modules.iter().any(|module| !module.names.is_empty() || module.dwarf.is_some())
    }

    /// Whether there are lines.
    pub fn has_lines(&self) -> bool {
        self.modules.iter().any(|module| module.dwarf.is_some())
    }

    /// The function at an offset, innermost first when functions were put into each other. Empty outside of all code.
    pub fn at(&self, offset: u32) -> Vec<SourcePlace> {
        let offset = offset as usize;
        let next = self.modules.partition_point(|module| module.code.start <= offset);
        let Some(module) = next.checked_sub(1).and_then(|last| self.modules.get(last)) else {
            return Vec::new();
        };
        module.at(offset)
    }
}

impl Module {
    fn dwarf(&self, bytes: &[u8]) -> Option<Context<Slice>> {
        self.sections.get(".debug_info")?;
        let load = |id: gimli::SectionId| {
            let section = self.sections.get(id.name()).and_then(|range| bytes.get(range.clone()));
            Ok::<_, gimli::Error>(Slice::new(section.unwrap_or_default().into(), LittleEndian))
        };
        Context::from_dwarf(gimli::Dwarf::load(load).ok()?).ok()
    }

    fn at(&self, offset: usize) -> Vec<SourcePlace> {
        let next = self.bodies.partition_point(|body| body.start <= offset);
        let Some(place) = next.checked_sub(1).filter(|place| self.bodies[*place].contains(&offset)) else {
            return Vec::new();
        };
        let index = self.imported + place as u32;
        let named = || self.names.get(&index).cloned().unwrap_or_else(|| format!("wasm-function[{index}]"));
        // DWARF of WebAssembly counts from the start of the code section's contents.
        let mut places = self.in_dwarf((offset - self.code.start) as u64);
        match places.last_mut() {
            None => places.push(SourcePlace { function: named(), file: None, line: None, is_inlined: false }),
            Some(outermost) => {
                outermost.is_inlined = false;
                // What DWARF has no name for is written by a linker or an optimiser.
                for place in places.iter_mut().filter(|place| place.function.is_empty()) {
                    place.function = named();
                }
            }
        }
        places
    }

    fn in_dwarf(&self, address: u64) -> Vec<SourcePlace> {
        let mut places = Vec::new();
        let Some(dwarf) = &self.dwarf else { return places };
        let Ok(mut frames) = dwarf.find_frames(address).skip_all_loads() else { return places };
        while let Ok(Some(frame)) = frames.next() {
            let function = frame.function.and_then(|function| function.raw_name().ok().map(Into::into));
            let (file, line) = frame.location.map_or((None, None), |location| {
                (location.file.map(str::to_owned), location.line.filter(|line| *line > 0))
            });
            places.push(SourcePlace { function: function.unwrap_or_default(), file, line, is_inlined: true });
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &str = r#"(module (func $first (export "a") nop) (func $second (export "b") nop nop))"#;

    #[test]
    fn places_without_dwarf_have_names() {
        let bytes = wat::parse_str(NAMED).unwrap();
        let places = SourcePlaces::read("m", &bytes).unwrap();
        assert!(places.has_names() && !places.has_lines());
        let named = (0..bytes.len() as u32)
            .flat_map(|offset| places.at(offset))
            .map(|place| place.function)
            .collect::<Vec<_>>();
        // Locals, instructions and the end of each.
        assert_eq!(named, ["first", "first", "first", "second", "second", "second", "second"]);
    }

    #[test]
    fn functions_without_names_have_numbers() {
        let text = r#"(module (import "a" "b" (func)) (func nop))"#;
        let bytes = wat::parse_str(text).unwrap();
        let places = SourcePlaces::read("m", &bytes).unwrap();
        assert!(!places.has_names());
        let found = (0..bytes.len() as u32).find_map(|offset| places.at(offset).pop());
        assert_eq!(found.unwrap().function, "wasm-function[1]");
        assert!(places.at(u32::MAX).is_empty());
    }

    #[test]
    fn modules_of_a_component_have_their_own_names() {
        let text = r#"(component
            (core module (func $one (export "a") nop))
            (core module (import "x" "y" (func)) (func $two (export "a") nop nop)))"#;
        let bytes = wat::parse_str(text).unwrap();
        let places = SourcePlaces::read("m", &bytes).unwrap();
        let named = (0..bytes.len() as u32)
            .flat_map(|offset| places.at(offset))
            .map(|place| place.function)
            .collect::<Vec<_>>();
        assert_eq!(named, ["one", "one", "one", "two", "two", "two", "two"]);
    }

    #[test]
    fn what_is_cut_short_is_told_or_read() {
        let bytes = wat::parse_str(NAMED).unwrap();
        for length in 0..bytes.len() {
            match SourcePlaces::read("m", &bytes[..length]) {
                Ok(places) => drop(places.at(length as u32)),
                Err(error) => assert!(error.to_string().starts_with("m: "), "{error}"),
            }
        }
    }
}
