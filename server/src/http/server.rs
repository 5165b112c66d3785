//! Connections: accepting them, their limits, and the end of them all.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::doorstep::Doorstep;
use super::guard::Admitted;
use super::listener::{Connection, Listener};
use super::options::{Http3, HttpOptions};
use super::peers::Peers;
use super::proxy::Proxy;
use super::report::ClientReport;
use super::request_line::RequestLines;
use super::service::{Ends, Service};
use super::session::Shared;
use super::site::Site;
use super::source_maps::SourceMaps;
use super::throttle::{Throttle, WRONG_TOKENS};
use super::tls::{self, Accepted};
use super::web_transport::{Checks, Door, WebTransport};
use crate::publish::Feed;
use crate::telemetry::Refused;

/// Time for a request's head, and for the next one on a connection that is kept: a browser opens another at once.
const HEAD: Duration = Duration::from_secs(5);

/// Bytes of a head. Browsers send about 1 KiB; the longest target that is looked at has 8 KiB.
const HEAD_SIZE: usize = 32 * 1024;

/// Header lines of a request.
const HEADERS: usize = 64;

/// Connections at a time. What comes then waits in the listener's queue until one ends.
const CONNECTIONS: usize = 1024;

/// Connections of one machine of the network: browsers keep six for each host, and a reverse proxy some dozen.
const CONNECTIONS_OF_PEER: usize = 256;

/// Sessions of one machine of the network, which may be a reverse proxy.
const SESSIONS_OF_PEER: usize = SESSIONS / 2;

/// Sessions at a time, each with a connection of its own. What comes then is told to come again.
const SESSIONS: usize = 16 * 1024;

/// Time for answers and sessions to end after the order to stop.
const DRAIN: Duration = Duration::from_secs(2);

/// Pause after an error of `accept`, such as no free file descriptors: trying at once would burn a core.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Serves until `cancel`, then ends sessions with "service restart" and all connections within two seconds.
pub async fn serve<L: Listener>(
    options: HttpOptions,
    listener: L,
    feed: Feed,
    reports: mpsc::Sender<ClientReport>,
    cancel: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let web_transport = web_transport(options.http3, &listener);
    let service = assemble(options, feed.clone(), reports, &tasks, &cancel, web_transport.clone());
    let over_http3 = web_transport.map(|door| {
        let checks = Checks { origin: service.guards.origin, ticket: service.guards.token };
        tokio::spawn(door.serve(Door {
            admitted: service.admitted.clone(),
            seats: Arc::clone(&service.seats),
            peers: Arc::clone(&service.peers),
            sessions: service.sessions.clone(),
            tasks: tasks.clone(),
            cancel: cancel.clone(),
            checks,
        }))
    });
    let service = Arc::new(service);
    let follow = tokio::spawn(Arc::clone(&service.site.earlier).follow(feed.watch()));
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let peers = Peers::new(if service.guards.peers { CONNECTIONS_OF_PEER } else { usize::MAX });
    // Ends what does not end by itself in time.
    let abort = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, ends, permit)) = accepted else { continue };
        let (service, cancel, abort) = (Arc::clone(&service), cancel.clone(), abort.clone());
        let place = peers.enter(ends.peer.ip());
        tasks.spawn(async move {
            let served = async {
                match place {
                    Some(_) => greet(service, stream, ends, cancel).await,
                    None => refuse(&service, stream).await,
                }
            };
            tokio::select! {
                biased;
                () = served => {}
                () = abort.cancelled() => {}
            }
            drop((place, permit));
        });
    }
    drop(listener);
    feed.ring();
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        abort.cancel();
    }
    follow.abort();
    if let Some(over_http3) = over_http3 {
        over_http3.abort();
    }
}

/// The UDP port with the same number, where it is free and somebody may use it.
fn web_transport(http3: Http3, listener: &impl Listener) -> Option<Arc<WebTransport>> {
    let address = listener.local_address().ok()?;
    let wanted = match http3 {
        Http3::Never => false,
        Http3::Away => !address.ip().is_loopback(),
        Http3::Always => true,
    };
    let bound = wanted.then(|| WebTransport::bind(address))?;
    if let Err(error) = &bound {
        tracing::warn!(%error, "clients that could talk over HTTP/3 use a WebSocket");
    }
    bound.ok().map(Arc::new)
}

