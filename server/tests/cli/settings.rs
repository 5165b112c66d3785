//! Flags and settings that cannot be used, and places that are taken or closed.

use std::net::TcpListener;

use crate::machine::{MODULE, Machine, PROGRAM};

fn machine() -> Machine {
    Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)])
}

#[tokio::test]
async fn a_misspelt_key_is_refused_with_a_suggestion() {
    let machine = machine();
    machine.write("project/dev-server.toml", "port = 7800\nstrict_prot = true\n");
    let ran = machine.once(&[]).await;
    ran.refuses(2, "dev-server.toml:2:1: unknown field `strict_prot`", "did you mean `strict_port`?");
}

#[tokio::test]
async fn a_project_cannot_set_what_is_the_users() {
    let machine = machine();
    machine.write("project/dev-server.toml", "editor = [\"/bin/sh\"]\n");
    machine.once(&[]).await.refuses(2, "`editor` cannot be set by a project", "config.toml");
}

#[tokio::test]
async fn a_file_of_flags_outside_of_the_project_is_refused() {
    let machine = machine();
    for file in ["../flags.toml", "/etc/passwd", "."] {
        machine.write("project/dev-server.toml", &format!("flags = \"{file}\"\n"));
        machine.once(&[]).await.refuses(2, "is no file in the project", "dev-flags.toml");
    }
}

#[tokio::test]
async fn a_host_module_outside_of_the_project_is_the_users_to_name() {
    let machine = machine();
    for path in ["../other", "/etc"] {
        machine.write("project/dev-server.toml", &format!("host_module = \"{path}\"\n"));
        machine.once(&[]).await.refuses(2, "is not in the project", "host_module");
    }
    machine.write("project/dev-server.toml", "host_module = \"nowhere\"\n");
    machine.once(&[]).await.refuses(2, "nowhere is not there", "the folder of a Go program");
    machine.write("project/dev-server.toml", "");
    let words = ["--host-module", ".", "--route", "/__dev"];
    machine.once(&words).await.refuses(2, "`/__dev` is not a path prefix", "/api");
}

#[tokio::test]
async fn an_unknown_flag_is_refused_with_a_suggestion() {
    let ran = machine().run(["serve", "--strict-prot"]).await;
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("--strict-port"), "{ran:?}");
    let ran = machine().run(["sevre"]).await;
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[tokio::test]
async fn flags_that_could_run_programs_are_refused() {
    for flags in ["-extld=/tmp/x", "-linkmode=external", "-X"] {
        let ran = machine().once(&["--ldflags", flags]).await;
        assert_eq!(ran.status, 2, "{flags}: {ran:?}");
        assert!(ran.stderr.contains("hint: "), "{flags}: {ran:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_leads_nowhere_is_refused() {
    let machine = machine();
    let ran = machine.once(&["--proxy", "/api"]).await;
    assert_eq!(ran.status, 2, "{ran:?}");
    let ran = machine.once(&["--proxy", "/api=file:///etc/passwd"]).await;
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("hint: "), "{ran:?}");
}

#[tokio::test]
async fn a_busy_port_is_an_error_only_when_it_must_be_this_one() {
    let machine = machine();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let port_text = port.to_string();
    let ran = machine.once(&["--port", &port_text, "--strict-port"]).await;
    ran.refuses(4, &format!("port {port} of 127.0.0.1 is in use"), "--port");
    let ran = machine.once(&["--port", &port_text]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let url = ran.events()[0]["url"].as_str().unwrap().to_owned();
    assert!(!url.contains(&format!(":{port_text}/")), "{url}");
}

#[tokio::test]
async fn an_address_of_another_machine_cannot_be_listened_on() {
    let ran = machine().once(&["--host", "203.0.113.9"]).await;
    ran.refuses(4, "cannot listen on 203.0.113.9", "--host");
}

/// Who runs as root may write everywhere; a file in place of the folder stops root as well.
#[tokio::test]
async fn a_cache_that_cannot_be_written() {
    let machine = machine();
    machine.write("cache", "a file");
    let ran = machine.once(&[]).await;
    ran.refuses(5, &machine.path("cache").display().to_string(), "--cache-dir");
    assert_eq!(std::fs::read_to_string(machine.path("cache")).unwrap(), "a file");
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_written() {
    let machine = machine();
    std::fs::remove_dir(machine.path("state")).unwrap();
    machine.write("state", "a file");
    machine.once(&[]).await.refuses(5, &machine.path("state").display().to_string(), "");
}

#[tokio::test]
async fn without_a_home_folder() {
    let machine =
        machine().variable("HOME", "").variable("XDG_CACHE_HOME", "").variable("XDG_STATE_HOME", "");
    let ran = machine.once(&[]).await;
    // Some systems find the home folder in the user database.
    assert!(ran.status == 5 || ran.status == 0, "{ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
}

#[tokio::test]
async fn the_schema_is_printed() {
    let ran = machine().run(["schema"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(schema["properties"]["strict_port"].is_object());
}
