//! One request from its head to its answer: guards, token, then the routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::answer::{self, Answer};
use super::credential::{self, Credential, Keys, Source};
use super::doorstep::Doorstep;
use super::flags_door;
use super::guard::{self, Admitted, Guards, Head, Verdict};
use super::guest_route::GuestRoute;
use super::operation::Operation;
use super::path::{self, PathError, RequestPath};
use super::peers::Peers;
use super::proxy::Proxy;
use super::request_line::{self, RequestLines};
use super::session::{self, Shared};
use super::site::Site;
use super::throttle::Throttle;
use super::tls::{Tls, TlsStream};
use super::token::Token;
use super::web_socket::{self, WebSocket};
use super::web_transport::WebTransport;
use crate::telemetry::{Refused, Telemetry};

/// The cookie outlives a restart of the browser, as the token outlives one of the server.
const COOKIE_SECONDS: u64 = 30 * 24 * 60 * 60;

/// What every connection uses.
pub(super) struct Service {
    pub(super) token: Token,
    pub(super) admitted: Admitted,
    pub(super) guards: Guards,
    pub(super) throttle: Throttle,
    pub(super) doorstep: Doorstep,
    /// `None`: nothing is encrypted.
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) site: Site,
    pub(super) proxy: Proxy,
    /// What a program of this machine answers.
    pub(super) guest: Option<GuestRoute>,
    pub(super) sessions: Shared,
    pub(super) tasks: TaskTracker,
    /// `None` where it is off, or its port is taken.
    pub(super) web_transport: Option<Arc<WebTransport>>,
    /// One for each session.
    pub(super) seats: Arc<Semaphore>,
    /// Sessions over WebSockets, by who has them.
    pub(super) peers: Arc<Peers>,
    pub(super) telemetry: Telemetry,
}

