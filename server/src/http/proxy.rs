//! Forwards a request to a backend and its answer back, WebSocket upgrades too.
//!
//! The backend is a program of the developer's and learns nothing of this server's secrets. Redirects go to the
//! browser and are never followed here. Each request has a connection of its own: on the loopback device that costs
//! less than knowing when a kept one has died with a backend that was restarted.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::{self, Answer};
use super::authority::Authority;
use super::credential;
use super::guard::is_upgrade;
use super::proxy_rule::{ProxyRule, is_forbidden};
use super::token::Token;

/// Pause between two tries to connect.
const RETRY: Duration = Duration::from_millis(100);

/// Meant for one connection only (RFC 9110, 7.6.1), together with what Connection names.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

const FORWARDED: [HeaderName; 5] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-port"),
];

/// Marks what this proxy forwarded, so that a rule that leads back here is noticed.
const VIA: &str = "1.1 dev-server";

/// The part of a server that forwards.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) rules: Vec<ProxyRule>,
    /// How long a backend that is not up yet is waited for.
    pub(super) wait: Duration,
    /// What browsers speak with this server.
    pub(super) scheme: &'static str,
    pub(super) tasks: TaskTracker,
    pub(super) cancel: CancellationToken,
}

#[derive(Debug)]
enum ConnectError {
    Forbidden,
    NotThere,
}

impl Proxy {
    /// The rule for a path; the longest prefix is not searched, the first in the configuration's order wins.
    pub(super) fn rule(&self, path: &str) -> Option<&ProxyRule> {
        self.rules.iter().find(|rule| rule.takes(path))
    }

    pub(super) async fn forward(
        &self,
        rule: &ProxyRule,
        mut request: Request<Body>,
        peer: SocketAddr,
        token: &Token,
    ) -> Answer {
        if request.headers().get_all(header::VIA).iter().any(|via| via.as_bytes() == VIA.as_bytes()) {
            return answer::refused(
                StatusCode::LOOP_DETECTED,
                "This rule of the proxy leads back to this server.",
            );
        }
        let stream = match self.connect(rule.target()).await {
            Ok(stream) => stream,
            Err(ConnectError::Forbidden) => {
                return answer::refused(
                    StatusCode::FORBIDDEN,
                    "The backend's name stands for an address that the proxy never asks.",
                );
            }
            Err(ConnectError::NotThere) => return self.not_there(rule),
        };
        let upgrade = is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
        let sent = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            let cancel = self.cancel.clone();
            self.tasks.spawn(async move {
                tokio::select! {
                    _ = connection.with_upgrades() => {}
                    () = cancel.cancelled() => {}
                }
            });
            sender.send_request(prepare(request, rule.target(), peer, token, self.scheme)).await
        };
        let Ok(mut response) = sent.await else {
            return answer::refused(
                StatusCode::BAD_GATEWAY,
                "The backend ended the connection without an answer.",
            );
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let Some(upgrade) = upgrade else {
                return answer::refused(StatusCode::BAD_GATEWAY, "The backend upgraded what was no upgrade.");
            };
            let backend = hyper::upgrade::on(&mut response);
            let cancel = self.cancel.clone();
            self.tasks.spawn(async move {
                tokio::select! {
                    () = tunnel(upgrade, backend) => {}
                    () = cancel.cancelled() => {}
                }
            });
        }
        clean_answer(response.map(Body::new), rule.target(), token)
    }

    async fn connect(&self, target: &Authority) -> Result<TcpStream, ConnectError> {
        let address = format!("{}:{}", target.host(), target.port().unwrap_or(80));
        let attempts = async {
            loop {
                match connect_once(&address).await {
                    Err(ConnectError::NotThere) => tokio::time::sleep(RETRY).await,
                    other => return other,
                }
            }
        };
        tokio::select! {
            connected = tokio::time::timeout(self.wait, attempts) => connected.unwrap_or(Err(ConnectError::NotThere)),
            () = self.cancel.cancelled() => Err(ConnectError::NotThere),
        }
    }

    fn not_there(&self, rule: &ProxyRule) -> Answer {
        let waited = format!(
            "The backend of the rule {rule} does not listen yet. It was waited for {} s.",
            self.wait.as_secs_f32()
        );
        let mut answer = answer::page(
            StatusCode::SERVICE_UNAVAILABLE,
            "Backend not there",
            &[&waited, "Start it, then load this page again."],
        );
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        answer
    }
}

async fn connect_once(address: &str) -> Result<TcpStream, ConnectError> {
    let resolved: Vec<SocketAddr> =
        tokio::net::lookup_host(address).await.map_err(|_| ConnectError::NotThere)?.collect();
    let allowed: Vec<SocketAddr> =
        resolved.iter().copied().filter(|address| !is_forbidden(address.ip())).collect();
    if allowed.is_empty() && !resolved.is_empty() {
        return Err(ConnectError::Forbidden);
    }
    // The addresses that were looked at, and not the name again: it might resolve to others by now.
    TcpStream::connect(allowed.as_slice()).await.map_err(|_| ConnectError::NotThere)
}

