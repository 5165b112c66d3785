//! Packages of several files, and modules of several packages.

use ast_diff::{DeclarationKind, Doubt, Graph, Outline, Parser, Tree, Verdict, judge};

struct Package(Vec<(String, Tree, Outline)>);

impl Package {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut parser = Parser::new();
        let read = |(name, source): &(&str, &str)| {
            let tree = parser.parse(source.as_bytes()).tree;
            let outline = Outline::of(&tree);
            ((*name).to_owned(), tree, outline)
        };
        Self(files.iter().map(read).collect())
    }

    fn files(&self) -> Vec<ast_diff::File<'_>> {
        self.0.iter().map(|(name, _, outline)| ast_diff::File { name, outline }).collect()
    }

    fn trees(&self) -> Vec<(&Tree, &Outline)> {
        self.0.iter().map(|(_, tree, outline)| (tree, outline)).collect()
    }
}

fn verdict(old: &[(&str, &str)], new: &[(&str, &str)]) -> Verdict {
    let (old, new) = (Package::of(old), Package::of(new));
    judge(&old.files(), &new.files()).verdict
}

const F: &str = "package p\n\nfunc f() {}\n";
const G: &str = "package p\n\nfunc g() {}\n";
const RUNS: &str = "package p\n\nvar x = g()\n\nfunc init() {}\n";
const RUNS_TOO: &str = "package p\n\nvar y = g()\n";

#[test]
fn names_of_files_have_little_meaning() {
    assert_eq!(verdict(&[("a.go", F)], &[("b.go", F)]), Verdict::Nothing);
    assert_eq!(verdict(&[("a.go", F), ("b.go", G)], &[("a.go", G), ("b.go", F)]), Verdict::Nothing);
    let both = "package p\n\nfunc g() {}\n\nfunc f() {}\n";
    assert_eq!(verdict(&[("a.go", F), ("b.go", G)], &[("c.go", both)]), Verdict::Nothing);
}

#[test]
fn names_of_files_say_for_what_they_are() {
    let whole = |name: &str| Verdict::Whole(Doubt::Constraint(name.to_owned()));
    assert_eq!(verdict(&[("a.go", F)], &[("a_linux.go", F)]), whole("a_linux.go"));
    assert_eq!(verdict(&[("a_linux.go", F)], &[("b_linux.go", F)]), Verdict::Nothing);
    assert_eq!(verdict(&[("a_linux.go", F)], &[("a_darwin.go", F)]), whole("a_linux.go"));
    assert_eq!(verdict(&[("a.go", F)], &[("a.go", F), ("b_js_wasm.go", G)]), whole("b_js_wasm.go"));
    let constrained = "//go:build linux\n\npackage p\n";
    assert_eq!(verdict(&[("a.go", F)], &[("a.go", F), ("b.go", constrained)]), whole("b.go"));
}

#[test]
fn tests_are_no_part_of_a_program() {
    let old = Package::of(&[("a.go", F), ("a_test.go", G)]);
    let new = Package::of(&[("a.go", F), ("a_test.go", RUNS)]);
    let meaning = judge(&old.files(), &new.files());
    assert_eq!((meaning.verdict, meaning.tests), (Verdict::Nothing, true));
    assert_eq!(verdict(&[("a.go", F), ("_b.go", G)], &[("a.go", F), (".c.go", "not Go")]), Verdict::Nothing);
    // A name that goes into tests is gone from the program.
    assert_eq!(verdict(&[("a.go", F)], &[("a_test.go", F)]), Verdict::Contract);
}

#[test]
fn the_order_of_files_is_that_of_what_runs_first() {
    let old = [("a.go", RUNS), ("b.go", RUNS_TOO), ("c.go", G)];
    assert_eq!(verdict(&old, &[("d.go", RUNS), ("b.go", RUNS_TOO), ("c.go", G)]), Verdict::GlobalInit);
    assert_eq!(verdict(&old, &[("a.go", RUNS), ("b.go", RUNS_TOO), ("0.go", G)]), Verdict::Nothing);
}

#[test]
fn what_a_body_means_depends_on_the_imports_of_its_file() {
    let crypto = "package p\n\nimport \"crypto/rand\"\n\nvar a = rand.Reader\n";
    let math = "package p\n\nimport \"math/rand\"\n\nvar b = rand.Int\n";
    let f = "\nfunc f() { rand.Read(nil) }\n";
    let old = [("a.go", &*[crypto, f].concat()), ("b.go", math)];
    let new = [("a.go", crypto), ("b.go", &*[math, f].concat())];
    assert_eq!(verdict(&old, &new), Verdict::Contract);
    let constrained = "//go:build go1.21\n\npackage p\n";
    let old = [("a.go", &*["package p\n", f].concat()), ("b.go", constrained)];
    let new = [("a.go", "package p\n"), ("b.go", &*[constrained, f].concat())];
    assert_eq!(verdict(&old, &new), Verdict::Contract);
}

