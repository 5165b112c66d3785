//! Rows C: paths and content.

use dev_server_proto::v1::{self, client_frame::Body, protocol_error::Code, server_frame};
use dev_server_proto::{CloseCode, decode_server, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::fixture::{Outcome, RUNTIME, TestServer, ensure, expect};

/// "403" of the list: refused in whatever way, with nothing secret in the body (which every exchange checks).
const REFUSED: &[u16] = &[400, 403, 404, 414];

/// Each path from the root, below the page and below the proxy's sibling, and for those who accept HTML.
fn refused(server: &TestServer, targets: &[&str]) -> Outcome {
    targets.iter().try_for_each(|target| {
        server.expect(target, &[], REFUSED)?;
        server.expect(&format!("/app{target}"), &[], REFUSED)?;
        server.expect(target, &["Accept: text/html", "Sec-Fetch-Dest: document"], REFUSED).map(drop)
    })
}

/// Paths with a second spelling are malformed, not merely unknown.
fn malformed(server: &TestServer, targets: &[&str]) -> Outcome {
    targets.iter().try_for_each(|target| server.expect(target, &[], &[400]).map(drop))
}

pub(crate) fn c1(server: &TestServer) -> Outcome {
    malformed(server, &["/../../../../etc/passwd", "/app/../../../../etc/passwd", "/app/..", "/.."])
}

pub(crate) fn c2(server: &TestServer) -> Outcome {
    malformed(
        server,
        &[
            "/..%2f..%2fetc/passwd",
            "/%2e%2e/etc/passwd",
            "/%2E./x",
            "/..%c0%af..%c0%afetc/passwd",
            "/..%5cetc",
            "/app/..%2F",
        ],
    )?;
    refused(server, &["/%252e%252e%252fetc/passwd", "/%252e%252e/etc/passwd", "/%25%32%65/x"])
}

pub(crate) fn c3(server: &TestServer) -> Outcome {
    let names = [
        "/.env",
        "/.ENV",
        "/.env.local",
        "/.git/config",
        "/.git/HEAD",
        "/key.pem",
        "/id_rsa",
        "/.npmrc",
        "/go.env",
    ];
    refused(server, &names)?;
    refused(server, &["/main.go", "/go.mod", "/dev-server.toml"])
}

pub(crate) fn c4(server: &TestServer) -> Outcome {
    refused(server, &["/.env/.", "/.env/", "/.env//", "/./.env", "/x/../.env", "/.env/./", "/%2eenv"])
}

pub(crate) fn c5(server: &TestServer) -> Outcome {
    for query in [
        "raw",
        "raw??",
        "import&raw??",
        "url",
        "inline&import",
        "import&?inline=1.wasm?init",
        ".svg?.wasm?init",
    ] {
        let target = format!("/.env?{query}");
        refused(server, &[&target])?;
    }
    Ok(())
}

pub(crate) fn c6(server: &TestServer) -> Outcome {
    let outside = server.folder.path().join("secret.txt").to_string_lossy().into_owned();
    for prefix in ["/@fs", "/@id", "/@vite", "/__dev"] {
        let target = format!("{prefix}{outside}");
        refused(server, &[&target, &format!("{target}?import&raw??")])?;
    }
    malformed(server, &["/__dev/../../tmp/secret.txt", "/m/../project/.env", "/m/..%2f..%2fproject%2f.env"])
}

pub(crate) fn c7(server: &TestServer) -> Outcome {
    // Everything from the first question mark on is a query, and no query is ever made into a path.
    refused(server, &["/x/?/../../../../tmp/secret.txt?import&?raw"])?;
    server.expect("/app/safe.txt?/../../.env", &[], &[200]).map(drop)
}

pub(crate) fn c8(server: &TestServer) -> Outcome {
    malformed(
        server,
        &["/app/safe.txt#/../../tmp/secret.txt", "/app/safe.txt#", "/app/#", "/#", "/app/?a#b"],
    )?;
    // In a later request on the same connection too, and in the same packet.
    let first = "GET /app/safe.txt HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\n\r\n";
    let second = "GET /app/safe.txt#x HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n";
    let reply = server.send(server.fill(&format!("{first}{second}")).as_bytes())?;
    ensure(
        reply.status == 200 && reply.text().contains("HTTP/1.1 400 "),
        format!("{} {}", reply.head, reply.text()),
    )?;
    // A request with a body is the last on its connection, so nothing can hide behind it.
    let body = "POST /api/x HTTP/1.1\r\nHost: @HOST\r\nAuthorization: Bearer @TOKEN\r\nContent-Length: 4\r\n\r\na#bc";
    let reply = expect(server.send(server.fill(&format!("{body}{second}")).as_bytes())?, &[200], "POST")?;
    ensure(!reply.text().contains("HTTP/1.1"), reply.text())?;
    server.expect("/app/safe.txt", &["X-Color: #fff"], &[200]).map(drop)
}

pub(crate) fn c9(server: &TestServer) -> Outcome {
    malformed(server, &["/.env\\", "/..\\..\\etc\\passwd", "/app\\..\\.env", "/app/%5c.env"])
}

pub(crate) fn c10(server: &TestServer) -> Outcome {
    refused(
        server,
        &[
            "/.env::$DATA",
            "/ENV~1",
            "/con",
            "/aux.js",
            "/app.js.",
            "/app.js%20",
            "/app.js::$DATA",
            "/safe.txt%20",
        ],
    )
}

pub(crate) fn c11(server: &TestServer) -> Outcome {
    malformed(
        server,
        &["//etc/passwd", "///etc/passwd", "/\\\\host\\share", "file:///etc/passwd", "//evil.example/app/"],
    )?;
    malformed(server, &["http:///etc/passwd", "/app//style.css", "*", "etc/passwd"])
}

pub(crate) fn c12(server: &TestServer) -> Outcome {
    // The list has no links in it; the race while it is made is tested where it is made.
    refused(server, &["/link", "/project/link", "/m/link"])
}

pub(crate) fn c13(server: &TestServer) -> Outcome {
    refused(server, &["/-secret/x", "/project-secret/x"])?;
    server.expect("/app-secret/x", &[], REFUSED)?;
    server.expect("/application/", &[], REFUSED)?;
    server.expect("/apiary", &[], &[404]).map(drop)
}

pub(crate) fn c14(server: &TestServer) -> Outcome {
    refused(server, &["/../outside.html", "/outside.html", "/any/route/of/the/page"])
}

pub(crate) fn c15(server: &TestServer) -> Outcome {
    refused(
        server,
        &["/deps/..%2f..%2f..%2ftmp/poc.map", "/app.js.map", "/main.wasm.map", "/__dev/client.js.map"],
    )
}

pub(crate) fn c16(server: &TestServer) -> Outcome {
    malformed(
        server,
        &[
            "/app/app.js%00.png",
            "/app/%c0%ae",
            "/app/%ed%a0%80",
            "/app/%ff",
            "/app/%",
            "/app/%2",
            "/app/%zz",
            "/app/%0a",
            "/app/%7f",
        ],
    )?;
    let long = format!("/app/{}", "a".repeat(64 * 1024));
    let slashes = format!("/app{}", "/".repeat(10_000));
    let longer_than_looked_at = format!("/app/{}", "a".repeat(9 * 1024));
    for target in [&long, &slashes, &longer_than_looked_at, &format!("/app/?{}", "a".repeat(9 * 1024))] {
        server.expect(target, &[], &[400, 414, 431])?;
    }
    for bytes in [&b"\x00"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xff", b"\x01", b"\x7f"] {
        let mut request = b"GET /app/".to_vec();
        request.extend_from_slice(bytes);
        request.extend_from_slice(
            server.fill(" HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        expect(server.send(&request)?, &[400, 404], &format!("{bytes:?}"))?;
    }
    Ok(())
}

pub(crate) fn c17(server: &TestServer) -> Outcome {
    let ask = |range: &str, statuses: &[u16]| {
        server.expect("/app/safe.txt", &[&format!("Range: {range}")], statuses)
    };
    ensure(ask("bytes=2-4", &[206])?.text() == "234", "bytes 2 to 4")?;
    ensure(ask("bytes=-2", &[206])?.text() == "89", "the last two bytes")?;
    let many = format!("bytes={}", vec!["0-0,-1"; 1000].join(","));
    let overlapping = format!("bytes={}", vec!["0-"; 1000].join(","));
    for range in
        [many.as_str(), "bytes=0-0,-1", &overlapping, "bytes=9e99-", "bytes=99-", "bytes=4-2", "bytes=--1"]
    {
        let reply = ask(range, &[416])?;
        ensure(reply.header("content-range") == Some("bytes */10"), reply.head)?;
    }
    let twice = ["Range: bytes=0-0", "Range: bytes=1-1"];
    server.expect("/app/safe.txt", &twice, &[416]).map(drop)
}

pub(crate) fn c18(server: &TestServer) -> Outcome {
    let tags = |bytes: usize| format!("If-None-Match: {}", "\"0123456789abcdef\",".repeat(bytes / 19));
    server.expect("/app/style.css", &[&tags(100 * 1024)], &[400, 431])?;
    server.expect("/app/style.css", &[&tags(8 * 1024)], &[200]).map(drop)
}

pub(crate) fn c19(server: &TestServer) -> Outcome {
    let path = server.folder.path().join("secret.txt").to_string_lossy().into_owned();
    RUNTIME.block_on(async {
        let mut request = format!("ws://{}/__dev/socket", server.address).into_client_request().unwrap();
        let bearer = format!("Bearer {}", server.token.reveal());
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
        let (mut socket, _) =
            tokio_tungstenite::connect_async(request).await.map_err(|error| error.to_string())?;
        let say = |body: Body| Message::Binary(encode_client(&v1::ClientFrame { body: Some(body) }));
        let hello = v1::Hello {
            protocol_version: dev_server_proto::PROTOCOL_VERSION,
            program: format!("../../{path}"),
            ..v1::Hello::default()
        };
        socket.send(say(Body::Hello(hello))).await.map_err(|error| error.to_string())?;
        // The only thing that a page can have opened is a number, and none of these was given out.
        for location in [u64::MAX, 1 << 40] {
            let open = Body::OpenLocation(v1::OpenLocation { location });
            socket.send(say(open)).await.map_err(|error| error.to_string())?;
        }
        let json = format!("{{\"read\": \"file://{path}?raw\"}}");
        socket.send(Message::Binary(json.clone().into())).await.map_err(|error| error.to_string())?;
        let mut codes = Vec::new();
        while codes.len() < 4 {
            let Some(Ok(message)) = socket.next().await else {
                return Err(format!("closed after {codes:?}"));
            };
            let bytes = message.into_data();
            let frame = decode_server(&bytes).map_err(|error| error.to_string())?;
            ensure(!String::from_utf8_lossy(&bytes).contains(crate::fixture::SECRET), "a secret came back")?;
            if let Some(server_frame::Body::ProtocolError(error)) = frame.body {
                codes.push(error.code());
            }
        }
        let expected = [Code::UnknownProgram, Code::UnknownLocation, Code::UnknownLocation, Code::Malformed];
        ensure(codes == expected, format!("{codes:?}"))?;
        // Text is no message of the protocol at all.
        socket.send(Message::Text(json.into())).await.map_err(|error| error.to_string())?;
        let closed = tokio::time::timeout(std::time::Duration::from_secs(3), socket.next()).await;
        let code = match closed {
            Ok(Some(Ok(Message::Close(Some(frame))))) => u16::from(frame.code),
            other => return Err(format!("{other:?}")),
        };
        ensure(code == CloseCode::BadMessage.code(), format!("closed with {code}"))
    })
}

pub(crate) fn c21(server: &TestServer) -> Outcome {
    server.expect("/app/caf%c3%a9.txt", &[], &[200])?;
    server.expect("/app/cafe%cc%81.txt", &[], &[404])?;
    for target in ["/app/SAFE.txt", "/app/safe.TXT", "/APP/safe.txt", "/app/Index.html", "/app/img/A%20b.png"]
    {
        server.expect(target, &[], &[404])?;
    }
    server.expect("/app/img/a%20b.png", &[], &[200]).map(drop)
}
