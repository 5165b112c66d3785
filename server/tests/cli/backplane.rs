//! A server that builds, a real broker, and hubs: what a browser's client of them is told.

use std::process::Stdio;

use bytes::Bytes;
use dev_server::backplane::LocalBroker;
use dev_server::environment::Environment;
use dev_server_client::{Address, Client, ClientEvent, EventPlace, Options, Position};
use serde_json::Value;

use crate::run::{dev_server, program, write_main};
use crate::running::{Running, within};

pub(crate) fn address(listening: &Value) -> Address {
    let url = listening["url"].as_str().unwrap();
    let token = listening["token"].as_str().unwrap();
    url.parse::<Address>().unwrap().with_token(token).unwrap()
}

/// A client of the program, over all hubs that it talks to.
#[derive(Default)]
pub(crate) struct Page {
    client: Option<Client>,
    pub(crate) module: Bytes,
    pub(crate) events: Vec<u64>,
    pub(crate) recovered: Vec<bool>,
    position: Position,
}

impl Page {
    /// Goes to a hub with what it has.
    pub(crate) fn connect(&mut self, hub: &Value) {
        let number = self.events.last().copied().unwrap_or(0);
        self.client = Some(Client::connect(Options {
            program: "app".into(),
            position: self.position.clone(),
            follow_events: Some(EventPlace { epoch: self.position.epoch.clone(), number }),
            ..Options::new(address(hub))
        }));
    }

    pub(crate) async fn until(&mut self, reached: impl Fn(&Self) -> bool) {
        let hearing = async {
            while !reached(self) {
                let client = self.client.as_mut().unwrap();
                match client.next().await.expect("it goes on") {
                    ClientEvent::Welcome(welcome) => {
                        self.position.epoch = welcome.envelope.epoch;
                        self.recovered.push(welcome.body.recovered);
                    }
                    ClientEvent::Event(event) => self.events.push(event.number),
                    ClientEvent::Update(update) => {
                        let applied = update.done(&self.module, 0);
                        self.module = applied.base.clone();
                        self.position.base = applied.base.clone();
                        self.position.sequence = update.envelope.sequence;
                        client.speaker().applied(&update, applied).await.unwrap();
                    }
                    _ => {}
                }
            }
        };
        within("what is waited for", hearing).await;
    }
}

#[tokio::test]
async fn a_page_of_a_hub_has_what_is_built_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let broker = LocalBroker::start(folder.path(), &Environment::capture().unwrap()).await.unwrap();
    let url = broker.url();
    let app = program(folder.path(), "app");
    let key = folder.path().join("hubs.key");
    let key = key.to_str().unwrap();
    let words = ["serve", app.to_str().unwrap(), "--compiler", "go", "--port", "0"];
    let mut builder = Running::here(
        &[&words[..], &["--backplane", &url, "--backplane-key", key]].concat(),
        Stdio::inherit(),
    );
    builder.event("listening").await;
    builder.event("build").await;

    let hub = || ["hub", "--backplane", &url, "--backplane-key", key, "--port", "0"];
    let mut first = Running::here(&hub(), Stdio::inherit());
    let mut second = Running::here(&hub(), Stdio::inherit());
    let (at_first, at_second) = (first.event("following").await, second.event("following").await);
    assert_eq!(at_first["token"], at_second["token"], "a page goes from one to the other");
    let mut page = Page::default();
    page.connect(&at_first);
    page.until(|page| !page.module.is_empty() && page.events.len() > 2).await;
    let before = page.module.clone();
    first.kill().await;

    write_main(&app, "println(\"another text\")");
    page.connect(&at_second);
    let had = page.events.len();
    page.until(|page| page.module != before && page.events.len() > had).await;
    assert_eq!(page.recovered, [false, true]);
    assert_eq!(page.events, (1..).take(page.events.len()).collect::<Vec<u64>>());
    drop(builder);
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.key");
    let words = ["hub", "--backplane", "nats://127.0.0.1:1", "--backplane-key", missing.to_str().unwrap()];
    let run = dev_server(folder.path(), &words).await.ended_with(2);
    assert!(
        run.stderr.contains("cannot use the key") && run.stderr.contains("hint: copy the file"),
        "{run:?}"
    );
    std::fs::write(&missing, "no key").unwrap();
    let run = dev_server(folder.path(), &words).await.ended_with(2);
    assert!(run.stderr.contains("chmod 600"), "{run:?}");
}
