//! Takes debug sections out of a module without touching a byte of what stays, and names what stands for them.

use std::borrow::Cow;

use super::module::Outline;

/// The module to publish. Only sections behind the code are taken out: every offset up to the end of the
/// code stays what it was, so that the offsets in a browser's stack fit the unstripped file too.
/// Time is linear in the size; nothing is encoded again.
pub(super) fn strip<'a>(bytes: &'a [u8], outline: &Outline) -> Cow<'a, [u8]> {
    let code_end = outline.code.as_ref().map_or(0, |code| code.end);
    let mut kept = Vec::new();
    let mut position = 0;
    for (name, range) in &outline.custom {
        if is_debug(name) && range.start >= code_end {
            kept.extend_from_slice(&bytes[position..range.start]);
            position = range.end;
        }
    }
    if position == 0 {
        return Cow::Borrowed(bytes);
    }
    kept.extend_from_slice(&bytes[position..]);
    Cow::Owned(kept)
}

/// Adds where the module's source map is: beside it, whatever its name will be. Chromium reads that of a module from
/// nowhere else, no header of its answer.
pub(super) fn name_source_map(module: &mut Vec<u8>) {
    let words = [SOURCE_MAP_SECTION, SOURCE_MAP];
    let text: Vec<u8> =
        words.iter().flat_map(|word| std::iter::once(word.len() as u8).chain(word.iter().copied())).collect();
    // A custom section: its id, the length of what follows.
    module.extend([0, text.len() as u8]);
    module.extend(text);
}

/// As the tool conventions of WebAssembly have it.
const SOURCE_MAP_SECTION: &[u8] = b"sourceMappingURL";

/// Read against the address of the module, it is that of its map.
const SOURCE_MAP: &[u8] = b"?map";

/// True when the module can be asked for Go lines.
pub(super) fn has_dwarf(outline: &Outline) -> bool {
    outline.custom.iter().any(|(name, _)| name == ".debug_info")
}

fn is_debug(name: &str) -> bool {
    name.starts_with(".debug_") || name.starts_with("reloc..debug_") || name == "external_debug_info"
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, CustomSection, Function, FunctionSection, Module, TypeSection};

    fn custom(module: &mut Module, name: &str, length: usize) {
        module.section(&CustomSection { name: name.into(), data: vec![7; length].into() });
    }

    #[test]
    fn a_module_with_the_name_of_its_map_is_one_still() {
        let mut module = Module::new().finish();
        name_source_map(&mut module);
        let outline = Outline::read(&module).unwrap();
        let (name, range) = &outline.custom[0];
        assert_eq!((name.as_str(), range.end), ("sourceMappingURL", module.len()));
        assert!(module.ends_with(b"\x10sourceMappingURL\x04?map"));
    }

    #[test]
    fn debug_sections_behind_the_code_go_and_all_else_stays() {
        let build = |debug: bool| {
            let mut module = Module::new();
            custom(&mut module, "early", 3);
            custom(&mut module, ".debug_early", 3);
            let mut types = TypeSection::new();
            types.ty().function([], []);
            let mut functions = FunctionSection::new();
            functions.function(0);
            let mut code = CodeSection::new();
            let mut body = Function::new([]);
            body.instructions().end();
            code.function(&body);
            module.section(&types).section(&functions).section(&code);
            if debug {
                custom(&mut module, ".debug_info", 1000);
            }
            custom(&mut module, "name", 200);
            if debug {
                custom(&mut module, ".debug_line", 5);
                custom(&mut module, "external_debug_info", 5);
            }
            custom(&mut module, "producers", 9);
            module.finish()
        };
        let (with, without) = (build(true), build(false));
        let outline = Outline::read(&with).unwrap();
        assert_eq!(strip(&with, &outline), without);
        assert!(has_dwarf(&outline));
        let outline = Outline::read(&without).unwrap();
        assert!(matches!(strip(&without, &outline), Cow::Borrowed(_)));
        assert!(!has_dwarf(&outline));
    }
}
