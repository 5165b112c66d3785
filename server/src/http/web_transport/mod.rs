//! The same conversation over HTTP/3: a WebTransport session for clients that have it (draft-ietf-webtrans-http3).
//!
//! It listens at the UDP port with the number of the TCP port. Nothing on such a session can prove who asks, so a client
//! first shows the token to `/__dev/transport`, and is told the hash of the certificate (which a browser then believes, and
//! no other) and a ticket for one session.

mod ticket;
mod courteous;
mod streams;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wtransport::config::QuicTransportConfig;
use wtransport::endpoint::endpoint_side::Server;
use wtransport::endpoint::{IncomingSession, SessionRequest};
use wtransport::{Endpoint, Identity, ServerConfig};

use super::guard::Admitted;
use super::peers::Peers;
use super::session::{self, Shared};
use crate::telemetry::Refused;
use courteous::Courtesy;
use streams::Streams;
use ticket::Tickets;

/// Where sessions are asked for, as for a WebSocket.
const PATH: &str = "/__dev/socket";

/// Browsers believe a certificate by its hash when it is valid for at most 14 days (W3C WebTransport, 3.4); it is
/// replaced in time.
const RENEWED: Duration = Duration::from_hours(10 * 24);

/// From the first packet of a session to its streams.
const OPENING: Duration = Duration::from_secs(10);

/// Bytes of one session that were given to QUIC and not acknowledged: some times what a fast line holds, and little
/// enough that what is urgent does not wait for room.
const WINDOW: u32 = 256 * 1024;

/// Bytes that a client may have sent and that were not read.
const INCOMING: u32 = 128 * 1024;

/// Streams that a client may have open: HTTP/3 needs three of one direction, a session its own and the one that it talks
/// on.
const STREAMS: u32 = 8;

/// A silent connection is asked this often and given up after three times as long.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The door for sessions over HTTP/3.
pub(super) struct WebTransport {
    endpoint: Endpoint<Server>,
    address: SocketAddr,
    /// SHA-256 of the certificate in base64.
    hash: RwLock<String>,
    tickets: Tickets,
}

/// What decides whether a session may begin, and where it goes.
pub(super) struct Door {
    pub(super) admitted: Admitted,
    pub(super) seats: Arc<Semaphore>,
    /// The sessions of each machine, over WebSockets too.
    pub(super) peers: Arc<Peers>,
    pub(super) sessions: Shared,
    pub(super) tasks: TaskTracker,
    pub(super) cancel: CancellationToken,
    /// Guards: origin and ticket are asked for.
    pub(super) checks: Checks,
}

/// Which guards are on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checks {
    pub(super) origin: bool,
    pub(super) ticket: bool,
}

