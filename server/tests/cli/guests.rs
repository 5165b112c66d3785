//! `run`: programs of WebAssembly in a terminal, from Go and TinyGo, with what they are given and no more.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

use crate::machine::{MODULE, Machine, Ran};
use crate::running::within;

/// Says what it was given, reads, writes, and ends with 3.
const GIVEN: &str = r#"package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	fmt.Println(strings.Join(os.Args[1:], " "), os.Getenv("GREETING"))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("read " + lines.Text())
	}
	if text, err := os.ReadFile("/data/file"); err == nil {
		fmt.Println(string(text))
	} else {
		fmt.Fprintln(os.Stderr, "no file")
	}
	if err := os.WriteFile("/data/new", []byte("written"), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "not written")
	}
	os.Exit(3)
}
"#;

fn machine(program: &str) -> Machine {
    Machine::with(&[("go.mod", MODULE), ("main.go", program)])
}

/// The command, whose stdin is `text`.
async fn run_with(machine: &Machine, text: &str, words: &[&str]) -> Ran {
    let mut command = machine.command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // One that fails reads nothing.
    let _ = stdin.write_all(text.as_bytes()).await;
    drop(stdin);
    let output = within("the end", child.wait_with_output()).await.unwrap();
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program above, with what it was given and without.
async fn is_given_what_it_is_given(words: &[&str], status: i32) {
    let machine = machine(GIVEN);
    machine.write("data/file", "content");
    let folder = machine.path("data").display().to_string();
    let run =
        async |more: &[&str]| run_with(&machine, "one\ntwo\n", &[&["run", "."], words, more].concat()).await;
    let read_only = format!("{folder}::/data:ro");
    let ran = run(&["--dir", &read_only, "--env", "GREETING=hello", "a", "--watch"]).await;
    assert_eq!(
        (ran.status, &*ran.stdout),
        (status, "a --watch hello\nread one\nread two\ncontent\n"),
        "{ran:?}"
    );
    assert_eq!(ran.stderr, "not written\n");
    assert!(!machine.path("data/new").exists());
    let ran = run(&["--dir", &format!("{folder}::/data")]).await;
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (status, " \nread one\nread two\ncontent\n", ""));
    assert_eq!(std::fs::read_to_string(machine.path("data/new")).unwrap(), "written");
    let ran = run(&[]).await;
    assert_eq!((ran.status, &*ran.stdout), (status, " \nread one\nread two\n"));
    assert_eq!(ran.stderr, "no file\nnot written\n");
}

#[tokio::test]
async fn a_go_program_gets_what_it_is_given_and_ends_with_its_code() {
    is_given_what_it_is_given(&["--compiler", "go"], 3).await;
}

#[tokio::test]
async fn a_tinygo_program_of_preview_1_gets_what_it_is_given_and_ends_with_its_code() {
    is_given_what_it_is_given(&["--compiler", "tinygo", "--target", "wasip1"], 3).await;
}

#[tokio::test]
async fn a_tinygo_program_of_preview_2_gets_what_it_is_given() {
    // A component knows success and failure, and no codes.
    is_given_what_it_is_given(&["--compiler", "tinygo", "--target", "wasip2"], 1).await;
}

#[tokio::test]
async fn what_cannot_be_built_is_told_with_its_lines_and_nothing_runs() {
    let machine = machine("package main\n\nfunc main() {\n\tprintln(missing)\n}\n");
    let ran = machine.run(["run", ".", "--compiler", "go"]).await;
    assert_eq!((ran.status, &*ran.stdout), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("main.go:4:10: error: undefined: missing"), "{ran:?}");
    machine.run(["run", "nowhere"]).await.refuses(2, "nowhere is not there", "the folder of a Go program");
    machine.run(["run", "main.go"]).await.refuses(2, "main.go is a part of a program", "name its folder: .");
    machine.run(["run", ".", "--compiler", "go", "--target", "wasip2"]).await.refuses(
        2,
        "Go compiles for wasip1 only",
        "--compiler tinygo",
    );
    machine.run(["run", ".", "--env", "NOT_SET_HERE"]).await.refuses(2, "NOT_SET_HERE is not set", "=VALUE");
    machine.write("project/main.go", "package words\n");
    let ran = machine.run(["run", ".", "--compiler", "go"]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("no main package") && ran.stderr.contains("hint: "), "{ran:?}");
}

