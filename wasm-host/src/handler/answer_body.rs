//! The body of a guest's answer: whole when the guest has ended, else as it writes it.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, header};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use super::Verdict;
use crate::failure::Failure;

/// What the one who reads an answer says to the guest that writes it. Dropped without a word: nobody reads it any more.
#[derive(Debug)]
pub(super) enum Stop {
    /// All of it was read; what it does now is its own affair.
    Whole,
    Failed(Failure),
}

/// Why an answer ends before its end. The connection must not be used on: its head was sent already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cut {
    #[error("the program failed before its answer was whole")]
    Failed,
    #[error("the answer is longer than {limit} bytes")]
    TooLong { limit: u64 },
}

/// Bytes as they are written, and trailers. At most 1 MiB waits for who reads it; dropping it ends the guest that writes.
#[derive(Debug)]
pub struct AnswerBody(Written);

#[derive(Debug)]
enum Written {
    Whole {
        data: Bytes,
        trailers: Option<HeaderMap>,
    },
    Streamed(Box<Streamed>),
    /// Asked for its head only: what length it would have, if that is known.
    Length(Option<u64>),
}

#[derive(Debug)]
struct Streamed {
    body: HyperOutgoingBody,
    limit: u64,
    taken: u64,
    /// As the head announced it.
    announced: Option<u64>,
    verdict: Verdict,
    stop: Option<oneshot::Sender<Stop>>,
}

impl AnswerBody {
    pub(super) fn streamed(
        body: HyperOutgoingBody,
        headers: &HeaderMap,
        limit: u64,
        verdict: Verdict,
        stop: oneshot::Sender<Stop>,
    ) -> Self {
        let (announced, stop) = (announced(headers), Some(stop));
        Self(Written::Streamed(Box::new(Streamed { body, limit, taken: 0, announced, verdict, stop })))
    }

    /// What is left of it for who asked for the head only.
    pub(super) fn without_data(&self) -> Self {
        Self(Written::Length(self.size_hint().exact()))
    }
}

/// As a head announces it.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok())
}

/// The answer of a guest that has ended: all of it is there.
pub(super) fn whole(
    answer: Response<HyperOutgoingBody>,
    limit: u64,
    is_head: bool,
) -> Result<Response<AnswerBody>, Failure> {
    let (parts, body) = answer.into_parts();
    let announced = announced(&parts.headers);
    if let (true, Some(_)) = (is_head, announced) {
        return Ok(Response::from_parts(parts, AnswerBody(Written::Length(announced))));
    }
    let (data, trailers) = collected(body)?;
    let length = data.len() as u64;
    if length > limit {
        return Err(too_long(limit));
    }
    if announced.is_some_and(|announced| announced != length) {
        return Err(Failure::Unfinished);
    }
    let written = if is_head { Written::Length(Some(length)) } else { Written::Whole { data, trailers } };
    Ok(Response::from_parts(parts, AnswerBody(written)))
}

fn collected(mut body: HyperOutgoingBody) -> Result<(Bytes, Option<HeaderMap>), Failure> {
    let mut context = Context::from_waker(Waker::noop());
    let (mut first, mut more, mut trailers) = (Bytes::new(), BytesMut::new(), None);
    // Who writes it is gone, so that nothing more can come.
    while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut context) {
        match frame.map_err(|_| Failure::Unfinished)?.into_data() {
            Ok(data) if first.is_empty() => first = data,
            Ok(data) => {
                if more.is_empty() {
                    more.extend_from_slice(&first);
                }
                more.extend_from_slice(&data);
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((if more.is_empty() { first } else { more.freeze() }, trailers))
}

fn too_long(limit: u64) -> Failure {
    Failure::Output { stream: "its answer", limit: usize::try_from(limit).unwrap_or(usize::MAX) }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut self.0 {
            Written::Whole { data, .. } if !data.is_empty() => {
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(data)))))
            }
            Written::Whole { trailers, .. } => {
                Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
            }
            Written::Streamed(streamed) => streamed.poll_frame(context),
            Written::Length(_) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Written::Whole { data, trailers: None } if data.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Written::Whole { data, .. } => SizeHint::with_exact(data.len() as u64),
            Written::Streamed(streamed) => {
                let left = streamed.announced.map(|announced| announced.saturating_sub(streamed.taken));
                left.map_or_else(SizeHint::default, SizeHint::with_exact)
            }
            Written::Length(length) => length.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl Streamed {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.stop.is_none() {
            return Poll::Ready(None);
        }
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => {
                self.taken += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.taken > self.limit {
                    self.say(Stop::Failed(too_long(self.limit)));
                    return Poll::Ready(Some(Err(Cut::TooLong { limit: self.limit })));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(_)) => {
                self.say(Stop::Failed(Failure::Unfinished));
                Poll::Ready(Some(Err(Cut::Failed)))
            }
            // The end of a body and that of its guest look the same from here.
            None if self.verdict.get() == Some(&false) && !self.is_whole() => {
                self.stop = None;
                Poll::Ready(Some(Err(Cut::Failed)))
            }
            None if self.announced.is_some() && !self.is_whole() => {
                self.say(Stop::Failed(Failure::Unfinished));
                Poll::Ready(Some(Err(Cut::Failed)))
            }
            None => {
                self.say(Stop::Whole);
                Poll::Ready(None)
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.announced.is_some_and(|announced| self.taken == announced)
    }

    fn say(&mut self, stop: Stop) {
        if let Some(sender) = self.stop.take() {
            // A guest that has ended hears nothing.
            let _ = sender.send(stop);
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        // Who has all that was announced asks for no more.
        if self.is_whole() {
            self.say(Stop::Whole);
        }
    }
}
