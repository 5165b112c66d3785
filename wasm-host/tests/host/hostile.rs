//! Guests that mean harm: each is stopped with words, and the host goes on. The rows are those of the list of attacks.

use std::time::{Duration, Instant};

use wasm_host::{
    Error, Failure, Folder, Functions, Host, HostOptions, Input, Limits, Outcome, Output, Permissions, Setup,
    Value,
};

use crate::{HOST, compile, run};

const NEIGHBOUR: &str = r#"(module (func (export "add") (param i32) (result i32)
    (i32.add (local.get 0) (i32.const 1))))"#;

/// Whether the host still serves others.
async fn lives_on() {
    let neighbour = compile(NEIGHBOUR).unwrap();
    assert_eq!(neighbour.call(Setup::default(), "add", &[Value::I32(1)]).await.unwrap(), [Value::I32(2)]);
}

fn failure(outcome: &Outcome) -> &Failure {
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(!failure.to_string().is_empty());
    failure
}

async fn call_failure(text: &str, setup: Setup) -> Failure {
    let error = compile(text).unwrap().call(setup, "f", &[]).await.unwrap_err();
    let Error::CallFailed { outcome, .. } = error else { panic!("{error:?}") };
    failure(&outcome).clone()
}

fn limited(change: impl FnOnce(&mut Limits)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.limits);
    setup
}

/// Preview 1 by its own names, a memory, and a way to say an errno: the exit code.
fn program(imports: &str, body: &str) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          {imports}
          (memory (export "memory") 1)
          (func (export "_start") {body}))"#
    )
}

#[tokio::test]
async fn i1_an_endless_loop_is_stopped_when_its_time_is_used_up_and_others_go_on() {
    let busy = Duration::from_millis(30);
    let setup = limited(|limits| limits.busy = busy);
    let looping = call_failure(r#"(module (func (export "f") (loop (br 0))))"#, setup);
    // On the same thread.
    let others = async {
        for _ in 0..5 {
            lives_on().await;
        }
        Instant::now()
    };
    let timed = async { (looping.await, Instant::now()) };
    let ((looping, ended), others) = tokio::join!(timed, others);
    assert!(matches!(looping, Failure::Busy { limit, .. } if limit == busy), "{looping}");
    assert!(others < ended, "they did not wait for it");
}

#[tokio::test]
async fn i2_memory_tables_and_instances_end_at_their_limits() {
    // 4 GiB at once, and page by page: refused, and how much it got is the limit.
    let grows = r#"(module (memory 1)
        (func (export "at_once") (result i32) (memory.grow (i32.const 65535)))
        (func (export "bit_by_bit") (result i32)
          (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
          (memory.size)))"#;
    let setup = || limited(|limits| limits.memory = 16 << 20);
    let compiled = compile(grows).unwrap();
    assert_eq!(compiled.call(setup(), "at_once", &[]).await.unwrap(), [Value::I32(-1)]);
    assert_eq!(compiled.call(setup(), "bit_by_bit", &[]).await.unwrap(), [Value::I32(256)]);
    // Two memories share one limit.
    let two = r#"(module (memory $a 1) (memory $b 1) (func (export "f") (result i32)
        (drop (memory.grow $a (i32.const 200))) (memory.grow $b (i32.const 200))))"#;
    assert_eq!(compile(two).unwrap().call(setup(), "f", &[]).await.unwrap(), [Value::I32(-1)]);
    // A program that does not survive the refusal is told what it ran out of.
    let dies = r#"(module (memory 1) (func (export "f")
        (if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))))"#;
    let failure = call_failure(dies, setup()).await;
    assert!(matches!(failure, Failure::Exhausted { what: "memory", limit: 16_777_216, .. }), "{failure}");

    let table = r#"(module (table 1 funcref) (func (export "f") (result i32)
        (table.grow (ref.null func) (i32.const 1000000000))))"#;
    assert_eq!(compile(table).unwrap().call(Setup::default(), "f", &[]).await.unwrap(), [Value::I32(-1)]);
    let large = compile("(module (table 1000000000 funcref))").unwrap_err();
    assert!(matches!(large, Error::TooDemanding { .. } | Error::Compile { .. }), "{large}");
    let large = compile("(module (memory 65536))");
    let refused = match large {
        Ok(large) => large.instantiate(Setup::default()).await.map(drop).unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(refused, Error::TooDemanding { .. } | Error::DidNotStart { .. }), "{refused}");

    // More guests than slots: the one too many is told so, and has a place when another ends.
    let host = Host::new(&HostOptions { guests: 3, ..HostOptions::default() }).unwrap();
    let bytes = wat::parse_str("(module (memory 1))").unwrap();
    let compiled = host.module("m", bytes).unwrap().compile(&Functions::new()).unwrap();
    let mut guests = Vec::new();
    let error = loop {
        match compiled.instantiate(Setup::default()).await {
            Ok(guest) => guests.push(guest),
            Err(error) => break error,
        }
        assert!(guests.len() <= 3);
    };
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    guests.pop();
    assert!(compiled.instantiate(Setup::default()).await.is_ok());
    lives_on().await;
}

