//! Projects that cannot be built.

use crate::machine::{MODULE, Machine, PROGRAM};

#[tokio::test]
async fn a_good_project_is_built_once_and_told_as_json() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let ran = machine.once(&[]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let names: Vec<_> =
        ran.events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    for name in ["listening", "build", "release"] {
        assert!(names.iter().any(|other| other == name), "{name} in {names:?}");
    }
    assert!(ran.diagnostics().is_empty());
    let listening = &ran.events()[0];
    assert!(listening["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{listening}");
    assert!(listening["token"].as_str().unwrap().len() >= 20, "{listening}");
}

#[tokio::test]
async fn the_same_in_words() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let cache = machine.path("cache").display().to_string();
    let ran =
        machine.run(["serve", "--once", "--port", "0", "--compiler", "go", "--cache-dir", &cache]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("project: built "), "{ran:?}");
    assert!(!ran.stdout.contains('\u{1b}'), "no colours outside of a terminal: {ran:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let machine = Machine::with(&[]);
    machine.once(&["nowhere"]).await.refuses(2, "nowhere is not a folder", "dev-server new");
    machine.write("project/file", "");
    machine.once(&["file"]).await.refuses(2, "file is not a folder", "dev-server new");
}

#[tokio::test]
async fn no_go_mod() {
    let machine = Machine::with(&[("main.go", PROGRAM)]);
    let ran = machine.once(&[]).await;
    ran.fails("go.mod", "go mod init");
}

#[tokio::test]
async fn no_main_package() {
    let machine = Machine::with(&[("go.mod", MODULE), ("words.go", "package words\n")]);
    let ran = machine.once(&[]).await;
    ran.fails("main package", "package main");
}

#[tokio::test]
async fn an_empty_folder() {
    let machine = Machine::with(&[]);
    let ran = machine.once(&[]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(!ran.diagnostics().is_empty(), "{ran:?}");
}

#[tokio::test]
async fn a_syntax_error_has_its_place() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", "package main\n\nfunc main( {\n}\n")]);
    let ran = machine.once(&[]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    let all = ran.diagnostics();
    assert!(all.iter().any(|item| item["file"] == "main.go" && item["line"] == 3), "{all:?}");
}

#[tokio::test]
async fn all_mistakes_of_all_files_are_told_in_words() {
    let machine = Machine::with(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nfunc main() {\n\tmissing()\n\tother()\n}\n"),
        ("more.go", "package main\n\nvar number int = \"text\"\n"),
    ]);
    let cache = machine.path("cache").display().to_string();
    let ran =
        machine.run(["serve", "--once", "--port", "0", "--compiler", "go", "--cache-dir", &cache]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    for words in [
        "main.go:4:2: error: undefined: missing",
        "main.go:5:2: error: undefined: other",
        "more.go:3:18: error:",
        "3 errors",
    ] {
        assert!(ran.stdout.contains(words), "{words} in {}", ran.stdout);
    }
}

#[tokio::test]
async fn a_go_mod_that_cannot_be_read() {
    let machine = Machine::with(&[("go.mod", "module example\n\ngo 99.1\n"), ("main.go", PROGRAM)]);
    machine.once(&[]).await.fails("go.mod requires go >= 99.1", "go");
    machine.write("project/go.mod", "modul example\n");
    let ran = machine.once(&[]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("unknown directive"), "{ran:?}");
}
