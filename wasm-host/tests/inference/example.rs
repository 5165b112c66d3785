//! The example, compiled by TinyGo and by Go.

use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_host::{Done, Functions, Inference, InferenceOptions, Outcome, Setup};

use crate::{GIVEN, HOST, library, repository};

const EXPECTED: &str = "0 xor 0 = 0\n0 xor 1 = 1\n1 xor 0 = 1\n1 xor 1 = 0\n";

fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
}

fn folder() -> PathBuf {
    repository().join("examples/inference")
}

fn go(module: &Path) {
    succeed(
        Command::new("go")
            .current_dir(folder())
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .env("GOFLAGS", "")
            .args(["build", "-o"])
            .arg(module)
            .arg("."),
    );
}

/// The TinyGo that `dev-server doctor --fix` builds, whose libraries are those of the system.
fn tinygo(module: &Path) {
    let target = module.with_extension("json");
    let builtins = "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a";
    let text = format!(
        r#"{{
          "llvm-target": "wasm32-unknown-wasi", "cpu": "generic",
          "features": "+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext,-multivalue,-reference-types",
          "build-tags": ["tinygo.wasm"], "goos": "wasip1", "goarch": "wasm", "scheduler": "asyncify",
          "linker": "wasm-ld", "gc": "precise", "default-stack-size": 65536,
          "cflags": ["-mbulk-memory", "-mnontrapping-fptoint", "-mno-multivalue", "-mno-reference-types",
            "-msign-ext", "-isystem", "/usr/include/wasm32-wasi"],
          "ldflags": ["--stack-first", "--no-demangle", "/usr/lib/wasm32-wasi/libc.a", "{builtins}"],
          "extra-files": ["src/runtime/asm_tinygowasm.S"]
        }}"#
    );
    std::fs::write(&target, text).unwrap();
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("a home folder")).join(".cache"));
    let built = std::fs::read_dir(cache.join("dev-server/tinygo")).map(|entries| {
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("bin/tinygo").exists())
            .max()
    });
    let root = built.ok().flatten().expect("TinyGo, as `dev-server doctor --fix` builds it");
    succeed(
        Command::new(root.join("bin/tinygo"))
            .current_dir(folder())
            .env("TINYGOROOT", &root)
            .env("GOFLAGS", "")
            .args(["build", "-o"])
            .arg(module)
            .arg("-target")
            .arg(&target)
            .arg("."),
    );
}

async fn run(module: &Path, inference: &Inference) -> Done {
    let functions = Functions::new().inference(inference).unwrap();
    let compiled = HOST.module_file(module).unwrap().compile_elsewhere(&functions).await.unwrap();
    compiled.run(Setup::kept()).await.unwrap()
}

async fn is_told_what_it_asks(build: fn(&Path)) {
    let built = tempfile::tempdir().unwrap();
    let module = built.path().join("guest.wasm");
    let to = module.clone();
    tokio::task::spawn_blocking(move || build(&to)).await.unwrap();
    let done = run(&module, &GIVEN).await;
    assert!(done.outcome.is_success(), "{done:?}");
    assert_eq!(done.stdout.text(), EXPECTED);
    let device = GIVEN.models().into_iter().find(|model| model.name == "xor").unwrap().device;
    assert_eq!(done.stderr.text(), format!("computed on the {device}\n"));
    // Without its model it says what is missing, in the host's words.
    let none = InferenceOptions { library: library(), ..InferenceOptions::default() };
    let done = run(&module, &Inference::new(&none).unwrap()).await;
    assert_eq!((&done.outcome, &*done.stdout.text()), (&Outcome::Exited(1), ""), "{done:?}");
    assert_eq!(done.stderr.text(), "load the model: no model is called \"xor\": there is no model\n");
}

#[tokio::test]
async fn by_go() {
    is_told_what_it_asks(go).await;
}

#[tokio::test]
async fn by_tinygo() {
    is_told_what_it_asks(tinygo).await;
}
