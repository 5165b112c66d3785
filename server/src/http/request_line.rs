//! Sees each request line before the HTTP parser does, for the one thing that the parser forgives.
//!
//! A request target has no fragment (RFC 9112, 3.2), yet the parser drops `#...` silently, so that what is routed is
//! not what was sent (the class of CVE-2025-32395). This reader turns such a `#` into a byte that no parser
//! takes, and the parser answers 400 by itself.
//!
//! It can do without understanding bodies: a request that has one, or asks for an upgrade, is the last on its
//! connection ([`is_last`] is asked by the server, which then closes), so that after its head nothing is looked at.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{HeaderMap, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Header names after which bytes follow that are not the next request.
const WITH_BODY: [header::HeaderName; 3] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::UPGRADE];

/// No request may follow one with these headers on its connection.
pub(super) fn is_last(headers: &HeaderMap) -> bool {
    WITH_BODY.iter().any(|name| headers.contains_key(name))
}

/// A connection whose request lines are looked at.
#[derive(Debug)]
pub(super) struct RequestLines<S> {
    stream: S,
    scanner: Option<Scanner>,
}

impl<S> RequestLines<S> {
    pub(super) fn new(stream: S, look: bool) -> Self {
        Self { stream, scanner: look.then(Scanner::default) }
    }

    /// The connection, once nothing on it is HTTP any more.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }
}

#[derive(Debug, Default)]
struct Scanner {
    place: Place,
    /// Start of the present header line, as much as the longest name of interest needs.
    line: Vec<u8>,
    last: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Empty lines before a request line are allowed.
    #[default]
    Start,
    RequestLine,
    HeaderLine,
    /// A body, a WebSocket, or nothing any more.
    Rest,
}

/// Not a legal byte anywhere in a head.
const POISON: u8 = 0;

const LONGEST_NAME: usize = "transfer-encoding:".len();

impl Scanner {
    fn look(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            match self.place {
                Place::Rest => return,
                Place::Start if matches!(byte, b'\r' | b'\n') => {}
                Place::Start => self.place = Place::RequestLine,
                Place::RequestLine => match byte {
                    b'#' => *byte = POISON,
                    b'\n' => self.place = Place::HeaderLine,
                    _ => {}
                },
                Place::HeaderLine if *byte == b'\n' => self.end_of_header_line(),
                Place::HeaderLine if self.line.len() < LONGEST_NAME => self.line.push(*byte),
                Place::HeaderLine => {}
            }
        }
    }

    fn end_of_header_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if matches!(line.as_slice(), b"" | b"\r") {
            self.place = if self.last { Place::Rest } else { Place::Start };
            return;
        }
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        self.last |= WITH_BODY.iter().any(|known| name.eq_ignore_ascii_case(known.as_str().as_bytes()));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestLines<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(scanner) = &mut self.scanner {
            scanner.look(&mut buffer.filled_mut()[before..]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestLines<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same bytes in pieces of every size must give the same result.
    fn seen(text: &str) -> String {
        let mut results: Vec<String> = (1..=text.len())
            .map(|size| {
                let mut scanner = Scanner::default();
                let mut bytes = text.as_bytes().to_vec();
                bytes.chunks_mut(size).for_each(|piece| scanner.look(piece));
                String::from_utf8(bytes).unwrap()
            })
            .collect();
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0)
    }

    #[test]
    fn a_fragment_is_marked_in_each_request_line_and_nowhere_else() {
        assert_eq!(seen("GET /a#b HTTP/1.1\r\nX: #\r\n\r\n"), "GET /a\0b HTTP/1.1\r\nX: #\r\n\r\n");
        assert_eq!(
            seen("GET / HTTP/1.1\r\nA: #\r\n\r\n\r\nGET /#"),
            "GET / HTTP/1.1\r\nA: #\r\n\r\n\r\nGET /\0"
        );
        assert_eq!(seen("GET / HTTP/1.1\nA: #\n\nGET /#"), "GET / HTTP/1.1\nA: #\n\nGET /\0");
    }

    #[test]
    fn bodies_and_upgrades_are_left_alone() {
        for header in ["Content-Length: 9", "transfer-encoding: chunked", "Upgrade: websocket"] {
            let text = format!("POST / HTTP/1.1\r\n{header}\r\n\r\na\n\n#\nb#");
            assert_eq!(seen(&text), text);
        }
    }
}