/// A path as rules of the proxy have it.
fn asked(path: &RequestPath) -> String {
    format!("/{}", path.whole())
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Service {
    pub(super) async fn handle(self: Arc<Self>, request: Request<Body>, ends: Ends) -> Answer {
        let last = request_line::is_last(request.headers());
        let method = request.method().clone();
        // The query is left out of the log, for it may hold the token; a path holds it after a mistake in typing.
        let path = request.uri().path().replace(self.token.reveal(), "(token)");
        let path: String = Doorstep::shown(path).chars().take(200).collect();
        let mut answer = self.route(request, ends).await;
        if self.guards.headers {
            answer::secure(&mut answer);
        }
        self.telemetry.metrics.answered(answer.status().as_u16());
        if last && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        tracing::debug!(%method, ?path, status = answer.status().as_u16(), "answered");
        answer
    }

    async fn route(&self, request: Request<Body>, ends: Ends) -> Answer {
        let query = request.uri().query();
        let at_home = !self.guards.home || self.doorstep.is_at_home(ends, request.headers());
        let keys = Keys { token: &self.token, pairing: self.doorstep.pairing(), at_home };
        let credential = Credential::of(query, request.headers(), keys);
        let head = Head {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            local: ends.local,
            by_cookie: credential.is_cookie(),
        };
        if let Verdict::Refuse(refusal) = guard::judge(&head, &self.admitted, &self.guards) {
            return self.refused(refusal.guard, refusal.status, refusal.reason);
        }
        let path = match self.path(&request) {
            Ok(path) => path,
            Err(PathError::TooLong) => {
                let reason = "The request target is too long.";
                return self.refused(Refused::Path, StatusCode::URI_TOO_LONG, reason);
            }
            Err(PathError::Malformed) => {
                return self.refused(Refused::Path, StatusCode::BAD_REQUEST, "The path is malformed.");
            }
        };
        let guest = self.guest.as_ref().filter(|guest| guest.takes(&asked(&path)));
        let is_forwarded = guest.is_some() || self.proxy.rule(&asked(&path)).is_some();
        let operation = Operation::of(&path, request.method()).filter(|_| !is_forwarded);
        if let Some(operation) = operation
            && operation.needs_no_token(request.headers(), ends, credential, self.guards)
        {
            return operation.answer(&self.telemetry, &self.sessions.feed, self.site.standby.as_ref());
        }
        if self.doorstep.is_asked(&path) {
            let peer = ends.peer.ip().to_canonical();
            return self.doorstep.answer(&path, request, credential, peer, &self.token, self.guards).await;
        }
        if self.guards.token
            && let Some(refusal) = self.without_token(credential, ends)
        {
            return refusal;
        }
        if let Some(operation) = operation {
            return operation.answer(&self.telemetry, &self.sessions.feed, self.site.standby.as_ref());
        }
        if let Some(guest) = guest {
            return guest
                .answer(self.doorstep.without_secret(request), &self.token, self.tls.is_some())
                .await;
        }
        if let Some(rule) = self.proxy.rule(&asked(&path)) {
            let request = self.doorstep.without_secret(request);
            return self.proxy.forward(rule, request, ends.peer, &self.token).await;
        }
        if path.whole() == flags_door::PATH {
            let right = match credential {
                _ if self.sessions.stands_by => flags_door::Right::Nothing,
                _ if self.sessions.feed.follows() => flags_door::Right::Hub,
                Credential::Device(_) => flags_door::Right::Device,
                _ => flags_door::Right::Change,
            };
            return flags_door::answer(Arc::clone(&self.sessions.rollout), request, right).await;
        }
        if !guard::is_safe(request.method()) {
            let mut answer =
                answer::refused(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.");
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        if path.whole() == "__dev/transport" {
            return match self.web_transport.as_ref().and_then(|transport| transport.invitation()) {
                Some(json) => answer::json(json),
                None => answer::not_found(),
            };
        }
        if path.whole() == "__dev/socket" {
            return self.socket(request, ends);
        }
        match query {
            Some(query) if credential::token_in_query(query).is_some() && self.site.is_page(&path) => {
                self.keep_token(request.uri().path(), query, credential)
            }
            query => self.site.get(&path, query, request.headers()).await,
        }
    }

    fn refused(&self, guard: Refused, status: StatusCode, reason: &str) -> Answer {
        self.telemetry.metrics.refused(guard);
        answer::refused(status, reason)
    }

    fn path(&self, request: &Request<Body>) -> Result<RequestPath, PathError> {
        let raw = request.uri().path();
        if !self.guards.path {
            return Ok(RequestPath::parse_leniently(raw));
        }
        let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if length > path::LONGEST {
            return Err(PathError::TooLong);
        }
        RequestPath::parse(raw)
    }

    fn without_token(&self, credential: Credential, ends: Ends) -> Option<Answer> {
        match credential {
            Credential::Right(_) | Credential::Device(_) => None,
            Credential::None | Credential::Away => {
                self.telemetry.metrics.refused(Refused::Token);
                Some(answer::unauthorized(self.doorstep.page()))
            }
            Credential::Wrong => {
                self.telemetry.metrics.wrong_token();
                let peer = ends.peer.ip().to_canonical();
                if self.guards.wrong_tokens && self.throttle.note(peer, Instant::now()) {
                    self.telemetry.metrics.refused(Refused::WrongTokens);
                    return Some(answer::slow_down("Too many wrong tokens."));
                }
                self.telemetry.metrics.refused(Refused::Token);
                Some(answer::unauthorized(self.doorstep.page()))
            }
        }
    }

    /// The token leaves the address bar, the history and every Referer, and goes into a cookie that no script reads.
    fn keep_token(&self, path: &str, query: &str, credential: Credential) -> Answer {
        let rest = credential::query_without_token(query);
        let location = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
        let mut answer = answer::redirect(StatusCode::SEE_OTHER, &location);
        if credential == Credential::Right(Source::Query) {
            answer::set_cookie(&mut answer, self.token.cookie_name(), self.token.reveal(), COOKIE_SECONDS);
        }
        answer
    }

    fn socket(&self, mut request: Request<Body>, ends: Ends) -> Answer {
        let Some(accept) = web_socket::accept(request.headers()) else {
            let mut answer =
                answer::refused(StatusCode::UPGRADE_REQUIRED, "Only a WebSocket is answered here.");
            answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            return answer;
        };
        let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() else {
            let reason = "Too many pages are connected.";
            let mut answer = self.refused(Refused::Seats, StatusCode::SERVICE_UNAVAILABLE, reason);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            return answer;
        };
        let Some(place) = self.peers.enter(ends.peer.ip()) else {
            self.telemetry.metrics.refused(Refused::Peers);
            return answer::slow_down("Too many pages of this address are connected.");
        };
        let shared = self.sessions.clone();
        let upgrade = hyper::upgrade::on(&mut request);
        // Tracked until the session has ended, so that the end of the server waits for its last frame.
        self.tasks.spawn(async move {
            let Ok(upgraded) = upgrade.await else { return };
            match unwrapped::<TcpStream>(upgraded) {
                Ok((stream, early)) => session::run(WebSocket::new(stream, early), shared).await,
                Err(upgraded) => match unwrapped::<TlsStream>(upgraded) {
                    Ok((stream, early)) => session::run(WebSocket::new(stream, early), shared).await,
                    Err(upgraded) => {
                        session::run(WebSocket::new(TokioIo::new(upgraded), Bytes::new()), shared).await;
                    }
                },
            }
            drop((place, seat));
        });
        web_socket::answer(accept)
    }
}

/// The connection itself, if it is a `S`, and what was read ahead: what was around it for HTTP is not needed any more.
fn unwrapped<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    upgraded: Upgraded,
) -> Result<(S, Bytes), Upgraded> {
    let parts = upgraded.downcast::<TokioIo<RequestLines<S>>>()?;
    let stream = parts.io.into_inner().into_stream();
    // Even when nothing is in it, it keeps alive what the head was read into.
    let early = Bytes::copy_from_slice(&parts.read_buf);
    Ok((stream, early))
}
