//! Graphs of real projects, and one project for each way in which loading fails.

use std::os::unix::fs::symlink;

use super::super::test_project::{MAIN, MODULE, TestProject, loaded};
use super::*;
use crate::watch::{Takes, WatchedFolder};

/// Loads, expects one failure that says `message` somewhere in its lines, from this origin, with this hint.
async fn fails(project: &TestProject, folder: &str, origin: Origin, line: &str, hint: &str) -> LoadFailure {
    let failure = project.failure(folder).await;
    let lines = project.lines(&failure.diagnostics);
    let at = lines.iter().position(|found| found.contains(line));
    let found = &failure.diagnostics[at.unwrap_or_else(|| panic!("{line:?} is not in {lines:#?}"))];
    assert_eq!(found.origin, origin, "{found:?}");
    assert!(found.hint.as_deref().is_some_and(|found| found.contains(hint)), "{found:?}");
    assert!(!failure.watch_set.files.is_empty() && !failure.watch_set.folders.is_empty());
    assert!(!Path::new("/tmp/pwned").exists(), "something of the project was run");
    failure
}

#[tokio::test]
async fn the_folder_itself_is_the_program_and_its_files_decide_the_build() {
    let project = TestProject::with_files(&[
        ("go.work", "go 1.22\n\nuse (\n\t./app\n\t./shared\n)\n"),
        (
            "app/go.mod",
            "module example.test/app\n\ngo 1.22\n\nrequire example.test/local v0.0.0\n\nreplace example.test/local => ../local\n",
        ),
        (
            "app/main.go",
            "package main\n\nimport (\n\t_ \"embed\"\n\t_ \"example.test/app/inner\"\n\t_ \"example.test/local\"\n\t_ \"example.test/shared\"\n)\n\n//go:embed data/*.txt static\nvar text string\n\nfunc main() {}\n",
        ),
        ("app/main_test.go", "package main\n"),
        ("app/other_linux.go", "package main\n"),
        ("app/data/a.txt", "a"),
        ("app/data/b.html", "b"),
        ("app/static/c.css", "c"),
        ("app/inner/inner.go", "package inner\n"),
        ("app/unused/unused.go", "package unused\n"),
        ("app/web/index.html", "<p>"),
        ("local/go.mod", "module example.test/local\n\ngo 1.22\n"),
        ("local/local.go", "package local\n"),
        ("shared/go.mod", "module example.test/shared\n\ngo 1.22\n"),
        ("shared/shared.go", "package shared\n"),
    ]);
    // `embed` into a string takes one file only; `go list` does not mind, and no compiler runs here.
    let graph = project.load("app").await;
    assert_eq!((&graph.root, &graph.module_root), (&project.root, &project.path("app")));
    let program = &graph.programs[0];
    assert_eq!((graph.programs.len(), program.name.as_str()), (1, "app"));
    assert_eq!(program.import_path, "example.test/app");
    assert_eq!(
        project.names(&program.sources),
        [
            "app/data/a.txt",
            "app/go.mod",
            "app/inner/inner.go",
            "app/main.go",
            "app/static/c.css",
            "go.work",
            "local/go.mod",
            "local/local.go",
            "shared/go.mod",
            "shared/shared.go",
        ]
    );
    let page = program.page.clone().unwrap();
    assert_eq!((page.path, page.is_package), (project.path("app/web"), false));
    let set = graph.watch_set();
    let folder = |path: &str, recursive, takes| WatchedFolder { path: project.path(path), recursive, takes };
    for expected in [
        folder("app", false, Takes::GoSources),
        folder("app/inner", false, Takes::GoSources),
        folder("local", false, Takes::GoSources),
        folder("app/data", true, Takes::Embedded(vec!["*.txt".to_owned()])),
        folder("app/static", true, Takes::Embedded(vec!["*".to_owned()])),
        folder("app/web", true, Takes::Assets),
    ] {
        assert!(set.folders.contains(&expected), "{expected:?} is not in {set:#?}");
    }
    assert!(set.files.contains(&project.path("go.work")) && set.files.contains(&project.path("app/go.sum")));
    assert!(!set.folders.iter().any(|folder| folder.path.ends_with("unused")));
}

