//! Files that are no modules, are cut off, or say what is not so.

use std::borrow::Cow;

use anatomy::{Anatomy, Error, Note};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, Function, FunctionSection,
    MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection,
};

use crate::adds_up;

/// One function, and what else is put in.
fn module(more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    body.instructions().end();
    code.function(&body);
    module.section(&types).section(&functions).section(&code);
    for (name, data) in more {
        module.section(&CustomSection { name: (*name).into(), data: Cow::Borrowed(*data) });
    }
    module.finish()
}

#[test]
fn what_is_no_module_is_told_with_a_remedy() {
    for (bytes, wanted) in [
        (&b""[..], Error::Empty),
        (b"MZ\x90\0\x1b[2J", Error::NotWasm { beginning: r#""MZ\x90\x00\x1b[2J""#.to_owned() }),
        (b"\0as", Error::NotWasm { beginning: r#""\x00as""#.to_owned() }),
    ] {
        let error = Anatomy::read(bytes).unwrap_err();
        assert_eq!(error, wanted);
        assert!(!error.hint().is_empty() && !error.to_string().contains('\u{1b}'));
    }
    for damaged in [
        &b"\0asm"[..],
        b"\0asm\x01\0\0\0\x01",
        b"\0asm\x09\0\0\0",
        b"\0asm\x01\0\0\0\x0a\xff\xff\xff\xff\x0f",
    ] {
        assert!(matches!(Anatomy::read(damaged), Err(Error::Malformed { .. })), "{damaged:?}");
    }
}

#[test]
fn wherever_a_module_is_cut_off_nothing_panics() {
    let whole = module(&[("name", b"\x01\x07\x01\x00\x04main"), (".debug_info", &[7; 40])]);
    let mut refused = 0;
    for end in 0..whole.len() {
        match Anatomy::read(&whole[..end]) {
            Ok(_) => {
                // At the end of a section nothing is missing.
                adds_up(&whole[..end]);
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(refused > whole.len() / 2, "{refused}");
}

#[test]
fn names_that_lie_are_left_out_and_told() {
    let notes = |name_section: &[u8]| adds_up(&module(&[("name", name_section)])).notes;
    // Of function 9, which is not there.
    assert!(notes(b"\x01\x07\x01\x09\x04main").contains(&Note::NamesOfNothing { names: 1 }));
    // Not UTF-8; longer than the section; more names than bytes; a part that overlaps the next one.
    for broken in [
        &b"\x01\x07\x01\x00\x04ma\xff\xfe"[..],
        b"\x01\x07\x01\x00\x7fmain",
        b"\x01\x05\xff\xff\xff\xff\x0f",
        b"\x01\x7f\x01\x00\x04main",
        b"\x01",
    ] {
        let notes = notes(broken);
        assert!(notes.iter().any(|note| matches!(note, Note::NamesBroken { .. })), "{broken:?}: {notes:?}");
    }
    // Twice: the first one counts.
    let sizes = adds_up(&module(&[("name", b"\x01\x0d\x02\x00\x04main\x00\x04evil")]));
    assert_eq!(sizes.functions[0].name, "main");
}

#[test]
fn garbage_for_debug_information_is_told_and_nothing_else() {
    let garbage: Vec<u8> = (0..4000_u32).map(|number| ((number * 7919) >> 3) as u8).collect();
    let names = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_ranges", ".debug_loc"];
    for length in [1, 10, 40, 400, 4000] {
        let sections: Vec<_> = names.iter().map(|name| (*name, &garbage[..length])).collect();
        let bytes = module(&sections);
        let sizes = adds_up(&bytes);
        assert_eq!(sizes.functions.len(), 1);
        let explanation = Anatomy::read(&bytes).unwrap().explain("wasm-function[0]", None).unwrap();
        assert_eq!(explanation.instructions().count(), 1);
    }
    let bytes = module(&[(".debug_info", &[0xff; 64])]);
    assert!(adds_up(&bytes).notes.iter().any(|note| matches!(note, Note::DwarfBroken { .. })));
}

/// Addresses at the end of what can be addressed, data over data, places of a table that are none.
#[test]
fn addresses_that_are_none_cost_nothing() {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        minimum: 1,
        maximum: None,
        table64: true,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: true,
        shared: false,
        page_size_log2: None,
    });
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i64_const(-1), Elements::Functions(Cow::Borrowed(&[0, 0, 77])));
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    body.instructions().end();
    code.function(&body);
    let mut data = DataSection::new();
    // What Go's tables begin with, at the very end: all that they name lies beyond.
    let tables_of_go = [&[0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8][..], &[0xff; 56]].concat();
    for address in [-1, -64, 0, 0, i64::MAX, i64::MIN] {
        data.active(0, &ConstExpr::i64_const(address), tables_of_go.iter().copied());
    }
    module.section(&types).section(&functions).section(&tables).section(&memories);
    module.section(&elements).section(&code).section(&data);
    let sizes = adds_up(&module.finish());
    assert_eq!(sizes.functions.len(), 1);
}
