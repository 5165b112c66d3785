//! A server that builds, a real broker, and hubs: what a browser's client of them is told.

use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use dev_server::backplane::LocalBroker;
use dev_server::environment::Environment;
use dev_server_client::{Address, Client, ClientEvent, EventPlace, Options, Position};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::run::{dev_server, program, write_main};

/// Longer than anything here takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);

/// A process that says in lines of JSON what it does. Dropping it kills it.
pub(crate) struct Speaker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Speaker {
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::start_saying(words, Stdio::inherit())
    }

    /// The same, whose other output goes to `said`.
    #[expect(clippy::disallowed_methods, reason = "it is read while it runs")]
    pub(crate) fn start_saying(words: &[&str], said: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dev-server"))
            .args(words)
            .arg("--json")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(said)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) async fn says(&mut self, event: &str) -> Value {
        let waiting = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                let said: Value = serde_json::from_str(&line).unwrap();
                if said["event"] == event {
                    return said;
                }
            }
            panic!("it has ended without {event}")
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{event} does not come"))
    }

    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

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
        let heard = tokio::time::timeout(DEADLINE, hearing).await;
        assert!(heard.is_ok(), "told only {:?} and events {:?}", self.module, self.events);
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
    let mut builder = Speaker::start(&[&words[..], &["--backplane", &url, "--backplane-key", key]].concat());
    builder.says("listening").await;
    builder.says("build").await;

    let hub = || ["hub", "--backplane", &url, "--backplane-key", key, "--port", "0"];
    let mut first = Speaker::start(&hub());
    let mut second = Speaker::start(&hub());
    let (at_first, at_second) = (first.says("following").await, second.says("following").await);
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
