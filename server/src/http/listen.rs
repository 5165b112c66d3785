//! Where the server listens: the loopback device unless told otherwise, the next free port unless told not to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Ports that are tried after the first one. Nobody runs so many servers; with more, the address would be a surprise.
const TRIES: u16 = 20;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOptions {
    /// Address of a device of this machine.
    pub host: IpAddr,
    /// First port to try; 0 takes any.
    pub port: u16,
    /// Take this port or none.
    pub strict: bool,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { host: Ipv4Addr::LOCALHOST.into(), port: 7700, strict: false }
    }
}

/// No place to listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The one port is taken.
    #[error("port {port} of {host} is in use by another program")]
    PortInUse {
        /// The address.
        host: IpAddr,
        /// The port.
        port: u16,
    },
    /// All ports that were tried are taken.
    #[error("ports {first} to {last} of {host} are in use by other programs")]
    NoFreePort {
        /// The address.
        host: IpAddr,
        /// First port that was tried.
        first: u16,
        /// Last one.
        last: u16,
    },
    /// The system said no for another reason.
    #[error("cannot listen on {address}: {source}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl ListenError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::PortInUse { port, .. } => format!(
                "end the program that listens on port {port}, choose another one with --port {}, \
                 or leave out --strict-port to take the next free one",
                port.checked_add(1).unwrap_or(1024)
            ),
            Self::NoFreePort { last, .. } => {
                format!("choose another range with --port {}", last.checked_add(1).unwrap_or(1024))
            }
            Self::Refused { address, source } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    format!("port {} needs more rights: choose one from 1024 on with --port", address.port())
                }
                io::ErrorKind::AddrNotAvailable => {
                    format!(
                        "{} is no address of this machine: leave out --host, or give one that is",
                        address.ip()
                    )
                }
                _ => "choose another address with --host and --port".to_owned(),
            },
        }
    }
}

/// Listens at the first free port.
pub async fn listen(options: ListenOptions) -> Result<TcpListener, ListenError> {
    let ListenOptions { host, port: first, strict } = options;
    let last = if strict || first == 0 { first } else { first.saturating_add(TRIES) };
    for port in first..=last {
        let address = SocketAddr::new(host, port);
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(source) => return Err(ListenError::Refused { address, source }),
        }
    }
    Err(if last == first {
        ListenError::PortInUse { host, port: first }
    } else {
        ListenError::NoFreePort { host, first, last }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn occupied() -> (TcpListener, u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[tokio::test]
    async fn the_next_free_port_is_taken_unless_it_must_be_this_one() {
        let (_held, port) = occupied().await;
        let free = listen(ListenOptions { port, ..ListenOptions::default() }).await.unwrap();
        let taken = free.local_addr().unwrap().port();
        assert!(taken > port && taken <= port.saturating_add(TRIES), "{port} {taken}");

        let error =
            listen(ListenOptions { port, strict: true, ..ListenOptions::default() }).await.unwrap_err();
        assert!(matches!(error, ListenError::PortInUse { .. }), "{error}");
        assert!(error.hint().contains(&port.to_string()), "{}", error.hint());
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_an_error_with_a_remedy() {
        // TEST-NET-1: no machine has it.
        let options = ListenOptions { host: [192, 0, 2, 1].into(), port: 0, strict: false };
        let error = listen(options).await.unwrap_err();
        assert!(error.hint().contains("no address of this machine"), "{error}: {}", error.hint());
    }
}
