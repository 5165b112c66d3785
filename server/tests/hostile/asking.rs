//! Rows A: who is asked, and who asks.

use crate::fixture::{Outcome, TestServer, ensure, expect};

const SOCKET: &str = "/__dev/socket";

/// Every kind of route there is, the proxy's included, and one that is not there.
const ROUTES: [&str; 18] = [
    "/",
    "/app",
    "/app/",
    "/app/style.css",
    "/app/main.wasm",
    "/__dev/client.js",
    "/__dev/trees.js",
    "/__dev/events.js",
    "/__dev/digest.js",
    "/__dev/explain.js",
    "/__dev/mirror.js",
    "/__dev/measures.js",
    "/__dev/flags",
    SOCKET,
    "/__dev/pair",
    "/__dev/pairing",
    "/api/x",
    "/nothing",
];

fn host(server: &TestServer, hosts: &[&str], statuses: &[u16]) -> Outcome {
    for host in hosts {
        for route in ROUTES {
            let reply =
                server.ask(&[&format!("GET {route} HTTP/1.1"), &format!("Host: {host}"), "@COOKIE"])?;
            expect(reply, statuses, &format!("Host: {host}, {route}"))?;
        }
    }
    Ok(())
}

fn origin(server: &TestServer, origins: &[&str], statuses: &[u16]) -> Outcome {
    origins.iter().try_for_each(|origin| {
        let line = format!("Origin: {origin}");
        server.upgrade(SOCKET, &["Host: @HOST", "@COOKIE", &line], statuses)?;
        server.upgrade(SOCKET, &["Host: @HOST", "Authorization: Bearer @TOKEN", &line], statuses)?;
        server.upgrade(&format!("{SOCKET}?token=@TOKEN"), &["Host: @HOST", &line], statuses)
    })
}

pub(crate) fn a1(server: &TestServer) -> Outcome {
    host(server, &["evil.example"], &[403])
}

pub(crate) fn a2(server: &TestServer) -> Outcome {
    host(
        server,
        &["evil.example:@PORT", "127.0.0.1.evil.example:@PORT", "localhost:1", "127.0.0.1:80"],
        &[403],
    )
}

pub(crate) fn a3(server: &TestServer) -> Outcome {
    host(server, &["localhost.evil.example", "evillocalhost", "localhost.", "localhost.:@PORT"], &[403])?;
    for name in ["localhost:@PORT", "LOCALHOST:@PORT", "app.localhost:@PORT", "localhost"] {
        expect(server.ask(&["GET /app/ HTTP/1.1", &format!("Host: {name}"), "@COOKIE"])?, &[200], name)?;
    }
    Ok(())
}

pub(crate) fn a4(server: &TestServer) -> Outcome {
    for lines in [
        vec!["GET /app/ HTTP/1.1", "@COOKIE"],
        vec!["GET /app/ HTTP/1.0", "@COOKIE"],
        vec!["GET /app/ HTTP/1.1", "Host: @HOST", "Host: @HOST", "@COOKIE"],
        vec!["GET /app/ HTTP/1.1", "Host: @HOST", "Host: evil.example", "@COOKIE"],
        vec!["GET /app/ HTTP/1.1", "Host:", "@COOKIE"],
        vec!["GET /app/ HTTP/1.1", "Host: ", "@COOKIE"],
    ] {
        expect(server.ask(&lines)?, &[400], &format!("{lines:?}"))?;
    }
    Ok(())
}

pub(crate) fn a5(server: &TestServer) -> Outcome {
    let ask = |target: &str, host: &str| {
        server.ask(&[&format!("GET {target} HTTP/1.1"), &format!("Host: {host}"), "@COOKIE"])
    };
    for target in [
        "http://evil.example/app/",
        "https://@HOST/app/",
        "http://@HOST@evil.example/",
        "http://localhost:@PORT/",
    ] {
        expect(ask(target, "@HOST")?, &[400, 403], target)?;
    }
    expect(ask("http://@HOST/app/", "evil.example")?, &[400, 403], "right target, foreign host")?;
    expect(ask("http://@HOST/app/", "@HOST")?, &[200], "agreeing target").map(drop)
}

pub(crate) fn a6(server: &TestServer) -> Outcome {
    expect(server.ask(&["GET /app/ HTTP/1.1", "Host: [::1]:@PORT", "@COOKIE"])?, &[200], "[::1]")?;
    let spellings = [
        "[::ffff:127.0.0.1]:@PORT",
        "2130706433:@PORT",
        "0x7f.1:@PORT",
        "0177.0.0.1:@PORT",
        "127.1:@PORT",
        "0.0.0.0:@PORT",
        "[::]:@PORT",
        "127.0.0.2:@PORT",
    ];
    host(server, &spellings, &[403])
}