#[tokio::test]
async fn i3_copies_of_the_whole_memory_are_bounded_by_it() {
    let copies = r#"(module (memory 1) (func (export "f")
        (drop (memory.grow (i32.const 1000)))
        (loop $again
          (memory.copy (i32.const 0) (i32.const 1) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))
          (br $again))))"#;
    let setup = limited(|limits| {
        limits.busy = Duration::from_millis(50);
        limits.memory = 64 << 20;
    });
    assert!(matches!(call_failure(copies, setup).await, Failure::Busy { .. }));
    lives_on().await;
}

#[tokio::test]
async fn i4_a_sleep_of_an_hour_ends_with_the_lifetime() {
    let imports = r#"(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))"#;
    let sleeps = program(
        imports,
        r"(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))",
    );
    let done = run(&sleeps, limited(|limits| limits.lifetime = Duration::from_millis(20))).await;
    assert!(matches!(failure(&done.outcome), Failure::Deadline { .. }));
    // Waiting for input that never comes is the same.
    let waits = program(
        r#"(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))"#,
        r"(i32.store (i32.const 4) (i32.const 10)) (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))",
    );
    let (_writer, stdin) = Input::pipe(10);
    let setup = Setup { stdin, ..limited(|limits| limits.lifetime = Duration::from_millis(20)) };
    assert!(matches!(failure(&run(&waits, setup).await.outcome), Failure::Deadline { .. }));
}

#[tokio::test]
async fn i5_a_flood_of_output_is_cut_off() {
    let floods = program(
        r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#,
        r"(i32.store (i32.const 4) (i32.const 65536))
          (loop $again (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $again))",
    );
    let done = run(&floods, Setup { stdout: Output::buffer(100_000), ..Setup::default() }).await;
    assert_eq!(*failure(&done.outcome), Failure::Output { stream: "stdout", limit: 100_000 });
    assert_eq!(done.stdout.bytes.len(), 100_000);
    // One that is let go on is ended by its host calls, and nothing more was kept.
    let setup = limited(|limits| limits.host_calls = 500);
    let done = run(&floods, Setup { stdout: Output::buffer(100_000).dropping(), ..setup }).await;
    assert_eq!(*failure(&done.outcome), Failure::HostCalls { limit: 500 });
    assert_eq!(done.stdout.bytes.len(), 100_000);
    assert!(done.stdout.dropped > 10_000_000, "{}", done.stdout.dropped);
}

#[tokio::test]
async fn i5_a_flood_of_calls_to_the_host_is_cut_off() {
    let floods = program(
        r#"(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))"#,
        "(loop $again (drop (call $yield)) (br $again))",
    );
    let done = run(&floods, limited(|limits| limits.host_calls = 10_000)).await;
    assert_eq!(*failure(&done.outcome), Failure::HostCalls { limit: 10_000 });
    assert_eq!(done.host_calls, 10_001);
}

/// `path_open` of descriptor 3, and the errno as exit code.
fn opens(path: &str, flags: u32, rights: u64) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 64) "{path}")
          (func (export "_start")
            (call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const {length})
              (i32.const {flags}) (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 0)))))"#,
        length = path.len()
    )
}