/// Imports one function, and exports one that calls it, or does what `body` does.
fn module(import: (&str, &str), export: &str, body: impl FnOnce(&mut Function)) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import(import.0, import.1, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut memories = MemorySection::new();
    let memory =
        MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
    memories.memory(memory);
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export(export, ExportKind::Func, 1);
    let mut code = CodeSection::new();
    let mut function = Function::new([]);
    body(&mut function);
    function.instructions().end();
    code.function(&function);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&memories).section(&exports);
    module.section(&code);
    module.finish()
}

const EXIT: (&str, &str) = ("wasi_snapshot_preview1", "proc_exit");

#[tokio::test]
async fn a_file_that_is_no_program_is_refused_with_what_it_is() {
    let machine = Machine::with(&[]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(machine.path("project").join(name), bytes).unwrap();
    let good = module(EXIT, "_start", |body| {
        body.instructions().i32_const(7).call(0);
    });
    write("good.wasm", &good);
    write("text.wasm", b"#!/bin/sh\nexit 1\n");
    write("half.wasm", &good[..good.len() - 3]);
    write("library.wasm", &module(EXIT, "greet", |_| {}));
    write("page.wasm", &module(("gojs", "runtime.wasmExit"), "_start", |_| {}));
    write("huge.wasm", &good);
    std::fs::File::options()
        .write(true)
        .open(machine.path("project/huge.wasm"))
        .unwrap()
        .set_len(512 << 20)
        .unwrap();
    let ran = machine.run(["run", "good.wasm"]).await;
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (7, "", ""));
    for (name, error, hint) in [
        ("text.wasm", "text.wasm: is no WebAssembly (it begins with 23 21", "GOOS=wasip1"),
        ("half.wasm", "half.wasm: ends at byte", "build the module again"),
        ("library.wasm", "has no `_start`: it is a library that exports greet", "-buildmode=c-shared"),
        ("page.wasm", "imports `gojs.runtime.wasmExit` as (i32), which nobody offers", "wasip1"),
        ("huge.wasm", "536870912 bytes are more than", "debug information"),
    ] {
        machine.run(["run", name]).await.refuses(1, error, hint);
    }
    machine.run(["run", "good.wasm", "--dir", "nowhere::/data"]).await.refuses(
        1,
        "cannot be given the folder nowhere",
        "a folder that exists",
    );
}

