//! Any bytes, given to each reader that meets them first: none panics, none takes more than its limit, and what is let
//! through means one thing. The targets of `server/fuzz` ask this without an end, the tests here some thousand times.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use dev_server_proto::v1::{self, client_frame::Body};
use dev_server_proto::{decode_client, encode_client};
use tokio::io::{AsyncRead, ReadBuf};

use super::authority::{Authority, Origin};
use super::guard::{self, Admitted, Guards, Head, Verdict};
use super::inbound;
use super::path::{LONGEST, RequestPath};
use super::request_line::RequestLines;
use super::session::LARGEST_MESSAGE;
use super::web_socket::messages;

/// Bytes of a client on a WebSocket, from the first frame on. The first byte says in which pieces they arrive.
pub fn socket(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = messages([bytes].into_iter());
    let pieces = messages(bytes.chunks(usize::from(*size) % 61 + 1));
    assert_eq!(whole, pieces, "it matters where they are cut");
    for message in whole.0 {
        assert!(message.len() <= LARGEST_MESSAGE);
        frame(&message);
    }
}

/// A message of a client: what it says is bounded and plain before anybody is told, and reads the same when it is written
/// again.
pub fn frame(bytes: &[u8]) {
    let Ok(frame) = decode_client(bytes) else { return };
    assert_eq!(decode_client(&encode_client(&frame)).ok().as_ref(), Some(&frame));
    match frame.body {
        Some(Body::Hello(hello)) => {
            is_plain(&inbound::text(&hello.program, 256), 256);
            is_plain(&inbound::text(&hello.client, 64), 64);
            let _ = inbound::subject(&hello);
        }
        Some(Body::Log(log)) => is_plain(&inbound::log(&log).1, 8 * 1024),
        Some(Body::Applied(applied)) => {
            let applied = inbound::applied(&applied);
            is_plain(&applied.reason, 1024);
            assert!(applied.stages.len() <= 16);
        }
        Some(Body::Failed(failed)) => is_plain(&inbound::failed(&failed).message, 1024),
        Some(Body::Crash(crash)) => {
            let crash = inbound::crash(&crash, tokio::sync::mpsc::channel(1).0);
            is_plain(&crash.stack, 16 * 1024);
            assert!(crash.frames.len() <= 64);
        }
        _ => {}
    }
}

/// Bytes of a client, taken for a Hello.
pub fn hello(bytes: &[u8]) {
    let [protocol_version, patch, bytes @ ..] = bytes else { return };
    let mut parts = bytes.splitn(5, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let mut text = || String::from_utf8_lossy(part()).into_owned();
    let device = v1::Device { browser: text(), platform: text(), ..v1::Device::default() };
    let hello = v1::Hello {
        protocol_version: u32::from(*protocol_version),
        patch: u32::from(*patch),
        program: text(),
        client: text(),
        device: Some(device),
        client_id: part().to_vec().into(),
        ..v1::Hello::default()
    };
    frame(&encode_client(&v1::ClientFrame { body: Some(Body::Hello(hello)) }));
}

/// Controls in a text could move a terminal's cursor.
fn is_plain(text: &str, limit: usize) {
    assert!(text.len() <= limit);
    assert!(!text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')));
}

/// Lines of bytes as Host, Origin, Sec-Fetch-Site and request target: who is let in has named this server, in the one
/// spelling that it has.
pub fn head(bytes: &[u8]) {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let names = [header::HOST, header::ORIGIN, HeaderName::from_static("sec-fetch-site")];
    let mut headers = HeaderMap::new();
    for name in names {
        let value = line();
        if !value.is_empty() {
            let Ok(value) = HeaderValue::from_bytes(value) else { return };
            headers.append(name, value);
        }
    }
    let Ok(uri) = Uri::try_from(line()) else { return };
    let local = SocketAddr::from(([127, 0, 0, 1], 7700));
    let head = Head { method: &Method::GET, uri: &uri, headers: &headers, local, by_cookie: false };
    if guard::judge(&head, &Admitted::default(), &Guards::default()) != Verdict::Allow {
        return;
    }
    let said = |name| {
        headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?").to_ascii_lowercase())
    };
    let host = said(header::HOST).unwrap_or_default();
    let name = host.strip_suffix(":7700").unwrap_or(&host);
    assert!(matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost"), "{host}");
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.[:]".contains(&byte)), "{host}");
    if let Some(origin) = said(header::ORIGIN).filter(|origin| origin != "null") {
        assert_eq!(
            origin.strip_prefix("http://").map(|origin| origin.strip_suffix(":7700").unwrap_or(origin)),
            Some(name)
        );
    }
    assert!(uri.host().is_none_or(|asked| asked.eq_ignore_ascii_case(name)), "{uri}");
}

/// A text as a host and as an origin: what is one is written in one way only.
pub fn authority(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(authority) = text.parse::<Authority>() {
        assert_eq!(authority.to_string(), text.to_ascii_lowercase());
    }
    if text.parse::<Origin>().is_ok() {
        let rest = text.split_once("://").map(|(_, rest)| rest);
        assert!(rest.is_some_and(|rest| rest.parse::<Authority>().is_ok()));
    }
}

/// A text as a path: what is one names no other folder, and is the only one that is decoded to what it names.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(path) = RequestPath::parse(text) else { return };
    let whole = path.whole();
    assert!(text.len() <= LONGEST && !whole.starts_with('/') && !whole.contains('\\'));
    assert!(whole.split('/').all(|segment| !matches!(segment, "." | "..")));
    assert!(!whole.contains("//") && !whole.chars().any(char::is_control));
    let encoded: String = whole.bytes().fold(String::from("/"), |path, byte| match byte {
        b'/' => path + "/",
        byte => path + &format!("%{byte:02X}"),
    });
    assert_eq!(RequestPath::parse(&encoded), Ok(path));
}

/// The head of a request as the reader before the parser leaves it. The first byte says in which pieces it arrives.
pub fn request_line(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = looked_at(bytes, bytes.len().max(1));
    assert_eq!(whole, looked_at(bytes, usize::from(*size) % 61 + 1), "it matters where they are cut");
    assert_eq!(whole.len(), bytes.len());
    assert!(
        whole.iter().zip(bytes).all(|(after, before)| after == before || (*before == b'#' && *after == 0))
    );
    let begin = whole.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(whole.len());
    let line = whole[begin..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    // The first byte begins the line, and no method begins so.
    assert!(!line.iter().skip(1).any(|byte| *byte == b'#'));
}

/// Bytes that arrive in pieces of one size.
struct Pieces<'a>(std::slice::Chunks<'a, u8>);

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(piece) = self.0.next() {
            buffer.put_slice(piece);
        }
        Poll::Ready(Ok(()))
    }
}

fn looked_at(bytes: &[u8], size: usize) -> Vec<u8> {
    let mut lines = RequestLines::new(Pieces(bytes.chunks(size)), true);
    let mut context = Context::from_waker(Waker::noop());
    let mut read = vec![0; bytes.len()];
    let mut buffer = ReadBuf::new(&mut read);
    for _ in bytes.chunks(size) {
        let polled = Pin::new(&mut lines).poll_read(&mut context, &mut buffer);
        assert!(matches!(polled, Poll::Ready(Ok(()))));
    }
    buffer.filled().to_vec()
}

#[cfg(test)]
mod tests;
