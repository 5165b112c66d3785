//! Connections to a collector of spans, plain or over TLS.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{self, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use crate::trust::{Line, Trust};

/// Opens connections for the exporter's client.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    /// Why nobody can be believed, where nobody can; a collector over plain HTTP need not be.
    trust: Result<Trust, String>,
}

impl Connector {
    /// To a collector for which the `authority` of a file vouches, or one of the system's.
    pub(super) fn new(authority: Option<&Path>) -> Self {
        let trust = authority.map_or_else(|| Trust::of_system(None), Trust::of_file);
        Self { trust: trust.map_err(|error| error.to_string()) }
    }

    async fn connect(self, uri: Uri) -> io::Result<Connected> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        let line: Line = if secure {
            self.trust.map_err(io::Error::other)?.connect(stream, &host).await?
        } else {
            Box::new(stream)
        };
        Ok(Connected(TokioIo::new(line)))
    }
}

impl Service<Uri> for Connector {
    type Response = Connected;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Connected>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// One connection, as the exporter's client wants it.
pub(super) struct Connected(TokioIo<Line>);

impl Connection for Connected {
    fn connected(&self) -> connect::Connected {
        connect::Connected::new()
    }
}

impl Read for Connected {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Connected {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
