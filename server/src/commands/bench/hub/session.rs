//! One client over HTTP/3: a WebTransport session that hears its three streams at the same time.

use std::io;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wtransport::endpoint::ConnectOptions;
use wtransport::tls::Sha256Digest;
use wtransport::{ClientConfig, Connection, Endpoint, RecvStream, SendStream};

use super::dialect::{self, Heard, Place};
use super::door::{Door, module};

/// Messages that were heard and not asked for.
const HEARD: usize = 1024;

/// Streams that the server opens.
const STREAMS: usize = 2;

/// Largest message that is read.
const LARGEST: usize = 16 << 20;

/// What it takes to begin.
#[derive(Debug, Deserialize)]
struct Invitation {
    path: String,
    ticket: String,
    certificate: String,
}

/// A client.
#[derive(Debug)]
pub(super) struct Session {
    heard: mpsc::Receiver<Heard>,
    /// It is over when these are dropped.
    _connection: (Connection, SendStream),
    listening: JoinSet<io::Result<()>>,
}

impl Session {
    /// Comes to `address`, which leads to the UDP port of the server behind `door`, and asks for all events.
    pub(super) async fn open(door: &Door, address: SocketAddr) -> io::Result<Self> {
        let invitation = door.get("/__dev/transport").await?;
        let Invitation { path, ticket, certificate } = serde_json::from_str(&invitation)?;
        let hash = STANDARD.decode(certificate).map_err(io::Error::other)?;
        let hash = <[u8; 32]>::try_from(hash).map_err(|_| io::ErrorKind::InvalidData)?;
        let config = ClientConfig::builder()
            .with_bind_default()
            .with_server_certificate_hashes([Sha256Digest::new(hash)])
            .build();
        let options = ConnectOptions::builder(format!("https://{address}{path}?ticket={ticket}"))
            .add_header("origin", format!("http://{}", door.host))
            .build();
        let connection = Endpoint::client(config)?.connect(options).await.map_err(io::Error::other)?;
        let opening = connection.open_bi().await.map_err(io::Error::other)?;
        let (mut to, from) = opening.await.map_err(io::Error::other)?;
        for frame in dialect::first_frames(&Place::default(), module(0).as_bytes()) {
            to.write_all(&[&(frame.len() as u32).to_be_bytes()[..], &frame].concat())
                .await
                .map_err(io::Error::other)?;
        }
        let (hears, heard) = mpsc::channel(HEARD);
        let mut listening = JoinSet::new();
        listening.spawn(listen(from, hears.clone()));
        for _ in 0..STREAMS {
            let stream = connection.accept_uni().await.map_err(io::Error::other)?;
            listening.spawn(listen(stream, hears.clone()));
        }
        Ok(Self { heard, _connection: (connection, to), listening })
    }

    /// The next message, on whichever stream.
    pub(super) async fn next(&mut self) -> io::Result<Heard> {
        tokio::select! {
            biased;
            Some(heard) = self.heard.recv() => Ok(heard),
            Some(ended) = self.listening.join_next() => match ended.map_err(io::Error::other)? {
                Err(error) => Err(error),
                Ok(()) => Err(io::ErrorKind::UnexpectedEof.into()),
            },
            else => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

async fn listen(mut stream: RecvStream, hears: mpsc::Sender<Heard>) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).await.map_err(io::Error::other)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 || length > LARGEST {
            return Err(io::Error::other("the server ends the session"));
        }
        let mut frame = vec![0; length];
        stream.read_exact(&mut frame).await.map_err(io::Error::other)?;
        let (_, heard) = dialect::hear(&frame).ok_or(io::ErrorKind::InvalidData)?;
        if hears.send(heard).await.is_err() {
            return Ok(());
        }
    }
}
