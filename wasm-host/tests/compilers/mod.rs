//! The compilers of this machine, for the tests of this crate.

use std::path::{Path, PathBuf};
use std::process::Command;

fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
}

pub(crate) fn go(folder: &Path, module: &Path, flags: &[&str]) {
    succeed(
        Command::new("go")
            .current_dir(folder)
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .env("GOFLAGS", "")
            .args(["build", "-o"])
            .arg(module)
            .args(flags),
    );
}

/// What TinyGo's own targets lack where its wasi-libc is that of the system.
pub(crate) const PREVIEW1: &str =
    r#""build-tags": ["tinygo.wasm"], "goos": "wasip1", "goarch": "wasm", "scheduler": "asyncify","#;

pub(crate) fn target(folder: &Path, name: &str, own: &str) -> PathBuf {
    let builtins = "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a";
    let flags = if own.contains("c-shared") { r#""--no-entry","# } else { "" };
    let text = format!(
        r#"{{
          "llvm-target": "wasm32-unknown-wasi", "cpu": "generic",
          "features": "+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext,-multivalue,-reference-types",
          {own}
          "linker": "wasm-ld", "gc": "precise", "default-stack-size": 65536,
          "cflags": ["-mbulk-memory", "-mnontrapping-fptoint", "-mno-multivalue", "-mno-reference-types",
            "-msign-ext", "-isystem", "/usr/include/wasm32-wasi"],
          "ldflags": ["--stack-first", "--no-demangle", {flags} "/usr/lib/wasm32-wasi/libc.a", "{builtins}"],
          "extra-files": ["src/runtime/asm_tinygowasm.S"]
        }}"#
    );
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, text).unwrap();
    path
}

/// The TinyGo that `dev-server` has built, which the tests of the server need too.
pub(crate) fn tinygo(folder: &Path, target: &Path, module: &Path, flags: &[&str]) {
    let built = std::fs::read_dir(cache().join("tinygo")).map(|entries| {
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("bin/tinygo").exists())
            .max()
    });
    let root = built.ok().flatten().expect("TinyGo, as `dev-server doctor --fix` builds it");
    succeed(
        Command::new(root.join("bin/tinygo"))
            .current_dir(folder)
            .env("TINYGOROOT", &root)
            .env("GOFLAGS", "")
            .args(["build", "-o"])
            .arg(module)
            .arg("-target")
            .arg(target)
            .args(flags),
    );
}

/// Where `dev-server` keeps what it makes and fetches.
pub(crate) fn cache() -> PathBuf {
    let caches = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("a home folder")).join(".cache"));
    caches.join("dev-server")
}
