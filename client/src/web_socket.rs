//! WebSockets over any stream of bytes. The only file that knows tungstenite.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::address::Address;
use crate::socket::{Connect, ConnectError, Lost, Received};

/// Largest message that is taken from a server: a hot patch of a large program is far below.
const LARGEST_MESSAGE: usize = 64 << 20;

/// Longest text of an answer that is shown.
const SHOWN_ANSWER: usize = 200;

/// A WebSocket of a client.
#[derive(Debug)]
pub struct WebSocket<S>(WebSocketStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Over a stream on which the handshake is done already, or will never be, as in a test.
    pub async fn from_raw(stream: S) -> Self {
        Self(WebSocketStream::from_raw_socket(stream, Role::Client, Some(limits())).await)
    }

    /// Over a stream to the server at `address`, such as one that is encrypted.
    pub async fn open(stream: S, address: &Address) -> Result<Self, ConnectError> {
        let mut request = address.socket().into_client_request().map_err(|error| unreachable(&error))?;
        if let Some((name, value)) = address.authorization() {
            request.headers_mut().insert(name, value);
        }
        match tokio_tungstenite::client_async_with_config(request, stream, Some(limits())).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => {
                Err(ConnectError::Refused { status: answer.status().as_u16(), reason: reason(&answer) })
            }
            // It has ended amid the handshake, as a server does that restarts.
            Err(error @ Error::Protocol(ProtocolError::HandshakeIncomplete)) => Err(unreachable(&error)),
            Err(error @ (Error::Protocol(_) | Error::HttpFormat(_))) => {
                Err(ConnectError::Stranger(error.to_string()))
            }
            Err(error) => Err(unreachable(&error)),
        }
    }
}

fn unreachable(error: &dyn std::fmt::Display) -> ConnectError {
    ConnectError::Unreachable(error.to_string())
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE)).max_frame_size(Some(LARGEST_MESSAGE))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Received;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let item = ready!(Pin::new(&mut self.0).poll_next(context));
        Poll::Ready(Some(match item {
            Some(Ok(Message::Binary(bytes))) => Received::Frame(bytes),
            // Servers send no text; it is a sign of life like any other.
            Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                Received::Sign
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                Received::Closed { code: frame.code.into(), reason: frame.reason.as_str().to_owned() }
            }
            Some(Ok(Message::Close(None))) => Received::Closed { code: 1005, reason: String::new() },
            Some(Err(error)) => Received::Closed { code: 1006, reason: error.to_string() },
            None => return Poll::Ready(None),
        }))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Bytes> for WebSocket<S> {
    type Error = Lost;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Pin::new(&mut self.0).poll_ready(context).map_err(|_| Lost)
    }

    fn start_send(mut self: Pin<&mut Self>, bytes: Bytes) -> Result<(), Lost> {
        Pin::new(&mut self.0).start_send(Message::Binary(bytes)).map_err(|_| Lost)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Pin::new(&mut self.0).poll_flush(context).map_err(|_| Lost)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Pin::new(&mut self.0).poll_close(context).map_err(|_| Lost)
    }
}

/// Opens WebSockets to a server over TCP.
#[derive(Debug, Clone)]
pub struct Tcp {
    address: Address,
}

impl Tcp {
    /// To this server.
    pub fn to(address: Address) -> Self {
        Self { address }
    }
}

impl Connect for Tcp {
    type Socket = WebSocket<TcpStream>;

    async fn connect(&mut self) -> Result<WebSocket<TcpStream>, ConnectError> {
        if self.address.is_secure() {
            let reason = "this client speaks no TLS by itself: open a WebSocket over a connection that does";
            return Err(ConnectError::Tls(reason.to_owned()));
        }
        let (host, port) = self.address.host_and_port();
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| unreachable(&error))?;
        // Answers are small and each is waited for; without it they may lie around for 40 ms. It is only slower then.
        let _ = stream.set_nodelay(true);
        WebSocket::open(stream, &self.address).await
    }
}

/// The beginning of an answer in words. Pages for people begin with what no person reads.
fn reason(answer: &http::Response<Option<Vec<u8>>>) -> String {
    let is_page = answer
        .headers()
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let text = String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default());
    match text.lines().next() {
        Some(line) if !is_page => line.chars().take(SHOWN_ANSWER).collect(),
        _ => answer.status().canonical_reason().unwrap_or("refused").to_owned(),
    }
}