async fn tunnel(page: hyper::upgrade::OnUpgrade, backend: hyper::upgrade::OnUpgrade) {
    let joined: io::Result<()> = async {
        let (page, backend) = tokio::try_join!(page, backend).map_err(io::Error::other)?;
        tokio::io::copy_bidirectional(&mut TokioIo::new(page), &mut TokioIo::new(backend)).await?;
        Ok(())
    }
    .await;
    if let Err(error) = joined {
        tracing::debug!(%error, "a forwarded socket ended");
    }
}

fn prepare(
    request: Request<Body>,
    target: &Authority,
    peer: SocketAddr,
    token: &Token,
    scheme: &'static str,
) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    let asked = parts.headers.get(header::HOST).cloned();
    let upgrade = parts.headers.get(header::UPGRADE).cloned();
    clean_request(&mut parts.headers, token);
    let mut set = |name: HeaderName, value: Option<HeaderValue>| {
        if let Some(value) = value {
            parts.headers.insert(name, value);
        }
    };
    let [_, for_, host, proto, _] = FORWARDED;
    set(for_, HeaderValue::from_str(&peer.ip().to_canonical().to_string()).ok());
    set(host, asked);
    set(proto, Some(HeaderValue::from_static(scheme)));
    set(header::HOST, HeaderValue::from_str(&target.to_string()).ok());
    set(header::VIA, Some(HeaderValue::from_static(VIA)));
    if upgrade.is_some() {
        set(header::CONNECTION, Some(HeaderValue::from_static("upgrade")));
        set(header::UPGRADE, upgrade);
    }
    parts.uri = without_token(&parts.uri);
    Request::from_parts(parts, body)
}

/// Takes out what is between a browser and this server alone, and what others claim to have forwarded.
pub(super) fn clean_request(headers: &mut HeaderMap, token: &Token) {
    strip_connection_headers(headers);
    strip_secrets(headers, token);
    for name in FORWARDED {
        headers.remove(name);
    }
}

/// Path and query only, as HTTP/1 wants it, and the query without our parameter.
fn without_token(uri: &Uri) -> Uri {
    let query = match uri.query() {
        Some(query) if credential::token_in_query(query).is_some() => credential::query_without_token(query),
        Some(query) => query.to_owned(),
        None => String::new(),
    };
    let text = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) };
    PathAndQuery::try_from(text).map(Uri::from).unwrap_or_default()
}

fn strip_connection_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Takes our cookie out of the others, and drops every other header that holds the token, whatever its name is.
fn strip_secrets(headers: &mut HeaderMap, token: &Token) {
    let ours = |pair: &&str| pair.split('=').next().is_none_or(|name| name.trim() != token.cookie_name());
    let kept: Vec<&str> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter(ours)
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .collect();
    let kept = (!kept.is_empty()).then(|| HeaderValue::from_str(&kept.join("; ")).ok()).flatten();
    headers.remove(header::COOKIE);
    if let Some(kept) = kept {
        headers.insert(header::COOKIE, kept);
    }
    let secret = token.reveal().as_bytes();
    let holding: Vec<HeaderName> = headers
        .iter()
        .filter(|(_, value)| value.as_bytes().windows(secret.len()).any(|window| window == secret))
        .map(|(name, _)| name.clone())
        .collect();
    for name in holding {
        headers.remove(name);
    }
}

fn clean_answer(mut answer: Answer, target: &Authority, token: &Token) -> Answer {
    let upgrade = answer.headers().get(header::UPGRADE).cloned();
    let headers = answer.headers_mut();
    clean_headers(headers, token);
    let own = format!("http://{target}/");
    let inside = headers.get(header::LOCATION).and_then(|location| {
        HeaderValue::from_str(&format!("/{}", location.to_str().ok()?.strip_prefix(&own)?)).ok()
    });
    if let Some(location) = inside {
        headers.insert(header::LOCATION, location);
    }
    if let Some(upgrade) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, upgrade);
    }
    answer
}

/// Pages of other origins get no answer from this server, so a backend's word to them is taken out; so is what it
/// says about itself, and a cookie of our name.
pub(super) fn clean_headers(headers: &mut HeaderMap, token: &Token) {
    strip_connection_headers(headers);
    let foreign: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
    headers.remove(header::SERVER);
    headers.remove("x-powered-by");
    let cookies: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| !value.as_bytes().trim_ascii_start().starts_with(token.cookie_name().as_bytes()))
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}
