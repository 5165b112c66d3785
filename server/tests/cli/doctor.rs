//! `doctor`: what it finds on this machine, and on one that has nothing.

use dev_server::environment::Environment;
use dev_server::toolchain::System;

use crate::machine::Machine;
use crate::run::{dev_server, dev_server_with};

#[tokio::test]
async fn the_tools_of_this_machine_are_found() {
    let home = tempfile::tempdir().unwrap();
    let answer = dev_server(home.path(), &["doctor", "--json"]).await.ended_with(0).json();
    assert_eq!((&answer["usable"], &answer["fix"]), (&true.into(), &serde_json::Value::Null));
    let tools = answer["tools"].as_array().unwrap();
    let fits = |name: &str| &tools.iter().find(|tool| tool["name"] == name).unwrap()["fits"];
    for name in ["go", "tinygo", "warm-compiler"] {
        assert_eq!(fits(name), true, "run `dev-server doctor --fix`: {answer}");
    }
    let table = dev_server(home.path(), &["doctor"]).await.ended_with(0);
    for tool in tools {
        assert!(table.stdout.contains(tool["name"].as_str().unwrap()), "{table:?}");
    }
}

/// A TinyGo on PATH is for whole programs; the warm compiler is that of the cache folder all the same.
#[tokio::test]
async fn a_tinygo_of_the_user_does_not_hide_the_warm_compiler() {
    let machine = Machine::with(&[]);
    let root = machine.path("tinygo");
    machine.write("tinygo/targets/wasm_exec.js", "// glue");
    let body = format!(
        "case $1 in\nversion) echo 'tinygo version 0.40.1 linux/amd64';;\nenv) echo '{}';;\ninfo) echo 'build tags: tinygo';;\nesac",
        root.display()
    );
    machine.script("tinygo", &body);
    // What was made on this machine, but not its memory of versions: this TinyGo must not get into it.
    let (cache, real) = (machine.path("cache"), Environment::capture().unwrap().cache_folder);
    std::fs::create_dir_all(cache.join("dev-server")).unwrap();
    for shelf in ["tinygo", "compiler"] {
        std::os::unix::fs::symlink(real.join(shelf), cache.join("dev-server").join(shelf)).unwrap();
    }
    let machine = machine.variable("XDG_CACHE_HOME", cache);
    let ran = machine.run(["doctor", "--json"]).await;
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let tool = |name: &str| {
        let found = answer["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name);
        found.unwrap_or_else(|| panic!("{ran:?}"))
    };
    assert_eq!((&tool("tinygo")["version"], ran.status), (&"0.40.1".into(), 0));
    assert_eq!(
        (&tool("warm-compiler")["fits"], &tool("warm-compiler")["version"]),
        (&true.into(), &"0.41.1".into())
    );
}

/// The cache is empty, and nothing that the two are made from is on PATH.
#[tokio::test]
async fn a_machine_without_llvm_is_told_what_is_slower_and_what_to_install() {
    let machine = Machine::with(&[]);
    let real = Environment::capture().unwrap().find("go").unwrap();
    let (bin, empty) = (machine.path("bin"), machine.path("empty"));
    machine.script("go", &format!("exec '{}' \"$@\"", real.display()));
    let machine = machine.variable("PATH", bin).variable("XDG_CACHE_HOME", empty);
    let ran = machine.run(["doctor"]).await;
    assert_eq!(ran.status, 0, "programs can be compiled with Go: {ran:?}");
    let (_, row) = ran.stdout.split_once("warm-compiler  no ").unwrap_or_else(|| panic!("{ran:?}"));
    let row = row.split("wasm-opt").next().unwrap_or_default();
    assert!(row.contains("single functions after an edit") && row.contains("remedy: "), "{row}");
    if System::detect() == System::Debian {
        assert!(row.contains("apt-get install") && row.contains("clang-19 lld-19"), "{row}");
        assert!(row.contains("`dev-server doctor --fix`: it builds the warm compiler"), "{row}");
    }
}

#[tokio::test]
async fn a_machine_without_go_is_told_so_by_status_and_remedy() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("HOME", home.path()), ("PATH", home.path())];
    let told = dev_server_with(home.path(), &variables, &["doctor"]).await.ended_with(3);
    assert!(told.stdout.contains("go             MISSING") && told.stdout.contains("remedy: "), "{told:?}");
    let project = crate::run::program(home.path(), "app");
    let failed = dev_server_with(&project, &variables, &["build"]).await.ended_with(3);
    assert!(failed.stderr.contains("go was not found on PATH\nhint: "), "{failed:?}");
}
