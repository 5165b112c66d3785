//! The conversations of `proto/vectors`, as their README says how to read them.

use std::path::Path;

use bytes::Bytes;
use dev_server_client::{
    Client, ClientEvent, Envelope, EventPlace, Failed, Idle, Judgement, Options, Position, Refusal, Standing,
    State, Update,
};
use dev_server_proto::decode_server;
use dev_server_proto::v1::{self, client_frame, server_frame};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Server, next, options, pair};

#[derive(Deserialize)]
struct Vector {
    name: String,
    client: Has,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Has {
    program: String,
    manifest: String,
    #[serde(default)]
    follows_events: bool,
}

#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Step {
    Open { expect: Expect },
    Receive { says: String, bytes: String, expect: Expect },
    HostFails { stage: String, message: String },
    HostWaits,
    HostGoesOn { expect: Expect },
    Close { code: u16, expect: Expect },
}

#[derive(Deserialize)]
struct Expect {
    verdict: Option<String>,
    reason: Option<String>,
    sends: Vec<Value>,
    #[serde(default)]
    tells: Vec<Value>,
    connection: Option<String>,
    standing: String,
    at: Value,
}

#[tokio::test]
async fn every_vector_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/vectors");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for vector in vectors {
                count += 1;
                Run::new(&vector).all(vector.steps).await;
            }
        }
    }
    assert!(count > 30, "{count} vectors");
}

/// A client with a host that does what it is told to, and the other end of its socket.
struct Run {
    name: String,
    client: Client,
    server: Server,
    fails: Option<Failed>,
    waits: bool,
    /// What the host has and has not done yet.
    held: Option<Update>,
    fences: u32,
}

impl Run {
    fn new(vector: &Vector) -> Self {
        let Has { program, manifest, follows_events } = &vector.client;
        let position = Position { manifest: bytes(manifest), ..Position::default() };
        let follow_events = follows_events.then(EventPlace::default);
        let (client, server) = pair(Options { position, follow_events, ..options(program) }, 64 * 1024);
        Self { name: vector.name.clone(), client, server, fails: None, waits: false, held: None, fences: 0 }
    }

    async fn all(mut self, steps: Vec<Step>) {
        for (number, step) in steps.into_iter().enumerate() {
            let place = format!("{}, step {number}", self.name);
            match step {
                Step::HostFails { stage, message } => {
                    self.fails = Some(Failed { stage, message, ..Failed::default() });
                }
                Step::HostWaits => self.waits = true,
                Step::HostGoesOn { expect } => {
                    let held = self.held.take().expect(&place);
                    self.answer(held).await;
                    for expected in &expect.sends {
                        assert_eq!(&sent(self.server.hear().await), expected, "{place}");
                    }
                    if expect.connection.is_some() {
                        self.ends(&place, &expect).await;
                        self.check_standing(&place, &expect);
                    }
                }
                Step::Open { expect } => {
                    self.server.accept().await;
                    self.check(&place, expect).await;
                }
                Step::Close { code, expect } => {
                    // What is done before the next connection is done before its Hello.
                    self.server.shut().await;
                    self.server.close(code).await;
                    self.ends(&place, &expect).await;
                    self.check_standing(&place, &expect);
                }
                Step::Receive { says, bytes: text, expect } => {
                    let place = format!("{place} ({says})");
                    let bytes = bytes(&text);
                    self.check_verdict(&place, &bytes, &expect);
                    self.server.say_bytes(bytes).await;
                    if expect.connection.is_some() {
                        self.ends(&place, &expect).await;
                        self.check_standing(&place, &expect);
                    } else {
                        self.check(&place, expect).await;
                    }
                }
            }
        }
    }

    fn check_verdict(&self, place: &str, bytes: &[u8], expect: &Expect) {
        let Some(verdict) = &expect.verdict else { return };
        let frame = decode_server(bytes).unwrap();
        let Some(server_frame::Body::Update(update)) = &frame.body else { panic!("{place}: no update") };
        let said = match self.client.speaker().standing().judge(&Envelope::of(&frame), update) {
            Judgement::Take => ("take", None),
            Judgement::Ignore(Idle::NotNewer) => ("ignore", Some("not-newer")),
            Judgement::Ignore(Idle::AwaitingFull) => ("ignore", Some("awaiting-full")),
            Judgement::Refuse(Refusal::OtherBase { .. }) => ("refuse", Some("other-base")),
            Judgement::Refuse(Refusal::NoPatches) => ("refuse", Some("no-patches")),
            Judgement::Refuse(Refusal::MissingLink { .. }) => ("refuse", Some("missing-link")),
            Judgement::Refuse(Refusal::Damaged { .. }) => ("refuse", Some("damaged")),
        };
        assert_eq!(said, (verdict.as_str(), expect.reason.as_deref()), "{place}");
    }

