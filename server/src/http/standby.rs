//! A server that has nothing to serve yet: what those are told who come.

use axum::http::{HeaderValue, StatusCode, header};
use tokio::sync::watch;

use super::answer::{self, Answer};
use crate::publish::Feed;

/// Of the registry of RFC 6455: try again later. Every client does.
pub(super) const TRY_AGAIN_LATER: u16 = 1013;

/// Why a session ends at once.
pub(super) const REASON: &str = "this hub waits for a server that builds";

/// Seconds before somebody looks again.
const AGAIN: HeaderValue = HeaderValue::from_static("2");

/// Why there is nothing yet, in words for those who have the token.
#[derive(Debug, Clone)]
pub struct Standby(watch::Receiver<String>);

impl Standby {
    /// The reason is looked at whenever somebody asks.
    pub const fn new(reason: watch::Receiver<String>) -> Self {
        Self(reason)
    }

    pub(super) fn reason(&self) -> String {
        self.0.borrow().clone()
    }

    /// A page that looks again by itself.
    pub(super) fn page(&self) -> Answer {
        let reason = self.reason();
        let text = "Nothing can be shown yet. This page looks again by itself.";
        let mut page =
            answer::page(StatusCode::SERVICE_UNAVAILABLE, "Waiting for a builder", &[text, &reason]);
        page.headers_mut().insert(header::REFRESH, AGAIN);
        page.headers_mut().insert(header::RETRY_AFTER, AGAIN);
        page
    }
}

/// What a hub still waits for before it can serve anybody; `None` when it can. Nothing here is secret.
pub(super) fn waits_for(standby: Option<&Standby>, feed: &Feed) -> Option<&'static str> {
    match standby {
        Some(_) => Some("a builder"),
        None if feed.follows() && feed.board().programs.is_empty() => Some("the first program"),
        None => None,
    }
}

/// The answer to whoever asks whether it serves.
pub(super) fn not_ready(waits_for: &str) -> Answer {
    let mut answer = answer::text("text/plain; charset=utf-8", format!("waiting for {waits_for}\n"));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer.headers_mut().insert(header::RETRY_AFTER, AGAIN);
    answer
}