#[tokio::test]
async fn all_mains_below_a_folder_that_is_none_are_programs() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("cmd/one/main.go", MAIN),
        ("cmd/two/main.go", MAIN),
        ("other/one/main.go", MAIN),
        ("lib/lib.go", "package lib\n"),
        ("broken/broken.go", "package broken\n\nimport \"example.test/nowhere\"\n"),
    ]);
    let graph = project.load(".").await;
    let names: Vec<_> = graph.programs.iter().map(|program| program.name.as_str()).collect();
    assert_eq!(names, ["one", "two", "one-2"]);
    let nursery = WatchedFolder { path: project.root.clone(), recursive: true, takes: Takes::GoSources };
    assert!(graph.watch_set().folders.contains(&nursery));
}

#[tokio::test]
async fn build_tags_choose_files() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", MAIN),
        ("small.go", "//go:build tinygo\n\npackage main\n"),
    ]);
    let mut options = project.options(".");
    options.tags = vec!["tinygo".to_owned(), "gc.conservative".to_owned()];
    let graph = loaded(ProgramGraph::load(&options, &CancellationToken::new()).await);
    assert!(graph.programs[0].sources.contains(&project.path("small.go")));
    assert!(!project.load(".").await.programs[0].sources.contains(&project.path("small.go")));
}

#[tokio::test]
async fn a_cancelled_load_says_so() {
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN)]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let outcome = ProgramGraph::load(&project.options("."), &cancel).await;
    assert!(matches!(outcome, LoadOutcome::Cancelled), "{outcome:?}");
}

#[tokio::test]
async fn no_module() {
    let project = TestProject::with_files(&[("main.go", MAIN)]);
    let failure = fails(&project, ".", Origin::Loader, "go.mod file not found", "go mod init").await;
    assert!(failure.watch_set.files.contains(&project.path("go.mod")));
}

#[tokio::test]
async fn a_missing_go_command() {
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN)]);
    let mut options = project.options(".");
    options.go_binary = "/no/such/go".into();
    let outcome = ProgramGraph::load(&options, &CancellationToken::new()).await;
    let LoadOutcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(failure.diagnostics[0].message.contains("/no/such/go"), "{failure:?}");
    assert!(failure.diagnostics[0].hint.as_deref().is_some_and(|hint| hint.contains("doctor")));
}

#[tokio::test]
async fn a_syntax_error_in_the_head_of_a_file() {
    let project =
        TestProject::with_files(&[("go.mod", MODULE), ("main.go", "package main\n\nimport fmt\"\n")]);
    let failure = project.failure(".").await;
    let position = failure.diagnostics[0].position.clone().unwrap();
    assert_eq!((position.file, position.line), (project.path("main.go"), 3), "{:?}", failure.diagnostics);
    assert!(failure.diagnostics[0].frame.is_some());
}

#[tokio::test]
async fn a_syntax_error_below_is_the_compilers_to_tell() {
    let project =
        TestProject::with_files(&[("go.mod", MODULE), ("main.go", "package main\n\nfunc main() { x( }\n")]);
    assert_eq!(project.load(".").await.programs.len(), 1);
}

#[tokio::test]
async fn an_import_cycle() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nimport _ \"example.test/p/a\"\n\nfunc main() {}\n"),
        ("a/a.go", "package a\n\nimport _ \"example.test/p/b\"\n"),
        ("b/b.go", "package b\n\nimport _ \"example.test/p/a\"\n"),
    ]);
    let failure =
        fails(&project, ".", Origin::Loader, "import cycle not allowed: example.test/p -> ", "third").await;
    assert_eq!(failure.diagnostics.len(), 1, "{:?}", failure.diagnostics);
    assert!(failure.watch_set.folders.iter().any(|folder| folder.path == project.path("b")));
}

