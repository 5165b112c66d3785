//! Which functions are prepared for being suspended, and what becomes of everything that names a function.

use std::collections::{BTreeMap, BTreeSet};

use hot_patch::{Asyncified, AsyncifyInput, AsyncifyRole, asyncify};
use wasm_encoder::Instruction as I;
use wasmparser::{ElementItems, ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::small::{MAPS, Small, TAKES, VOID, asyncify_imports};

fn base(small: &Small<'_>, removed: &[&str]) -> Asyncified {
    let module = small.module();
    let input =
        AsyncifyInput { module: &module, role: AsyncifyRole::Base, never_suspends: &|_, _| false, removed };
    asyncify(&input).unwrap()
}

/// What a module has, by name, and its bodies.
#[derive(Default)]
struct Seen<'a> {
    imports: Vec<(&'a str, &'a str)>,
    exports: BTreeMap<&'a str, (ExternalKind, u32)>,
    table: Vec<u32>,
    start: Option<u32>,
    names: BTreeMap<u32, &'a str>,
    bodies: Vec<&'a [u8]>,
    globals: u32,
    functions: usize,
}

fn see(module: &[u8]) -> Seen<'_> {
    let mut seen = Seen::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::ImportSection(reader) => {
                for import in reader.into_imports().map(Result::unwrap) {
                    seen.imports.push((import.module, import.name));
                    seen.functions += usize::from(matches!(import.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(reader) => seen.functions += reader.count() as usize,
            Payload::GlobalSection(reader) => seen.globals = reader.count(),
            Payload::ExportSection(reader) => {
                for export in reader.into_iter().map(Result::unwrap) {
                    seen.exports.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => seen.start = Some(func),
            Payload::ElementSection(reader) => {
                for element in reader.into_iter().map(Result::unwrap) {
                    let ElementItems::Functions(functions) = element.items else { panic!("no functions") };
                    seen.table.extend(functions.into_iter().map(Result::unwrap));
                }
            }
            Payload::CodeSectionEntry(body) => seen.bodies.push(&module[body.range()]),
            Payload::CustomSection(reader) => {
                let KnownCustom::Name(parts) = reader.as_known() else { continue };
                for part in parts {
                    let Name::Function(names) = part.unwrap() else { continue };
                    seen.names.extend(names.into_iter().map(Result::unwrap).map(|one| (one.index, one.name)));
                }
            }
            _ => {}
        }
    }
    seen
}

/// Six functions behind four imports of asyncify and one of the page: the scheduler's two ends, what waits, what calls
/// that, what calls through the table, and what does neither.
fn scheduler() -> Small<'static> {
    let mut imports = asyncify_imports();
    imports.insert(2, ("env", "log", TAKES));
    // The order of the imports is now: start_unwind, stop_unwind, log, start_rewind, stop_rewind.
    let outermost = vec![
        I::I32Const(16),
        I::Call(3),
        I::I32Const(0),
        I::CallIndirect { type_index: VOID, table_index: 0 },
        I::Call(1),
    ];
    Small {
        imports,
        functions: vec![
            (TAKES, vec![I::LocalGet(0), I::Call(0), I::Call(4)]),
            (VOID, outermost),
            (VOID, vec![I::I32Const(8), I::Call(5)]),
            (MAPS, vec![I::Call(7), I::LocalGet(0)]),
            (
                MAPS,
                vec![I::LocalGet(0), I::I32Const(0), I::CallIndirect { type_index: MAPS, table_index: 0 }],
            ),
            (VOID, vec![I::I32Const(3), I::Call(2), I::Call(6)]),
        ],
        table: vec![7, 9, 2, 10],
        exports: vec![("run", 6), ("log", 2), ("wait", 7)],
        start: Some(10),
        ..Small::default()
    }
}

#[test]
fn what_can_wait_is_found_from_what_it_calls() {
    let made = base(&scheduler(), &[]);
    // Whoever begins unwinding suspends, whoever ends it does not, nor do its callers.
    assert_eq!(made.suspending, BTreeSet::from([5, 7, 8, 9]));
    let made = base(&scheduler(), &["f7"]);
    assert_eq!(
        made.suspending,
        BTreeSet::from([5, 9]),
        "without the function that waits, its caller does not"
    );
    let made = base(&scheduler(), &["f9", "f7", "nothing"]);
    assert_eq!(made.suspending, BTreeSet::from([5]));
}

#[test]
fn what_names_a_function_follows_it() {
    let small = scheduler();
    let before = small.module();
    let made = base(&small, &[]);
    let (old, new) = (see(&before), see(&made.module));
    assert_eq!(new.imports, [("env", "log")]);
    // log is the first function now, and the six follow it.
    let moved = |index: u32| if index == 2 { 0 } else { index - 4 };
    assert_eq!(new.table, old.table.iter().map(|index| moved(*index)).collect::<Vec<_>>());
    assert_eq!(new.start, Some(moved(10)));
    for (name, (kind, index)) in &old.exports {
        let expected = if *kind == ExternalKind::Func { moved(*index) } else { *index };
        assert_eq!(new.exports[name], (*kind, expected), "{name}");
    }
    for (index, name) in &old.names {
        assert_eq!(new.names[&moved(*index)], *name);
    }
}

#[test]
fn a_base_offers_what_binaryen_would() {
    let mut small = scheduler();
    small.global = true;
    let made = base(&small, &[]);
    let seen = see(&made.module);
    for name in ["start_unwind", "stop_unwind", "start_rewind", "stop_rewind", "get_state"] {
        let (kind, index) = seen.exports[format!("asyncify_{name}").as_str()];
        assert_eq!(kind, ExternalKind::Func);
        assert!(index >= 7, "{name} is a function behind those of the program");
    }
    assert_eq!(seen.globals, 3);
    assert_eq!(seen.exports["__asyncify_state"], (ExternalKind::Global, 1));
    assert_eq!(seen.exports["__asyncify_data"], (ExternalKind::Global, 2));
}

#[test]
fn functions_that_never_wait_stay_as_they_are() {
    let small = scheduler();
    let before = small.module();
    let made = base(&small, &[]);
    let (old, new) = (see(&before), see(&made.module));
    let mut expected = old.bodies[5].to_vec();
    // log and the outermost function have other indices; nothing else is different.
    for (old, new) in [(2, 0), (6, 2)] {
        let place = expected.windows(2).position(|pair| pair == [0x10, old]).unwrap();
        expected[place + 1] = new;
    }
    assert_eq!(new.bodies[5], expected);
    assert!(new.bodies[2].len() > old.bodies[2].len());
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    assert_eq!(base(&scheduler(), &[]).module, base(&scheduler(), &[]).module);
}

#[test]
fn calls_of_a_patch_suspend_unless_it_is_known_that_they_do_not() {
    let small = Small {
        imports: vec![("t", "1", VOID), ("t", "2", VOID), ("env", "log", TAKES)],
        functions: vec![
            (VOID, vec![I::Call(0)]),
            (VOID, vec![I::Call(1)]),
            (VOID, vec![I::I32Const(1), I::Call(2)]),
            (VOID, vec![I::Call(4), I::Call(5)]),
        ],
        ..Small::default()
    };
    let module = small.module();
    let patch = |never_suspends: &dyn Fn(&str, &str) -> bool| {
        asyncify(&AsyncifyInput { module: &module, role: AsyncifyRole::Patch, never_suspends, removed: &[] })
            .unwrap()
    };
    assert_eq!(patch(&|_, _| false).suspending, BTreeSet::from([3, 4, 6]));
    assert_eq!(patch(&|module, field| (module, field) == ("t", "2")).suspending, BTreeSet::from([3]));
    let made = patch(&|_, _| true);
    assert!(made.suspending.is_empty());
    let seen = see(&made.module);
    assert_eq!(&seen.imports[3..], [("e", "__asyncify_state")]);
    assert_eq!(seen.globals, 0);
    assert!(!seen.exports.keys().any(|name| name.contains("asyncify")));
    assert_eq!(seen.functions, 7, "what nothing calls is not added");
}

#[test]
fn a_function_whose_calls_are_never_reached_is_left_alone() {
    let small = Small {
        imports: vec![("t", "1", VOID)],
        functions: vec![(VOID, vec![I::Return, I::Call(0)]), (VOID, vec![I::Call(1), I::Call(0)])],
        ..Small::default()
    };
    let module = small.module();
    let input = AsyncifyInput {
        module: &module,
        role: AsyncifyRole::Patch,
        never_suspends: &|_, _| false,
        removed: &[],
    };
    let made = asyncify(&input).unwrap();
    assert_eq!(see(&made.module).bodies[0], see(&module).bodies[0]);
}
