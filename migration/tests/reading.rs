//! What is found in sources: names by what they mean, forms of the language, texts, and nothing that only looks like it.

use migration::{Reader, Uses};

fn read(source: &str) -> Uses {
    Reader::new().read(source.as_bytes())
}

/// Titles and lines of what is found.
fn found(source: &str) -> Vec<(String, u32)> {
    read(source).uses.iter().map(|found| (found.title(), found.place.line)).collect()
}

fn titles(source: &str) -> Vec<String> {
    found(source).into_iter().map(|(title, _)| title).collect()
}

/// In a function of a file with these imports.
fn in_function(imports: &str, body: &str) -> Vec<String> {
    titles(&format!("package p\n\nimport (\n{imports}\n)\n\nfunc f() {{\n{body}\n}}\n"))
}

#[test]
fn a_use_has_its_place() {
    let uses =
        read("package p\n\nimport \"os\"\n\nfunc f() {\n\tfile, _ := os.Open(\"x\")\n\t_ = file\n}\n").uses;
    let [one] = &uses[..] else { panic!("{uses:?}") };
    assert_eq!((one.title().as_str(), one.place.line, one.place.column), ("os.Open", 6, 13));
}

#[test]
fn packages_are_known_by_their_paths() {
    assert_eq!(in_function("x \"os\"", "x.Open(\"\")"), ["os.Open"]);
    assert_eq!(in_function("os \"example.test/os\"", "os.Open(\"\")"), Vec::<String>::new());
    assert_eq!(in_function("\"example.test/os\"", "os.Open(\"\")"), Vec::<String>::new());
    assert_eq!(in_function("\"math/rand/v2\"", "rand.IntN(3)"), ["math/rand/v2.IntN"]);
    assert_eq!(in_function("_ \"os\"", "os.Open(\"\")"), Vec::<String>::new());
    assert_eq!(in_function("`os`", "os.Open(\"\")"), ["os.Open"]);
}

#[test]
fn names_without_their_packages_are_found_unless_the_file_declares_them() {
    assert_eq!(in_function(". \"os\"", "Open(\"\")"), ["os.Open"]);
    let own = "package p\n\nimport . \"os\"\n\nfunc Open(string) {}\n\nfunc f() { Open(\"\") }\n";
    assert_eq!(titles(own), Vec::<String>::new());
    assert_eq!(in_function(". \"os\"", "Open := 1\n_ = Open"), Vec::<String>::new());
    assert_eq!(in_function(". \"os\"", "_ = pair{Open: 1}"), Vec::<String>::new());
}

#[test]
fn types_of_a_package_are_uses() {
    let source = "package p\n\nimport \"net/http\"\n\nfunc f(w http.ResponseWriter, r *http.Request) {}\n";
    assert_eq!(titles(source), ["net/http.ResponseWriter", "net/http.Request"]);
}

#[test]
fn names_that_are_declared_around_are_no_packages() {
    let nothing = Vec::<String>::new();
    for body in [
        "os := x{}\nos.Open()",
        "var os x\nos.Open()",
        "const os = 1\n_ = os.Open",
        "for os := range list { os.Open() }",
        "for os, y := range list { y(os.Open()) }",
        "for os := (x{}); ; { os.Open() }",
        "if os := (x{}); true { os.Open() } else { os.Open() }",
        "switch os := (x{}); { case os.Open(): }",
        "switch os := y.(type) { case int: os.Open() }",
        "select { case os := <-c: os.Open() }",
        "select { case os, ok := <-c: _ = ok; os.Open() }",
        "func(os x) { os.Open() }(y)",
        "_ = func() (os x) { os.Open(); return }",
        "type os x\n_ = os.Open",
    ] {
        assert_eq!(in_function("\"os\"", body), nothing, "{body}");
    }
    let method = "package p\n\nimport \"os\"\n\nfunc (os x) f() { os.Open() }\n";
    assert_eq!(titles(method), nothing);
    let generic = "package p\n\nimport \"os\"\n\nfunc f[T any](os T) { os.Open() }\n";
    assert_eq!(titles(generic), nothing);
}

#[test]
fn a_declaration_counts_from_its_end_to_that_of_its_block() {
    for (body, count) in [
        ("os := os.Open(\"\")\nos.Close()", 1),
        ("{ os := x{}; os.Open() }\nos.Open(\"\")", 1),
        ("if os := (x{}); true { os.Open() }\nos.Open(\"\")", 1),
        ("for range os.Args { os := 1; _ = os }\nos.Open(\"\")", 2),
        ("switch os := os.Args[0]; os { case \"\": os.Open() }", 1),
        ("switch os := any(os.Args).(type) { case int: os.Open() }", 1),
        ("f := func(os x) { os.Open() }\nos.Open(\"\")", 1),
        ("select { case os := <-c: os.Open()\ncase <-d: os.Open(\"\") }", 1),
    ] {
        assert_eq!(in_function("\"os\"", body).len(), count, "{body}");
    }
    let parameter =
        "package p\n\nimport \"os\"\n\nfunc f(os *os.Process) (x os.Process) { os.Open(); return }\n";
    assert_eq!(found(parameter), [("os.Process".to_owned(), 5), ("os.Process".to_owned(), 5)]);
}

#[test]
fn methods_that_only_reflect_has_are_found_where_it_is_imported() {
    assert_eq!(in_function("\"reflect\"", "x.MethodByName(\"f\")"), ["reflect.Value.MethodByName"]);
    assert_eq!(in_function("\"os\"", "x.MethodByName(\"f\")"), Vec::<String>::new());
    assert_eq!(in_function("\"reflect\"", "x := y.MethodByName"), Vec::<String>::new());
}