#[tokio::test]
async fn missing_modules_and_packages_all_at_once() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        (
            "main.go",
            "package main\n\nimport (\n\t_ \"example.test/p/no\"\n\t_ \"github.com/foo/bar\"\n\t_ \"nosuch\"\n)\n\nfunc main() {}\n",
        ),
    ]);
    let failure =
        fails(&project, ".", Origin::Loader, "main.go:5:2 cannot find module", "go get github.com/foo/bar")
            .await;
    assert_eq!(failure.diagnostics.len(), 3, "{:?}", failure.diagnostics);
    fails(&project, ".", Origin::Loader, "main.go:6:2 package nosuch is not in std", "spelling").await;
}

#[tokio::test]
async fn a_program_that_build_constraints_keep_out() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", "//go:build linux\n\npackage main\n\nfunc main() {}\n"),
    ]);
    fails(&project, ".", Origin::Loader, "can be built for WebAssembly", "package main").await;
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nimport _ \"example.test/p/a\"\n\nfunc main() {}\n"),
        ("a/a_linux.go", "package a\n"),
    ]);
    fails(&project, ".", Origin::Loader, "build constraints exclude all Go files", "GOOS=js").await;
}

#[tokio::test]
async fn only_libraries_and_an_empty_project() {
    let project = TestProject::with_files(&[("go.mod", MODULE), ("a.go", "package a\n")]);
    fails(&project, ".", Origin::Loader, "no main package", "package main").await;
    let project = TestProject::with_files(&[("go.mod", MODULE)]);
    fails(&project, ".", Origin::Loader, "no Go package", "package main").await;
}

#[tokio::test]
async fn a_broken_module_file() {
    let project =
        TestProject::with_files(&[("go.mod", "module example.test/p\n\nfoo bar\n"), ("main.go", MAIN)]);
    let failure = project.failure(".").await;
    assert_eq!(project.lines(&failure.diagnostics), ["go.mod:3:0 unknown directive: foo"]);
}

#[tokio::test]
async fn h3_toolchain_lines_neither_download_nor_run() {
    let module = |line: &str| format!("module example.test/p\n\ngo 1.22\n\n{line}\n");
    for line in ["toolchain go9.9.9", "toolchain ../../x"] {
        let project = TestProject::with_files(&[("go.mod", &module(line)), ("main.go", MAIN)]);
        fails(&project, ".", Origin::Loader, "go.mod:5:0 invalid toolchain version", "toolchain line").await;
    }
    let project =
        TestProject::with_files(&[("go.mod", "module example.test/p\n\ngo 99.0\n"), ("main.go", MAIN)]);
    fails(&project, ".", Origin::Loader, "requires go >= 99.0", "newer Go").await;
    let project = TestProject::with_files(&[("go.mod", &module("toolchain go1.99.0")), ("main.go", MAIN)]);
    let graph = project.load(".").await;
    assert_eq!(
        project.lines(&graph.warnings),
        ["go.mod:5:0 the toolchain go1.99.0 is not used: programs are built by go1.26.8"]
    );
}

#[tokio::test]
async fn h4_nothing_outside_the_root_is_built_unless_it_is_trusted() {
    let project = TestProject::with_files(&[
        ("go.mod", "module example.test/p\n\ngo 1.22\n\nrequire x v0.0.0\n\nreplace x => ../outside\n"),
        ("main.go", "package main\n\nimport _ \"x\"\n\nfunc main() {}\n"),
        ("../outside/go.mod", "module x\n\ngo 1.22\n"),
        ("../outside/x.go", "package x\n"),
    ]);
    fails(&project, ".", Origin::Policy, "go.mod:7:0 ../outside leads out", "trusted_folders").await;
    let mut options = project.options(".");
    options.trusted_folders = vec![project.path("../outside")];
    let graph = loaded(ProgramGraph::load(&options, &CancellationToken::new()).await);
    assert!(graph.programs[0].sources.contains(&project.path("../outside/x.go")));

    // The same through a link inside the root.
    symlink(project.path("../outside"), project.path("inside")).unwrap();
    project
        .write("go.mod", "module example.test/p\n\ngo 1.22\n\nrequire x v0.0.0\n\nreplace x => ./inside\n");
    fails(&project, ".", Origin::Policy, "go.mod:7:0 ./inside leads out", "trusted_folders").await;
}

