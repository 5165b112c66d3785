//! `/__dev/`: a page that shows what is true now and what became of each save. It is the same for all projects.

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;

use super::answer::Answer;
use super::blob::{self, Caching};
use crate::content::ContentHash;

/// Everything else is made by the script.
const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n<title>dev-server inspector</title>\n\
    <link rel=\"icon\" href=\"data:,\">\n<script type=\"module\" src=\"/__dev/inspector.js\"></script>\n</head>\n\
    <body></body>\n</html>\n";

/// It runs its own script, the module that reads syntax trees, and nothing else, and talks to this server alone.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The page. `policy` is a guard: without it there is no content security policy.
pub(super) fn page(request: &HeaderMap, policy: bool) -> Answer {
    let body = Bytes::from_static(PAGE.as_bytes());
    let hash = ContentHash::of(&body);
    let mut answer = blob::serve_bytes(body, hash, "text/html", Caching::Revalidate, request);
    if policy {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    answer
}
