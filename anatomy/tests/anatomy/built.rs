//! Modules that Go and TinyGo build of one program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// What is looked for in modules: functions, a method, a closure, a generic one, one that another is put into, variables.
pub(crate) const PROGRAM: &str = r#"package main

import (
	"fmt"
	"os"
	"sort"
)

type Board struct{ cells []int }

var table [5000]byte

var letters = [...]byte{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}

//go:noinline
func (b *Board) Step(by int) int {
	total := 0
	for i, c := range b.cells {
		b.cells[i] = c + by
		total += c
	}
	return total
}

type Pair[T any] struct{ a, b T }

//go:noinline
func Swap[T any](p Pair[T]) Pair[T] { return Pair[T]{p.b, p.a} }

//go:noinline
func Add(a, b int) int {
	sum := a + b
	if sum > 100 {
		return twice(sum)
	}
	return sum
}

//go:noinline
func twice(n int) int {
	return n * 2
}

func main() {
	b := &Board{cells: []int{3, 1, 2}}
	sort.Slice(b.cells, func(i, j int) bool { return b.cells[i] < b.cells[j] })
	table[Add(1, len(os.Args))] = letters[len(os.Args)&7]
	fmt.Fprintln(os.Stdout, Add(b.Step(2), len(os.Args)), Swap(Pair[string]{"x", "y"}), table[2])
}
"#;

/// Line of the program where this stands.
pub(crate) fn line(text: &str) -> u32 {
    let found = PROGRAM.lines().position(|line| line.contains(text)).unwrap();
    found as u32 + 1
}

pub(crate) static GO: LazyLock<Vec<u8>> = LazyLock::new(|| go(&[]).0);

pub(crate) static TINYGO: LazyLock<Vec<u8>> = LazyLock::new(|| tinygo(&["-opt=0"]));

/// Small, optimised, with debug information.
pub(crate) static TINYGO_SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = "package main\n\nvar seen [64]int\n\nfunc main() {\n\tfor i := range seen {\n\t\tseen[i] = i * i\n\t}\n\tprintln(seen[9])\n}\n";
    tinygo_of(text, &["-opt=1"])
});

fn source(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("go.mod"), "module example.test/app\n\ngo 1.24\n").unwrap();
    std::fs::write(folder.path().join("main.go"), text).unwrap();
    folder
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {words}");
    words
}

/// The module, and what the compiler has said.
pub(crate) fn go(flags: &[&str]) -> (Vec<u8>, String) {
    let folder = source(PROGRAM);
    let module = folder.path().join("app.wasm");
    let mut command = Command::new("go");
    command.current_dir(&folder).env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOFLAGS", "");
    let said = succeed(command.args(["build", "-trimpath", "-o"]).arg(&module).args(flags));
    (std::fs::read(module).unwrap(), said)
}

pub(crate) fn tinygo(flags: &[&str]) -> Vec<u8> {
    tinygo_of(PROGRAM, flags)
}

/// What TinyGo's own target lacks where its wasi-libc is that of the system.
const TARGET: &str = r#"{
  "llvm-target": "wasm32-unknown-wasi", "cpu": "generic",
  "features": "+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext,-multivalue,-reference-types",
  "build-tags": ["tinygo.wasm"], "goos": "wasip1", "goarch": "wasm", "scheduler": "asyncify",
  "linker": "wasm-ld", "gc": "precise", "default-stack-size": 65536,
  "cflags": ["-mbulk-memory", "-mnontrapping-fptoint", "-mno-multivalue", "-mno-reference-types",
    "-msign-ext", "-isystem", "/usr/include/wasm32-wasi"],
  "ldflags": ["--stack-first", "--no-demangle", "/usr/lib/wasm32-wasi/libc.a",
    "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a"],
  "extra-files": ["src/runtime/asm_tinygowasm.S"]
}"#;

/// With the TinyGo that `dev-server` has built, which the tests of the server need too.
fn tinygo_of(text: &str, flags: &[&str]) -> Vec<u8> {
    let folder = source(text);
    let (module, target) = (folder.path().join("app.wasm"), folder.path().join("target.json"));
    std::fs::write(&target, TARGET).unwrap();
    let root = root().expect("TinyGo, as `dev-server doctor --fix` builds it");
    let mut command = Command::new(root.join("bin/tinygo"));
    command.current_dir(&folder).env("TINYGOROOT", &root).env("GOFLAGS", "");
    succeed(command.args(["build", "-o"]).arg(&module).arg("-target").arg(&target).args(flags));
    std::fs::read(module).unwrap()
}

fn root() -> Option<PathBuf> {
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => Path::new(&std::env::var_os("HOME")?).join(".cache"),
    };
    let entries = std::fs::read_dir(cache.join("dev-server/tinygo")).ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.join("bin/tinygo").exists()).max()
}
