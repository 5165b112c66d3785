//! Modules of a few instructions, of which everything is known.

use anatomy::{Anatomy, Class, Note, UNATTRIBUTED};

use crate::adds_up;

const NAMED: &str = r#"(module
  (import "env" "now" (func $now (result i64)))
  (memory 1)
  (data (i32.const 16) "hello") (data (i32.const 32) "there")
  (func $main.Add (param $a i32) (param $b i32) (result i32)
    (if (i32.gt_s (local.get $a) (i32.const 7)) (then (return (local.get $b))))
    (call $main.Add (local.get $b) (i32.load offset=4 (local.get $a))))
  (func $runtime.alloc (drop (call $now)))
  (func $__multi3 unreachable)
  (func $memcpy)
  (func (export "bare")))"#;

fn parsed(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn code_is_its_owners() {
    let sizes = adds_up(&parsed(NAMED));
    let code =
        |name: &str| sizes.packages.iter().find(|package| package.name == name).map(|package| package.code);
    let add = sizes.functions.iter().find(|function| function.name == "main.Add").unwrap();
    assert_eq!(code("main"), Some(add.code));
    for package in ["runtime", "(compiler builtins)", "(libc)"] {
        assert!(code(package).is_some_and(|code| code > 0), "{package}: {:?}", sizes.packages);
    }
    // The head of the section, and what has no name.
    assert!(code(UNATTRIBUTED).is_some_and(|code| code > 0), "{:?}", sizes.packages);
    assert_eq!(sizes.data, 2 * 5 + 2 * 5 + 3, "two segments, their heads, that of the section");
    assert_eq!(sizes.notes, [Note::NoDwarf]);
}

#[test]
fn a_module_without_names_says_so() {
    let sizes = adds_up(&parsed("(module (func) (func (export \"bare\")))"));
    assert_eq!(sizes.notes, [Note::NoNames, Note::NoDwarf]);
    let names: Vec<_> = sizes.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["bare", "wasm-function[0]"]);
    assert!(sizes.packages.iter().all(|package| package.name == UNATTRIBUTED));
    let smallest = adds_up(b"\0asm\x01\0\0\0");
    assert_eq!((smallest.file, smallest.code, smallest.packages.len()), (8, 0, 1));
}

#[test]
fn instructions_name_what_they_call_and_move() {
    let bytes = parsed(NAMED);
    let anatomy = Anatomy::read(&bytes).unwrap();
    let explanation = anatomy.explain("Add", None).unwrap();
    assert_eq!((explanation.function.as_str(), explanation.index), ("main.Add", 1));
    assert_eq!(explanation.signature, "(i32, i32) -> i32");
    let shown: Vec<_> = explanation
        .instructions()
        .map(|instruction| (instruction.text.as_str(), instruction.class, instruction.note.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            ("local.get 0", Class::Move, Some("a")),
            ("i32.const 7", Class::Constant, None),
            ("i32.gt_s", Class::Compare, None),
            ("if", Class::Block, None),
            ("local.get 1", Class::Move, Some("b")),
            ("return", Class::Return, None),
            ("end", Class::Block, None),
            ("local.get 1", Class::Move, Some("b")),
            ("local.get 0", Class::Move, Some("a")),
            ("i32.load offset=4", Class::Load, None),
            ("call 1", Class::Call, Some("main.Add")),
            ("end", Class::Block, None),
        ]
    );
    let [line] = &explanation.lines[..] else { panic!("{:?}", explanation.lines) };
    assert_eq!((&line.file, line.line), (&None, 0));
    assert!(explanation.notes.contains(&Note::NoLines), "{:?}", explanation.notes);
    let offset = usize::try_from(line.instructions[1].offset).unwrap();
    assert_eq!(bytes[offset..offset + 2], [0x41, 7], "offsets are those of the file");
    let called = anatomy.explain("alloc", None).unwrap();
    assert!(called.instructions().any(|one| one.note.as_deref() == Some("env.now")), "{called:?}");
}

#[test]
fn what_is_stripped_runs_as_before_and_has_no_names() {
    let bytes = parsed(NAMED);
    let stripped = Anatomy::read(&bytes).unwrap().stripped().unwrap();
    assert!(stripped.len() < bytes.len());
    let sizes = adds_up(&stripped);
    assert!(sizes.sections.iter().all(|section| !section.is_custom), "{:?}", sizes.sections);
    assert_eq!(Anatomy::read(&stripped).unwrap().stripped().unwrap(), stripped);
}

#[test]
fn modules_in_a_component_are_found() {
    let component = format!(
        "(component (core module $adapter (func)) {})",
        NAMED.replacen("(module", "(core module $program", 1)
    );
    let bytes = parsed(&component);
    let sizes = adds_up(&bytes);
    assert!(sizes.sections.iter().any(|section| section.name == "(component)"), "{:?}", sizes.sections);
    assert!(sizes.packages.iter().any(|package| package.name == "(adapter)" && package.code > 0));
    let anatomy = Anatomy::read(&bytes).unwrap();
    assert_eq!(anatomy.find("Add").unwrap(), "main.Add");
    assert_eq!(anatomy.stripped(), None);
    assert!(Anatomy::read(&parsed("(component)")).is_err());
}