pub(crate) fn a7(server: &TestServer) -> Outcome {
    let hosts = [
        "user@127.0.0.1:@PORT",
        "127.0.0.1:@PORT/../",
        "127.0.0.1:@PORT\0",
        "127.0.0.1 :@PORT",
        "127.0.0.1\t:@PORT",
        "127.0.0.1:@PORT, evil.example",
        "127.0.0.1:",
        "127.0.0.1:0@PORT",
        "127.0.0.1:+1",
        "%31%32%37.0.0.1:@PORT",
    ];
    host(server, &hosts, &[400])
}

pub(crate) fn a8(server: &TestServer) -> Outcome {
    // HTTP/1 only: the preface of HTTP/2 is no request, and no upgrade to it is granted.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    expect(server.send(preface)?, &[0, 400, 505], "preface")?;
    let upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"];
    let request =
        [&["GET /app/ HTTP/1.1", "Host: evil.example", "@COOKIE"], &upgrade[..]].concat().join("\r\n");
    expect(server.send(server.fill(&format!("{request}\r\n\r\n")).as_bytes())?, &[400, 403], "h2c").map(drop)
}

pub(crate) fn a9(server: &TestServer) -> Outcome {
    for line in
        ["X-Forwarded-Host: @HOST", "Forwarded: host=@HOST", "X-Host: @HOST", "X-Original-Host: @HOST"]
    {
        let reply = server.ask(&["GET /app/ HTTP/1.1", "Host: evil.example", line, "@COOKIE"])?;
        expect(reply, &[403], line)?;
    }
    Ok(())
}

pub(crate) fn a10(server: &TestServer) -> Outcome {
    origin(server, &["http://@HOST"], &[101])?;
    origin(server, &["http://evil.example", "http://evil.example:@PORT"], &[403])
}

pub(crate) fn a11(server: &TestServer) -> Outcome {
    origin(server, &["null", "NULL", ""], &[403])?;
    // What lets a form of our own pages through must not let a socket through.
    let lines = ["Host: @HOST", "@COOKIE", "Origin: null", "Sec-Fetch-Site: same-origin"];
    server.upgrade(SOCKET, &lines, &[403])
}

pub(crate) fn a12(server: &TestServer) -> Outcome {
    server.upgrade(SOCKET, &["Host: @HOST"], &[401])?;
    // Browsers send an Origin with every handshake: a cookie without one is not a browser's.
    server.upgrade(SOCKET, &["Host: @HOST", "@COOKIE"], &[403])?;
    server.upgrade(SOCKET, &["Host: @HOST", "Authorization: Bearer @TOKEN"], &[101])
}

pub(crate) fn a13(server: &TestServer) -> Outcome {
    origin(server, &["http://203.0.113.9", "http://[2001:db8::1]", "http://127.0.0.2:@PORT"], &[403])
}

pub(crate) fn a14(server: &TestServer) -> Outcome {
    let similar = [
        "http://@HOST.evil.example",
        "http://@HOST1",
        "http://localhost:@PORT@evil.example",
        "http://127.0.0.1",
        "http://@HOST/",
        "http://@HOST#",
        "http://@HOST http://evil.example",
    ];
    origin(server, &similar, &[403])?;
    // Exact after normalising: scheme and host have no case; another name of ours is another origin.
    origin(server, &["HTTP://@HOST"], &[101])?;
    let by_name = |origin: &str, statuses: &[u16]| {
        server.upgrade(SOCKET, &["Host: localhost:@PORT", "@COOKIE", origin], statuses)
    };
    by_name("Origin: HTTP://LOCALHOST:@PORT", &[101])?;
    by_name("Origin: http://127.0.0.1:@PORT", &[403])
}

pub(crate) fn a15(server: &TestServer) -> Outcome {
    origin(server, &["chrome-extension://x", "file://", "https://@HOST", "data:", "ws://@HOST"], &[403])
}

pub(crate) fn a16(server: &TestServer) -> Outcome {
    for two in
        [["Origin: http://evil.example", "Origin: http://@HOST"], ["Origin: http://@HOST", "Origin: null"]]
    {
        server.upgrade(SOCKET, &[&["Host: @HOST", "@COOKIE"], &two[..]].concat(), &[403])?;
    }
    Ok(())
}

pub(crate) fn a17(server: &TestServer) -> Outcome {
    let lines = ["Host: rebind.evil:@PORT", "Origin: http://rebind.evil:@PORT", "@COOKIE"];
    ROUTES.iter().try_for_each(|route| server.upgrade(route, &lines, &[403]))
}

