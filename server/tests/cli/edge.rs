//! Hubs in unusual times: before there is a builder, and with more than one.

use std::path::Path;
use std::time::Instant;

use dev_server::backplane::{BackplaneKey, LocalBroker};
use dev_server::environment::Environment;
use dev_server_client::{Client, ClientEvent, Options, State};
use serde_json::Value;

use crate::backplane::{DEADLINE, Page, Speaker, address};
use crate::page::get;
use crate::run::program;

async fn broker(folder: &Path) -> LocalBroker {
    LocalBroker::start(folder, &Environment::capture().unwrap()).await.unwrap()
}

/// The file of a key that a server and hubs can share.
fn key(folder: &Path) -> String {
    let path = folder.join("hubs.key");
    BackplaneKey::open_or_make(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Host and port, and the header with the token.
fn door(following: &Value) -> (String, String) {
    let token = following["token"].as_str().unwrap();
    (address(following).authority().to_owned(), format!("Authorization: Bearer {token}"))
}

#[tokio::test]
async fn a_hub_without_a_builder_says_so_and_begins_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let mut hub = Speaker::start(&["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"]);
    let following = hub.says("following").await;
    let (at, bearer) = door(&following);
    let notice = hub.says("notice").await;
    assert!(notice["message"].as_str().unwrap().contains("waiting for a server that builds"), "{notice}");

    let (head, body) = get(&at, "/healthz", &[]).await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 2"), "{head}");
    assert_eq!(body, "waiting for a builder\n");
    for target in ["/", "/app/", "/app/main.wasm", "/m/00.wasm"] {
        let (head, body) = get(&at, target, &[&bearer]).await;
        assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("refresh: 2"), "{target}: {head}");
        assert!(body.contains("Waiting for a builder"), "{target}: {body}");
        let (head, body) = get(&at, target, &[]).await;
        assert!(head.starts_with("HTTP/1.1 401 ") && !body.contains("builder"), "{target}: {head}");
    }
    let (head, status) = get(&at, "/__dev/status", &[&bearer]).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && status["waiting_for"] == "a builder", "{status}");
    assert!(get(&at, "/metrics", &[]).await.1.contains("devserver_sessions"));

    // A page that was open comes and is told to come again, and does.
    let mut early = Client::connect(Options { program: "app".into(), ..Options::new(address(&following)) });
    let mut waited = false;
    while !waited {
        match tokio::time::timeout(DEADLINE, early.next()).await.unwrap().unwrap() {
            ClientEvent::State(State::Waiting { .. }) => waited = true,
            ClientEvent::State(State::Connecting { .. }) => {}
            other => panic!("{other:?}"),
        }
    }

    let app = program(folder.path(), "app");
    let words = ["serve", app.to_str().unwrap(), "--compiler", "go", "--port", "0"];
    let builder = Speaker::start(&[&words[..], &["--backplane", &url, "--backplane-key", &key]].concat());
    let told = async {
        loop {
            if let ClientEvent::Update(update) = early.next().await.unwrap() {
                return update;
            }
        }
    };
    tokio::time::timeout(DEADLINE, told).await.expect("the page is told what was built");
    let begun = Instant::now();
    while !get(&at, "/healthz", &[]).await.0.starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < DEADLINE);
    }
    let (head, _) = get(&at, "/app/", &[&bearer]).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut page = Page::default();
    page.connect(&following);
    page.until(|page| !page.module.is_empty()).await;
    drop(builder);
}