/// `path_rename`, `path_link`, `path_unlink_file` and their like: two paths of descriptor 3.
fn changes(name: &str, parameters: &str, arguments: &str) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "{name}" (func $change (param {parameters}) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 64) "inside")
          (data (i32.const 80) "../new")
          (data (i32.const 96) "new")
          (func (export "_start") (call $exit (call $change {arguments}))))"#
    )
}

#[tokio::test]
async fn i6_files_outside_of_what_was_given_are_out_of_reach_and_read_only_is_read_only() {
    const READ: u64 = 1 << 1;
    const WRITE: u64 = 1 << 6;
    const BAD_DESCRIPTOR: i32 = 8;
    const CREATE: u32 = 1;
    const TRUNCATE: u32 = 8;
    const DIRECTORY: u32 = 2;
    assert_eq!(
        run(&opens("inside", 0, READ), Setup::default()).await.outcome,
        Outcome::Exited(BAD_DESCRIPTOR)
    );

    let root = tempfile::tempdir().unwrap();
    let given = root.path().join("given");
    std::fs::create_dir(&given).unwrap();
    std::fs::write(root.path().join("secret"), "secret").unwrap();
    std::fs::write(given.join("inside"), "inside").unwrap();
    std::os::unix::fs::symlink("../secret", given.join("link")).unwrap();
    std::os::unix::fs::symlink("..", given.join("up")).unwrap();
    let with = |may_write| {
        let folders = vec![Folder { here: given.clone(), there: "/data".into(), may_write }];
        Setup { permissions: Permissions { folders, ..Permissions::default() }, ..Setup::default() }
    };
    assert_eq!(run(&opens("inside", 0, READ), with(false)).await.outcome, Outcome::Exited(0));
    let outside = [
        "../secret",
        "../../../../etc/passwd",
        "/etc/passwd",
        "link",
        "link/",
        "up/",
        "up/secret",
        "up/given/../secret",
    ];
    for path in outside {
        for (flags, rights) in
            [(0, READ), (DIRECTORY, READ), (CREATE, WRITE), (CREATE | TRUNCATE, READ | WRITE)]
        {
            let outcome = run(&opens(path, flags, rights), with(true)).await.outcome;
            assert!(matches!(outcome, Outcome::Exited(1..)), "{path} {flags}: {outcome:?}");
        }
    }
    for (flags, rights) in [(0, WRITE), (TRUNCATE, READ), (TRUNCATE, READ | WRITE)] {
        let outcome = run(&opens("inside", flags, rights), with(false)).await.outcome;
        assert!(matches!(outcome, Outcome::Exited(1..)), "{flags} {rights}: {outcome:?}");
    }
    let outcome = run(&opens("new", CREATE, WRITE), with(false)).await.outcome;
    assert!(matches!(outcome, Outcome::Exited(1..)), "{outcome:?}");
    let six = "(i32.const 3) (i32.const 64) (i32.const 6) (i32.const 3)";
    let seven = "(i32.const 3) (i32.const 0) (i32.const 64) (i32.const 6) (i32.const 3)";
    let made = [
        changes("path_rename", "i32 i32 i32 i32 i32 i32", &format!("{six} (i32.const 96) (i32.const 3)")),
        changes("path_link", "i32 i32 i32 i32 i32 i32 i32", &format!("{seven} (i32.const 96) (i32.const 3)")),
        changes("path_unlink_file", "i32 i32 i32", "(i32.const 3) (i32.const 64) (i32.const 6)"),
        changes("path_create_directory", "i32 i32 i32", "(i32.const 3) (i32.const 96) (i32.const 3)"),
        changes(
            "path_symlink",
            "i32 i32 i32 i32 i32",
            "(i32.const 64) (i32.const 6) (i32.const 3) (i32.const 96) (i32.const 3)",
        ),
    ];
    for change in &made {
        let outcome = run(change, with(false)).await.outcome;
        assert!(matches!(outcome, Outcome::Exited(1..)), "{change}: {outcome:?}");
    }
    let out =
        changes("path_rename", "i32 i32 i32 i32 i32 i32", &format!("{six} (i32.const 80) (i32.const 6)"));
    assert!(matches!(run(&out, with(true)).await.outcome, Outcome::Exited(1..)));
    assert_eq!(std::fs::read(root.path().join("secret")).unwrap(), b"secret");
    assert_eq!(std::fs::read(given.join("inside")).unwrap(), b"inside");
    assert!(!given.join("new").exists() && !root.path().join("new").exists());
    let missing = Folder { here: root.path().join("missing"), there: "/".into(), may_write: false };
    let permissions = Permissions { folders: vec![missing], ..Permissions::default() };
    let refused =
        compile(&opens("inside", 0, READ)).unwrap().run(Setup { permissions, ..Setup::default() }).await;
    assert!(matches!(refused, Err(Error::Folder { .. })));
}

