//! Where a Go program uses an import, by the DWARF of its module.

use std::collections::HashMap;

use addr2line::Context;
use gimli::{EndianSlice, LittleEndian};
use wasmparser::{BinaryReaderError, Operator, Parser, Payload, TypeRef};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// File and line of the first call of each of these imported functions, counted among all imports. Only those are in
/// it that are called, in a module with DWARF.
pub(crate) fn positions(bytes: &[u8], imports: &[usize]) -> HashMap<usize, String> {
    let Ok(Some(Read { calls, sections })) = read(bytes, imports) else { return HashMap::new() };
    let load = |id: gimli::SectionId| {
        let section = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(EndianSlice::new(section, LittleEndian))
    };
    let Ok(dwarf) = gimli::Dwarf::<Slice<'_>>::load(load) else { return HashMap::new() };
    let Ok(context) = Context::from_dwarf(dwarf) else { return HashMap::new() };
    let told = calls.into_iter().filter_map(|(import, at)| Some((import, position(&context, at)?)));
    told.collect()
}

fn position(context: &Context<Slice<'_>>, at: u64) -> Option<String> {
    let location = context.find_location(at).ok()??;
    let file = location.file?;
    Some(location.line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}")))
}

struct Read<'a> {
    /// The import, and where it is called first, from the start of the code as DWARF counts.
    calls: HashMap<usize, u64>,
    sections: HashMap<&'a str, &'a [u8]>,
}

/// Nothing when there is no DWARF: then nobody has to look for calls.
fn read<'a>(bytes: &'a [u8], imports: &[usize]) -> Result<Option<Read<'a>>, BinaryReaderError> {
    let mut sections = HashMap::new();
    let mut bodies = Vec::new();
    let mut code = 0;
    // Which import a function index is.
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for (index, import) in section.into_imports().enumerate() {
                    if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        functions.push(index);
                    }
                }
            }
            Payload::CodeSectionStart { range, .. } => code = range.start,
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                sections.insert(section.name(), section.data());
            }
            _ => {}
        }
    }
    if !sections.contains_key(".debug_info") {
        return Ok(None);
    }
    let mut calls = HashMap::new();
    for body in bodies {
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            let (Operator::Call { function_index }, at) = operator? else { continue };
            if let Some(import) = functions.get(function_index as usize)
                && imports.contains(import)
            {
                calls.entry(*import).or_insert((at - code) as u64);
            }
        }
        if calls.len() == imports.len() {
            break;
        }
    }
    Ok(Some(Read { calls, sections }))
}
