//! The form of a vector, and a way to write one down step by step. What is expected is said here and never computed by a
//! client.

use dev_server_proto::Encoded;
use dev_server_proto::v1::{ServerFrame, server_frame::Body};
use serde::Serialize;

use crate::frames::hexadecimal;

/// One conversation.
#[derive(Serialize)]
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    about: &'static str,
    /// What a client must be able to do; one that is not passes by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<&'static str>,
    client: Has,
    steps: Vec<Step>,
    #[serde(skip)]
    now: State,
}

/// What the client is and has at the start.
#[derive(Serialize)]
struct Has {
    program: &'static str,
    manifest: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    follows_events: bool,
}

/// A published state.
#[derive(Serialize, Clone)]
pub(crate) struct At {
    pub(crate) epoch: String,
    pub(crate) sequence: u64,
    pub(crate) base: String,
    pub(crate) patch: u32,
    pub(crate) manifest: String,
}

#[derive(Clone)]
struct State {
    at: At,
    wants_whole: bool,
    /// Epoch and number of the last event.
    event: (String, u64),
}

#[derive(Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Step {
    /// A socket opens.
    Open { expect: Expect },
    /// The server says something.
    Receive { says: String, bytes: String, expect: Expect },
    /// The host of the client will not be able to do the next update.
    HostFails { stage: &'static str, message: &'static str },
    /// The host will not have done the next update before it is told to go on.
    HostWaits,
    /// The host does what it was to do.
    HostGoesOn { expect: Expect },
    /// The connection ends.
    Close { code: u16, expect: Expect },
}

#[derive(Serialize)]
struct Expect {
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    sends: Vec<Sent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tells: Vec<Tells>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'static str>,
    standing: &'static str,
    at: At,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Sent {
    Hello {
        protocol_version: u32,
        program: &'static str,
        #[serde(flatten)]
        at: At,
        wants_whole: bool,
    },
    Applied {
        epoch: String,
        sequence: u64,
        base: String,
        patch: u32,
        level: i32,
    },
    Failed {
        epoch: String,
        sequence: u64,
        base: String,
        patch: u32,
        stage: &'static str,
    },
    FollowEvents {
        epoch: String,
        after: u64,
    },
}

/// What the client tells whoever follows events.
#[derive(Serialize, Clone)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tells {
    Event { number: u64, json: String },
    Skipped { first: u64, last: u64 },
    Restarted {},
}

pub(crate) const PROGRAM: &str = "demo";

impl Vector {
    /// A client that has just been started, of a page whose files have the digest `manifest`.
    pub(crate) fn new(name: &'static str, about: &'static str) -> Self {
        let manifest = "ee".repeat(32);
        let at = At { epoch: String::new(), sequence: 0, base: String::new(), patch: 0, manifest };
        Self {
            name,
            about,
            needs: Vec::new(),
            client: Has { program: PROGRAM, manifest: at.manifest.clone(), follows_events: false },
            steps: Vec::new(),
            now: State { at, wants_whole: false, event: (String::new(), 0) },
        }
    }

    pub(crate) fn needs(mut self, ability: &'static str) -> Self {
        self.client.follows_events |= ability == "events";
        self.needs.push(ability);
        self
    }

    fn expect(&self) -> Expect {
        Expect {
            verdict: None,
            reason: None,
            sends: Vec::new(),
            tells: Vec::new(),
            connection: None,
            standing: if self.now.wants_whole { "awaiting-full" } else { "following" },
            at: self.now.at.clone(),
        }
    }

    /// The client says who it is and what it has.
    pub(crate) fn opens(mut self) -> Self {
        let mut expect = self.expect();
        expect.sends.push(Sent::Hello {
            protocol_version: 1,
            program: PROGRAM,
            at: self.now.at.clone(),
            wants_whole: self.now.wants_whole,
        });
        if self.client.follows_events {
            let (epoch, after) = self.now.event.clone();
            expect.sends.push(Sent::FollowEvents { epoch, after });
        }
        self.steps.push(Step::Open { expect });
        self
    }

    fn receives(mut self, says: impl Into<String>, bytes: &[u8], expect: Expect) -> Self {
        self.steps.push(Step::Receive { says: says.into(), bytes: hexadecimal(bytes), expect });
        self
    }

    /// The update is applied, and the client is at `base` and `patch` then.
    pub(crate) fn takes(self, says: &str, frame: &ServerFrame, base: &str, patch: u32) -> Self {
        let bytes = Encoded::new(frame).payload();
        self.takes_bytes(says, &bytes, frame, base, patch)
    }

