//! Rows T: what happens on a port that speaks TLS. Each row has a server of its own.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dev_server::http::connect_pinned;
use dev_server_proto::v1::{self, client_frame::Body, server_frame::Body as Said};
use dev_server_proto::{PROTOCOL_VERSION, decode_server, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::fixture::{Outcome, RUNTIME, TestServer, ensure, expect, logged};
use crate::wire::{Reply, parse};

/// The server gives up after five seconds; a busy machine gets three times as much.
const GIVEN_UP: Duration = Duration::from_secs(15);

fn words(error: &dyn std::fmt::Display) -> String {
    error.to_string()
}

async fn connect(server: &TestServer) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, String> {
    let stream = tokio::net::TcpStream::connect(server.address).await.map_err(|error| words(&error))?;
    let certificate = server.tls.as_ref().unwrap().certificate();
    connect_pinned(stream, certificate).await.map_err(|error| words(&error))
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, request: &str) -> Result<Reply, String> {
    stream.write_all(request.as_bytes()).await.map_err(|error| words(&error))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.map_err(|error| words(&error))?;
    Ok(parse(&bytes))
}

/// A request over TLS, with the cookie of a server that speaks it.
fn ask(server: &TestServer, lines: &[&str]) -> Result<Reply, String> {
    let request = fill(server, &format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n")));
    RUNTIME.block_on(async { exchange(connect(server).await?, &request).await })
}

fn fill(server: &TestServer, text: &str) -> String {
    server
        .fill(&text.replace("@COOKIE", "Cookie: __Host-@NAME=@TOKEN"))
        .replace("@NAME", server.token.cookie_name())
}

fn is_well(server: &TestServer) -> Outcome {
    expect(ask(server, &["GET /app/ HTTP/1.1", "Host: @HOST", "@COOKIE"])?, &[200], "an honest client")
        .map(drop)
}

pub(crate) fn t1(server: &TestServer) -> Outcome {
    let server = &TestServer::encrypted(server.guards);
    // The beginning of a ClientHello, a record that is too long, and things that only look like TLS.
    let hello = [22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3];
    let starts: [&[u8]; 6] =
        [&hello[..1], &hello[..5], &hello, &[22, 3, 1, 0xff, 0xff], &[22; 4096], &[22, 3, 3, 0, 1, 2]];
    for round in 0..100 {
        let mut stream = std::net::TcpStream::connect(server.address).map_err(|error| words(&error))?;
        let _ = stream.write_all(starts[round % starts.len()]);
        if round % 2 == 0 {
            let _ = stream.shutdown(std::net::Shutdown::Write);
            stream.set_read_timeout(Some(GIVEN_UP)).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }
    is_well(server)
}

pub(crate) fn t2(server: &TestServer) -> Outcome {
    let server = &TestServer::encrypted(server.guards);
    let start = Instant::now();
    let silent: [&[u8]; 3] = [b"", &[22], b"GET / HTTP/1.1\r\n"];
    let streams: Vec<_> = silent
        .iter()
        .map(|bytes| {
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.write_all(bytes).unwrap();
            stream.set_read_timeout(Some(GIVEN_UP)).unwrap();
            stream
        })
        .collect();
    is_well(server)?;
    for (mut stream, bytes) in streams.into_iter().zip(silent) {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        ensure(ended.is_ok() || start.elapsed() < GIVEN_UP, format!("{bytes:?} is waited for"))?;
        ensure(rest.is_empty(), format!("{bytes:?} was answered"))?;
    }
    ensure(start.elapsed() < GIVEN_UP, format!("{:?} for a handshake", start.elapsed()))
}

pub(crate) fn t3(server: &TestServer) -> Outcome {
    let server = &TestServer::encrypted(server.guards);
    let reply = server.ask(&["GET /app/?token=@TOKEN HTTP/1.1", "Host: @HOST"])?;
    let start = server.fill("https://@HOST/");
    ensure(
        (reply.status, reply.header("location")) == (308, Some(start.as_str())),
        format!("{} {}", reply.status, reply.head),
    )?;
    ensure(reply.text().contains("HTTPS"), reply.text())?;
    for lines in [
        &["GET / HTTP/1.1", "Host: evil.example"][..],
        &["GET / HTTP/1.1", "Host: @HOST", "Host: evil.example"],
        &["GET / HTTP/1.1"],
        &["POST /api/x HTTP/1.1", "Host: @HOST", "Content-Length: 0"],
    ] {
        let reply = expect(server.ask(lines)?, &[400], &format!("{lines:?}"))?;
        ensure(reply.header("location").is_none(), reply.head)?;
    }
    ensure(server.backend.heads().is_empty(), "a backend was asked")?;
    expect(server.send(b"\0\0\0\0\r\n\r\n")?, &[400], "something else")?;
    ensure(!logged().contains(server.token.reveal()), "the log has the token")?;
    is_well(server)
}

pub(crate) fn t4(server: &TestServer) -> Outcome {
    let server = &TestServer::encrypted(server.guards);
    let reply = ask(server, &["GET /__dev/authority.crt HTTP/1.1", "Host: @HOST"])?;
    let reply = expect(reply, &[200], "the authority")?;
    let trusting = |name: &str| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(reply.body.clone())).map_err(|error| words(&error))?;
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).map_err(|error| words(&error))?;
        RUNTIME.block_on(async {
            let stream =
                tokio::net::TcpStream::connect(server.address).await.map_err(|error| words(&error))?;
            let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
            let stream = stream.map_err(|error| words(&error))?;
            let request =
                fill(server, "GET /app/ HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n");
            exchange(stream, &request).await
        })
    };
    expect(trusting("localhost")?, &[200], "who trusts the authority")?;
    // The server shows its certificate whatever name it is asked for, and the client sends it away.
    ensure(trusting("evil.example").is_err(), "the certificate is good for a name of others")?;
    let reply = ask(server, &["GET /app/ HTTP/1.1", "Host: evil.example", "@COOKIE"])?;
    expect(reply, &[403], "another host over TLS")?;
    is_well(server)
}

