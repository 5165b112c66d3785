//! The way in: a connection from one of several addresses, the upgrade, and what a client says first.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::cli::HubServerKind;
use crate::content::ContentHash;

use super::dialect::{self, Place};

/// Clients that come from one address. Each needs a port of its own, of which a system gives out some ten thousands.
const PER_ADDRESS: usize = 8000;

/// Where a server is, and what it takes to be let in.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) kind: HubServerKind,
    /// Where clients connect.
    pub(super) address: SocketAddr,
    /// The server's own address, for the Host header.
    pub(super) host: SocketAddr,
    pub(super) token: String,
}

/// The module that all clients say they run, so that they need another one only after a release.
pub(super) fn module(number: u64) -> ContentHash {
    ContentHash::of(&number.to_le_bytes())
}

impl Door {
    /// Connects the client `index`.
    pub(super) async fn connect(&self, index: usize) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if index >= PER_ADDRESS && cfg!(target_os = "linux") {
            let address = Ipv4Addr::new(127, 0, 0, 1 + (index / PER_ADDRESS) as u8);
            socket.bind(SocketAddr::new(address.into(), 0))?;
        }
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// What is sent before the upgrade is answered; empty where there is none.
    pub(super) fn request(&self) -> Vec<u8> {
        let path = match self.kind {
            HubServerKind::Raw => return Vec::new(),
            HubServerKind::Hub | HubServerKind::Uncounted | HubServerKind::Edge => "/__dev/socket",
            HubServerKind::Broadcast => "/",
        };
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.host, self.token
        )
        .into_bytes()
    }

    /// What the server answers to a GET of `path`, without the head. An error when that is not 200.
    pub(super) async fn get(&self, path: &str) -> io::Result<String> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.host, self.token
        );
        let mut stream = self.connect(0).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
            _ => Err(io::Error::other(answer)),
        }
    }

    /// What is sent after that.
    pub(super) fn first_words(&self, place: &Place) -> Vec<u8> {
        if matches!(self.kind, HubServerKind::Raw | HubServerKind::Broadcast) {
            return Vec::new();
        }
        let module = module(0);
        dialect::first_frames(place, module.as_bytes()).iter().flat_map(|frame| masked(0x82, frame)).collect()
    }

    /// Connects, and says what a client says first. Returns what came behind the head of the answer, too.
    pub(super) async fn enter(&self, index: usize, place: &Place) -> io::Result<(TcpStream, Vec<u8>)> {
        let mut stream = self.connect(index).await?;
        let request = self.request();
        let mut rest = Vec::new();
        if !request.is_empty() {
            stream.write_all(&request).await?;
            let mut head = Vec::with_capacity(1024);
            let end = loop {
                if head.len() > 4096 || stream.read_buf(&mut head).await? == 0 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if let Some(end) = end_of_head(&head) {
                    break end;
                }
            };
            check(&head)?;
            rest = head.split_off(end);
        }
        stream.write_all(&self.first_words(place)).await?;
        Ok((stream, rest))
    }
}

/// Where what follows a head begins; `None` when its end has not come.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4)
}

/// An error unless a head says that the protocol is switched.
pub(super) fn check(head: &[u8]) -> io::Result<()> {
    if head.starts_with(b"HTTP/1.1 101 ") {
        return Ok(());
    }
    let line = String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned();
    Err(io::Error::other(format!("the server answered {line:?}")))
}

/// A client's frame. A mask of zeros is a mask.
pub(super) fn masked(first: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(content.len()) {
        Ok(short @ 0..126) => bytes.push(0x80 | short as u8),
        Ok(length) => {
            bytes.push(0xfe);
            bytes.extend(length.to_be_bytes());
        }
        Err(_) => unreachable!("a client says nothing that long"),
    }
    bytes.extend([0; 4]);
    bytes.extend(content);
    bytes
}