#[test]
fn files_come_and_go() {
    assert_eq!(verdict(&[("a.go", F)], &[("a.go", F), ("b.go", G)]), Verdict::Contract);
    assert_eq!(verdict(&[("a.go", F)], &[("a.go", F), ("b.go", RUNS)]), Verdict::GlobalInit);
    let imports = "package p\n\nimport _ \"os\"\n";
    assert_eq!(verdict(&[("a.go", F), ("b.go", imports)], &[("a.go", F)]), Verdict::Imports);
    let c = "package p\n\nimport \"C\"\n";
    assert_eq!(
        verdict(&[("a.go", F)], &[("a.go", F), ("b.go", c)]),
        Verdict::Whole(Doubt::C("b.go".to_owned()))
    );
    // Also where another file is edited.
    assert_eq!(
        verdict(&[("a.go", F), ("b.go", c)], &[("a.go", "package p\n\nfunc f() { f() }\n"), ("b.go", c)]),
        Verdict::Whole(Doubt::C("b.go".to_owned()))
    );
    assert_eq!(
        verdict(&[("a.go", F)], &[("a.go", F), ("b.go", "")]),
        Verdict::Whole(Doubt::Header("b.go".to_owned()))
    );
    let embed = "package p\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar x string\n";
    assert_eq!(
        verdict(&[("a.go", F)], &[("a.go", F), ("b.go", embed)]),
        Verdict::Whole(Doubt::Embed("b.go".to_owned()))
    );
}

#[test]
fn verdicts_join_to_the_larger_one() {
    let body = |names: &[&str]| Verdict::Body(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(body(&["f"]).join(body(&["a", "f"])), body(&["a", "f"]));
    assert_eq!(Verdict::Nothing.join(Verdict::Asset), Verdict::Asset);
    assert_eq!(Verdict::Contract.join(body(&["f"])), Verdict::Contract);
}

#[test]
fn the_graph_knows_whom_an_edit_reaches() {
    let old = Package::of(&[(
        "a.go",
        "package a\n\ntype T int\n\nfunc Make() T { return 1 }\n\nfunc Use() { Make() }\n\nfunc other() {}\n",
    )]);
    let caller = Package::of(&[(
        "b.go",
        "package b\n\nimport \"m/a\"\n\nfunc Call() { a.Make() }\n\nfunc alone() {}\n",
    )]);
    let far = Package::of(&[("c.go", "package c\n\nimport \"m/b\"\n\nfunc Far() { b.Call() }\n")]);
    let mut graph = Graph::new();
    graph.insert("m/a", &old.trees());
    graph.insert("m/b", &caller.trees());
    graph.insert("m/c", &far.trees());
    assert_eq!(graph.importers("m/a").into_iter().collect::<Vec<_>>(), ["m/b", "m/c"]);

    let reached = |after: &str| {
        let new = Package::of(&[("a.go", after)]);
        let affected = graph.affected("m/a", &judge(&old.files(), &new.files()));
        let functions: Vec<_> =
            affected.functions.iter().map(|(path, name)| format!("{path}.{name}")).collect();
        (affected.packages.len(), functions)
    };
    let source = |kind: &str, body: &str| {
        format!(
            "package a\n\ntype T {kind}\n\nfunc Make() T {{ return 1 }}\n\nfunc Use() {{ Make() }}\n\nfunc other() {{{body}}}\n"
        )
    };
    assert_eq!(reached(&source("int", "")), (0, vec![]));
    assert_eq!(reached(&source("int", " Use() ")), (1, vec!["m/a.other".to_owned()]));
    // What is made of the type is another too, and so are those that call it; what they call is the same.
    let (packages, functions) = reached(&source("int64", ""));
    assert_eq!(packages, 3);
    assert_eq!(functions, ["m/a.Make", "m/a.Use", "m/b.Call"]);
}

#[test]
fn outlines_name_what_is_declared() {
    let package = Package::of(&[(
        "a.go",
        "package a\n\nimport f \"fmt\"\n\nconst A, B = 1, 2\n\nvar c, _ = f.Sprint(), 1\n\ntype T[P any] struct{}\n\nfunc (t *T[P]) M() {}\n\nfunc init() {}\n\nfunc init() {}\n",
    )]);
    let outline = &package.0[0].2;
    let names: Vec<_> =
        outline.declarations.iter().map(|declaration| (declaration.kind, &*declaration.name)).collect();
    assert_eq!(
        names,
        [
            (DeclarationKind::Constant, "A"),
            (DeclarationKind::Constant, "B"),
            (DeclarationKind::Variable, "c"),
            (DeclarationKind::Variable, "_"),
            (DeclarationKind::Type, "T"),
            (DeclarationKind::Method, "(*T).M"),
            (DeclarationKind::Initializer, "init"),
            (DeclarationKind::Initializer, "init"),
        ]
    );
    assert_eq!(outline.declarations[7].ordinal, 1);
    assert_eq!(outline.package, "a");
}