pub(crate) fn t5(server: &TestServer) -> Outcome {
    let server = &TestServer::encrypted(server.guards);
    let reply = ask(server, &["GET /app/?token=@TOKEN HTTP/1.1", "Host: @HOST"])?;
    let cookie = reply.header("set-cookie").unwrap_or_default().to_owned();
    let begin = fill(server, "__Host-@NAME=@TOKEN;");
    ensure(
        reply.status == 303 && cookie.starts_with(&begin) && cookie.ends_with("; Secure"),
        reply.head.clone(),
    )?;
    let reply = expect(ask(server, &["GET /app/ HTTP/1.1", "Host: @HOST", "@COOKIE"])?, &[200], "the page")?;
    ensure(reply.header("strict-transport-security").is_none(), "TLS would have to be spoken for ever")?;
    let reply = ask(server, &["GET /api/echo HTTP/1.1", "Host: @HOST", "@COOKIE"])?;
    let heard = reply.text().to_lowercase();
    ensure(heard.contains("x-forwarded-proto: https") && !heard.contains("__host-"), heard)?;
    let reply = ask(server, &["GET /__dev/trust HTTP/1.1", "Host: @HOST"])?;
    ensure(reply.text().contains(&server.tls.as_ref().unwrap().fingerprint()), reply.text())?;
    let pair = format!("code={}", server.pairing.offer().unwrap().code);
    let length = format!("Content-Length: {}", pair.len());
    let head =
        ["POST /__dev/pair HTTP/1.1", "Host: @HOST", "Origin: https://@HOST", &length, "Connection: close"];
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let request = fill(server, &format!("{}\r\n{kind}\r\n\r\n{pair}", head.join("\r\n")));
    let reply = RUNTIME.block_on(async { exchange(connect(server).await?, &request).await })?;
    let cookie = reply.header("set-cookie").unwrap_or_default();
    ensure(
        reply.status == 303 && cookie.starts_with("__Host-") && cookie.contains("Secure"),
        reply.head.clone(),
    )?;
    RUNTIME.block_on(async {
        for (origin, works) in
            [("https://@HOST", true), ("http://@HOST", false), ("https://evil.example", false)]
        {
            let mut request = format!("wss://{}/__dev/socket", server.address).into_client_request().unwrap();
            request.headers_mut().insert("origin", fill(server, origin).parse().unwrap());
            let cookie = fill(server, "__Host-@NAME=@TOKEN");
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
            let opened = tokio_tungstenite::client_async(request, connect(server).await?).await;
            ensure(opened.is_ok() == works, format!("a socket from {origin}: {}", opened.is_ok()))?;
            let Ok((mut socket, _)) = opened else { continue };
            let hello = v1::Hello {
                protocol_version: PROTOCOL_VERSION,
                program: "app".into(),
                ..v1::Hello::default()
            };
            let hello = encode_client(&v1::ClientFrame { body: Some(Body::Hello(hello)) });
            socket.send(Message::Binary(hello)).await.map_err(|error| words(&error))?;
            let heard = tokio::time::timeout(GIVEN_UP, socket.next()).await.map_err(|error| words(&error))?;
            let Some(Ok(Message::Binary(frame))) = heard else { return Err(format!("{heard:?}")) };
            let first = decode_server(&frame).map_err(|error| words(&error))?.body;
            ensure(matches!(first, Some(Said::Welcome(_))), format!("{first:?}"))?;
        }
        Ok(())
    })
}