#[tokio::test]
async fn i7_random_bytes_and_arguments_have_a_measure() {
    let random = program(
        r#"(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))"#,
        "(call $exit (call $random (i32.const 0) (i32.const -1)))",
    );
    let outcome = run(&random, Setup::default()).await.outcome;
    assert!(!outcome.is_success(), "{outcome:?}");
    let permissions = Permissions { arguments: vec!["x".repeat(600_000); 2], ..Permissions::default() };
    let setup = Setup { permissions, ..Setup::default() };
    let error = compile(&random).unwrap().run(setup).await.unwrap_err();
    assert!(matches!(error, Error::Arguments { bytes: 1_200_002, .. }), "{error}");
    lives_on().await;
}

#[tokio::test]
async fn i8_recursion_and_start_functions_that_fail_end_the_guest_only() {
    let recursion = r#"(module (func $f (export "f") (call $f)))"#;
    let recursed = call_failure(recursion, Setup::default()).await;
    assert!(matches!(&recursed, Failure::Recursion { frames } if frames.len() == 16), "{recursed}");
    // Frames as large as they get, and through a table.
    let locals = "(local i64)".repeat(2000);
    let deep = format!(
        r#"(module (type $t (func)) (table 1 funcref) (elem (i32.const 0) $f)
          (func $f (export "f") {locals} (call_indirect (type $t) (i32.const 0))))"#
    );
    assert!(matches!(call_failure(&deep, Setup::default()).await, Failure::Recursion { .. }));

    let traps = compile("(module (func $s unreachable) (start $s))").unwrap();
    let error = traps.instantiate(Setup::default()).await.unwrap_err();
    let Error::DidNotStart { outcome, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(failure(outcome), Failure::Trap { .. }));
    let loops = compile("(module (func $s (loop (br 0))) (start $s))").unwrap();
    let error =
        loops.instantiate(limited(|limits| limits.busy = Duration::from_millis(20))).await.unwrap_err();
    let Error::DidNotStart { outcome, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(failure(outcome), Failure::Busy { .. }));
    let initialize = r#"(module (func (export "_initialize") (loop (br 0))) (func (export "f")))"#;
    let setup = limited(|limits| limits.busy = Duration::from_millis(20));
    let error = compile(initialize).unwrap().call(setup, "f", &[]).await.unwrap_err();
    assert!(matches!(error, Error::DidNotStart { .. }), "{error}");
    lives_on().await;
}

