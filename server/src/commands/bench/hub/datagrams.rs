//! The slow and distant link for datagrams: what finds its queue full is lost.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::link::Narrow;

/// Bytes that wait before the link, at each end: what is under way on the link itself. A router at home has more.
const QUEUE: f64 = 100_000.0;

/// Packets that wait or are under way; more are lost. The link holds some two hundred of the usual size.
const UNDER_WAY: usize = 1024;

/// Largest datagram of the system.
const LARGEST: usize = 65_535;

/// A link to a server's UDP port. It carries what one client says, until it is dropped.
#[derive(Debug)]
pub(super) struct Datagrams {
    pub(super) address: SocketAddr,
    _tasks: JoinSet<io::Result<()>>,
}

impl Datagrams {
    pub(super) async fn lay(server: SocketAddr) -> io::Result<Self> {
        let near = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let far = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        far.connect(server).await?;
        let address = near.local_addr()?;
        let client = Arc::new(OnceLock::new());
        let mut tasks = JoinSet::new();
        let (from, to, knows) = (Arc::clone(&near), Arc::clone(&far), Arc::clone(&client));
        tasks.spawn(carry(
            async move |bytes: &mut [u8]| {
                let (count, client) = from.recv_from(bytes).await?;
                let _ = knows.set(client);
                Ok(count)
            },
            async move |bytes: &[u8]| to.send(bytes).await.map(drop),
        ));
        tasks.spawn(carry(
            async move |bytes: &mut [u8]| far.recv(bytes).await,
            async move |bytes: &[u8]| match client.get() {
                Some(client) => near.send_to(bytes, *client).await.map(drop),
                None => Ok(()),
            },
        ));
        Ok(Self { address, _tasks: tasks })
    }
}

/// Carries one direction.
async fn carry<Receive, Send>(receive: Receive, send: Send) -> io::Result<()>
where
    Receive: AsyncFn(&mut [u8]) -> io::Result<usize>,
    Send: AsyncFn(&[u8]) -> io::Result<()>,
{
    let (packets, mut under_way) = mpsc::channel(UNDER_WAY);
    let taking = async move {
        let mut narrow = Narrow::new();
        let mut packet = vec![0; LARGEST];
        loop {
            let count = receive(&mut packet).await?;
            let now = Instant::now();
            if narrow.waiting(now) + count as f64 > QUEUE {
                continue;
            }
            let packet = (narrow.take(count, now), Bytes::copy_from_slice(&packet[..count]));
            if let Err(TrySendError::Closed(_)) = packets.try_send(packet) {
                return Ok(());
            }
        }
    };
    let delivering = async move {
        while let Some((arrival, packet)) = under_way.recv().await {
            sleep_until(arrival).await;
            send(&packet).await?;
        }
        Ok(())
    };
    tokio::try_join!(taking, delivering).map(drop)
}
