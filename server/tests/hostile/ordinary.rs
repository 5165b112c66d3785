//! What has to work behind all the guards.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use dev_server::analyse::PageManifest;
use dev_server::diagnostic::{Diagnostic, Origin};
use dev_server::http::Guards;
use dev_server::revision::Revision;
use dev_server_proto::v1::{self, client_frame::Body};
use dev_server_proto::{PROTOCOL_VERSION, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::fixture::{Backend, Outcome, RUNTIME, TestServer, ensure, expect, shared};

#[test]
fn the_printed_link_sets_the_cookie_and_leaves_the_address_bar() {
    let server = shared();
    let reply = server.ask(&["GET /?token=@TOKEN HTTP/1.1", "Host: @HOST"]).unwrap();
    assert_eq!((reply.status, reply.header("location")), (303, Some("/")), "{}", reply.head);
    let cookie = reply.header("set-cookie").unwrap();
    let expected = server.fill("@COOKIE").replace("Cookie: ", "");
    assert!(cookie.starts_with(&expected), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let reply = server.get("/", &[]).unwrap();
    assert_eq!((reply.status, reply.header("location")), (307, Some("/app/")), "{}", reply.head);
    let reply = server.get("/app/?a=1&token=@TOKEN", &[]).unwrap();
    assert_eq!((reply.status, reply.header("location")), (303, Some("/app/?a=1")), "{}", reply.head);
    let reply = server.get("/__dev/?token=@TOKEN", &[]).unwrap();
    assert_eq!((reply.status, reply.header("location")), (303, Some("/__dev/")), "{}", reply.head);
    let reply = server.get("/__dev/inspector.js?token=@TOKEN", &[]).unwrap();
    assert_eq!(reply.status, 200, "a script is no page: {}", reply.head);
}

#[test]
fn a_page_has_the_client_first_and_is_asked_for_again_cheaply() {
    let server = shared();
    let reply = server.get("/app/", &[]).unwrap();
    let tag = "<!doctype html><script src=\"/__dev/client.js\" data-program=\"app\" data-boot=\"client\" data-http3=\"always\" \
               data-base-path=\"/app/\" data-manifest=\"";
    assert!(reply.text().starts_with(tag), "{}", reply.text());
    for target in [
        "/app/",
        "/app/index.html",
        "/app/style.css",
        "/style.css",
        "/__dev/client.js",
        "/__dev/",
        "/__dev/inspector.js",
    ] {
        let reply = server.get(target, &[]).unwrap();
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-cache")), "{target}");
        let known = format!("If-None-Match: {}", reply.header("etag").unwrap());
        let reply = server.get(target, &[&known]).unwrap();
        assert_eq!((reply.status, reply.body.len()), (304, 0), "{target}");
    }
}

#[test]
fn a_head_has_no_body() {
    let server = shared();
    for target in ["/app/", "/app/style.css"] {
        let line = format!("HEAD {target} HTTP/1.1");
        let reply = server.ask(&[&line, "Host: @HOST", "@COOKIE"]).unwrap();
        assert_eq!((reply.status, reply.body.len()), (200, 0), "{}", reply.head);
        assert!(reply.header("content-length").is_some_and(|length| length != "0"), "{}", reply.head);
    }
}

#[test]
fn several_programs_are_listed() {
    let server = TestServer::start(Guards::default());
    let empty = || Arc::new(PageManifest::new([].into()));
    server
        .publisher
        .set_programs(Revision::FIRST, [("one".to_owned(), empty()), ("two".to_owned(), empty())]);
    let reply = server.expect("/", &[], &[200]).unwrap();
    assert!(reply.text().contains("href=\"/one/\"") && reply.text().contains("href=\"/two/\""));
    assert!(server.expect("/two/", &[], &[200]).unwrap().text().contains("data-program=\"two\""));
    server.expect("/style.css", &[], &[404]).unwrap();
    server.publisher.set_programs(Revision::FIRST, []);
    assert_eq!(server.expect("/", &[], &[200]).unwrap().header("refresh"), Some("2"));
}

#[test]
fn a_boot_script_waits_for_the_first_release_and_learns_of_a_failure() {
    let server = TestServer::start(Guards::default());
    let empty = Arc::new(PageManifest::new([].into()));
    server.publisher.set_programs(Revision::FIRST, [("late".to_owned(), empty)]);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            crate::wire::exchange(
                server.address,
                server
                    .fill(
                        "GET /late/main.wasm HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n",
                    )
                    .as_bytes(),
            )
        });
        let problem = Diagnostic::error(Origin::Go, "broken");
        server.publisher.set_diagnostics("late", Revision::FIRST, vec![problem]);
        let reply = asked.join().unwrap();
        assert_eq!(reply.status, 503, "{}", reply.head);
        assert!(reply.text().contains("cannot be built"), "{}", reply.text());
    });
}

#[test]
fn a_tab_that_outlived_a_restart_waits_until_the_programs_are_known() {
    let server = TestServer::start(Guards::default());
    server.publisher.set_programs(Revision::FIRST, []);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.get("/late/", &[]).unwrap());
        // Answered at once, and after the other request was most likely taken in; the test holds either way.
        server.expect("/", &[], &[200]).unwrap();
        let empty = Arc::new(PageManifest::new([].into()));
        server.publisher.set_programs(Revision::FIRST, [("late".to_owned(), empty)]);
        let reply = asked.join().unwrap();
        assert_eq!(reply.status, 200, "{}", reply.head);
        assert!(reply.text().contains("data-program=\"late\""), "{}", reply.text());
    });
}