#[tokio::test]
async fn i9_there_is_no_network() {
    for (name, kind) in [
        ("sock_accept", "(param i32 i32 i32) (result i32)"),
        ("sock_recv", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
    ] {
        let arguments = kind.matches("i32").count() - 1;
        let text = program(
            &format!(r#"(import "wasi_snapshot_preview1" "{name}" (func $socket {kind}))"#),
            &format!("(call $exit (call $socket {}))", "(i32.const 3)".repeat(arguments)),
        );
        let outcome = run(&text, Setup::default()).await.outcome;
        assert!(!outcome.is_success(), "{name}: {outcome:?}");
    }
    // Extensions of preview 1 that have sockets are not there at all.
    let error =
        compile(r#"(module (import "wasi_snapshot_preview1" "sock_open" (func (param i32) (result i32))))"#);
    assert!(matches!(error, Err(Error::UnknownImport { .. })));
}

#[tokio::test]
async fn i10_a_trap_in_one_guest_is_none_in_another_of_the_same_module() {
    let text = r#"(module (func (export "f") (param i32) (result i32)
        (i32.div_u (i32.const 6) (local.get 0))))"#;
    let compiled = compile(text).unwrap();
    let begin = async || compiled.instantiate(Setup::default()).await.unwrap().begin().await.unwrap();
    let (mut a, mut b) = (begin().await, begin().await);
    for round in 1..=3 {
        assert_eq!(b.call("f", &[Value::I32(round)]).await.unwrap(), [Value::I32(6 / round)]);
        assert!(a.call("f", &[Value::I32(0)]).await.is_err());
    }
    assert!(a.finish().outcome != b.finish().outcome);
}

#[tokio::test]
async fn i11_what_one_guest_left_in_its_slot_is_not_seen_by_the_next() {
    let host = Host::new(&HostOptions { guests: 1, ..HostOptions::default() }).unwrap();
    let text = r#"(module (memory 40) (table 100 funcref) (global $g (mut i64) (i64.const 0)) (elem declare func $fill)
      (func $fill (export "fill")
        (memory.fill (i32.const 0) (i32.const 0xa5) (i32.mul (memory.size) (i32.const 65536)))
        (table.fill (i32.const 0) (ref.func $fill) (i32.const 100))
        (global.set $g (i64.const 7)))
      (func (export "look") (result i32) (local $at i32) (local $seen i32)
        (loop $next
          (local.set $seen (i32.or (local.get $seen) (i32.load (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
        (i32.or (local.get $seen)
          (i32.or (i64.ne (global.get $g) (i64.const 0))
            (i32.eqz (ref.is_null (table.get (i32.const 99))))))))"#;
    let compiled =
        host.module("m", wat::parse_str(text).unwrap()).unwrap().compile(&Functions::new()).unwrap();
    // Another module in the same slot, larger than what the first one cleared.
    let other = host.module("m", wat::parse_str(text.replace("memory 40", "memory 90")).unwrap());
    let other = other.unwrap().compile(&Functions::new()).unwrap();
    for round in 0..6 {
        let (first, second) = if round % 2 == 0 { (&compiled, &other) } else { (&other, &compiled) };
        first.call(Setup::default(), "fill", &[]).await.unwrap();
        assert_eq!(first.call(Setup::default(), "look", &[]).await.unwrap(), [Value::I32(0)]);
        first.call(Setup::default(), "fill", &[]).await.unwrap();
        assert_eq!(second.call(Setup::default(), "look", &[]).await.unwrap(), [Value::I32(0)]);
    }
}

#[test]
fn i13_proposals_that_are_not_run_are_named() {
    let error = compile("(module (memory 1 1 shared))").unwrap_err();
    assert!(error.to_string().starts_with("guest: needs threads, which this host does not run"), "{error}");
    assert!(error.hint().is_some());
    assert!(matches!(compile("(module (memory i64 1))"), Err(Error::Unsupported { .. })));
    assert!(compile("(module (func (result v128) (v128.const i64x2 0 0)))").is_ok(), "SIMD is run");
}

#[tokio::test]
async fn i14_calls_that_are_dropped_on_their_way_leave_nothing() {
    let text = program(
        r#"(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))"#,
        r"(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))",
    );
    let host = Host::new(&HostOptions { guests: 2, ..HostOptions::default() }).unwrap();
    let compiled =
        host.module("m", wat::parse_str(text).unwrap()).unwrap().compile(&Functions::new()).unwrap();
    // More of them than there are slots.
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = compiled.run(Setup::default()) => panic!("an hour has gone by"),
            () = tokio::task::yield_now() => {}
        }
    }
    let looping = compile(r#"(module (func (export "f") (loop (br 0))))"#).unwrap();
    for _ in 0..5 {
        let in_time = Duration::from_millis(1);
        assert!(tokio::time::timeout(in_time, looping.call(Setup::default(), "f", &[])).await.is_err());
    }
    lives_on().await;
}

#[test]
fn modules_that_are_none_are_told_what_they_are() {
    let told = |bytes: &[u8]| match HOST.module("m.wasm", bytes.to_vec()) {
        Ok(created) => created.compile(&Functions::new()).map(drop).unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(told(b"").to_string(), "m.wasm: is no WebAssembly (it begins with nothing: it is empty)");
    assert!(matches!(told(b"\x7fELF\x02\x01\x01\0"), Error::NotWasm { .. }));
    assert!(matches!(told(b"\0asm"), Error::Truncated { .. }));
    assert!(matches!(told(b"\0asm\x02\0\0\0"), Error::Invalid { .. }));
    assert!(matches!(told(b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f"), Error::Truncated { .. }));
    // A custom section that says that it has a gigabyte.
    assert!(matches!(told(b"\0asm\x01\0\0\0\0\x80\x80\x80\x80\x04\x01x"), Error::Truncated { .. }));
    let whole = wat::parse_str(NEIGHBOUR).unwrap();
    for length in 8..whole.len() {
        match HOST.module("m", whole[..length].to_vec()).unwrap().compile(&Functions::new()) {
            Err(Error::Truncated { .. } | Error::Invalid { .. }) | Ok(_) => {}
            Err(other) => panic!("{length}: {other}"),
        }
    }
    for at in 8..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            let _ = HOST.module("m", changed).unwrap().compile(&Functions::new());
        }
    }
}

#[tokio::test]
async fn files_that_are_huge_or_no_files_are_refused_without_being_read() {
    let root = tempfile::tempdir().unwrap();
    let huge = root.path().join("huge.wasm");
    std::fs::File::create(&huge).unwrap().set_len(512 << 20).unwrap();
    let error = HOST.module_file(&huge).unwrap_err();
    assert!(matches!(error, Error::TooLarge { bytes: 536_870_912, .. }), "{error}");
    let pipe = root.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), root.path(), std::path::Path::new("/dev/zero")] {
        assert!(matches!(HOST.module_file(path), Err(Error::NotAFile { .. })), "{}", path.display());
    }
    assert!(matches!(HOST.module_file(&root.path().join("missing")), Err(Error::Read { .. })));
    // The same size of zeros in memory is address space that nobody touches.
    let zeros = vec![0; 512 << 20];
    assert!(matches!(HOST.module("zeros", zeros), Err(Error::TooLarge { .. })));
    let small = root.path().join("small.wasm");
    std::fs::write(&small, wat::parse_str(NEIGHBOUR).unwrap()).unwrap();
    let compiled = HOST.module_file(&small).unwrap().compile(&Functions::new()).unwrap();
    assert_eq!(compiled.call(Setup::default(), "add", &[Value::I32(1)]).await.unwrap(), [Value::I32(2)]);
}

#[test]
fn a_flood_of_imports_is_counted_and_not_listed() {
    let imports =
        (0..20_000).map(|n| format!("(import \"env\" \"f{n}\" (func))")).collect::<Vec<_>>().concat();
    let error = compile(&format!("(module {imports})")).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "guest: imports `env.f0` as (), which nobody offers, and 19999 more");
    let Error::UnknownImport { unknown, total, .. } = error else { panic!("{error:?}") };
    assert_eq!((unknown.len(), total), (8, 20_000));
}

#[tokio::test]
async fn a_flood_of_functions_exports_and_data_is_a_module_like_others() {
    let functions = (0..5_000).map(|n| format!("(func (export \"f{n}\"))")).collect::<Vec<_>>().concat();
    let compiled = compile(&format!("(module {functions})")).unwrap();
    assert_eq!(compiled.exports().len(), 5_000);
    let beyond = compile(r#"(module (memory 1) (data (i32.const 65535) "two"))"#).unwrap();
    let error = beyond.instantiate(Setup::default()).await.unwrap_err();
    assert!(matches!(error, Error::DidNotStart { .. }), "{error}");
    lives_on().await;
}

#[test]
fn a_compiled_module_that_somebody_has_changed_is_compiled_again() {
    let root = tempfile::tempdir().unwrap();
    let cache = root.path().join("compiled");
    let options = HostOptions { guests: 2, cache: Some(cache.clone()), ..HostOptions::default() };
    let compile = || {
        let host = Host::new(&options).unwrap();
        let module = host.module("m", wat::parse_str(NEIGHBOUR).unwrap()).unwrap();
        module.compile(&Functions::new()).unwrap()
    };
    assert!(!compile().is_from_cache());
    assert!(compile().is_from_cache());
    let kept = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.filter(|path| path.extension().is_some_and(|extension| extension == "compiled"));
    for path in kept {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(!compile().is_from_cache());
    assert!(compile().is_from_cache(), "and kept again");
}
