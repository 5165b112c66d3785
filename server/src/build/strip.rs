//! Takes debug sections out of a module without touching a byte of what stays.

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