impl WebTransport {
    /// Listens at `address`.
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let (config, hash) = configuration(address)?;
        let endpoint = Endpoint::server(config)?;
        Ok(Self { endpoint, address, hash: RwLock::new(hash), tickets: Tickets::default() })
    }

    /// What a client needs to begin one session, as JSON; `None` when there are too many that did not begin yet.
    pub(super) fn invitation(&self) -> Option<String> {
        let ticket = self.tickets.give(Instant::now())?;
        let hash = self.hash.read().unwrap_or_else(PoisonError::into_inner);
        let port = self.address.port();
        Some(
            serde_json::json!({ "port": port, "path": PATH, "ticket": ticket, "certificate": *hash })
                .to_string(),
        )
    }

    /// Takes sessions until the server ends.
    pub(super) async fn serve(self: Arc<Self>, door: Door) {
        let door = Arc::new(door);
        let mut renew = tokio::time::interval(RENEWED);
        renew.reset();
        loop {
            tokio::select! {
                biased;
                () = door.cancel.cancelled() => break,
                _ = renew.tick() => self.renew(),
                incoming = self.endpoint.accept() => self.take(incoming, &door),
            }
        }
        // Sessions say why they end before their connections go.
        door.tasks.wait().await;
        self.endpoint.close(wtransport::VarInt::from_u32(0), b"");
    }

    fn renew(&self) {
        let renewed = configuration(self.address).and_then(|(config, hash)| {
            self.endpoint.reload_config(config, false)?;
            *self.hash.write().unwrap_or_else(PoisonError::into_inner) = hash;
            Ok(())
        });
        if let Err(error) = renewed {
            tracing::warn!(%error, "the certificate for WebTransport could not be renewed");
        }
    }

    fn take(self: &Arc<Self>, incoming: IncomingSession, door: &Arc<Door>) {
        // A packet with another's address costs nothing until that one has answered.
        if !incoming.remote_address_validated() {
            incoming.retry();
            return;
        }
        let Ok(seat) = Arc::clone(&door.seats).try_acquire_owned() else {
            door.sessions.metrics.refused(Refused::Seats);
            incoming.refuse();
            return;
        };
        let Some(place) = door.peers.enter(incoming.remote_address().ip()) else {
            door.sessions.metrics.refused(Refused::Peers);
            incoming.refuse();
            return;
        };
        let (this, door) = (Arc::clone(self), Arc::clone(door));
        door.tasks.clone().spawn(async move {
            match tokio::time::timeout(OPENING, this.open(incoming, &door)).await {
                Ok(Ok(Some(streams))) => session::run(streams, door.sessions.clone()).await,
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::debug!(error, "a session did not begin"),
                Err(_) => tracing::debug!("a session did not begin in time"),
            }
            drop((seat, place));
        });
    }

    /// `None`: it was refused.
    async fn open(&self, incoming: IncomingSession, door: &Door) -> Result<Option<Streams>, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let request = incoming.await.map_err(|error| words(&error))?;
        if !self.may_begin(&request, door) {
            request.forbidden().await;
            return Ok(None);
        }
        let connection = request.accept().await.map_err(|error| words(&error))?;
        let talk = connection.accept_bi().await.map_err(|error| words(&error))?;
        let mut lanes = Vec::new();
        for _ in 0..2 {
            let opening = connection.open_uni().await.map_err(|error| words(&error))?;
            lanes.push(opening.await.map_err(|error| words(&error))?);
        }
        let lanes = <[_; 2]>::try_from(lanes).map_err(|_| String::new())?;
        Ok(Some(Streams::new(connection, talk, lanes)))
    }

    fn may_begin(&self, request: &SessionRequest, door: &Door) -> bool {
        let (path, query) = request.path().split_once('?').unwrap_or((request.path(), ""));
        let ticket = query.strip_prefix("ticket=").unwrap_or_default();
        let origin = || request.origin().is_some_and(|origin| door.admitted.has_page(origin, self.address));
        // The ticket is used up by a request that is refused for another reason, too.
        let ticket = self.tickets.take(ticket, Instant::now());
        let refused = if !ticket && door.checks.ticket {
            Refused::Ticket
        } else if door.checks.origin && !origin() {
            Refused::Origin
        } else if path != PATH {
            Refused::Path
        } else {
            return true;
        };
        door.sessions.metrics.refused(refused);
        false
    }
}

fn configuration(address: SocketAddr) -> io::Result<(ServerConfig, String)> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned(), address.ip().to_string()];
    let identity = Identity::self_signed(names).map_err(io::Error::other)?;
    let certificates = identity.certificate_chain().as_slice();
    let hash = certificates.first().map(|certificate| STANDARD.encode(certificate.hash().as_ref()));
    let mut transport = QuicTransportConfig::default();
    transport
        .max_concurrent_bidi_streams(STREAMS.into())
        .max_concurrent_uni_streams(STREAMS.into())
        .receive_window(INCOMING.into())
        .stream_receive_window(INCOMING.into())
        .send_window(WINDOW.into())
        .congestion_controller_factory(Arc::new(Courtesy))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_idle_timeout(Some((3 * KEEP_ALIVE).try_into().map_err(io::Error::other)?));
    let config =
        ServerConfig::builder().with_bind_address(address).with_custom_transport(identity, transport).build();
    Ok((config, hash.unwrap_or_default()))
}
