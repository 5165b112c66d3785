//! `doctor`: what it finds on this machine, and on one that has nothing.

use crate::run::{dev_server, dev_server_with};

#[tokio::test]
async fn the_tools_of_this_machine_are_found() {
    let home = tempfile::tempdir().unwrap();
    let answer = dev_server(home.path(), &["doctor", "--json"]).await.ended_with(0).json();
    assert_eq!((&answer["usable"], &answer["fix"]), (&true.into(), &serde_json::Value::Null));
    let go = &answer["tools"][0];
    assert_eq!((&go["name"], &go["fits"]), (&"go".into(), &true.into()));
    let table = dev_server(home.path(), &["doctor"]).await.ended_with(0);
    for tool in answer["tools"].as_array().unwrap() {
        assert!(table.stdout.contains(tool["name"].as_str().unwrap()), "{table:?}");
    }
}

#[tokio::test]
async fn a_machine_without_go_is_told_so_by_status_and_remedy() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("HOME", home.path()), ("PATH", home.path())];
    let told = dev_server_with(home.path(), &variables, &["doctor"]).await.ended_with(3);
    assert!(told.stdout.contains("go        MISSING") && told.stdout.contains("remedy: "), "{told:?}");
    let project = crate::run::program(home.path(), "app");
    let failed = dev_server_with(&project, &variables, &["build"]).await.ended_with(3);
    assert!(failed.stderr.contains("go was not found on PATH\nhint: "), "{failed:?}");
}
