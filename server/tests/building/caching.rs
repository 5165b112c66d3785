//! What the builder remembers, what it refuses to remember, and what it leaves behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dev_server::build::{
    BuildOptions, BuildOutcome, BuildRequest, Builder, CompilerKind, GlueKind, Mode, Script, ScriptedCompiler,
};
use dev_server::diagnostic::{Diagnostic, Origin};
use tokio_util::sync::CancellationToken;

use crate::project::{Project, built, failed, files};

/// The smallest module, made different by a custom section.
fn module(content: &str) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    module.section(&wasm_encoder::CustomSection { name: "content".into(), data: content.as_bytes().into() });
    module.finish()
}

fn project() -> Project {
    Project::with_files(&[
        ("main.go", "one"),
        ("wasm_exec.js", "importObject = { gojs: { 'runtime.wasmExit': 1 } }"),
    ])
}

fn glue(project: &Project) -> PathBuf {
    project.path("wasm_exec.js")
}

/// Compiles main.go into a module that holds its text.
fn copying(project: &Project) -> Arc<ScriptedCompiler> {
    let source = project.path("main.go");
    let script = move |_: &_, _: &_| Script::Write(module(&std::fs::read_to_string(&source).unwrap()));
    Arc::new(ScriptedCompiler::new(CompilerKind::Go, glue(project), script))
}

async fn build(builder: &Builder, project: &Project, mode: Mode) -> BuildOutcome {
    builder.build(project.request(mode), &CancellationToken::new()).await
}

#[tokio::test]
async fn equal_sources_are_compiled_once_also_by_the_next_process() {
    let project = project();
    let compiler = copying(&project);
    let builder = project.builder(compiler.clone());
    let first = built(build(&builder, &project, Mode::Development).await);
    assert_eq!((first.from_cache, first.glue.kind), (false, GlueKind::Go));
    assert_eq!(
        first.stages.iter().map(|stage| stage.name).collect::<Vec<_>>(),
        ["lookup", "build", "preflight"]
    );
    project.write("main.go", "another");
    let second = built(build(&builder, &project, Mode::Development).await);
    assert_ne!(first.module, second.module);
    project.write("main.go", "one");
    drop(builder);
    let restarted = project.builder(compiler.clone());
    let back = built(build(&restarted, &project, Mode::Development).await);
    assert_eq!((back.from_cache, back.module), (true, first.module));
    assert_eq!(compiler.runs(), 2);
    // Another mode, another glue and another set of offered functions are other builds.
    assert!(!built(build(&restarted, &project, Mode::Release).await).from_cache);
    let options = BuildOptions { extra_imports: vec!["env.x".to_owned()], ..BuildOptions::default() };
    let other = project.builder_with(compiler.clone(), options);
    assert!(!built(build(&other, &project, Mode::Development).await).from_cache);
    project.write("wasm_exec.js", "importObject = {}");
    assert!(!built(build(&restarted, &project, Mode::Development).await).from_cache);
}

#[tokio::test]
async fn an_entry_without_its_blob_or_with_half_its_text_is_built_again() {
    let project = project();
    let compiler = copying(&project);
    let builder = project.builder(compiler.clone());
    let artifact = built(build(&builder, &project, Mode::Development).await);
    std::fs::remove_file(project.blobs().path(artifact.module)).unwrap();
    assert!(!built(build(&builder, &project, Mode::Development).await).from_cache);
    let entries = files(&project.cache.path().join("builds"));
    assert_eq!(entries.len(), 1);
    for entry in entries {
        let text = std::fs::read(&entry).unwrap();
        std::fs::write(&entry, &text[..text.len() / 2]).unwrap();
    }
    assert!(!built(build(&builder, &project, Mode::Development).await).from_cache);
    assert!(built(build(&builder, &project, Mode::Development).await).from_cache);
    assert_eq!(compiler.runs(), 3);
}

#[tokio::test]
async fn what_was_compiled_while_a_source_was_written_is_neither_published_nor_remembered() {
    let project = project();
    let source = project.path("main.go");
    let script = move |_: &_, _: &_| {
        // Saved by the user between the digest and the reading of the file.
        let text = std::fs::read_to_string(&source).unwrap();
        std::fs::write(&source, "changed by a save").unwrap();
        if text == "a mistake" {
            return Script::Fail(vec![Diagnostic::error(Origin::Go, "found half a file")]);
        }
        Script::Write(module(&text))
    };
    let compiler = Arc::new(ScriptedCompiler::new(CompilerKind::Go, glue(&project), script));
    let builder = project.builder(compiler.clone());
    for text in ["one", "a mistake", "one"] {
        project.write("main.go", text);
        let outcome = build(&builder, &project, Mode::Development).await;
        assert!(matches!(outcome, BuildOutcome::Overtaken), "{outcome:?}");
    }
    assert_eq!(compiler.runs(), 3);
}

