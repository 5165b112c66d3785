//! Real modules: whose their bytes are.

use anatomy::{Anatomy, Note, Sizes, UNATTRIBUTED};

use crate::adds_up;
use crate::built::{GO, TINYGO, go, tinygo};

fn code(sizes: &Sizes, package: &str) -> u64 {
    sizes.packages.iter().find(|one| one.name == package).map_or(0, |one| one.code)
}

fn has(sizes: &Sizes, function: &str, package: &str) {
    let found = sizes.functions.iter().find(|one| one.name == function);
    let found = found.unwrap_or_else(|| panic!("no {function}"));
    assert_eq!(found.package, package, "{found:?}");
}

/// Little of the code is nobody's.
fn nearly_all_is_attributed(sizes: &Sizes) {
    let nobodys = code(sizes, UNATTRIBUTED);
    assert!(nobodys * 200 < sizes.code, "{nobodys} of {}: {:?}", sizes.code, sizes.packages);
}

#[test]
fn tinygo_names_functions_and_variables() {
    let sizes = adds_up(&TINYGO);
    for (function, package) in [
        ("main.Add", "main"),
        ("main.(*Board).Step", "main"),
        ("main.main.func1", "main"),
        ("main.Swap[string]", "main"),
        ("runtime.alloc", "runtime"),
        ("fmt.Fprintln", "fmt"),
        ("memcpy", "(libc)"),
        ("asyncify_get_state", "(asyncify)"),
    ] {
        has(&sizes, function, package);
    }
    nearly_all_is_attributed(&sizes);
    let variable = |name: &str| sizes.variables.iter().find(|one| one.name == name).unwrap();
    assert_eq!((variable("main.table").data, variable("main.table").zeroed), (0, 5000));
    assert_eq!((variable("main.letters").data, variable("main.letters").package.as_str()), (8, "main"));
}

#[test]
fn go_names_functions_by_the_tables_of_its_runtime() {
    let sizes = adds_up(&GO);
    for (function, package) in [
        ("main.Add", "main"),
        ("main.(*Board).Step", "main"),
        ("main.main.func1", "main"),
        ("main.Swap[go.shape.string]", "main"),
        ("runtime.mallocgc", "runtime"),
        ("fmt.Fprintln", "fmt"),
        ("memeqbody", "runtime"),
    ] {
        has(&sizes, function, package);
    }
    nearly_all_is_attributed(&sizes);
    assert!(sizes.notes.contains(&Note::TablesOfGo), "{:?}", sizes.notes);
    let named: u64 = sizes
        .variables
        .iter()
        .filter(|one| one.package != UNATTRIBUTED && one.name == "tables of functions and lines")
        .map(|one| one.data)
        .sum();
    assert!(named * 10 > sizes.data, "{named} of {}", sizes.data);
}

#[test]
fn what_was_stripped_of_go_still_has_its_names() {
    let (bytes, _) = go(&["-ldflags=-s -w"]);
    let stripped = Anatomy::read(&bytes).unwrap().stripped().unwrap();
    let (all, stripped) = (adds_up(&GO), adds_up(&stripped));
    has(&stripped, "main.(*Board).Step", "main");
    assert_eq!(code(&all, "fmt"), code(&stripped, "fmt"));
}

#[test]
fn tinygo_without_debug_information_says_what_it_lacks() {
    let sizes = adds_up(&tinygo(&["-opt=z", "-no-debug"]));
    assert!(sizes.notes.contains(&Note::NoDwarf), "{:?}", sizes.notes);
}
