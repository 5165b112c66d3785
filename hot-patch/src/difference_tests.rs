//! Edits as tables: what is compiled, what is refused, what is said.

use super::*;
use crate::facts::{InitFacts, VariableFacts};

/// A program of two packages, `main` above `example/shapes`.
fn program() -> Facts {
    let function = |name: &str| FunctionFacts {
        name: name.to_owned(),
        fingerprint: [1; 32],
        signature: "func()".to_owned(),
        ..FunctionFacts::default()
    };
    let shapes = PackageFacts {
        path: "example/shapes".to_owned(),
        symbol_path: "example/shapes".to_owned(),
        functions: vec![function("(example/shapes.Circle).Area"), function("example/shapes.Unit")],
        types: vec![
            TypeFacts {
                name: "Circle".to_owned(),
                layout: "struct{r float64}".to_owned(),
                methods: "Area func() float64 true".to_owned(),
                ..TypeFacts::default()
            },
            TypeFacts {
                name: "Shape".to_owned(),
                layout: "interface{Area() float64}".to_owned(),
                interface: true,
                ..TypeFacts::default()
            },
        ],
        ..PackageFacts::default()
    };
    let main = PackageFacts {
        path: "example".to_owned(),
        symbol_path: "main".to_owned(),
        functions: vec![
            function("main.main"),
            FunctionFacts { generic: true, ..function("main.Map") },
            function("main.show"),
        ],
        variables: vec![VariableFacts {
            name: "count".to_owned(),
            typ: "int".to_owned(),
            initializer: [2; 32],
            embedded: [0; 32],
        }],
        types: vec![TypeFacts {
            name: "pair".to_owned(),
            layout: "struct{a int}".to_owned(),
            local_to: Some("main.show".to_owned()),
            ..TypeFacts::default()
        }],
        initializers: vec![InitFacts { name: "init#1 main.go".to_owned(), fingerprint: [3; 32] }],
        imports: vec!["example/shapes".to_owned(), "fmt".to_owned()],
    };
    Facts { packages: vec![shapes, main] }
}

fn edited(edit: impl FnOnce(&mut PackageFacts, &mut PackageFacts)) -> Facts {
    let mut facts = program();
    let [shapes, main] = facts.packages.as_mut_slice() else { unreachable!("two packages") };
    edit(shapes, main);
    facts
}

fn plan(edit: impl FnOnce(&mut PackageFacts, &mut PackageFacts)) -> Result<Plan, Vec<Refusal>> {
    LiveFacts::of_base(&program()).plan(&edited(edit))
}

fn part(path: &str, functions: &[&str], new_variables: &[&str]) -> PackagePlan {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    PackagePlan { path: path.to_owned(), functions: owned(functions), new_variables: owned(new_variables) }
}

#[test]
fn the_same_facts_need_nothing() {
    let plan = plan(|_, _| {}).unwrap();
    assert!(plan.is_empty());
    assert_eq!(plan, Plan::default());
}

#[test]
fn functions_that_differ_or_are_new_are_compiled() {
    let plan = plan(|shapes, main| {
        shapes.functions[1].fingerprint = [9; 32];
        main.functions.push(FunctionFacts { name: "main.fresh".to_owned(), ..FunctionFacts::default() });
        main.functions.retain(|function| function.name != "main.show");
    })
    .unwrap();
    assert_eq!(
        plan.packages,
        [part("example/shapes", &["example/shapes.Unit"], &[]), part("example", &["main.fresh"], &[])]
    );
    assert!(plan.notes.is_empty() && plan.generics.is_empty());
}

#[test]
fn main_is_called_once_but_literals_in_it_are_called_later() {
    let literal = plan(|_, main| main.functions[0].fingerprint = [9; 32]).unwrap();
    assert_eq!(literal.packages, [part("example", &["main.main"], &[])]);
    let frame = plan(|_, main| (main.functions[0].fingerprint, main.functions[0].frame) = ([9; 32], [9; 32]));
    assert_eq!(frame.unwrap_err(), [Refusal::Entry]);
}

#[test]
fn another_signature_is_told_because_old_calls_end_in_old_code() {
    let plan = plan(|_, main| {
        let show = &mut main.functions[2];
        (show.fingerprint, show.signature) = ([9; 32], "func(int)".to_owned());
    })
    .unwrap();
    assert_eq!(plan.packages, [part("example", &["main.show"], &[])]);
    assert_eq!(plan.notes, [Note::SignatureChanged("main.show".to_owned())]);
}

#[test]
fn instances_of_a_changed_generic_function_are_named_by_their_beginning() {
    let plan = plan(|_, main| main.functions[1].fingerprint = [9; 32]).unwrap();
    assert_eq!(plan.generics, ["main.Map["]);
}

