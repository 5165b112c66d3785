//! A patch as it travels: with short names for what it imports, and of its functions with the number of the patch alone,
//! by which a page tells from a stack whose they are.

use std::ops::Range;

use wasmparser::{BinaryReader, ImportSectionReader, Imports, Parser, Payload, TypeRef};

/// What patches call the exports of their base.
const SHORT: [(&str, &str); 6] = [
    ("memory", "m"),
    ("__indirect_function_table", "t"),
    ("__stack_pointer", "s"),
    ("__asyncify_state", "u"),
    ("asyncify_put", "p"),
    ("asyncify_pull", "q"),
];

const IMPORTS: u8 = 2;
const CUSTOM: u8 = 0;
const FUNCTION_NAMES: u8 = 1;

/// The module with the same code, at other offsets. `number` is that of the patch.
pub(super) fn slender(module: &[u8], number: u32) -> wasmparser::Result<Vec<u8>> {
    let mut slender = module.get(..8).unwrap_or_default().to_vec();
    let (mut imported, mut defined) = (0, 0);
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::CustomSection(custom) if custom.name() == "name" => continue,
            Payload::ImportSection(entries) => {
                for entry in entries.clone().into_imports() {
                    imported += usize::from(matches!(entry?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { count, .. } => defined = *count as usize,
            _ => {}
        }
        let Some((id, range)) = payload.as_section() else { continue };
        let content = &module[range];
        if id == IMPORTS {
            section(&mut slender, id, &imports(content)?);
        } else {
            section(&mut slender, id, content);
        }
    }
    section(&mut slender, CUSTOM, &names(imported..imported + defined, &format!("@{number}")));
    Ok(slender)
}

fn names(functions: Range<usize>, name: &str) -> Vec<u8> {
    let mut list = Vec::new();
    unsigned(&mut list, functions.len());
    for index in functions {
        unsigned(&mut list, index);
        text(&mut list, name);
    }
    let mut content = Vec::new();
    text(&mut content, "name");
    section(&mut content, FUNCTION_NAMES, &list);
    content
}

fn imports(content: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let entries = ImportSectionReader::new(BinaryReader::new(content, 0))?;
    let mut shorter = Vec::new();
    unsigned(&mut shorter, entries.count() as usize);
    let entries: Vec<_> = entries.into_iter_with_offsets().collect::<Result<_, _>>()?;
    for (position, (start, entry)) in entries.iter().enumerate() {
        // Nothing of ours writes groups.
        let Imports::Single(_, import) = entry else { continue };
        let end = entries.get(position + 1).map_or(content.len(), |(next, _)| *next);
        let mut names = Vec::new();
        text(&mut names, import.module);
        text(&mut names, import.name);
        text(&mut shorter, import.module);
        text(&mut shorter, &short(import.module, import.name));
        shorter.extend_from_slice(&content[start + names.len()..end]);
    }
    Ok(shorter)
}

/// Names of what comes from the base; entries of its table have numbers for names.
fn short(module: &str, name: &str) -> String {
    let known = match module {
        "e" => SHORT.iter().find(|(long, _)| *long == name).map(|(_, short)| (*short).to_owned()),
        "t" => name.parse().ok().map(in_base_36),
        _ => None,
    };
    known.unwrap_or_else(|| name.to_owned())
}

fn in_base_36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(number % 36, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

fn section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
    module.push(id);
    unsigned(module, content.len());
    module.extend_from_slice(content);
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    unsigned(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn unsigned(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, Function, FunctionSection, GlobalType, ImportSection, MemoryType, Module,
        NameMap, NameSection, TypeSection, ValType,
    };

    use super::*;

    #[test]
    fn numbers_are_those_that_a_page_reads() {
        for (number, text) in [(0, "0"), (9, "9"), (35, "z"), (36, "10"), (1718, "1bq")] {
            assert_eq!(in_base_36(number), text);
        }
    }

    #[test]
    fn only_names_become_shorter() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let memory =
            MemoryType { minimum: 300, maximum: None, memory64: false, shared: false, page_size_log2: None };
        let state = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        imports
            .import("t", "1718", EntityType::Function(0))
            .import("gojs", "memory", EntityType::Function(0))
            .import("e", "memory", EntityType::Memory(memory))
            .import("e", "__asyncify_state", EntityType::Global(state));
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut code = CodeSection::new();
        let mut body = Function::new([]);
        body.instructions().call(0).end();
        code.function(&body);
        let mut names = NameMap::new();
        names.append(2, "main.f");
        let mut named = NameSection::new();
        named.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&code).section(&named);
        let long = module.finish();
        let short = slender(&long, 7).unwrap();
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(&short) {
            match payload.unwrap() {
                Payload::ImportSection(entries) => {
                    for entry in entries.into_imports() {
                        let entry = entry.unwrap();
                        found.push(format!("{}.{} {:?}", entry.module, entry.name, entry.ty));
                    }
                }
                Payload::CustomSection(custom) => {
                    assert_eq!(custom.data(), [1, 5, 1, 2, 2, b'@', b'7'], "{}", custom.name());
                }
                _ => {}
            }
        }
        assert_eq!(found.len(), 4);
        for (entry, begin) in found.iter().zip(["t.1bq Func", "gojs.memory Func", "e.m Memory", "e.u Global"])
        {
            assert!(entry.starts_with(begin), "{entry}");
        }
        assert!(found[2].contains("initial: 300"), "{}", found[2]);
        assert!(short.len() < long.len());
    }
}