#[tokio::test]
async fn h4_a_workspace_outside_the_root_is_refused() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", MAIN),
        ("../go.work", "go 1.22\n\nuse ./project\n"),
    ]);
    fails(&project, ".", Origin::Policy, "go.work lies outside the project root", "trusted_folders").await;
    std::fs::remove_file(project.path("../go.work")).unwrap();
    project.write("go.work", "go 1.22\n\nuse (\n\t.\n\t../../home\n)\n");
    fails(&project, ".", Origin::Policy, "go.work:5:0 ../../home leads out", "trusted_folders").await;
    project.write("go.work", "go 1.22\n\nuse ./elsewhere\n");
    project.write("elsewhere/go.mod", "module example.test/elsewhere\n\ngo 1.22\n");
    let failure = project.failure(".").await;
    assert!(
        failure.diagnostics[0].hint.as_deref().is_some_and(|hint| hint.contains("go work use")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn h5_h6_cgo_is_off_whatever_its_flags_say() {
    for flags in [
        "LDFLAGS: -Wl,-rpath,x,--dynamic-linker=/tmp/x",
        "LDFLAGS: -lto_library",
        "LDFLAGS: @file",
        "CFLAGS: -fplugin=/tmp/x.so",
        "CFLAGS: -B/tmp",
        "CFLAGS: --sysroot=/",
        "pkg-config: --log-file=/tmp/pwned",
    ] {
        let source = format!("package main\n\n// #cgo {flags}\nimport \"C\"\n\nfunc cgo() {{}}\n");
        let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN), ("cgo.go", &source)]);
        fails(&project, ".", Origin::Policy, "cgo.go:4:8 cgo is off", "//go:build cgo").await;
    }
    let optional = "//go:build cgo\n\npackage main\n\nimport \"C\"\n";
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN), ("cgo.go", optional)]);
    assert_eq!(project.load(".").await.programs.len(), 1);
}

#[tokio::test]
async fn h7_foreign_sources_and_directives_are_refused() {
    for name in ["a.s", "a.c", "a.cpp", "a.syso", "a.swig", "a.swigcxx"] {
        let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN), (name, "")]);
        fails(&project, ".", Origin::Policy, &format!("cgo is off: {name}"), "build constraint").await;
    }
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("main.go", MAIN),
        ("a_amd64.s", ""),
        ("b_linux.c", ""),
    ]);
    assert_eq!(project.load(".").await.programs.len(), 1);
    let source = "package main\n\n//line _cgo_gotypes.go:1\n//go:cgo_ldflag \"-x\"\nfunc main() {}\n";
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", source)]);
    fails(&project, ".", Origin::Policy, "main.go:4:1 cgo is off: directives", "//go:cgo_").await;
}

