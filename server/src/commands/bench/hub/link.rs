//! A slow and distant link in user space: so many bits a second, so long on the way, and a short queue before it, as a
//! router at the edge of a network has.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::door::Door;

/// 20 Mbit/s.
const BYTES_PER_SECOND: f64 = 2_500_000.0;

/// One way.
const DELAY: Duration = Duration::from_millis(40);

/// Bytes that wait before the link, at each end. With what a sender may not have sent yet that is about what is under
/// way on the link itself (100 KB).
const QUEUE: u32 = 32 << 10;

/// Payload of a packet.
const PACKET: u32 = 1460;

/// Bytes that are taken onto the link at a time: two milliseconds.
const PIECE: usize = 5000;

/// How late this process may be without the link losing time.
const SLACK: Duration = Duration::from_millis(3);

/// Pieces that are under way; a link of this length has some twenty. When it is full nothing more is taken onto it.
const UNDER_WAY: usize = 256;

/// When the narrow part of the link has taken all that is on its way.
#[derive(Debug)]
pub(super) struct Narrow {
    free: Instant,
}

impl Narrow {
    pub(super) fn new() -> Self {
        Self { free: Instant::now() }
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self, now: Instant) -> f64 {
        self.free.saturating_duration_since(now).as_secs_f64() * BYTES_PER_SECOND
    }

    /// Takes so many bytes. Returns when they are at the other end.
    pub(super) fn take(&mut self, count: usize, now: Instant) -> Instant {
        let earliest = now.checked_sub(SLACK).unwrap_or(self.free);
        self.free = self.free.max(earliest) + Duration::from_secs_f64(count as f64 / BYTES_PER_SECOND);
        self.free.max(now) + DELAY
    }
}

/// A link to a server. It carries one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) door: Door,
    _tasks: JoinSet<io::Result<()>>,
}

impl Link {
    /// To the server behind `door`.
    pub(super) async fn lay(door: &Door) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let near = Door { address: listener.local_addr()?, ..door.clone() };
        let far = door.address;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (client, _) = listener.accept().await?;
            client.set_nodelay(true)?;
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(QUEUE)?;
            socket2::SockRef::from(&socket).set_tcp_mss(PACKET)?;
            let server = socket.connect(far).await?;
            server.set_nodelay(true)?;
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::try_join!(carry(from_client, to_server), carry(from_server, to_client)).map(drop)
        });
        Ok(Self { door: near, _tasks: tasks })
    }
}

/// Carries one direction.
async fn carry(mut from: OwnedReadHalf, to: OwnedWriteHalf) -> io::Result<()> {
    let (pieces, under_way) = mpsc::channel(UNDER_WAY);
    let taking = async move {
        let mut narrow = Narrow::new();
        let mut piece = [0; PIECE];
        loop {
            let count = from.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            let arrival = narrow.take(count, Instant::now());
            if pieces.send((arrival, Bytes::copy_from_slice(&piece[..count]))).await.is_err() {
                return Ok(());
            }
            sleep_until(narrow.free).await;
        }
    };
    tokio::try_join!(taking, deliver(under_way, to)).map(drop)
}

async fn deliver(mut under_way: mpsc::Receiver<(Instant, Bytes)>, mut to: OwnedWriteHalf) -> io::Result<()> {
    while let Some((arrival, piece)) = under_way.recv().await {
        sleep_until(arrival).await;
        to.write_all(&piece).await?;
    }
    Ok(())
}
