//! Programs of preview 1: what they are given, what they write, how they end.

use std::sync::{Arc, Mutex};

use wasm_host::{Input, Kind, Outcome, Output, Permissions, Setup};

use crate::{HOST, compile, run};

/// Copies stdin to stdout, and ends with the number of bytes as its exit code.
const CAT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $total i32)
    (i32.store (i32.const 0) (i32.const 1024))
    (block $end
      (loop $more
        (i32.store (i32.const 4) (i32.const 1000))
        (br_if $end (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $end (i32.eqz (i32.load (i32.const 8))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.const 8))))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
        (br $more)))
    (call $exit (local.get $total))))"#;

/// Writes its arguments and environment, each ended by a zero byte, to stdout.
const TELL: &str = r#"(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $put (param $size i32)
    (i32.store (i32.const 16) (i32.const 4096))
    (i32.store (i32.const 20) (local.get $size))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))))
  (func (export "_start")
    (drop (call $args_sizes (i32.const 0) (i32.const 4)))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (call $put (i32.load (i32.const 4)))
    (drop (call $environ_sizes (i32.const 0) (i32.const 4)))
    (drop (call $environ (i32.const 1024) (i32.const 4096)))
    (call $put (i32.load (i32.const 4)))))"#;

#[tokio::test]
async fn a_program_reads_writes_and_ends_with_its_code() {
    let setup = Setup { stdin: Input::bytes(vec![b'x'; 2500]), ..Setup::kept() };
    let done = run(CAT, setup).await;
    assert_eq!(done.outcome, Outcome::Exited(2500));
    assert_eq!(done.stdout.bytes, vec![b'x'; 2500]);
    assert!(done.stderr.bytes.is_empty());
    assert!((7..20).contains(&done.host_calls), "{}", done.host_calls);
    assert_eq!(done.memory, 2 * 65536);
    assert!(!done.was_refused);
}

#[tokio::test]
async fn every_step_has_its_time() {
    let compiled = compile(CAT).unwrap();
    assert_eq!(compiled.kind(), Kind::Core);
    assert!(compiled.is_command());
    let done = compiled.run(Setup::default()).await.unwrap();
    assert_eq!(done.outcome, Outcome::Exited(0));
    let times = done.times;
    assert_eq!(times.compile, compiled.took());
    assert!(!times.compile.is_zero() && !times.instantiate.is_zero() && !times.run.is_zero());
    assert!(times.busy <= times.instantiate + times.run);
    assert!(times.initialize.is_zero(), "it is no library");
}

#[tokio::test]
async fn nothing_is_told_that_was_not_given() {
    let done = run(TELL, Setup::kept()).await;
    assert_eq!(done.outcome, Outcome::Finished);
    assert!(done.stdout.bytes.is_empty(), "{:?}", done.stdout.text());
    let permissions = Permissions {
        arguments: vec!["name".into(), "-v".into()],
        environment: vec![("KEY".into(), "value".into())],
        folders: Vec::new(),
    };
    let done = run(TELL, Setup { permissions, ..Setup::kept() }).await;
    assert_eq!(done.stdout.text(), "name\0-v\0KEY=value\0");
}

#[tokio::test]
async fn stdin_can_be_written_while_the_program_runs_and_stdout_comes_in_lines() {
    let (mut writer, stdin) = Input::pipe(16);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&lines);
    let stdout = Output::lines(1000, 100, move |line| to.lock().unwrap().push(line.to_owned()));
    let program = run(CAT, Setup { stdin, stdout, ..Setup::default() });
    let writing = async {
        for word in ["one\nt", "wo\n", "three"] {
            assert!(writer.write(word.as_bytes()).await);
        }
        drop(writer);
    };
    let (done, ()) = tokio::join!(program, writing);
    assert_eq!(done.outcome, Outcome::Exited(13));
    assert_eq!(*lines.lock().unwrap(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_library_is_no_program() {
    let compiled = compile(r#"(module (func (export "f")))"#).unwrap();
    assert!(!compiled.is_command());
    let error = compiled.run(Setup::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "guest: has no `_start`; it exports f");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn modules_are_counted_as_long_as_somebody_holds_them() {
    let host = wasm_host::Host::new(&wasm_host::HostOptions { guests: 2, ..Default::default() }).unwrap();
    let bytes = wat::parse_str(CAT).unwrap();
    let compiled = host.module("cat", bytes).unwrap().compile(&wasm_host::Functions::new()).unwrap();
    let guest = compiled.instantiate(Setup::default()).await.unwrap();
    drop(compiled);
    assert_eq!(host.live_modules(), 1, "the guest holds it");
    drop(guest);
    assert_eq!(host.live_modules(), 0);
    assert!(HOST.is_pooled());
}
