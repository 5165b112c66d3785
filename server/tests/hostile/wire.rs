//! Bytes out, bytes in: a client that normalises nothing.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Generous: the machine may be busy, and a correct server answers or closes long before.
const DEADLINE: Duration = Duration::from_secs(30);

/// What came back. `status` is 0 when the connection was closed without a word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Values of a header, in order.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends `request` and reads until the server closes or the answer is an upgrade.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Reply {
    let stream = TcpStream::connect(address).expect("the server listens");
    exchange_on(stream, request)
}

pub(crate) fn exchange_on(mut stream: TcpStream, request: &[u8]) -> Reply {
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    // The server may refuse and close before all is written.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no end of the answer in {DEADLINE:?}: {}", String::from_utf8_lossy(&bytes));
            }
            // A reset after the answer: the server did not read the rest of what was sent.
            Err(_) => break,
        }
        if bytes.starts_with(b"HTTP/1.1 101") && split(&bytes).is_some() {
            break;
        }
    }
    parse(&bytes)
}

fn split(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let Some(end) = split(bytes) else { return Reply::default() };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head, body: bytes[end + 4..].to_vec() }
}
