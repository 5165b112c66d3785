//! The route that a program of this machine answers: requests as it is told of them, and what it says as an answer.

use std::fmt;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::answer::{self, Answer};
use super::credential;
use super::proxy::{clean_headers, clean_request};
use super::proxy_rule::{ProxyRuleError, prefix};
use super::token::Token;
use crate::guest::{AnswerError, Answering, GuestAnswer, GuestRequest};

/// Bytes of a request's body.
const MOST_BODY: usize = 16 << 20;

/// Header with the number of the module that has answered.
const MODULE: HeaderName = HeaderName::from_static("x-dev-server-module");

/// A path and all below it, none of them the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route(String);

impl Route {
    /// Such as `/api`.
    pub fn new(path: &str) -> Result<Self, ProxyRuleError> {
        prefix(path).map(Self)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A route, and what answers there.
#[derive(Debug, Clone)]
pub struct GuestRoute {
    prefix: String,
    answering: Answering,
}

impl GuestRoute {
    /// `answering` answers all that is asked below `route`.
    pub fn new(Route(prefix): Route, answering: Answering) -> Self {
        Self { prefix, answering }
    }

    /// Does a path (decoded, with its leading slash) belong to this route?
    pub(super) fn takes(&self, path: &str) -> bool {
        path.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(super) async fn answer(&self, request: Request<Body>, token: &Token) -> Answer {
        let (mut parts, body) = request.into_parts();
        clean_request(&mut parts.headers, token);
        let Ok(body) = Limited::new(body, MOST_BODY).collect().await else {
            let reason = "The request's body is too long, or did not come whole.";
            return answer::refused(StatusCode::PAYLOAD_TOO_LARGE, reason);
        };
        let path = parts.uri.path().strip_prefix(self.prefix.as_str()).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let query = match credential::token_in_query(query) {
            Some(_) => credential::query_without_token(query),
            None => query.to_owned(),
        };
        let headers = parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = GuestRequest {
            method: parts.method.as_str().to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            route: self.prefix.clone(),
            query,
            headers: headers.collect(),
            body: body.to_bytes(),
        };
        match self.answering.ask(&request).await {
            Ok((answered, module)) => told(answered, module, token),
            Err(error) => refused(&error),
        }
    }
}

/// What the program says, without what it has no say in.
fn told(answered: GuestAnswer, module: u64, token: &Token) -> Answer {
    let mut answer = Response::new(Body::from(answered.body));
    // In the range that was looked at.
    *answer.status_mut() = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answered.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return answer::refused(
                StatusCode::BAD_GATEWAY,
                "The program has answered with a header that is none.",
            );
        };
        answer.headers_mut().append(name, value);
    }
    let headers = answer.headers_mut();
    clean_headers(headers, token);
    // The body is as long as it is.
    headers.remove(header::CONTENT_LENGTH);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(MODULE, HeaderValue::from(module));
    answer
}

fn refused(error: &AnswerError) -> Answer {
    match error {
        AnswerError::NotThere => {
            let paragraphs = ["The program that answers here was not built yet.", "The terminal says why."];
            let mut answer = answer::page(StatusCode::SERVICE_UNAVAILABLE, "Not built", &paragraphs);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            answer
        }
        AnswerError::TooLong(_) => answer::refused(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The request's headers are too long.",
        ),
        AnswerError::Failed => answer::page(
            StatusCode::BAD_GATEWAY,
            "The program failed",
            &["The program that answers here has failed.", "The terminal says why."],
        ),
    }
}
