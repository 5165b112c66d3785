//! [`Input`] as what wasmtime-wasi reads from.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdinStream};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError};

use super::Input;

/// What the host allocates for one read.
const PIECE: usize = 64 << 10;

impl IsTerminal for Input {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Input {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        self.wait().await;
    }
}

impl InputStream for Input {
    fn read(&mut self, size: usize) -> Result<Bytes, StreamError> {
        self.take(size.min(PIECE)).ok_or(StreamError::Closed)
    }
}

impl AsyncRead for Input {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.poll_ready(context).is_pending() {
            return Poll::Pending;
        }
        if let Some(bytes) = self.take(buffer.remaining().min(PIECE)) {
            buffer.put_slice(&bytes);
        }
        Poll::Ready(Ok(()))
    }
}
