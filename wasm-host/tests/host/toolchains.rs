//! Modules that Go and TinyGo have made: programs and libraries of preview 1, programs of preview 2.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use wasm_host::{
    Clock, Compiled, Error, Failure, Folder, Functions, Input, Kind, Limits, Outcome, Permissions, Setup,
    Value,
};

use crate::{HOST, compilers};

mod component;

/// Reads names from stdin, greets them, looks at what it was given, and sleeps for an hour.
const PROGRAM: &str = r#"package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func recurse(n int) int { return recurse(n+1) + 1 }

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("hello " + lines.Text())
	}
	fmt.Fprintln(os.Stderr, len(os.Args), os.Getenv("KEY"))
	if text, err := os.ReadFile("/data/file"); err == nil {
		fmt.Println("file:", string(text))
	} else {
		fmt.Println("no file")
	}
	before := time.Now()
	done := make(chan string)
	for _, nap := range []time.Duration{60, 20, 40} {
		go func() {
			time.Sleep(nap * time.Minute)
			done <- fmt.Sprint(int(nap))
		}()
	}
	fmt.Println(<-done, <-done, <-done, time.Since(before).Round(time.Minute))
	fmt.Println(before.UTC().Year())
	switch os.Getenv("KEY") {
	case "crash":
		var nobody map[string]int
		nobody["x"] = 1
	case "loop":
		for i := 0; ; i++ {
		}
	case "recursion":
		recurse(0)
	case "memory":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
		}
	}
	os.Exit(3)
}
"#;

/// A library for both compilers.
const LIBRARY: &str = r#"package main

//go:wasmimport env now_ms
func nowMs() int64

var words = map[string]int32{}

//go:wasmexport remember
func remember(number int32) int32 {
	words["sum"] += number
	return words["sum"]
}

//go:wasmexport now
func now() int64 { return nowMs() }

//go:wasmexport divide
func divide(a, b int32) int32 { return a / b }

func main() {}
"#;

#[derive(Clone, Copy, Debug)]
enum Toolchain {
    Go,
    TinyGo,
}

/// A folder with a module of one file, and what was built of it.
struct Built {
    _folder: tempfile::TempDir,
    module: PathBuf,
}

fn source(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("go.mod"), "module example.com/guest\n\ngo 1.24\n").unwrap();
    std::fs::write(folder.path().join("main.go"), text).unwrap();
    folder
}

fn build(toolchain: Toolchain, text: &str, flags: &[&str]) -> Built {
    let folder = source(text);
    let module = folder.path().join("guest.wasm");
    match toolchain {
        Toolchain::Go => compilers::go(folder.path(), &module, flags),
        Toolchain::TinyGo => {
            let target = compilers::target(folder.path(), "wasip1", compilers::PREVIEW1);
            compilers::tinygo(folder.path(), &target, &module, flags);
        }
    }
    Built { _folder: folder, module }
}

fn compiled(built: &Built, functions: &Functions) -> Compiled {
    HOST.module_file(&built.module).unwrap().compile(functions).unwrap()
}

/// What the program above does, whoever compiled it and for which preview.
async fn runs_as_any_program(compiled: &Compiled, code: i32) {
    let started = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "content").unwrap();
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    let setup = || Setup { stdin: Input::bytes("Ada\nGrace\n"), clock: clock.clone(), ..Setup::kept() };

    let done = compiled.run(setup()).await.unwrap();
    assert_eq!(done.outcome, Outcome::Exited(code), "{}", done.stderr.text());
    assert_eq!(done.stdout.text(), "hello Ada\nhello Grace\nno file\n20 40 60 1h0m0s\n2001\n");
    assert!(["0 \n", "1 \n"].contains(&done.stderr.text().as_str()), "{:?}", done.stderr.text());

    let folders = vec![Folder { here: folder.path().to_owned(), there: "/data".into(), may_write: false }];
    let environment = vec![("KEY".to_owned(), "value".to_owned())];
    let arguments = vec!["guest".to_owned(), "-x".to_owned()];
    let permissions = Permissions { arguments, environment, folders };
    let done = compiled.run(Setup { permissions: permissions.clone(), ..setup() }).await.unwrap();
    assert_eq!(done.stdout.text(), "hello Ada\nhello Grace\nfile: content\n20 40 60 1h0m0s\n2001\n");
    assert_eq!(done.stderr.text(), "2 value\n");

    let permissions = Permissions { environment: vec![("KEY".into(), "crash".into())], ..permissions };
    let done = compiled.run(Setup { permissions, ..setup() }).await.unwrap();
    assert!(!done.outcome.is_success(), "{:?}", done.outcome);
    assert!(format!("{}{}", done.stdout.text(), done.stderr.text()).contains("nil map"), "{done:?}");

    // Go wakes a little later than it asked for.
    assert_eq!(clock.monotonic().as_secs(), 3 * 3600);
    assert!(started.elapsed() < Duration::from_mins(10), "hours took no time");
}