    /// Plays the host until all that was said before is done, and compares what the client has made of it.
    async fn check(&mut self, place: &str, expect: Expect) {
        self.fences += 1;
        let fence = v1::Building { running: true, expected_ms: self.fences };
        self.server.say_body(server_frame::Body::Building(fence)).await;
        let (mut tells, mut verdict) = (Vec::new(), "ignore");
        loop {
            match next(&mut self.client).await {
                ClientEvent::Building(told) if told.body.expected_ms == self.fences => break,
                ClientEvent::Update(update) => {
                    verdict = "take";
                    if std::mem::take(&mut self.waits) {
                        self.held = Some(*update);
                    } else {
                        self.answer(*update).await;
                    }
                }
                ClientEvent::Refused(_) => verdict = "refuse",
                ClientEvent::Event(event) => {
                    tells.push(json!({"event": {"number": event.number, "json": event.json}}));
                }
                ClientEvent::EventsSkipped { first, last } => {
                    tells.push(json!({"skipped": {"first": first, "last": last}}));
                }
                ClientEvent::EventsRestarted => tells.push(json!({"restarted": {}})),
                _ => {}
            }
        }
        assert_eq!(tells, expect.tells, "{place}");
        assert_eq!(verdict, expect.verdict.as_deref().unwrap_or("ignore"), "{place}");
        let end = format!("fence {}", self.fences);
        self.client.speaker().want_snapshot(end.clone()).await.unwrap();
        let mut sends = Vec::new();
        loop {
            match self.server.hear().await {
                client_frame::Body::WantSnapshot(want) if want.file == end => break,
                body => sends.push(sent(body)),
            }
        }
        assert_eq!(sends.len(), expect.sends.len(), "{place}: {sends:?}");
        for (sent, expected) in sends.iter().zip(&expect.sends) {
            assert_eq!(sent, expected, "{place}");
        }
        self.check_standing(place, &expect);
    }

    async fn answer(&mut self, update: Update) {
        let speaker = self.client.speaker();
        let Position { base, patch, .. } = speaker.standing().at().clone();
        match self.fails.take() {
            Some(failed) => speaker.failed(&update, Failed { base, patch, ..failed }).await,
            None => speaker.applied(&update, update.done(&base, patch)).await,
        }
        .unwrap();
    }

    async fn ends(&mut self, place: &str, expect: &Expect) {
        let connection = loop {
            match next(&mut self.client).await {
                ClientEvent::State(State::Waiting { .. }) => break "waiting",
                ClientEvent::State(State::Closed { .. }) => break "closed",
                _ => {}
            }
        };
        assert_eq!(Some(connection), expect.connection.as_deref(), "{place}");
        if connection == "closed" {
            assert_eq!(self.client.next().await, None, "{place}");
        }
    }

    fn check_standing(&self, place: &str, expect: &Expect) {
        let standing = self.client.speaker().standing();
        let name = match &standing {
            Standing::Following(_) => "following",
            Standing::AwaitingFull { .. } => "awaiting-full",
        };
        assert_eq!(name, expect.standing, "{place}");
        let Position { epoch, sequence, base, patch, manifest } = standing.at();
        let at = json!({
            "epoch": text(epoch), "sequence": sequence, "base": text(base), "patch": patch,
            "manifest": text(manifest),
        });
        assert_eq!(at, expect.at, "{place}");
    }
}

/// A frame of the client with the fields that the vectors name.
fn sent(body: client_frame::Body) -> Value {
    match body {
        client_frame::Body::Hello(hello) => json!({"hello": {
            "protocol_version": hello.protocol_version, "program": hello.program, "epoch": text(&hello.epoch),
            "sequence": hello.sequence, "base": text(&hello.base), "patch": hello.patch,
            "manifest": text(&hello.manifest), "wants_whole": hello.wants_whole,
        }}),
        client_frame::Body::Applied(applied) => json!({"applied": {
            "epoch": text(&applied.epoch), "sequence": applied.sequence, "base": text(&applied.base),
            "patch": applied.patch, "level": applied.level,
        }}),
        client_frame::Body::Failed(failed) => json!({"failed": {
            "epoch": text(&failed.epoch), "sequence": failed.sequence, "base": text(&failed.base),
            "patch": failed.patch, "stage": failed.stage,
        }}),
        client_frame::Body::FollowEvents(follow) => {
            json!({"follow_events": {"epoch": text(&follow.epoch), "after": follow.after}})
        }
        other => panic!("no vector has {other:?}"),
    }
}

fn bytes(text: &str) -> Bytes {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn text(bytes: &Bytes) -> String {
    format!("{bytes:x}")
}