#[tokio::test]
async fn a_source_that_is_touched_all_the_time_does_not_keep_a_lenient_build_from_its_end() {
    let project = project();
    let source = project.path("main.go");
    let script = move |_: &_, _: &_| {
        let text = std::fs::read_to_string(&source).unwrap();
        std::fs::write(&source, if text == "changes" { "changed" } else { &text }).unwrap();
        Script::Write(module(&text))
    };
    let builder = project.builder(Arc::new(ScriptedCompiler::new(CompilerKind::Go, glue(&project), script)));
    let outcome = async |text: &str, lenient: bool| {
        project.write("main.go", text);
        let request = BuildRequest { lenient, ..project.request(Mode::Development) };
        builder.build(request, &CancellationToken::new()).await
    };
    assert!(matches!(outcome("touched", false).await, BuildOutcome::Overtaken));
    assert!(matches!(outcome("changes", true).await, BuildOutcome::Overtaken));
    assert!(!built(outcome("touched", true).await).from_cache);
}

/// What is done aside is waited for.
fn eventually(holds: impl Fn() -> bool, what: &str) {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn the_least_recently_used_builds_go_and_held_ones_stay() {
    let project = project();
    let compiler = copying(&project);
    let options = BuildOptions { cache_limit: 250_000, ..BuildOptions::default() };
    let builder = project.builder_with(compiler.clone(), options);
    let mut modules = Vec::new();
    for letter in ["a", "b", "c", "d", "e"] {
        project.write("main.go", &letter.repeat(100_000));
        modules.push(built(build(&builder, &project, Mode::Development).await));
    }
    let there = || modules.iter().map(|built| project.blobs().contains(built.module)).collect::<Vec<_>>();
    eventually(|| there() == [false, false, false, true, true], "the cache is not pruned");
    assert!(project.blobs().contains(modules[4].glue.hash), "the glue belongs to the builds that stay");
    // Another process with a tiny limit may not take what this one holds.
    let greedy = project.builder_with(compiler, BuildOptions { cache_limit: 0, ..BuildOptions::default() });
    assert!(project.blobs().contains(modules[3].module) && project.blobs().contains(modules[4].module));
    drop(builder);
    drop(greedy);
    let none_held = || {
        let options = BuildOptions { cache_limit: 0, ..BuildOptions::default() };
        drop(project.builder_with(copying(&project), options));
        !project.blobs().contains(modules[4].module)
    };
    eventually(none_held, "what nobody holds is still there");
}

#[tokio::test]
async fn a_failure_is_an_outcome_and_nothing_is_left_of_it() {
    let project = project();
    let reason = Diagnostic::error(Origin::Go, "no");
    let wanted = vec![reason.clone(), reason];
    let script = move |_: &_, output: &std::path::Path| {
        std::fs::write(output, "half a module").unwrap();
        Script::Fail(wanted.clone())
    };
    let compiler = ScriptedCompiler::new(CompilerKind::Go, glue(&project), script);
    let builder = project.builder(Arc::new(compiler));
    assert_eq!(failed(build(&builder, &project, Mode::Development).await).len(), 2);
    assert!(files(&project.cache.path().join("builds")).is_empty());
    assert!(!files(&project.cache.path().join("work")).iter().any(|path| path.ends_with("main.wasm")));
}

#[tokio::test]
async fn a_cancelled_build_is_over_at_once_and_leaves_nothing() {
    let project = project();
    let compiler = ScriptedCompiler::new(CompilerKind::Go, glue(&project), |_, _| Script::Hang);
    let builder = project.builder(Arc::new(compiler));
    let cancel = CancellationToken::new();
    let request = project.request(Mode::Development);
    let running = tokio::spawn({
        let (builder, cancel) = (builder.clone(), cancel.clone());
        async move { builder.build(request, &cancel).await }
    });
    cancel.cancel();
    let outcome = tokio::time::timeout(Duration::from_secs(30), running).await.unwrap().unwrap();
    assert!(matches!(outcome, BuildOutcome::Cancelled), "{outcome:?}");
    let left = files(&project.cache.path().join("work"));
    assert!(
        left.iter().all(|path| path.extension().is_some_and(|name| name == "lock" || name == "keys")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_cache_that_cannot_be_used_is_an_error_with_a_remedy() {
    let project = project();
    // A file where the folder should be stops root as well, whom permissions do not.
    let cache = project.path("main.go");
    let error =
        Builder::new(copying(&project), project.blobs(), cache.clone(), BuildOptions::default()).unwrap_err();
    assert!(error.to_string().contains(cache.to_str().unwrap()), "{error}");
    assert!(error.hint().contains("--cache-dir"), "{}", error.hint());
}
