//! `/__dev/flags`: what is in force, and changes of it, for those who know the token. The only route that takes a body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::guard;
use crate::rollout::{Changed, Refused, Rollout};

/// The path, without the slash before it.
pub(super) const PATH: &str = "__dev/flags";

/// Bytes of a change: a condition with all that it can have takes some thousand.
const LONGEST: usize = 16 * 1024;

/// Time for them.
const TIME: Duration = Duration::from_secs(5);

/// A change as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    /// What stands behind `dev-server flags`.
    words: Vec<String>,
}

/// What became of it.
#[derive(Serialize)]
struct Made<'a> {
    revision: u64,
    differences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    unkept: Option<&'a str>,
}

/// Why it was not made.
#[derive(Serialize)]
struct Unmade<'a> {
    error: &'a str,
    hint: &'a str,
}

/// What somebody may do who has passed all guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Everything.
    Change,
    /// A device that was let in: it looks at the page and decides nothing.
    Device,
    /// At a hub, whose flags are those of the server that it follows.
    Hub,
    /// At a hub that follows none yet.
    Nothing,
}

/// Answers a request that has passed all guards.
pub(super) async fn answer(rollout: Arc<Rollout>, request: Request<Body>, right: Right) -> Answer {
    if right == Right::Nothing {
        let hint = "start `dev-server serve --backplane URL` with the key of this hub";
        return closing(unmade(
            StatusCode::SERVICE_UNAVAILABLE,
            "this hub still waits for a server that builds",
            hint,
        ));
    }
    if guard::is_safe(request.method()) {
        return answer::json(rollout.now().document().to_json());
    }
    if request.method() != Method::POST {
        let mut answer =
            unmade(StatusCode::METHOD_NOT_ALLOWED, "flags are read and changed", "send GET or POST");
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        return answer;
    }
    let refused = match right {
        Right::Hub => Some((
            "a hub changes no flags: they are those of the server that builds",
            "ask that one: `dev-server flags` in the project's folder on its machine, or --server with its address",
        )),
        Right::Device => Some((
            "a device that was paired changes no flags",
            "say it on the machine of the server, or with the token that is printed there",
        )),
        Right::Change | Right::Nothing => None,
    };
    if let Some((error, hint)) = refused {
        return closing(unmade(StatusCode::FORBIDDEN, error, hint));
    }
    // What a form of a page can send without asking first has other types.
    if !is_json(request.headers()) {
        let hint = "send it with Content-Type: application/json";
        return unmade(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a change of flags is JSON", hint);
    }
    if length(request.headers()).is_some_and(|length| length > LONGEST as u64) {
        return closing(too_long());
    }
    let bytes = match tokio::time::timeout(TIME, Limited::new(request.into_body(), LONGEST).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return closing(too_long()),
        Ok(Err(_)) => return closing(malformed()),
        Err(_) => {
            return closing(unmade(
                StatusCode::REQUEST_TIMEOUT,
                "the change did not come",
                "send it at once",
            ));
        }
    };
    change(rollout, &bytes).await
}

async fn change(rollout: Arc<Rollout>, bytes: &Bytes) -> Answer {
    let Ok(Order { words }) = serde_json::from_slice(bytes) else { return malformed() };
    // It is written to the disk.
    let made = tokio::task::spawn_blocking(move || {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        rollout.order(&words)
    });
    match made.await {
        Ok(Ok(changed)) => made_of(&changed),
        Ok(Err(refused)) => {
            let takes_away = matches!(&refused, Refused::Change(error) if error.takes_away());
            let status = if takes_away { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
            unmade(status, &refused.to_string(), &refused.hint())
        }
        Err(_) => unmade(StatusCode::SERVICE_UNAVAILABLE, "the server ends", "try again when it is back"),
    }
}

fn made_of(changed: &Changed) -> Answer {
    let Changed { revision, differences, unkept, .. } = changed;
    let made = Made { revision: *revision, differences, unkept: unkept.as_deref() };
    answer::json(serde_json::to_string(&made).unwrap_or_default())
}

fn unmade(status: StatusCode, error: &str, hint: &str) -> Answer {
    let mut answer = answer::json(serde_json::to_string(&Unmade { error, hint }).unwrap_or_default());
    *answer.status_mut() = status;
    answer
}

/// As it is claimed to be.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_long() -> Answer {
    let error = "that is no change of flags: it is too long";
    unmade(StatusCode::PAYLOAD_TOO_LARGE, error, "make one change after the other")
}

fn malformed() -> Answer {
    let hint = "send {\"words\":[\"kill\",\"NAME\"]}: what stands behind `dev-server flags`";
    unmade(StatusCode::BAD_REQUEST, "that is no change of flags", hint)
}

/// What is left of the body is not read, so that nothing can follow it on the connection.
fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn is_json(headers: &HeaderMap) -> bool {
    // Nothing is unpacked here.
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let is_json = |value: &HeaderValue| {
        let value = value.as_bytes();
        let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
        value[..end].trim_ascii().eq_ignore_ascii_case(b"application/json")
    };
    types.next().is_some_and(is_json) && types.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_that_never_ends_is_given_up() {
        let pending = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let mut request = Request::new(Body::from_stream(pending));
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = answer(Arc::default(), request, Right::Change).await;
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer.headers()[header::CONNECTION], "close");
    }
}
