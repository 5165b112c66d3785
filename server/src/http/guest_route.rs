//! The route that a program of this machine answers: requests as it is told of them, and what it says as an answer.

use std::fmt;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Limited};

use super::answer::{self, Answer};
use super::credential;
use super::proxy::{clean_headers, clean_request};
use super::proxy_rule::{ProxyRuleError, prefix};
use super::token::Token;
use crate::guest::{AnswerError, Answering, GuestAnswer, GuestRequest};

/// Bytes of a request's body in a message.
const MOST_BODY: usize = 16 << 20;

/// Header with the number of the module that has answered.
const MODULE: HeaderName = HeaderName::from_static("x-dev-server-module");

/// Header that says to a program which answers HTTP itself what was in front of the path that it sees.
const PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

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

    /// `is_secure`: it came over TLS.
    pub(super) async fn answer(&self, request: Request<Body>, token: &Token, is_secure: bool) -> Answer {
        let (mut parts, body) = request.into_parts();
        clean_request(&mut parts.headers, token);
        let turn = match self.answering.turn().await {
            Ok(turn) => turn,
            Err(error) => return refused(&error),
        };
        if let Some(handler) = turn.handler() {
            let Some(uri) = self.seen(&parts, is_secure) else {
                return refused(&AnswerError::Wrong("it names no host".to_owned()));
            };
            parts.uri = uri;
            if let Ok(prefix) = HeaderValue::from_str(&self.prefix) {
                parts.headers.insert(PREFIX, prefix);
            }
            return match turn.handle(handler, Request::from_parts(parts, body)).await {
                Ok((answer, module)) => passed_on(answer.map(Body::new), module, token),
                Err(error) => refused(&error),
            };
        }
        let Ok(body) = Limited::new(body, MOST_BODY).collect().await else {
            return refused(&AnswerError::TooMuch);
        };
        let (path, query) = self.below(&parts);
        let headers = parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = GuestRequest {
            method: parts.method.as_str().to_owned(),
            path: path.to_owned(),
            route: self.prefix.clone(),
            query,
            headers: headers.collect(),
            body: body.to_bytes(),
        };
        match turn.ask(&request).await {
            Ok((answered, module)) => told(answered, module, token),
            Err(error) => refused(&error),
        }
    }

    /// What comes after the route, with a slash at its beginning, and the query without our parameter.
    fn below<'a>(&self, parts: &'a Parts) -> (&'a str, String) {
        let path = parts.uri.path().strip_prefix(self.prefix.as_str()).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let query = match credential::token_in_query(query) {
            Some(_) => credential::query_without_token(query),
            None => query.to_owned(),
        };
        (if path.is_empty() { "/" } else { path }, query)
    }

    /// The address that a program which answers HTTP itself sees.
    fn seen(&self, parts: &Parts, is_secure: bool) -> Option<Uri> {
        let (path, query) = self.below(parts);
        let host = match parts.uri.authority() {
            Some(authority) => authority.as_str(),
            None => parts.headers.get(header::HOST)?.to_str().ok()?,
        };
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let scheme = if is_secure { "https" } else { "http" };
        Uri::builder().scheme(scheme).authority(host).path_and_query(target).build().ok()
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
    // The body is as long as it is.
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    passed_on(answer, module, token)
}

fn passed_on(mut answer: Answer, module: u64, token: &Token) -> Answer {
    let headers = answer.headers_mut();
    // Which trailers come is between a program and who asks, and without it none are sent.
    let trailer = headers.get(header::TRAILER).cloned();
    clean_headers(headers, token);
    if let Some(trailer) = trailer {
        headers.insert(header::TRAILER, trailer);
    }
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
        AnswerError::Wrong(_) => {
            answer::refused(StatusCode::BAD_REQUEST, "The request does not say whom it is for.")
        }
        AnswerError::TooMuch => {
            let reason = "The request's body is too long, or did not come whole.";
            answer::refused(StatusCode::PAYLOAD_TOO_LARGE, reason)
        }
        AnswerError::Busy => {
            let reason = "The program that answers here runs as often as it may.";
            let mut answer = answer::refused(StatusCode::SERVICE_UNAVAILABLE, reason);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            answer
        }
        AnswerError::Late => answer::page(
            StatusCode::GATEWAY_TIMEOUT,
            "The program took too long",
            &["The program that answers here was not done in time.", "The terminal says why."],
        ),
        AnswerError::Failed => answer::page(
            StatusCode::BAD_GATEWAY,
            "The program failed",
            &["The program that answers here has failed.", "The terminal says why."],
        ),
    }
}