#[test]
fn calls_by_number_say_which() {
    let uses = |body| in_function("\"syscall\"\n\"golang.org/x/sys/unix\"", body).split_off(1);
    assert_eq!(uses("syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0)"), ["syscall.Syscall SYS_GETPID"]);
    assert_eq!(uses("syscall.RawSyscall(39, 0, 0, 0)"), ["syscall.RawSyscall 39"]);
    assert_eq!(uses("syscall.Syscall(35, 0, 0, 0)"), ["syscall.Syscall 35 (SYS_NANOSLEEP)"]);
    assert_eq!(uses("syscall.Syscall(syscall.SYS_SETITIMER, 0, 0, 0)"), ["syscall.Syscall SYS_SETITIMER"]);
    assert_eq!(uses("n := syscall.SYS_GETPID\nsyscall.Syscall(uintptr(n), 0, 0, 0)").len(), 2);
    let all = read("package p\n\nimport \"syscall\"\n\nfunc f() { syscall.Syscall(38, 0, 0, 0) }\n").uses;
    assert_eq!(all[0].entry.kind, migration::Kind::Timing);
}

#[test]
fn forms_of_the_language_are_found() {
    assert_eq!(
        in_function("", "go f()\nselect {}\nfor {\n}\nfor !done() {\n}"),
        ["go statement", "select {}", "empty loop", "empty loop"]
    );
    for other in ["select { default: }", "for { f() }", "for range 3 {\n}", "for i := 0; i < 3; i++ {\n}"] {
        assert_eq!(in_function("", other), Vec::<String>::new(), "{other}");
    }
    assert_eq!(in_function("", "defer func() { recover() }()"), ["recover"]);
    assert_eq!(in_function("", "recover := f\nrecover()\nx.recover()"), Vec::<String>::new());
}

#[test]
fn texts_that_name_files_of_the_system_are_found() {
    assert_eq!(
        in_function("", "read(\"/proc/\" + id)\nread(`/sys/class`)"),
        ["/proc /proc/", "/sys /sys/class"]
    );
    assert_eq!(in_function("\"/proc/x\"", "_ = struct { A int `/proc/x` }{}"), Vec::<String>::new());
    assert_eq!(in_function("", "// \"/proc/self\"\nread(\"/process\")"), Vec::<String>::new());
}

#[test]
fn directives_that_reach_into_other_packages_are_found() {
    let source = "package p\n\nimport _ \"unsafe\"\n\n//go:linkname nanotime runtime.nanotime\nfunc nanotime() int64\n\n\
                  //go:linkname offered\nfunc offered() {}\n";
    assert_eq!(titles(source), ["//go:linkname runtime.nanotime"]);
}

#[test]
fn c_counts_by_its_import_and_by_what_is_about_time() {
    let source = "package p\n\n// #include <time.h>\nimport \"C\"\n\nfunc f() {\n\tC.nanosleep(nil, nil)\n\tC.puts(nil)\n}\n";
    assert_eq!(found(source), [("import \"C\"".to_owned(), 4), ("C.nanosleep".to_owned(), 7)]);
}

#[test]
fn build_constraints_are_seen() {
    assert!(read("//go:build linux\n\npackage p\n").is_constrained);
    assert!(read("// +build linux\n\npackage p\n").is_constrained);
    assert!(!read("package p\n\n//go:build linux\n").is_constrained);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    let uses = read("package p\n\nimport \"os\"\n\nfunc broken( {\n}\n\nfunc f() { os.Open(\"\") }\n");
    assert_eq!(uses.unreadable.len(), 1, "{uses:?}");
    assert_eq!(uses.unreadable[0].0.line, 5);
    assert_eq!(uses.uses.len(), 1, "{uses:?}");
    let bytes = Reader::new().read(b"package p\n\nvar x = \"\xff\xfe\"\n");
    assert!(bytes.unreadable[0].1.contains("UTF-8"), "{bytes:?}");
    assert_eq!(read(""), Uses::default());
    assert!(!Reader::new().read(&[0xff; 100]).unreadable.is_empty());
}

#[test]
fn neither_depth_nor_length_costs_the_stack_or_for_ever() {
    let deep = format!("package p\n\nvar x = {}1{}\n", "f(".repeat(50_000), ")".repeat(50_000));
    let _ = read(&deep);
    let blocks = format!("package p\n\nfunc f() {{{}{}}}\n", "{".repeat(5_000), "}".repeat(5_000));
    assert!(read(&blocks).uses.is_empty());
    let lines = "\tfile, err = os.Open(\"x\")\n".repeat(50_000);
    let long = format!("package p\n\nimport \"os\"\n\nfunc f() {{\n{lines}}}\n");
    assert_eq!(read(&long).uses.len(), 50_000);
}

#[test]
fn files_that_are_not_go_are_known_by_their_names() {
    let name = |file: &str| migration::foreign(file).map(|found| found.title());
    assert_eq!(name("add_amd64.s").as_deref(), Some("assembly"));
    assert_eq!(name("x.cpp").as_deref(), Some("C source"));
    assert_eq!(name("x.syso").as_deref(), Some("object file"));
    assert_eq!(name("x.go"), None);
    assert_eq!(migration::foreign("x.h").unwrap().place.line, 1);
}
