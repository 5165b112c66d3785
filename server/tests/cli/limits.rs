//! Compilers that misbehave.

use crate::machine::{MODULE, Machine, PROGRAM, lives};

#[tokio::test]
async fn a_compiler_that_hangs_is_ended_with_all_it_started() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let id = machine.path("id");
    machine.go_that_builds_with(&format!(
        "sleep 1000 & echo $! > '{0}.part' && mv '{0}.part' '{0}'\nwait",
        id.display()
    ));
    let ran = machine.once(&["--build-timeout", "2"]).await;
    ran.fails("did not finish within 2 s", "build_timeout");
    assert!(!lives(&id), "a grandchild of the compiler is still there");
}

#[tokio::test]
async fn a_module_of_512_megabytes_is_refused() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    // A file with a hole: the size without the bytes.
    machine.go_that_builds_with(
        "printf '\\000asm\\001\\000\\000\\000' > \"$3\"\ntruncate -s 512M \"$3\"\nexit 0",
    );
    let ran = machine.once(&[]).await;
    ran.fails("512", "");
    assert!(ran.events().iter().all(|event| event["event"] != "release"), "{ran:?}");
}

#[tokio::test]
async fn what_is_no_module_is_refused() {
    for (body, words) in [
        ("echo nonsense > \"$3\"; exit 0", "invalid module"),
        ("printf '\\000asm\\001\\000\\000\\000\\001\\377' > \"$3\"; exit 0", ""),
        ("exit 0", ""),
    ] {
        let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
        machine.go_that_builds_with(body);
        let ran = machine.once(&[]).await;
        ran.fails(words, "");
        assert!(ran.events().iter().all(|event| event["event"] != "release"), "{ran:?}");
    }
}

#[tokio::test]
async fn a_compiler_that_talks_without_end_is_cut_short() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    machine.go_that_builds_with("yes 'main.go:3:1: too much to say' | head -c 50000000 >&2; exit 1");
    let ran = machine.once(&[]).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    let diagnostics = ran.diagnostics();
    assert!(!diagnostics.is_empty() && diagnostics.len() < 2000, "{}", diagnostics.len());
}

#[tokio::test]
async fn a_compiler_that_is_killed_says_so() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    machine.go_that_builds_with("kill -9 $$");
    machine.once(&[]).await.fails("ended with signal: 9", "memory");
}
