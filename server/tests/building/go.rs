//! Programs built by the standard Go compiler.

use std::fmt::Write as _;
use std::path::Path;

use dev_server::build::{
    Artifact, BuildFlags, BuildOptions, CompilerKind, GlueKind, Mode, Script, ScriptedCompiler,
};
use dev_server::diagnostic::{Origin, Severity};
use dev_server::process::Limits;
use tokio_util::sync::CancellationToken;

use crate::project::{Project, built, failed};
use crate::tools;

const HELLO: &str = "package main\n\nvar version = \"none\"\n\nfunc main() { println(\"hello\", version) }\n";

/// Runs a module with its glue, as a page would.
pub(crate) const RUN: &str = r#"
    const fs = process.getBuiltinModule("fs");
    globalThis.fs ??= fs;
    globalThis.path ??= process.getBuiltinModule("path");
    globalThis.require = undefined;
    (0, eval)(fs.readFileSync(process.argv[1], "utf8"));
    const go = new globalThis.Go();
    WebAssembly.instantiate(fs.readFileSync(process.argv[2]), go.importObject)
        .then(({ instance }) => go.run(instance))
        .catch((error) => console.log(error.stack));
"#;

pub(crate) async fn run(project: &Project, artifact: &Artifact) -> String {
    let blobs = project.blobs();
    let paths = [blobs.path(artifact.glue.hash), blobs.path(artifact.module)];
    tools::node(RUN, &[Path::new(&paths[0]), Path::new(&paths[1])]).await
}

#[tokio::test]
async fn a_program_is_built_once_runs_and_comes_from_the_cache_afterwards() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let flags = BuildFlags::from_arguments(&["-ldflags=-X 'main.version=1 and 2'"]).unwrap();
    let compiler = tools::go_with(flags, Limits::default()).await;
    let first = built(project.build(compiler.clone()).await);
    assert!(!first.from_cache && first.size > 100_000 && first.warnings.is_empty(), "{first:?}");
    assert_eq!(first.glue.kind, GlueKind::Go);
    assert_eq!(first.symbols, None);
    assert_eq!(run(&project, &first).await.trim(), "hello 1 and 2");
    let again = built(project.build(compiler.clone()).await);
    assert!(again.from_cache);
    assert_eq!((again.module, again.size), (first.module, first.size));
    // Another flag is another build.
    let plain = built(project.build(tools::go().await).await);
    assert!(!plain.from_cache);
    assert_eq!(run(&project, &plain).await.trim(), "hello none");
}

#[tokio::test]
async fn a_release_is_smaller_runs_and_tells_nothing_of_the_folder() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let compiler = tools::go().await;
    let development = built(project.build(compiler.clone()).await);
    let request = project.request(Mode::Release);
    let release = built(project.builder(compiler).build(request, &CancellationToken::new()).await);
    assert!(release.size < development.size, "{} against {}", release.size, development.size);
    assert_eq!(run(&project, &release).await.trim(), "hello none");
    let folder = project.folder.path().to_str().unwrap().as_bytes().to_vec();
    let holds = |bytes: Vec<u8>| bytes.windows(folder.len()).any(|window| window == folder);
    assert!(!holds(project.blob(release.module)));
    assert!(
        holds(project.blob(development.module)),
        "a panic in development shows a path that can be opened"
    );
}

#[tokio::test]
async fn all_errors_of_all_packages_are_reported_with_place_and_frame() {
    let mut text =
        "package main\n\nimport \"example.test/app/inner\"\n\nfunc main() { inner.F() }\n\nfunc many() {\n"
            .to_owned();
    for number in 0..14 {
        let _ = writeln!(text, "\tvar a{number} int = \"x\"");
    }
    text.push_str("}\n");
    let project =
        Project::with_files(&[("main.go", &text), ("inner/inner.go", "package inner\n\nfunc F() {}\n")]);
    let found = failed(project.build(tools::go().await).await);
    assert_eq!(found.len(), 28, "unused and mistyped, each: {found:#?}");
    for diagnostic in &found {
        let position = diagnostic.position.as_ref().unwrap();
        assert_eq!(position.file, project.path("main.go"));
        assert!(position.line >= 8 && position.column >= 6, "{position:?}");
        let frame = diagnostic.frame.as_ref().unwrap();
        assert!(
            frame.lines[(position.line - frame.first_line) as usize].contains("int = \"x\""),
            "{frame:?}"
        );
        assert_eq!((diagnostic.origin, diagnostic.severity), (Origin::Go, Severity::Error));
    }
    // Corrected, it builds: the flag that gives all errors has left nothing in the way.
    project.write("main.go", HELLO);
    built(project.build(tools::go().await).await);
}

#[tokio::test]
async fn an_import_that_nobody_offers_is_reported_at_its_declaration() {
    let project = Project::with_files(&[(
        "main.go",
        "package main\n\n//go:wasmimport host answer\nfunc answer(x int32) int64\n\nfunc main() { println(answer(1)) }\n",
    )]);
    let compiler = tools::go().await;
    let found = failed(project.build(compiler.clone()).await);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("host.answer func(i32) -> i64, declared by func answer"), "{found:#?}");
    let position = found[0].position.as_ref().unwrap();
    assert_eq!((position.file.clone(), position.line, position.column), (project.path("main.go"), 4, 6));
    assert!(found[0].hint.as_ref().unwrap().contains("imports = [\"host.answer\"]"));
    let options = BuildOptions { extra_imports: vec!["host.answer".to_owned()], ..BuildOptions::default() };
    let request = project.request(Mode::Development);
    built(project.builder_with(compiler, options).build(request, &CancellationToken::new()).await);
}

#[tokio::test]
async fn a_module_of_go_with_the_glue_of_tinygo_is_a_named_error() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let artifact = built(project.build(tools::go().await).await);
    let bytes = project.blob(artifact.module);
    let glue = tools::tinygo_tool().await.root.join("targets/wasm_exec.js");
    let compiler =
        ScriptedCompiler::new(CompilerKind::TinyGo, glue, move |_, _| Script::Write(bytes.clone()));
    let found = failed(project.build(std::sync::Arc::new(compiler)).await);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "the module was built by Go, but the glue (wasm_exec.js) is TinyGo's");
}

#[tokio::test]
async fn functions_of_a_stack_are_named_without_dwarf() {
    let project = Project::with_files(&[(
        "main.go",
        "package main\n\ntype Board struct{ cells []int }\n\n//go:noinline\nfunc (b *Board) Step(n int) int { return b.cells[n] }\n\n\
         func main() { println((&Board{}).Step(7)) }\n",
    )]);
    let artifact = built(project.build(tools::go().await).await);
    let names = dev_names(&project, &artifact);
    assert!(names.iter().any(|name| name == "main.main"), "{:?}", &names[..20]);
    assert!(names.iter().any(|name| name == "main.(*Board).Step"));
    // The panic itself prints Go lines, which is why this compiler's modules keep their paths.
    let printed = run(&project, &artifact).await;
    assert!(printed.contains(&format!("{}:6", project.path("main.go").display())), "{printed}");
}

/// Names of the first functions of a module.
fn dev_names(project: &Project, artifact: &Artifact) -> Vec<String> {
    let places: Vec<_> = (0..4000).map(|index| (index, 0)).collect();
    let frames = project.symbolizer().frames(artifact.module, &places);
    frames.into_iter().map(|frame| frame.function).collect()
}
