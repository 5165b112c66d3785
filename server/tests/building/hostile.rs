//! Projects and compilers that mean harm, or behave as if they did.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dev_server::build::{
    BuildFlags, BuildOptions, BuildOutcome, CompilerKind, GoCompiler, Mode, Script, ScriptedCompiler,
};
use dev_server::process::Limits;
use dev_server::toolchain::GoTool;
use tokio_util::sync::CancellationToken;

use crate::project::{Project, built, failed};
use crate::tools;

const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// A `go` command that is a shell script.
async fn go_script(project: &Project, script: &str, limits: Limits) -> Arc<GoCompiler> {
    use std::os::unix::fs::PermissionsExt;
    let binary = project.path("go.sh");
    std::fs::write(&binary, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let tool = GoTool { binary, ..tools::go_tool().await };
    Arc::new(GoCompiler::new(&tool, &tools::environment(), BuildFlags::default(), limits, None))
}

/// Processes whose temporary folder is in the cache of this project.
fn processes_of(project: &Project) -> Vec<PathBuf> {
    let needle = format!("TMPDIR={}", project.cache.path().display()).into_bytes();
    let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
    let environments = all.flatten().map(|entry| entry.path().join("environ"));
    let ours = |path: &PathBuf| {
        std::fs::read(path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    };
    environments.filter(ours).collect()
}

async fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline, "waited for: {what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn row_h13_version_control_of_the_project_is_never_run() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let canary = project.path("pwned");
    let attack = format!("[core]\n\tfsmonitor = touch {}\n", canary.display());
    project.write(".git/config", &attack);
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    std::fs::create_dir_all(project.path(".git/objects")).unwrap();
    std::fs::create_dir_all(project.path(".git/refs")).unwrap();
    project.write(".hg/hgrc", &format!("[hooks]\npre-status = touch {}\n", canary.display()));
    built(project.build(tools::go().await).await);
    assert!(!canary.exists());
}

#[tokio::test]
async fn row_h15_a_compiler_that_hangs_is_ended_with_all_it_started() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let limits = Limits { time: Duration::from_millis(500), ..Limits::default() };
    let compiler =
        go_script(&project, "echo './main.go:1:1: half a message' >&2; sleep 600 & sleep 600", limits).await;
    let found = failed(project.build(compiler).await);
    assert!(found[0].message.contains("did not finish within 0.5 s"), "{found:#?}");
    assert!(found[0].hint.is_some());
    assert_eq!(found[1].message, "half a message");
    wait_for("the end of every process", || processes_of(&project).is_empty()).await;
}

#[tokio::test]
async fn row_h15_a_program_that_eats_memory_is_a_diagnostic() {
    let mut text =
        "package main\n\nfunc main() { println(len(table)) }\n\nvar table = map[string][]string{\n"
            .to_owned();
    for number in 0..150_000 {
        let _ = writeln!(text, "\t\"key {number}\": {{\"a {number}\", \"b {number}\"}},");
    }
    text.push_str("}\n");
    let project = Project::with_files(&[("main.go", &text)]);
    let limits = Limits { memory: 256 << 20, ..Limits::default() };
    let found = failed(project.build(tools::go_with(BuildFlags::default(), limits).await).await);
    // Where in the compiler the memory ends is chance: some places say so, the collector crashes.
    let said = ["go needs more than the 256 MiB of memory that a build may use", "go crashed"];
    assert!(said.contains(&found[0].message.as_str()), "{}", found[0].message);
    assert!(found[0].hint.as_ref().unwrap().contains("memory"), "{:?}", found[0].hint);
}

#[tokio::test]
async fn row_h19_endless_output_is_cut_and_marked() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let compiler = go_script(
        &project,
        "echo './main.go:3:1: the first' >&2; head -c 200000000 /dev/zero | tr '\\0' 'x' >&2; exit 1",
        Limits { output: 100_000, ..Limits::default() },
    )
    .await;
    let found = failed(project.build(compiler).await);
    assert_eq!(found[0].message, "the first");
    let length: usize = found.iter().map(|diagnostic| diagnostic.message.len()).sum();
    assert!(length < 110_000, "{length}");
    assert!(found.iter().any(|diagnostic| diagnostic.message.contains("output cut")), "the cut is said");
}