#[tokio::test]
async fn a_program_that_goes_too_far_is_stopped_and_the_flag_is_named() {
    let machine = Machine::with(&[]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(machine.path("project").join(name), bytes).unwrap();
    write(
        "loop.wasm",
        &module(EXIT, "_start", |body| {
            body.instructions().loop_(wasm_encoder::BlockType::Empty).br(0).end();
        }),
    );
    write(
        "crash.wasm",
        &module(EXIT, "_start", |body| {
            body.instructions().unreachable();
        }),
    );
    let run = async |words: &[&str]| machine.run([&["run"], words].concat()).await;
    run(&["loop.wasm", "--busy", "0.05"]).await.refuses(134, "computed for more than 50ms", "raise --busy");
    run(&["loop.wasm", "--timeout", "0.05"]).await.refuses(134, "was not done after 50ms", "raise --timeout");
    run(&["crash.wasm"]).await.refuses(134, "the program crashed: ", "stderr");
}

#[tokio::test]
async fn a_crash_of_tinygo_names_the_line() {
    let machine = machine(
        "package main\n\nvar words map[string]int\n\nfunc fill() {\n\twords[\"x\"] = 1\n}\n\nfunc main() {\n\tfill()\n}\n",
    );
    let ran = machine.run(["run", ".", "--compiler", "tinygo"]).await;
    assert_eq!(ran.status, 134, "{ran:?}");
    // What TinyGo prints of a panic goes to the standard output.
    assert!(ran.stdout.contains("nil map") && ran.stderr.contains("error: the program crashed: "), "{ran:?}");
    // Without optimisation TinyGo gives what it does for a statement the line of the function.
    let (first, rest) = ran.stderr.split_once('\n').unwrap();
    assert!(first.contains(", in main.fill at ") && first.contains("main.go:"), "{ran:?}");
    assert!(rest.contains("  at main.main at ") && rest.contains("main.go:10\n"), "{ran:?}");
}

#[tokio::test]
async fn memory_and_output_end_at_their_limits() {
    let machine = machine(
        "package main\n\nimport \"os\"\n\nfunc main() {\n\tif len(os.Args) > 1 {\n\t\tvar all [][]byte\n\t\tfor {\n\t\t\tall = append(all, make([]byte, 1<<20))\n\t\t}\n\t}\n\tline := make([]byte, 1<<16)\n\tfor {\n\t\tos.Stdout.Write(line)\n\t}\n}\n",
    );
    let ran = machine.run(["run", ".", "--compiler", "go", "--output", "1"]).await;
    ran.refuses(134, "wrote more than 1048576 bytes to stdout", "raise --output");
    let ran = machine.run(["run", ".", "--compiler", "go", "--memory", "64", "grow"]).await;
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("out of memory"), "{ran:?}");
}

#[tokio::test]
async fn a_save_starts_it_anew_and_a_mistake_leaves_it_running() {
    let text = |words: &str| {
        format!(
            "package main\n\nimport (\n\t\"bufio\"\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {{\n\tfmt.Println(\"{words}\")\n\tlines := bufio.NewScanner(os.Stdin)\n\tfor lines.Scan() {{\n\t\tfmt.Println(\"{words} read \" + lines.Text())\n\t}}\n}}\n"
        )
    };
    let machine = machine(&text("first"));
    let mut command = machine.command(&["run", "--watch", "--compiler", "go", "."]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = async |words: &str| {
        let found = async {
            loop {
                let line = stderr.next_line().await.unwrap().expect("it has ended");
                if line.contains(words) {
                    return;
                }
            }
        };
        within(words, found).await;
    };
    let mut line = async || within("a line", stdout.next_line()).await.unwrap().expect("it has ended");
    assert_eq!(line().await, "first");
    stdin.write_all(b"a\n").await.unwrap();
    assert_eq!(line().await, "first read a");

    machine.write("project/main.go", &text("first\" + missing + \""));
    said("undefined: missing").await;
    stdin.write_all(b"b\n").await.unwrap();
    assert_eq!(line().await, "first read b", "it runs on");

    machine.write("project/main.go", &text("the second"));
    said("starts anew").await;
    assert_eq!(line().await, "the second");
    stdin.write_all(b"c\n").await.unwrap();
    assert_eq!(line().await, "the second read c");

    drop(stdin);
    said("ended with 0; it starts again with the next save").await;
    machine.write("project/main.go", &text("the third one"));
    assert_eq!(line().await, "the third one");
    let id = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert!(within("the end", child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn an_interrupt_ends_it_as_it_ends_any_program() {
    let machine = machine(
        "package main\n\nimport \"time\"\n\nfunc main() {\n\tprintln(\"sleeps\")\n\ttime.Sleep(time.Hour)\n}\n",
    );
    let mut command = machine.command(&["run", "--compiler", "go", "."]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(within("a line", stderr.next_line()).await.unwrap().as_deref(), Some("sleeps"));
    let id = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ended = within("the end", child.wait()).await.unwrap();
    assert_eq!(ended.code(), Some(130));
}
