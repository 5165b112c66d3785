//! How a command reaches a server: over TCP, or over TLS when it has a reason to believe the other end.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use dev_server_client::{Address, Connect, ConnectError, WebSocket};
use tokio::net::TcpStream;

use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::{Tls, connect_pinned};
use crate::trust::{Line, Trust, TrustError, is_distrust};

use super::CommandError;
use super::running::Running;

/// Why the other end is believed.
#[derive(Debug, Clone)]
enum Belief {
    /// Nothing is encrypted.
    Plain,
    /// Its certificate has this SHA-256, as it has noted itself in this user's files.
    Noted(String),
    /// Somebody vouches for it.
    Vouched(Trust),
}

/// A server, and why it is believed.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    address: Address,
    belief: Belief,
}

impl Reach {
    /// The server at `address`. `authority` names those who may vouch for it; without that the system's may, and the one that
    /// was made for this user's own servers.
    pub(super) fn to(
        address: Address,
        authority: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, CommandError> {
        if !address.is_secure() {
            return Ok(Self { address, belief: Belief::Plain });
        }
        let (host, port) = address.host_and_port();
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let noted = || Running::at_port(&environment.state_folder, port)?.certificate;
        let belief = match authority {
            None if here && let Some(certificate) = noted() => Belief::Noted(certificate),
            None => {
                Belief::Vouched(vouched(Trust::of_system(Tls::own_authority(&environment.state_folder)))?)
            }
            Some(path) => Belief::Vouched(vouched(Trust::of_file(path))?),
        };
        Ok(Self { address, belief })
    }

    /// The server that has left a note, opened by a token.
    pub(super) fn of_running(running: &Running, token: &str) -> Option<Self> {
        let scheme = if running.certificate.is_some() { "https" } else { "http" };
        let address: Address = format!("{scheme}://{}/", running.address).parse().ok()?;
        let belief = running.certificate.clone().map_or(Belief::Plain, Belief::Noted);
        Some(Self { address: address.with_token(token).ok()?, belief })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Another connection.
    pub(super) async fn line(&self) -> io::Result<Line> {
        let (host, port) = self.address.host_and_port();
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        // Answers are small and each is waited for. It is only slower without.
        let _ = stream.set_nodelay(true);
        Ok(match &self.belief {
            Belief::Plain => Box::new(stream),
            Belief::Noted(certificate) => Box::new(connect_pinned(stream, certificate).await?),
            Belief::Vouched(trust) => trust.connect(stream, &host).await?,
        })
    }
}

impl Connect for Reach {
    type Socket = WebSocket<Line>;

    async fn connect(&mut self) -> Result<WebSocket<Line>, ConnectError> {
        match self.line().await {
            Ok(line) => WebSocket::open(line, &self.address).await,
            Err(error) if is_distrust(&error) => Err(ConnectError::Tls(not_believed(&self.address))),
            Err(error) => Err(ConnectError::Unreachable(error.to_string())),
        }
    }
}

/// What is said of a server that proves to be somebody else.
pub(super) fn not_believed(address: &Address) -> String {
    format!("the certificate of {address} is not one that can be believed")
}

/// What can be done about that.
pub(super) const BELIEVE: &str = "name the file of the authority that has signed it by --ca FILE; \
     a server with --tls gives its own away at /__dev/authority.crt";

fn vouched(trust: Result<Trust, TrustError>) -> Result<Trust, CommandError> {
    trust.map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))
}