fn assemble(
    options: HttpOptions,
    feed: Feed,
    reports: mpsc::Sender<ClientReport>,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
    web_transport: Option<Arc<WebTransport>>,
) -> Service {
    let guards = options.guards;
    options.rollout.wakes(feed.clone());
    let admitted = Admitted {
        names: options.allowed_hosts,
        origins: options.allowed_origins,
        secure: options.tls.is_some(),
    };
    let scheme = admitted.scheme();
    Service {
        token: if admitted.secure { options.token.over_tls() } else { options.token },
        admitted,
        guards,
        throttle: Throttle::new(WRONG_TOKENS),
        doorstep: Doorstep::new(options.pairing, options.tls.clone()),
        tls: options.tls,
        site: Site {
            board: feed.watch(),
            store: options.store,
            maps: SourceMaps::new(options.maps, Arc::clone(&options.frames)),
            scripts: options.scripts,
            http3: if web_transport.is_some() { options.http3 } else { Http3::Never },
            mirrors: options.gestures.is_some(),
            default_program: options.default_program,
            pages: options.pages,
            guards,
            cancel: cancel.clone(),
            documents: std::sync::Mutex::default(),
            earlier: Arc::default(),
            standby: options.standby.clone(),
        },
        proxy: Proxy {
            rules: options.proxy,
            wait: options.proxy_wait,
            scheme,
            tasks: tasks.clone(),
            cancel: cancel.clone(),
        },
        guest: options.guest,
        sessions: Shared {
            feed,
            frames: options.frames,
            rollout: options.rollout,
            reports,
            cancel: cancel.clone(),
            gestures: options.gestures,
            numbers: Arc::new(AtomicU64::new(0)),
            check_messages: guards.messages,
            stands_by: options.standby.is_some(),
            metrics: Arc::clone(&options.telemetry.metrics),
        },
        tasks: tasks.clone(),
        web_transport,
        seats: Arc::new(Semaphore::new(SESSIONS)),
        peers: Peers::new(if guards.peers { SESSIONS_OF_PEER } else { usize::MAX }),
        telemetry: options.telemetry,
    }
}

async fn accept<L: Listener>(
    listener: &L,
    permits: &Arc<Semaphore>,
) -> Option<(L::Connection, Ends, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, local, peer)) => Some((stream, Ends { local, peer }, permit)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_AGAIN).await;
            None
        }
    }
}

/// Says why, and nothing to who speaks TLS: shaking hands would cost more than it is worth. What was asked is not read.
async fn refuse<S: Connection>(service: &Service, mut stream: S) {
    service.telemetry.metrics.refused(Refused::Peers);
    let text = "Too many connections from this address.\n";
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Retry-After: 5\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    if service.tls.is_none() {
        let refused = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
            // What is not read before the end would reset the connection, and the answer would be lost with it.
            tokio::io::copy(&mut stream.take(HEAD_SIZE as u64), &mut tokio::io::sink()).await
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), refused).await;
    }
}

/// Shakes hands first where the server speaks TLS, in the time of a request's head.
async fn greet<S: Connection>(service: Arc<Service>, stream: S, ends: Ends, cancel: CancellationToken) {
    let Some(tls) = service.tls.clone() else { return converse(service, stream, ends, cancel).await };
    let accepted = cancel.run_until_cancelled(tokio::time::timeout(HEAD, tls.accept(stream))).await;
    match accepted {
        None => {}
        Some(Ok(Ok(Accepted::Secure(stream)))) => converse(service, *stream, ends, cancel).await,
        Some(Ok(Ok(Accepted::Plain(stream)))) => {
            let away = tls::send_away(stream, &service.admitted, ends.local);
            let _ = cancel.run_until_cancelled(tokio::time::timeout(HEAD, away)).await;
        }
        Some(Ok(Err(error))) => tracing::debug!(%error, "a connection was not encrypted"),
        Some(Err(_)) => tracing::debug!("a connection was not encrypted in time"),
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    service: Arc<Service>,
    stream: S,
    ends: Ends,
    cancel: CancellationToken,
) {
    let lines = RequestLines::new(stream, service.guards.fragment);
    let handler = service_fn(move |request: Request<hyper::body::Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<_, std::convert::Infallible>(service.handle(request.map(Body::new), ends).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_SIZE).max_headers(HEADERS);
    let mut connection =
        std::pin::pin!(builder.serve_connection(TokioIo::new(lines), handler).with_upgrades());
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = cancel.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
