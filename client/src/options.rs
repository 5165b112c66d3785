//! What a client is made from.

use std::time::Duration;

use bytes::Bytes;
use dev_server_proto::v1;

use crate::address::Address;
use crate::following::EventPlace;
use crate::pause::Pauses;
use crate::standing::Position;

/// Who the client is, what it has and what it wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server.
    pub address: Address,
    /// Name of the program whose state is wanted; empty: none, only what is followed.
    pub program: String,
    /// Short name and version of the client, for logs.
    pub client: String,
    /// What it has already.
    pub position: Position,
    /// True when the running program takes over what another hands to it.
    pub accepts: bool,
    /// Random bytes that the client keeps, at most 64; flags with a percentage decide by them.
    pub client_id: Bytes,
    /// What the client runs on.
    pub device: Option<v1::Device>,
    /// Follow syntax trees from the start.
    pub follow_trees: bool,
    /// Follow events from the start, after this one.
    pub follow_events: Option<EventPlace>,
    /// How long to wait and when to give up.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Between attempts.
    pub pauses: Pauses,
    /// For opening a socket.
    pub connect: Duration,
    /// After which a connection without any sign of the server is taken for dead. Servers ping a silent client every 20 s.
    pub silence: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { pauses: Pauses::default(), connect: Duration::from_secs(10), silence: Duration::from_mins(1) }
    }
}

impl Options {
    /// A client that has nothing, wants nothing, and has the name of this crate.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            program: String::new(),
            client: concat!("dev-server-client-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            position: Position::default(),
            accepts: false,
            client_id: Bytes::new(),
            device: None,
            follow_trees: false,
            follow_events: None,
            timing: Timing::default(),
        }
    }
}