#[test]
fn a_module_can_be_fetched_after_it_was_replaced() {
    let server = TestServer::start(Guards::default());
    let module = format!("/m/{}.wasm", server.module);
    server.expect(&module, &[], &[200]).unwrap();
    let empty = Arc::new(PageManifest::new([].into()));
    server.publisher.set_programs(Revision::FIRST, [("other".to_owned(), empty)]);
    server.expect(&module, &[], &[200]).unwrap();
}

#[test]
fn requests_go_to_the_backend_and_back() -> Outcome {
    let server = shared();
    let more = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil.example", "Cookie: theirs=1"];
    let reply = server.expect("/api/echo/a%20b?c=d", &more, &[200])?;
    let seen = reply.text().to_ascii_lowercase();
    let backend = format!("\r\nhost: {}\r\n", server.backend.address);
    for part in
        ["get /api/echo/a%20b?c=d http/1.1", "x-forwarded-for: 127.0.0.1", "cookie: theirs=1\r\n", &backend]
    {
        ensure(seen.contains(part), format!("{part}: {seen}"))?;
    }
    ensure(seen.contains(&format!("x-forwarded-host: {}", server.address)), &*seen)?;
    ensure(!seen.contains("6.6.6.6") && !seen.contains("evil"), &*seen)?;
    ensure(reply.header("set-cookie") == Some("theirs=1"), &*reply.head)?;
    // A redirect is the browser's affair.
    let reply = server.expect("/api/away", &[], &[302])?;
    ensure(reply.header("location") == Some("file:///etc/passwd"), reply.head)?;
    let loop_ = server.get("/api/x", &["Via: 1.1 dev-server"]);
    ensure(loop_.is_err_and(|problem| problem.contains("508")), "a loop is not noticed")
}

#[test]
fn an_upgrade_goes_through_the_proxy() {
    let server = shared();
    let mut stream = std::net::TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = "GET /api/socket HTTP/1.1\r\nHost: @HOST\r\nOrigin: http://@HOST\r\n@COOKIE\r\n\
                   Connection: Upgrade\r\nUpgrade: echo\r\n\r\n";
    stream.write_all(server.fill(request).as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    stream.write_all(b"hello # through").unwrap();
    let mut echoed = [0; 15];
    stream.read_exact(&mut echoed).unwrap();
    assert_eq!(&echoed, b"hello # through");
    assert!(!server.backend.heads().contains(server.token.reveal()));
}

#[test]
fn a_backend_is_waited_for_and_then_named() {
    // A port that was free a moment ago: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut backend = Backend::start();
    backend.address = address;
    drop(listener);
    let server = TestServer::with_backend(Guards::default(), backend);
    let problem = server.get("/api/x", &[]).unwrap_err();
    assert!(problem.contains("503") && problem.contains(&address.to_string()), "{problem}");

    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.get("/api/x", &[]));
        let _late = Backend::on(std::net::TcpListener::bind(address).unwrap());
        assert_eq!(asked.join().unwrap().unwrap().text(), "backend");
    });
}

#[test]
fn the_end_is_told_to_sessions_and_comes_soon() {
    let server = TestServer::start(Guards::default());
    let ended = server.ended.lock().unwrap().take().unwrap();
    // One connection that is idle and one that has sent half a request must not hold it up.
    let _idle = std::net::TcpStream::connect(server.address).unwrap();
    let mut half = std::net::TcpStream::connect(server.address).unwrap();
    half.write_all(b"GET /app/ HT").unwrap();
    RUNTIME.block_on(async {
        let mut request = format!("ws://{}/__dev/socket", server.address).into_client_request().unwrap();
        for line in [server.fill("@COOKIE"), server.fill("Origin: http://@HOST")] {
            let (name, value) = line.split_once(": ").unwrap();
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let hello =
            v1::Hello { protocol_version: PROTOCOL_VERSION, program: "app".into(), ..v1::Hello::default() };
        let hello = encode_client(&v1::ClientFrame { body: Some(Body::Hello(hello)) });
        socket.send(Message::Binary(hello)).await.unwrap();
        assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))));
        server.cancel.cancel();
        let code = loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => break u16::from(frame.unwrap().code),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1012);
        tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap().unwrap();
    });
    assert!(std::net::TcpStream::connect(server.address).is_err(), "the listener is still open");
}

#[test]
fn keep_alive_serves_several_requests() {
    let server = shared();
    let one = "GET /app/style.css HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\n\r\n";
    let last = "GET /app/style.css HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n";
    let reply = server.send(server.fill(&format!("{one}{one}{last}")).as_bytes()).unwrap();
    let reply = expect(reply, &[200], "three requests").unwrap();
    assert_eq!(reply.text().matches("HTTP/1.1 200 OK").count(), 2, "{}", reply.text());
}

#[test]
fn a_request_that_does_not_end_is_cut_off() {
    let server = shared();
    let mut stream = std::net::TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.write_all(b"GET /app/ HTTP/1.1\r\nHost: ").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
}
