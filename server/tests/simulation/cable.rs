//! Connections over the simulated network, which may break amid a frame.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use dev_server::http::{Connection, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil::net::{TcpListener, TcpStream};

use crate::weather::Weather;

/// One end of a connection.
pub(crate) struct Cable {
    stream: TcpStream,
    /// Bytes until it breaks; `None`: it does not.
    left: Option<usize>,
}

impl Cable {
    /// The weather says whether it will break.
    pub(crate) fn new(stream: TcpStream, weather: &Weather) -> Self {
        Self { stream, left: weather.cut() }
    }

    pub(crate) async fn open(host: &str, port: u16, weather: &Weather) -> io::Result<Self> {
        Ok(Self::new(TcpStream::connect((host, port)).await?, weather))
    }

    fn room(&self, bytes: usize) -> io::Result<usize> {
        match self.left {
            Some(0) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(left) => Ok(left.min(bytes)),
            None => Ok(bytes),
        }
    }

    fn passed(&mut self, bytes: usize) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes);
        }
    }
}

impl AsyncRead for Cable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = self.room(buffer.remaining())?;
        let mut bytes = vec![0; room];
        let mut part = ReadBuf::new(&mut bytes);
        let read = Pin::new(&mut self.stream).poll_read(context, &mut part);
        let length = part.filled().len();
        buffer.put_slice(part.filled());
        self.passed(length);
        read
    }
}

impl AsyncWrite for Cable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let room = self.room(bytes.len())?;
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..room]);
        if let Poll::Ready(Ok(count)) = written {
            self.passed(count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connection for Cable {
    async fn peek(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(bytes).await
    }
}

/// Accepts cables.
#[derive(Clone)]
pub(crate) struct Socket {
    listener: Arc<TcpListener>,
    weather: Weather,
}

impl Socket {
    pub(crate) async fn bind(port: u16, weather: &Weather) -> io::Result<Self> {
        let listener = TcpListener::bind(("0.0.0.0", port)).await?;
        Ok(Self { listener: Arc::new(listener), weather: weather.clone() })
    }
}

impl Listener for Socket {
    type Connection = Cable;

    fn local_address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    async fn accept(&self) -> io::Result<(Cable, SocketAddr, SocketAddr)> {
        let (stream, peer) = self.listener.accept().await?;
        let local = stream.local_addr()?;
        Ok((Cable::new(stream, &self.weather), local, peer))
    }
}
