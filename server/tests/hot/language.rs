//! TinyGo's own tests of the language: what was compiled in parts prints what `tinygo build` has printed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dev_server::hot::HotOutcome;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::page::Page;
use crate::project::Project;
use crate::tools::Tools;

/// Compilers at a time; each uses all processors while it compiles packages that nobody compiled before.
const TOGETHER: usize = 2;

/// Where the tests come from. Some import packages of it.
const MODULE: &str = "github.com/tinygo-org/tinygo";

/// Programs that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("cgo", "C is compiled by `tinygo build` only, which the server goes over to"),
    ("env", "needs arguments and an environment, which pages do not have"),
    ("filesystem", "needs files, which pages do not have"),
    ("ldflags", "needs a linker flag that sets a variable"),
    ("recover", "TinyGo cannot recover from panics on WebAssembly"),
    ("signal", "TinyGo has no signals on WebAssembly"),
    ("wasmexport", "needs functions of a host of its own"),
    ("wasmfunc", "needs functions of a host of its own"),
];

#[tokio::test]
async fn programs_print_what_they_print_when_compiled_as_a_whole() {
    let tools = Arc::new(Tools::find().await);
    let compiler = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler");
    let folder = tools.go(&compiler, &["list", "-m", "-f", "{{.Dir}}", MODULE]).await;
    let folder = Path::new(folder.trim()).join("testdata");
    let names = programs(&folder);
    assert!(names.len() > 25, "only {names:?}");
    let room = Arc::new(Semaphore::new(TOGETHER));
    let mut running = JoinSet::new();
    for name in names {
        let (tools, folder, room) = (Arc::clone(&tools), folder.clone(), Arc::clone(&room));
        running.spawn(async move {
            let _permit = room.acquire().await.unwrap();
            difference(&tools, &folder, &name).await.map(|words| format!("{name}: {words}"))
        });
    }
    let mut wrong: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Names of all programs with an expected output, without those that are left out.
fn programs(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries
        .filter(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "go"))
        .filter(|path| expected(path).is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !LEFT_OUT.iter().any(|(left, _)| left == name))
        .collect();
    names.sort();
    names
}

/// The file with what a program prints.
fn expected(program: &Path) -> PathBuf {
    if program.is_dir() { program.join("out.txt") } else { program.with_extension("txt") }
}

/// How a program differs from what is expected of it.
async fn difference(tools: &Tools, folder: &Path, name: &str) -> Option<String> {
    let file = folder.join(format!("{name}.go"));
    let program = if file.is_file() { file } else { folder.join(name) };
    let wanted = std::fs::read_to_string(expected(&program)).unwrap();
    let module = format!("module {MODULE}\n\ngo 1.24\n");
    let mut project = Project::with_files(tools, &[("go.mod", module.as_str())]);
    if program.is_dir() {
        copy(&program, project.folder.path());
    } else {
        std::fs::copy(&program, project.path("main.go")).unwrap();
        copy(&folder.join("generics"), &project.path("testdata/generics"));
    }
    let base = match project.bring().await {
        HotOutcome::Fresh { artifact, .. } => artifact,
        other => return Some(format!("{other:#?}")),
    };
    let (page, started) = Page::open(tools, &project.module(base.module)).await;
    let ended = page.end().await;
    let printed = without_times(&(started.printed + &ended.printed));
    let error = started.error.or(ended.error);
    (printed != wanted || error.is_some())
        .then(|| format!("{}\n{}", error.unwrap_or_default(), first_difference(&wanted, &printed)))
}

/// Tests print how long they took.
fn without_times(printed: &str) -> String {
    let is_time = |part: &str| {
        let digits = part.replace('.', "");
        part.contains('.') && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = printed.split('(');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once("s)").filter(|(time, _)| is_time(time)).map(|(_, rest)| rest);
        clean += &rest.map_or_else(|| format!("({part}"), |rest| format!("(0.00s){rest}"));
    }
    clean
}

fn first_difference(wanted: &str, printed: &str) -> String {
    let mut lines = printed.lines();
    for (number, line) in (1..).zip(wanted.lines()) {
        let found = lines.next();
        if found != Some(line) {
            return format!("line {number}: wanted {line:?}, printed {found:?}");
        }
    }
    format!("more was printed: {:?}", lines.next())
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(to).unwrap();
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