/// What the library above does.
async fn answers_as_any_library(compiled: &Compiled) {
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_millis(1234));
    let setup = || Setup { clock: clock.clone(), ..Setup::kept() };
    let mut running = compiled.instantiate(setup()).await.unwrap().begin().await.unwrap();
    for (number, sum) in [(1, 1), (2, 3), (39, 42)] {
        assert_eq!(running.call("remember", &[Value::I32(number)]).await.unwrap(), [Value::I32(sum)]);
    }
    assert_eq!(running.call("now", &[]).await.unwrap(), [Value::I64(1234)]);
    assert!(running.call("divide", &[Value::I32(1), Value::I32(0)]).await.is_err());
    assert!(matches!(running.call("now", &[]).await, Err(Error::Ended { .. })));
    let done = running.finish();
    assert!(!done.times.initialize.is_zero());
    assert!(format!("{}{}", done.stdout.text(), done.stderr.text()).contains("divide"), "{done:?}");
    let refused =
        HOST.module("guest", wat::parse_str("(module)").unwrap()).unwrap().compile(&Functions::new());
    assert!(refused.unwrap().run(Setup::default()).await.is_err());
}

#[tokio::test]
async fn a_go_program_of_preview_1() {
    let built = tokio::task::spawn_blocking(|| build(Toolchain::Go, PROGRAM, &[])).await.unwrap();
    let compiled = compiled(&built, &Functions::new());
    assert!(compiled.is_command());
    runs_as_any_program(&compiled, 3).await;
    is_stopped_as_any_program(&compiled).await;
}

#[tokio::test]
async fn a_tinygo_program_of_preview_1() {
    let built = tokio::task::spawn_blocking(|| build(Toolchain::TinyGo, PROGRAM, &[])).await.unwrap();
    let compiled = compiled(&built, &Functions::new());
    runs_as_any_program(&compiled, 3).await;
    is_stopped_as_any_program(&compiled).await;
}

#[tokio::test]
async fn a_go_library_of_preview_1() {
    let flags = ["-buildmode=c-shared"];
    let built = tokio::task::spawn_blocking(move || build(Toolchain::Go, LIBRARY, &flags)).await.unwrap();
    let error = HOST.module_file(&built.module).unwrap().compile(&Functions::new()).unwrap_err();
    assert!(error.to_string().contains("imports `env.now_ms` as () -> i64, which nobody offers"), "{error}");
    answers_as_any_library(&compiled(&built, &Functions::new().now_ms().unwrap())).await;
}

#[tokio::test]
async fn a_tinygo_library_of_preview_1() {
    let flags = ["-buildmode=c-shared"];
    let built = tokio::task::spawn_blocking(move || build(Toolchain::TinyGo, LIBRARY, &flags)).await.unwrap();
    let error = HOST.module_file(&built.module).unwrap().compile(&Functions::new()).unwrap_err();
    let line = 1 + LIBRARY.lines().position(|line| line.contains("{ return nowMs() }")).unwrap();
    assert!(error.to_string().ends_with(&format!("main.go:{line})")), "{error}");
    answers_as_any_library(&compiled(&built, &Functions::new().now_ms().unwrap())).await;
}

/// And when it goes wrong.
async fn is_stopped_as_any_program(compiled: &Compiled) {
    let run = async |key: &str| {
        let environment = vec![("KEY".to_owned(), key.to_owned())];
        let permissions = Permissions { environment, ..Permissions::default() };
        let limits = Limits { memory: 64 << 20, busy: Duration::from_secs(2), ..Limits::default() };
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
        compiled.run(Setup { permissions, limits, clock, ..Setup::kept() }).await.unwrap()
    };
    let looping = run("loop").await;
    assert!(matches!(looping.outcome, Outcome::Failed(Failure::Busy { .. })), "{:?}", looping.outcome);
    let recursion = run("recursion").await;
    assert!(!recursion.outcome.is_success(), "{:?}", recursion.outcome);
    let memory = run("memory").await;
    assert!(!memory.outcome.is_success() && memory.was_refused, "{:?}", memory.outcome);
    assert!(memory.memory <= 64 << 20);
}

#[tokio::test]
async fn a_tinygo_program_of_preview_2() {
    let built = tokio::task::spawn_blocking(|| {
        let folder = source(PROGRAM);
        let core = folder.path().join("core.wasm");
        let target = compilers::target(folder.path(), "wasip2", component::PREVIEW2);
        compilers::tinygo(folder.path(), &target, &core, &[]);
        let module = folder.path().join("guest.wasm");
        let component = wasm_host::component_of("core", std::fs::read(&core).unwrap()).unwrap();
        std::fs::write(&module, component).unwrap();
        Built { _folder: folder, module }
    });
    let built = built.await.unwrap();
    let compiled = compiled(&built, &Functions::new());
    assert_eq!(compiled.kind(), Kind::Component);
    assert!(compiled.is_command());
    // Preview 2 knows success and failure, and no codes.
    runs_as_any_program(&compiled, 1).await;
    is_stopped_as_any_program(&compiled).await;
}
