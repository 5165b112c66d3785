//! What whoever operates the server asks: whether it serves, what it counts, how it stands.

use axum::http::{HeaderMap, Method};

use super::answer::{self, Answer};
use super::credential::Credential;
use super::guard::{self, Guards};
use super::path::RequestPath;
use super::service::Ends;
use super::standby::{self, Standby};
use super::status;
use crate::diagnostic::Severity;
use crate::publish::Feed;
use crate::telemetry::{Observed, Telemetry};

/// Routes that belong to no program. A rule of the proxy for the same path goes before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// `/healthz`
    Health,
    /// `/metrics`
    Metrics,
    /// `/__dev/status`
    Status,
}

impl Operation {
    /// What is asked for; `None` when it is something else.
    pub(super) fn of(path: &RequestPath, method: &Method) -> Option<Self> {
        if !guard::is_safe(method) {
            return None;
        }
        match path.whole().as_str() {
            "healthz" => Some(Self::Health),
            "metrics" => Some(Self::Metrics),
            "__dev/status" => Some(Self::Status),
            _ => None,
        }
    }

    /// That it serves anybody may know who may ask at all. What it counts a scraper on this machine may know, too. A token
    /// that is wrong is never overlooked.
    pub(super) fn needs_no_token(
        self,
        headers: &HeaderMap,
        ends: Ends,
        credential: Credential,
        guards: Guards,
    ) -> bool {
        match self {
            Self::Health => true,
            Self::Metrics => {
                credential == Credential::None
                    && (!guards.local || guard::is_local(headers, ends.local, ends.peer))
            }
            Self::Status => false,
        }
    }

    pub(super) fn answer(self, telemetry: &Telemetry, feed: &Feed, standby: Option<&Standby>) -> Answer {
        match self {
            Self::Health => match standby::waits_for(standby, feed) {
                Some(what) => standby::not_ready(what),
                None => answer::text("text/plain; charset=utf-8", "ok\n".to_owned()),
            },
            Self::Metrics => {
                let text_format = "text/plain; version=0.0.4; charset=utf-8";
                answer::text(text_format, telemetry.metrics.text(&observed(telemetry, feed)))
            }
            Self::Status => answer::json(status::json(telemetry, feed, standby)),
        }
    }
}

fn observed(telemetry: &Telemetry, feed: &Feed) -> Observed {
    let board = feed.board();
    let items = || board.programs.values().flat_map(|program| &program.reported.items);
    let count = |severity| items().filter(|item| item.severity == severity).count() as u64;
    let (kept_events, kept_bytes) = feed.events().kept();
    Observed {
        compiler: telemetry.recent.compiler(),
        revision: status::revision(&board),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        last_event: feed.events().last(),
        kept_events: kept_events as u64,
        kept_bytes: kept_bytes as u64,
    }
}
