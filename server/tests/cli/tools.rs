//! Tools that are missing or broken.

use crate::machine::{MODULE, Machine, PROGRAM};

#[tokio::test]
async fn no_go() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let bin = machine.path("bin");
    let machine = machine.variable("PATH", bin);
    machine.once(&[]).await.refuses(3, "go was not found on PATH", "go.dev");
}

#[tokio::test]
async fn no_tinygo() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let real = dev_server::environment::Environment::capture().unwrap().find("go").unwrap();
    let (bin, empty) = (machine.path("bin"), machine.path("empty"));
    machine.script("go", &format!("exec '{}' \"$@\"", real.display()));
    let machine = machine.variable("PATH", bin).variable("XDG_CACHE_HOME", empty);
    let cache = machine.path("cache").display().to_string();
    let words = ["serve", "--once", "--port", "0", "--cache-dir", &cache, "--compiler", "tinygo"];
    machine.run(words).await.refuses(3, "tinygo was not found on PATH", "");
}

#[tokio::test]
async fn a_go_that_does_not_work() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    machine.script("go", "echo 'this is another program'");
    machine.once(&[]).await.refuses(3, "does not work", "go.dev");
}

#[tokio::test]
async fn a_go_that_is_too_old() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let real = dev_server::environment::Environment::capture().unwrap().find("go").unwrap();
    machine.script("go", &format!("'{}' \"$@\" | sed 's/go1\\.[0-9.]*/go1.18.1/'", real.display()));
    machine.once(&[]).await.refuses(3, "1.18.1", "go.dev");
}

#[tokio::test]
async fn doctor_tells_what_is_missing_and_how_to_get_it() {
    let machine = Machine::with(&[]);
    let bin = machine.path("bin");
    let machine = machine.variable("PATH", bin);
    let ran = machine.run(["doctor"]).await;
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("go.dev"), "{ran:?}");
    let ran = machine.run(["doctor", "--json"]).await;
    assert_eq!(ran.status, 3, "{ran:?}");
    let _: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
}
