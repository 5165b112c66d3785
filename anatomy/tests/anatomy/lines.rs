//! Real modules: which line each instruction came from, and what it is about.

use std::collections::BTreeSet;

use anatomy::{Anatomy, Class, Explanation, Note};

use crate::built::{GO, TINYGO, go, line};

fn explained(bytes: &[u8], function: &str, listing: Option<&str>) -> Explanation {
    Anatomy::read(bytes).unwrap().explain(function, listing).unwrap()
}

/// Lines of the program that an explanation has.
fn lines(explanation: &Explanation) -> BTreeSet<u32> {
    let own = explanation
        .lines
        .iter()
        .filter(|line| line.file.as_ref().is_some_and(|file| file.ends_with("main.go")));
    own.map(|line| line.line).filter(|line| *line > 0).collect()
}

/// The lines below which an instruction of the class stands.
fn lines_of(explanation: &Explanation, class: Class) -> BTreeSet<u32> {
    let has = |line: &&anatomy::Line| line.instructions.iter().any(|instruction| instruction.class == class);
    explanation.lines.iter().filter(has).map(|line| line.line).collect()
}

fn calls(explanation: &Explanation) -> BTreeSet<&str> {
    let calls = explanation.instructions().filter(|instruction| instruction.class == Class::Call);
    calls.filter_map(|instruction| instruction.note.as_deref()).collect()
}

#[test]
fn tinygo_says_the_line_of_each_instruction_and_what_is_in_locals() {
    let add = explained(&TINYGO, "main.Add", None);
    let body = [line("sum := a + b"), line("if sum > 100"), line("return twice(sum)"), line("return sum")];
    assert!(body.iter().all(|line| lines(&add).contains(line)), "{:?}", add.lines);
    assert!(lines_of(&add, Class::Compare).contains(&body[1]), "{:?}", add.lines);
    assert!(calls(&add).contains("main.twice"), "{:?}", add.lines);
    let names: Vec<_> = add.parameters.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(add.parameters[0].places, ["local 0"]);
    assert_eq!(add.parameters[0].type_name.as_deref(), Some("int"));
    assert!(add.locals.iter().any(|variable| variable.name == "sum"), "{:?}", add.locals);
    let moves = add.instructions().filter(|instruction| instruction.class == Class::Move);
    let moved: BTreeSet<_> = moves.filter_map(|instruction| instruction.note.as_deref()).collect();
    assert!(moved.contains("a") && moved.contains("b"), "{moved:?}");
    assert!(!add.notes.contains(&Note::NoLines), "{:?}", add.notes);
}

#[test]
fn methods_and_closures_have_lines_too() {
    let step = explained(&TINYGO, "(*Board).Step", None);
    assert!(lines(&step).contains(&line("total += c")), "{:?}", step.lines);
    let less = explained(&TINYGO, "main.main.func1", None);
    assert!(lines(&less).contains(&line("sort.Slice")), "{:?}", less.lines);
}

#[test]
fn go_says_the_lines_of_calls() {
    let main = explained(&GO, "main.main", None);
    assert!(main.notes.contains(&Note::LinesOfCalls), "{:?}", main.notes);
    for (text, callee) in
        [("sort.Slice", "sort.Slice"), ("fmt.Fprintln", "main.(*Board).Step"), ("table[Add", "main.Add")]
    {
        let found = main.lines.iter().any(|own| {
            let is_call =
                |one: &anatomy::Instruction| one.class == Class::Call && one.note.as_deref() == Some(callee);
            own.line == line(text) && own.instructions.iter().any(is_call)
        });
        assert!(found, "{callee} is not in line {}: {:#?}", line(text), main.lines);
    }
}

#[test]
fn with_the_listing_of_the_compiler_go_says_every_line() {
    let (bytes, listing) = go(&["-gcflags=example.test/app=-S"]);
    let add = explained(&bytes, "main.Add", Some(&listing));
    assert!(add.notes.contains(&Note::LinesOfListing), "{:?}", add.notes);
    let body = [line("sum := a + b"), line("if sum > 100"), line("return twice(sum)"), line("return sum")];
    assert!(body.iter().all(|line| lines(&add).contains(line)), "{:?}", add.lines);
    assert!(lines_of(&add, Class::Compare).contains(&body[1]), "{:?}", add.lines);
    assert!(lines_of(&add, Class::Return).contains(&body[3]), "{:?}", add.lines);
    assert!(calls(&add).contains("main.twice"), "{:?}", add.lines);
    assert!(
        add.instructions().any(|instruction| instruction.note.as_deref() == Some("SP")),
        "{:?}",
        add.lines
    );
    // The head of the listing is no name of anything.
    assert!(add.instructions().all(|one| one.note.as_deref().is_none_or(|note| !note.contains("ABI"))));
    // A listing of something else is not believed.
    let other = listing.replace("\tI64Add", "\tI64Sub");
    let add = explained(&bytes, "main.Add", Some(&other));
    assert!(
        add.notes.contains(&Note::ListingDiffers) && add.notes.contains(&Note::LinesOfCalls),
        "{:?}",
        add.notes
    );
}

/// The two are brought together by their instructions: that must hold for whatever the compiler makes.
#[test]
fn listings_of_whole_packages_are_those_of_the_module() {
    let packages = ["fmt", "strconv", "sort", "reflect", "time"];
    let flags: Vec<String> = packages.iter().map(|package| format!("-gcflags={package}=-S")).collect();
    let (bytes, listing) = go(&flags.iter().map(String::as_str).collect::<Vec<_>>());
    let anatomy = Anatomy::read(&bytes).unwrap();
    let own = |name: &&&str| {
        packages.iter().any(|package| name.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')))
    };
    let functions = anatomy.functions();
    let mut different = Vec::new();
    let mut count = 0;
    for name in functions.iter().filter(own) {
        // Written in assembly, or made where it is needed.
        if !listing.contains(&format!("\n{name} STEXT ")) {
            continue;
        }
        count += 1;
        let explanation = anatomy.explain(name, Some(&listing)).unwrap();
        if !explanation.notes.contains(&Note::LinesOfListing) {
            different.push(*name);
        }
    }
    assert!(count > 100, "{count}");
    assert!(different.is_empty(), "{} of {count}: {different:?}", different.len());
}
