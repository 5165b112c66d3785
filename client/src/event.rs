//! What a client tells the program that uses it.

use std::time::Duration;

use bytes::Bytes;
use dev_server_proto::v1::{self, Level};

use crate::said::Applied;
use crate::standing::Refusal;

/// Where the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A socket is being opened; the server has not said Welcome yet.
    Connecting {
        /// How many attempts have failed since there last was a connection.
        attempt: u32,
    },
    /// The server has said Welcome.
    Open {
        /// Number of the connection, for logs.
        session: u64,
        /// True when the client is told what it lacks, false when it is told all that is true now.
        recovered: bool,
    },
    /// A pause before the next attempt.
    Waiting {
        /// Number of that attempt.
        attempt: u32,
        /// How long.
        pause: Duration,
    },
    /// It is over: the server does not want this client back. The last event.
    Closed {
        /// Why: a close code of the protocol, or below 1000 the status of the answer to the handshake.
        code: u16,
        /// In words.
        reason: String,
    },
}

/// What every frame of the server bears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Name of the program that it is about; empty: the connection itself.
    pub program: String,
    /// Life of the log.
    pub epoch: Bytes,
    /// Position in the program's log; 0: not logged.
    pub sequence: u64,
    /// The source revision that it was made from; 0: none.
    pub revision: u64,
    /// Module that must run for the content to make sense; empty: any.
    pub base: Bytes,
}

impl Envelope {
    /// That of a frame.
    pub fn of(frame: &v1::ServerFrame) -> Self {
        let v1::ServerFrame { program, epoch, sequence, revision, base, body: _ } = frame;
        Self {
            program: program.clone(),
            epoch: epoch.clone(),
            sequence: *sequence,
            revision: *revision,
            base: base.clone(),
        }
    }
}

/// A message and its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    /// Whom and what it is about.
    pub envelope: Envelope,
    /// What is said.
    pub body: T,
}

/// An update that fits what runs. It is to be answered by `applied` or `failed`; until then no other is given out, and
/// those that come are put together into one.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Where it leads to.
    pub envelope: Envelope,
    /// How.
    pub body: v1::Update,
    /// Tells the answer to this one from a late answer to another.
    pub(crate) number: u64,
}

impl Update {
    /// How disruptive it is. What this version does not know is treated as the level that is always right.
    pub fn level(&self) -> Level {
        known(self.body.level())
    }

    /// The answer of a client that has done all that was asked for. `base` and `patch` are what runs now, before it.
    pub fn done(&self, base: &Bytes, patch: u32) -> Applied {
        let module = self.body.module.as_ref().map_or_else(|| base.clone(), |module| module.hash.clone());
        let (base, patch) = match self.level() {
            Level::Unspecified | Level::None | Level::AssetSwap => (base.clone(), patch),
            Level::HotPatch => {
                (base.clone(), self.body.patches.last().map_or(patch, |last| last.number.max(patch)))
            }
            Level::ModuleSwap | Level::PageReload => (module, 0),
        };
        Applied { base, patch, level: self.level(), ..Applied::default() }
    }
}

pub(crate) fn known(level: Level) -> Level {
    if level == Level::Unspecified { Level::PageReload } else { level }
}

/// Something that happened at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Epoch of the number.
    pub epoch: Bytes,
    /// Grows by one.
    pub number: u64,
    /// One JSON object.
    pub json: String,
}

/// What a client tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// The connection is in another state.
    State(State),
    /// First message of a connection.
    Welcome(Told<v1::Welcome>),
    /// A build was started or has ended.
    Building(Told<v1::Building>),
    /// Something is to be done; see [`Update`].
    Update(Box<Update>),
    /// An update did not fit. The server was told, and sends a whole module.
    Refused(Refusal),
    /// All that is wrong with the source now.
    Diagnostics(Told<v1::Diagnostics>),
    /// An error with Go positions.
    ErrorReport(Told<v1::ErrorReport>),
    /// An order from the developer's terminal.
    Order(Told<v1::Order>),
    /// Which files have a syntax tree.
    TreeFiles(Told<v1::TreeFiles>),
    /// A piece of a message about a file's syntax tree.
    TreePiece(Told<v1::TreePiece>),
    /// Something happened. Each number comes once and in order, or is named by `EventsSkipped`.
    Event(Happened),
    /// These events will not come.
    EventsSkipped {
        /// Number of the first one.
        first: u64,
        /// Number of the last one.
        last: u64,
    },
    /// The server has another history than the one that this client has followed: numbers start anew, and what happened
    /// in between is unknown.
    EventsRestarted,
    /// Values of all flags for this client.
    Flags(Told<v1::Flags>),
    /// Why flags keep the newest release from this client; nothing does when the reason is empty.
    Held(Told<v1::Held>),
    /// The server could not use what the client said.
    ProtocolError(v1::ProtocolError),
    /// A message of a newer server, which was skipped.
    Unknown,
}