    /// The same for bytes that say more than `frame`.
    pub(crate) fn takes_bytes(
        mut self,
        says: &str,
        bytes: &[u8],
        frame: &ServerFrame,
        base: &str,
        patch: u32,
    ) -> Self {
        let applied = self.applied(says, frame, base, patch);
        let mut expect = self.expect();
        expect.verdict = Some("take");
        expect.sends.push(applied);
        self.receives(says, bytes, expect)
    }

    /// The update is given to the host, which has it until it is told to go on.
    pub(crate) fn waits(mut self, says: &str, frame: &ServerFrame) -> Self {
        self.steps.push(Step::HostWaits);
        let expect = Expect { verdict: Some("take"), ..self.expect() };
        self.receives(says, &Encoded::new(frame).payload(), expect)
    }

    /// The host does the update that it has, and the client is at `base` and `patch` then. Where there is another connection
    /// by then, it says so there, leaves and comes back.
    pub(crate) fn goes_on(mut self, frame: &ServerFrame, base: &str, patch: u32, is_connected: bool) -> Self {
        let applied = self.applied("what the host has", frame, base, patch);
        let mut expect = self.expect();
        if is_connected {
            expect.connection = Some("waiting");
            expect.sends.push(applied);
        }
        self.steps.push(Step::HostGoesOn { expect });
        self
    }

    /// The client is where the update leads; what it says then.
    fn applied(&mut self, says: &str, frame: &ServerFrame, base: &str, patch: u32) -> Sent {
        let Some(Body::Update(update)) = &frame.body else { panic!("{says}: no update") };
        let epoch = hexadecimal(&frame.epoch);
        let manifest = match &update.manifest {
            unknown if unknown.is_empty() => self.now.at.manifest.clone(),
            manifest => hexadecimal(manifest),
        };
        let sequence = frame.sequence;
        self.now.at = At { epoch: epoch.clone(), sequence, base: base.to_owned(), patch, manifest };
        self.now.wants_whole = false;
        // What a client does not know is the gravest level.
        let level = if (1..=5).contains(&update.level) { update.level } else { 5 };
        Sent::Applied { epoch, sequence, base: base.to_owned(), patch, level }
    }

    /// Nothing is done and nothing said.
    pub(crate) fn ignores(self, says: &str, frame: &ServerFrame, reason: &'static str) -> Self {
        let expect = Expect { verdict: Some("ignore"), reason: Some(reason), ..self.expect() };
        self.receives(says, &Encoded::new(frame).payload(), expect)
    }

    /// Nothing that runs is touched, and the server is told.
    pub(crate) fn refuses(mut self, says: &str, frame: &ServerFrame, reason: &'static str) -> Self {
        self.now.wants_whole = true;
        let mut expect = self.expect();
        expect.verdict = Some("refuse");
        expect.reason = Some(reason);
        expect.sends.push(self.failed(frame, "patch"));
        self.receives(says, &Encoded::new(frame).payload(), expect)
    }

    /// The update is taken, and its host cannot do it.
    pub(crate) fn fails(
        mut self,
        says: &str,
        frame: &ServerFrame,
        stage: &'static str,
        message: &'static str,
    ) -> Self {
        self.steps.push(Step::HostFails { stage, message });
        self.now.wants_whole = true;
        let mut expect = self.expect();
        expect.verdict = Some("take");
        expect.sends.push(self.failed(frame, stage));
        self.receives(says, &Encoded::new(frame).payload(), expect)
    }

    fn failed(&self, frame: &ServerFrame, stage: &'static str) -> Sent {
        let At { base, patch, .. } = self.now.at.clone();
        Sent::Failed { epoch: hexadecimal(&frame.epoch), sequence: frame.sequence, base, patch, stage }
    }

    /// Whatever it means to people, it changes nothing about updates.
    pub(crate) fn hears(self, says: impl Into<String>, bytes: &[u8]) -> Self {
        let expect = self.expect();
        self.receives(says, bytes, expect)
    }

    /// The client leaves by itself and comes back.
    pub(crate) fn leaves(self, says: &str, bytes: &[u8]) -> Self {
        let expect = Expect { connection: Some("waiting"), ..self.expect() };
        self.receives(says, bytes, expect)
    }

    /// Something for those who follow events. `number` is that of the last event that the client knows of then.
    pub(crate) fn tells(mut self, says: &str, frame: &ServerFrame, tells: &[Tells], number: u64) -> Self {
        self.now.event = (hexadecimal(&frame.epoch), number);
        let expect = Expect { tells: tells.to_vec(), ..self.expect() };
        self.receives(says, &Encoded::new(frame).payload(), expect)
    }

    pub(crate) fn closes(mut self, code: u16, connection: &'static str) -> Self {
        let expect = Expect { connection: Some(connection), ..self.expect() };
        self.steps.push(Step::Close { code, expect });
        self
    }
}
