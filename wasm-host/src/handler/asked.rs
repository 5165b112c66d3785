//! A request's body on its way to the guest: as it comes, and no more than may come.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::Error;

/// Whether more has come than may; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Excess(Arc<AtomicBool>);

impl Excess {
    pub(super) fn is_seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The body, which ends with an error where more comes.
#[derive(Debug)]
pub(super) struct Asked<B> {
    body: B,
    limit: u64,
    left: u64,
    excess: Excess,
}

impl<B> Asked<B> {
    pub(super) fn new(body: B, limit: u64, excess: Excess) -> Self {
        Self { body, limit, left: limit, excess }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Asked<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Poll::Ready(Some(Err(Error::ConnectionTerminated))),
            None => return Poll::Ready(None),
        };
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        let Some(left) = self.left.checked_sub(length) else {
            self.excess.0.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(Error::HttpRequestBodySize(Some(self.limit)))));
        };
        self.left = left;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