#[tokio::test]
async fn a_cancelled_compiler_is_gone_with_its_children_within_a_second() {
    let project = Project::with_files(&[("main.go", HELLO)]);
    let compiler = go_script(&project, "sleep 600 & sleep 600", Limits::default()).await;
    let builder = project.builder(compiler);
    let cancel = CancellationToken::new();
    let request = project.request(Mode::Development);
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { builder.build(request, &cancel).await }
    });
    // The shell and both of its children.
    wait_for("three processes", || processes_of(&project).len() >= 3).await;
    let start = Instant::now();
    cancel.cancel();
    let outcome = running.await.unwrap();
    assert!(matches!(outcome, BuildOutcome::Cancelled), "{outcome:?}");
    wait_for("the end of every process", || processes_of(&project).is_empty()).await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// A compiler whose output is made by `write`.
fn writing(project: &Project, write: impl Fn(&Path) + Send + Sync + 'static) -> Arc<ScriptedCompiler> {
    let glue = project.path("wasm_exec.js");
    let wasm = wasm_encoder::Module::new().finish();
    let script = move |_: &_, output: &Path| {
        write(output);
        Script::Write(wasm.clone())
    };
    Arc::new(ScriptedCompiler::new(CompilerKind::Go, glue, script))
}

#[tokio::test]
async fn row_h18_a_module_of_512_mb_is_refused_unread() {
    let project = Project::with_files(&[("main.go", HELLO), ("wasm_exec.js", "importObject = {}")]);
    // Outside the program's folder: linking a source would look as if somebody had written it.
    let huge = project.cache.path().join("huge");
    std::fs::File::create(&huge).unwrap().set_len(512 << 20).unwrap();
    let glue = project.path("wasm_exec.js");
    // Hard-linked into place, so that nobody has to write it; `Fail` would end the build before its output is looked at.
    let compiler = ScriptedCompiler::new(CompilerKind::Go, glue, move |_, output| {
        std::fs::hard_link(&huge, output).unwrap();
        Script::Keep
    });
    let found = failed(project.build(Arc::new(compiler)).await);
    assert_eq!(found[0].message, "the module has 512 MiB, more than the limit of 256 MiB");
    assert!(found[0].hint.as_ref().unwrap().contains("//go:embed"));
}

#[tokio::test]
async fn row_h18_an_output_that_is_no_module_is_refused() {
    let project = Project::with_files(&[("main.go", HELLO), ("wasm_exec.js", "importObject = {}")]);
    for output in [&b""[..], b"\0asm", b"<html>", b"\0asm\x01\0\0\0\x0a\xff\xff\xff\xff\x0f"] {
        let glue = project.path("wasm_exec.js");
        let compiler =
            ScriptedCompiler::new(CompilerKind::Go, glue, move |_, _| Script::Write(output.to_vec()));
        let found = failed(project.build(Arc::new(compiler)).await);
        assert!(found[0].message.starts_with("the compiler wrote an invalid module: "), "{found:?}");
    }
}

#[tokio::test]
async fn row_h20_a_build_folder_replaced_by_a_link_is_noticed() {
    let project = Project::with_files(&[("main.go", HELLO), ("wasm_exec.js", "importObject = {}")]);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("diary"), "dear").unwrap();
    let target = home.path().to_owned();
    let compiler = writing(&project, move |output| {
        let folder = output.parent().unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        std::os::unix::fs::symlink(&target, folder).unwrap();
    });
    let builder = project.builder_with(compiler, BuildOptions::default());
    let found = failed(builder.build(project.request(Mode::Development), &CancellationToken::new()).await);
    assert!(found[0].message.contains("replaced while the compiler ran"), "{found:?}");
    // What a compiler writes through the link is its own deed; the server neither takes it nor removes anything there.
    assert_eq!(std::fs::read_to_string(home.path().join("diary")).unwrap(), "dear");
}