#[tokio::test]
async fn h7_embeds_outside_and_through_links_are_refused() {
    let source = |pattern: &str| {
        format!(
            "package main\n\nimport _ \"embed\"\n\n//go:embed {pattern}\nvar text string\n\nfunc main() {{}}\n"
        )
    };
    for (pattern, message) in [
        ("../../etc/passwd", "invalid pattern syntax"),
        ("link", "cannot embed irregular file"),
        ("folder/hosts", "cannot embed"),
    ] {
        let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", &source(pattern))]);
        symlink("/etc/passwd", project.path("link")).unwrap();
        symlink("/etc", project.path("folder")).unwrap();
        let failure = fails(&project, ".", Origin::Policy, message, "").await;
        assert_eq!(failure.diagnostics[0].position.as_ref().map(|position| position.line), Some(5));
        assert!(!failure.watch_set.files.iter().any(|file| file.starts_with("/etc")));
    }
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", &source("data/no.txt"))]);
    let failure = fails(&project, ".", Origin::Loader, "no matching files found", "make the file").await;
    let waits = |folder: &WatchedFolder| folder.takes_file(&project.path("data/no.txt"));
    assert!(failure.watch_set.folders.iter().any(waits), "{:#?}", failure.watch_set);
}

#[tokio::test]
async fn h9_strange_folder_names_are_arguments_and_nothing_else() {
    for name in ["-toolexec=touch", "--", "a b", "a\nb", "$(touch /tmp/pwned)", ";touch /tmp/pwned", "%PATH%"]
    {
        // A name with a slash in it is a path of several folders, all of them strange.
        let project = TestProject::with_files(&[("go.mod", MODULE), (&format!("{name}/main.go"), MAIN)]);
        let failure = project.failure(name).await;
        assert!(!failure.diagnostics[0].message.is_empty());
        let failure = project.failure(".").await;
        assert!(!failure.diagnostics[0].message.is_empty());
        assert!(!Path::new("/tmp/pwned").exists());
        // Beside a good program they do no harm.
        project.write("good/main.go", MAIN);
        assert_eq!(project.load("good").await.programs.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn h14_a_module_from_nowhere_is_not_fetched() {
    let project = TestProject::with_files(&[
        ("go.mod", "module example.test/p\n\ngo 1.22\n\nrequire evil.example/x v1.0.0\n"),
        ("main.go", "package main\n\nimport _ \"evil.example/x\"\n\nfunc main() {}\n"),
    ]);
    fails(&project, ".", Origin::Loader, "main.go:3:8 missing go.sum entry", "go mod tidy").await;
}

#[tokio::test]
async fn a_workspace_file_that_appears_and_a_page_that_appears_are_watched_for() {
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", MAIN)]);
    let set = project.load(".").await.watch_set();
    for name in ["go.work", "go.sum", "web/index.html", "index.html", "vendor/modules.txt"] {
        assert!(set.files.contains(&project.path(name)), "{name}");
    }
}

#[tokio::test]
async fn a_project_names_its_programs_and_their_pages_but_only_inside_itself() {
    let project = TestProject::with_files(&[
        ("go.mod", MODULE),
        ("cmd/a/main.go", MAIN),
        ("cmd/b/main.go", MAIN),
        ("site/index.html", ""),
        ("cmd/b/web/index.html", ""),
    ]);
    std::os::unix::fs::symlink("/etc", project.path("cmd/b/link")).unwrap();
    let choice = |package: &str, page: Option<&str>| crate::analyse::ProgramChoice {
        package: Some(package.into()),
        page: page.map(Into::into),
    };
    for (page, expected) in
        [(Some("../../site"), Some("site")), (None, None), (Some("../../../.."), None), (Some("/etc"), None)]
    {
        let mut options = project.options("");
        options.choices.insert("shop".to_owned(), choice("./cmd/a", page));
        options.choices.insert("b".to_owned(), choice("cmd/b", Some("link")));
        let graph = loaded(ProgramGraph::load(&options, &CancellationToken::new()).await);
        let names: Vec<_> = graph.programs.iter().map(|program| program.name.as_str()).collect();
        assert_eq!(names, ["shop", "b"]);
        let page = graph.programs[0].page.as_ref().map(|page| page.path.clone());
        assert_eq!(page, expected.map(|path| project.path(path)));
        assert_eq!(graph.programs[1].page, None, "a link is no page, and what was chosen is not replaced");
    }
}