#[test]
fn what_would_alias_memory_is_refused_with_every_reason() {
    let refusals = plan(|shapes, main| {
        shapes.types[0].layout = "struct{r float32}".to_owned();
        shapes.types[1].layout = "interface{Area() float32}".to_owned();
        main.variables[0].typ = "string".to_owned();
        main.functions[0].fingerprint = [9; 32];
    })
    .unwrap_err();
    let words: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "the layout of type example/shapes.Circle changed",
            "interface example/shapes.Shape changed",
            "variable main.count changed its type from int to string",
        ]
    );
}

#[test]
fn a_value_that_is_alive_is_kept_and_told() {
    let plan = plan(|_, main| {
        main.variables[0].initializer = [9; 32];
        main.initializers[0].fingerprint = [9; 32];
        main.initializers.push(InitFacts { name: "init#2 main.go".to_owned(), fingerprint: [4; 32] });
        main.types[0].layout = "struct{a string}".to_owned();
    })
    .unwrap();
    assert!(plan.is_empty(), "nothing of it can be brought to a program that runs: {plan:?}");
    assert_eq!(
        plan.notes,
        [
            Note::InitialValueChanged("main.count".to_owned()),
            Note::InitChanged("main.init#1 main.go".to_owned()),
            Note::InitChanged("main.init#2 main.go".to_owned()),
            Note::LocalTypeChanged("main.pair".to_owned()),
        ]
    );
}

#[test]
fn new_variables_are_named_and_new_packages_are_whole() {
    let plan = plan(|_, main| {
        main.variables.push(VariableFacts { name: "limit".to_owned(), ..VariableFacts::default() });
    })
    .unwrap();
    assert_eq!(plan.packages, [part("example", &[], &["limit"])]);

    let mut facts = program();
    facts.packages.insert(
        1,
        PackageFacts {
            path: "example/more".to_owned(),
            functions: vec![FunctionFacts {
                name: "example/more.Less".to_owned(),
                ..FunctionFacts::default()
            }],
            variables: vec![VariableFacts { name: "all".to_owned(), ..VariableFacts::default() }],
            ..PackageFacts::default()
        },
    );
    let plan = LiveFacts::of_base(&program()).plan(&facts).unwrap();
    assert_eq!(plan.new_packages, ["example/more"]);
    assert!(plan.packages.is_empty() && !plan.is_empty());
}

#[test]
fn another_method_means_all_code_that_may_hold_the_descriptor() {
    let plan = plan(|shapes, _| shapes.types[0].methods.push_str(";Name func() string true")).unwrap();
    assert_eq!(plan.method_types, ["example/shapes.Circle"]);
    let paths: Vec<_> = plan.packages.iter().map(|part| (part.path.as_str(), part.functions.len())).collect();
    assert_eq!(paths, [("example/shapes", 2), ("example", 3)]);

    let mut alone = program();
    alone.packages[1].imports.clear();
    let live = LiveFacts::of_base(&alone);
    alone.packages[0].types[0].methods.clear();
    let plan = live.plan(&alone).unwrap();
    let paths: Vec<_> = plan.packages.iter().map(|part| part.path.as_str()).collect();
    assert_eq!(paths, ["example/shapes"]);
}

#[test]
fn what_was_removed_is_still_there() {
    let mut live = LiveFacts::of_base(&program());
    let without = edited(|shapes, main| {
        shapes.types.remove(0);
        main.variables.remove(0);
    });
    assert!(live.plan(&without).unwrap().is_empty());
    live.commit(&without);
    let back = live.plan(&program()).unwrap();
    assert!(back.is_empty(), "the variable has its memory and its value: {back:?}");
    let other = edited(|shapes, main| {
        shapes.types[0].layout = "struct{r, g float64}".to_owned();
        main.variables[0].typ = "[4]int".to_owned();
    });
    assert_eq!(live.plan(&other).unwrap_err().len(), 2);
}

#[test]
fn a_patched_program_is_compared_with_what_it_became() {
    let mut live = LiveFacts::of_base(&program());
    let next = edited(|_, main| main.functions[0].fingerprint = [9; 32]);
    live.commit(&next);
    assert!(live.plan(&next).unwrap().is_empty());
    assert_eq!(live.plan(&program()).unwrap().packages, [part("example", &["main.main"], &[])]);
    let mut removed = next.clone();
    removed.packages[1].functions.remove(0);
    live.commit(&removed);
    assert_eq!(live.plan(&next).unwrap().packages, [part("example", &["main.main"], &[])]);
}

#[test]
fn another_embedded_file_means_another_program() {
    let mut live = LiveFacts::of_base(&program());
    let next = edited(|_, main| main.variables[0].embedded = [3; 32]);
    let refusals = live.plan(&next).unwrap_err();
    assert_eq!(refusals, [Refusal::Embedded("main.count".to_owned())]);
    live.commit(&next);
    assert!(live.plan(&next).unwrap().is_empty());
}