pub(crate) fn a18(server: &TestServer) -> Outcome {
    let lines = ["Host: @HOST", "@COOKIE", "Origin: http://evil.example"];
    for route in ROUTES {
        server.upgrade(route, &lines, &[403])?;
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let reply =
                server.ask(&[&[format!("{method} {route} HTTP/1.1").as_str()], &lines[..]].concat())?;
            expect(reply, &[403], &format!("{method} {route}"))?;
        }
    }
    Ok(())
}

pub(crate) fn a19(server: &TestServer) -> Outcome {
    for site in ["cross-site", "same-site", "unheard-of"] {
        for mode in ["no-cors", "cors", "navigate"] {
            for target in ["/app/app.wasm", "/app/app.js", "/__dev/client.js", "/app/"] {
                let lines = [format!("Sec-Fetch-Site: {site}"), format!("Sec-Fetch-Mode: {mode}")];
                server.expect(target, &[&lines[0], &lines[1], "Sec-Fetch-Dest: script"], &[403])?;
            }
        }
    }
    let twice = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"];
    server.expect("/app/app.js", &twice, &[403]).map(drop)
}

pub(crate) fn a20(server: &TestServer) -> Outcome {
    // An address of the local network gets no Sec-Fetch headers. There a foreign page's script tag brings no cookie
    // (SameSite=Strict), and were it to, the browser keeps the answer from it.
    for target in ["/app/app.js", "/__dev/client.js"] {
        let reply = server.expect(target, &[], &[200])?;
        ensure(
            reply.header("cross-origin-resource-policy") == Some("same-origin")
                && reply.header("content-type") == Some("text/javascript; charset=utf-8")
                && reply.header("x-content-type-options") == Some("nosniff"),
            format!("{target}: {}", reply.head),
        )?;
        let line = format!("GET {target} HTTP/1.1");
        expect(server.ask(&[&line, "Host: @HOST"])?, &[401], target)?;
    }
    Ok(())
}

pub(crate) fn a21(server: &TestServer) -> Outcome {
    for route in ROUTES {
        for origin in ["http://evil.example", "http://@HOST"] {
            let reply = server.ask(&[
                &format!("OPTIONS {route} HTTP/1.1"),
                "Host: @HOST",
                &format!("Origin: {origin}"),
                "@COOKIE",
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Private-Network: true",
            ])?;
            ensure(
                !reply.head.to_ascii_lowercase().contains("access-control-"),
                format!("{route}: {}", reply.head),
            )?;
        }
    }
    Ok(())
}

pub(crate) fn a22(server: &TestServer) -> Outcome {
    for target in ["/events", "/api/events", "/__dev/events"] {
        let lines = ["Origin: http://evil.example", "Accept: text/event-stream"];
        let reply = server.expect(target, &lines, &[403])?;
        ensure(!reply.head.to_ascii_lowercase().contains("access-control-"), reply.head)?;
    }
    Ok(())
}

pub(crate) fn a23(server: &TestServer) -> Outcome {
    // Those that are there are asked in the rows O.
    for target in ["/debug/pprof/", "/debug/vars", "/mcp", "/status", "/__dev/state"] {
        let line = format!("GET {target} HTTP/1.1");
        let reply = server.ask(&[&line, "Host: evil.example", "@COOKIE"])?;
        expect(reply, &[403], target)?;
        server.expect(target, &["Origin: http://evil.example"], &[403])?;
        // None of them is there for anybody else either.
        server.expect(target, &[], &[404])?;
    }
    Ok(())
}

/// One machine of the network opens connections and says nothing; others are served.
pub(crate) fn e17(server: &TestServer) -> Outcome {
    let Some(server) = &TestServer::exposed(server.guards) else { return Ok(()) };
    let open = || std::net::TcpStream::connect(server.address).map_err(|error| error.to_string());
    let mut held = (0..256).map(|_| open()).collect::<Result<Vec<_>, _>>()?;
    let request = "GET /healthz HTTP/1.1\r\nHost: lan.example\r\nConnection: close\r\n\r\n";
    let reply = expect(server.send(request.as_bytes())?, &[429], "one more")?;
    ensure(reply.text().contains("Too many connections from this address"), reply.text())?;
    ensure(reply.header("retry-after").is_some(), reply.head)?;
    let home = std::net::SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    let local = std::net::TcpStream::connect(home).map_err(|error| error.to_string())?;
    expect(crate::wire::exchange_on(local, request.as_bytes()), &[200], "who is not one of them")?;
    // A connection that has ended makes room, as soon as the server has seen it.
    held.clear();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while server.send(request.as_bytes())?.status != 200 {
        ensure(std::time::Instant::now() < until, "there is no room again")?;
    }
    Ok(())
}
