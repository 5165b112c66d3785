//! The seam to the network: where connections come from. Tests bring a network of their own.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of a connection that wait in the system before they are sent: enough that a session which is woken for more is
/// never too late.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 16 * 1024;

/// A connection that was accepted.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// What will be read next, as far as it fits into `bytes`; waits until there is something.
    fn peek(&mut self, bytes: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;
}

/// Accepts connections.
pub trait Listener: Send + Sync + 'static {
    /// What it accepts.
    type Connection: Connection;

    /// Where it listens.
    fn local_address(&self) -> io::Result<SocketAddr>;

    /// Waits for the next connection; with it its two ends, the local one first.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Connection, SocketAddr, SocketAddr)>> + Send;
}

impl Connection for TcpStream {
    async fn peek(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Self::peek(self, bytes).await
    }
}

impl Listener for TcpListener {
    type Connection = TcpStream;

    fn local_address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr, SocketAddr)> {
        let (stream, peer) = Self::accept(self).await?;
        let local = stream.local_addr()?;
        // Frames are small and somebody waits for each.
        let _ = stream.set_nodelay(true);
        limit_unsent(&stream);
        Ok((stream, local, peer))
    }
}

/// What the system has taken cannot be overtaken any more, and it takes megabytes: on a slow link something urgent would
/// wait for seconds behind them. Bytes that are on their way do not count, so that a fast link is used as before.
#[cfg(target_os = "linux")]
fn limit_unsent(stream: &TcpStream) {
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

#[cfg(not(target_os = "linux"))]
fn limit_unsent(_stream: &TcpStream) {}
