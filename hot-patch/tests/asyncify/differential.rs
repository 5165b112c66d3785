//! Real programs, as TinyGo compiles them: made suspendable by us and by binaryen, they print the same.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use hot_patch::{AsyncifyInput, AsyncifyRole, asyncify};

use crate::node::{beside, node};

/// Stands in for wasm-opt while TinyGo builds, so that what it would be given is what is built.
const COPY: &str = r#"#!/bin/sh
[ "$1" = --version ] && exec wasm-opt --version
while [ $# -gt 0 ]; do
	case "$1" in
	--output) output=$2; shift ;;
	-*) ;;
	*) input=$1 ;;
	esac
	shift
done
cp "$input" "$output"
"#;

const PANIC: &str = "runtime._panic";

struct TinyGo {
    root: PathBuf,
    target: PathBuf,
}

/// None, with words about it, where the tools are not.
fn tinygo(test: &str) -> Option<TinyGo> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    let found = folder("TINYGOROOT").zip(folder("DEV_SERVER_TINYGO_TARGET"));
    let missing = if found.is_none() {
        "TINYGOROOT and DEV_SERVER_TINYGO_TARGET do not name the TinyGo that `dev-server doctor --fix` makes"
    } else if Command::new("wasm-opt").arg("--version").output().is_err() {
        "wasm-opt is not on the path"
    } else {
        return found.map(|(root, target)| TinyGo { root, target });
    };
    // Not `println`: that is shown only when a test fails.
    io::stderr().write_all(format!("SKIPPED {test}: {missing}\n").as_bytes()).unwrap();
    None
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}:\n{errors}", output.status);
}

#[cfg(unix)]
fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
fn same_output(program: &str, level: &str) {
    let Some(TinyGo { root, target }) = tinygo(program) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (copy, plain, theirs, ours) =
        (file("copy"), file("plain.wasm"), file("theirs.wasm"), file("ours.wasm"));
    script(&copy, COPY);
    let mut build = Command::new(root.join("bin/tinygo"));
    build.env("TINYGOROOT", &root).env("WASMOPT", &copy).current_dir(beside("programs").join(program));
    build.arg("build").arg(format!("-opt={level}")).arg("-target").arg(target).arg("-o").arg(&plain).arg(".");
    run(&mut build);
    let removed = format!("--pass-arg=asyncify-removelist@{PANIC}");
    run(Command::new("wasm-opt")
        .args(["--asyncify", "-g", "--pass-arg=asyncify-ignore-imports", &removed])
        .arg(&plain)
        .arg("-o")
        .arg(&theirs));
    let page = root.join("targets/wasm_exec.js");
    let expected = node(&page, &[&theirs]);
    assert!(expected.lines().count() > 3, "{program} prints {expected}");
    let module = fs::read(&plain).unwrap();
    // Without a list of functions that never suspend, nearly all of them are prepared for it.
    for removed in [&[PANIC][..], &[]] {
        let input = AsyncifyInput {
            module: &module,
            role: AsyncifyRole::Base,
            never_suspends: &|_, _| true,
            removed,
        };
        fs::write(&ours, asyncify(&input).unwrap().module).unwrap();
        assert_eq!(node(&page, &[&ours]), expected, "{program} at level {level} without {removed:?}");
    }
}

#[test]
#[cfg(unix)]
fn goroutines_that_wait_for_each_other() {
    same_output("concurrency", "z");
}

#[test]
#[cfg(unix)]
fn waiting_deep_in_optimised_code() {
    same_output("depth", "2");
}

#[test]
#[cfg(unix)]
fn waiting_deep_in_code_as_it_is_written() {
    same_output("depth", "0");
}

#[test]
#[cfg(unix)]
fn callbacks_of_the_page() {
    same_output("page", "1");
}
