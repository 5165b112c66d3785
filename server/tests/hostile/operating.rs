//! Rows O: what whoever operates the server asks without a program's page.

use crate::fixture::{Outcome, TestServer, ensure, expect};

const FOREIGN: [&[&str]; 5] = [
    &["Host: @HOST", "Origin: http://evil.example"],
    &["Host: @HOST", "Origin: null"],
    &["Host: @HOST", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"],
    &["Host: @HOST", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
    // After rebinding the page is of the same origin as what it asks, and the connection is one of this machine.
    &["Host: rebind.evil:@PORT", "Origin: http://rebind.evil:@PORT", "Sec-Fetch-Site: same-origin"],
];

const OPERATIONS: [&str; 3] = ["/healthz", "/metrics", "/__dev/status"];

/// Nobody of another origin, with the token or without.
pub(crate) fn o1(server: &TestServer) -> Outcome {
    for target in OPERATIONS {
        let line = format!("GET {target} HTTP/1.1");
        for lines in FOREIGN {
            for cookie in [&[][..], &["@COOKIE"]] {
                let reply = server.ask(&[&[line.as_str()], lines, cookie].concat())?;
                let reply = expect(reply, &[403], &format!("{target} {lines:?} {cookie:?}"))?;
                ensure(!reply.head.to_ascii_lowercase().contains("access-control-"), reply.head)?;
            }
        }
        for host in ["evil.example", "localhost.evil.example:@PORT", "127.0.0.1:1"] {
            let reply = server.ask(&[&line, &format!("Host: {host}")])?;
            expect(reply, &[403], &format!("{target} at {host}"))?;
        }
        expect(server.ask(&[&line])?, &[400], target)?;
    }
    Ok(())
}

/// That it serves, and nothing else, to those who may ask.
pub(crate) fn o2(server: &TestServer) -> Outcome {
    for lines in [&["Host: @HOST"][..], &["Host: @HOST", "X-Forwarded-For: 203.0.113.9"]] {
        let reply = server.ask(&[&["GET /healthz HTTP/1.1"], lines].concat())?;
        let reply = expect(reply, &[200], "/healthz")?;
        ensure(reply.text() == "ok\n", reply.text())?;
        for header in ["server", "set-cookie", "x-powered-by", "etag"] {
            ensure(reply.header(header).is_none(), &*reply.head)?;
        }
    }
    for line in ["POST /healthz HTTP/1.1", "GET /healthz/ HTTP/1.1", "GET /Healthz HTTP/1.1"] {
        expect(server.ask(&[line, "Host: @HOST"])?, &[401], line)?;
    }
    expect(server.ask(&["GET /%68ealthz HTTP/1.1", "Host: @HOST"])?, &[200, 400, 401], "encoded").map(drop)
}

/// What it counts, to a program of this machine or with the token.
pub(crate) fn o3(server: &TestServer) -> Outcome {
    let line = "GET /metrics HTTP/1.1";
    let query = "GET /metrics?token=@TOKEN HTTP/1.1";
    for lines in [
        &[line, "Host: @HOST"][..],
        &[line, "Host: localhost:@PORT"],
        &[line, "Host: @HOST", "Authorization: Bearer @TOKEN", "X-Forwarded-For: 203.0.113.9"],
        &[line, "Host: @HOST", "@COOKIE", "Via: 1.1 proxy"],
        &[query, "Host: @HOST", "Forwarded: for=203.0.113.9"],
    ] {
        let reply = expect(server.ask(lines)?, &[200], &format!("{lines:?}"))?;
        let text = reply.text();
        ensure(
            reply.header("content-type") == Some("text/plain; version=0.0.4; charset=utf-8")
                && text.contains("\ndevserver_sessions{")
                && text.contains("\ndevserver_refusals_total{guard=\"host\"} "),
            format!("{}\n{text}", reply.head),
        )?;
        // No name of a program, a file or a host.
        for name in ["\"app\"", "index.html", "style.css", "evil", "127.0.0.1"] {
            ensure(!text.contains(name), format!("{name} in {text}"))?;
        }
    }
    // A proxy on this machine has a loopback address, whoever asks it.
    for more in [
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Host: a",
        "Forwarded: for=a",
        "Via: 1.1 a",
        "X-Real-IP: a",
    ] {
        expect(server.ask(&[line, "Host: @HOST", more])?, &[401], more)?;
    }
    Ok(())
}

/// A wrong token is not overlooked because none would be needed. On a server of its own: wrong tokens slow an address down.
pub(crate) fn o4(server: &TestServer) -> Outcome {
    let server = TestServer::start(server.guards);
    let line = "GET /metrics HTTP/1.1";
    for wrong in ["Authorization: Bearer wrong", "Authorization: bearer  @TOKENx"] {
        expect(server.ask(&[line, "Host: @HOST", wrong])?, &[401], wrong)?;
    }
    expect(server.ask(&["GET /metrics?token=wrong HTTP/1.1", "Host: @HOST"])?, &[401], "query")?;
    let text = server.ask(&[line, "Host: @HOST"])?.text();
    ensure(text.contains("\ndevserver_wrong_tokens_total 3\n"), text)
}

/// How it stands, with the token only.
pub(crate) fn o5(server: &TestServer) -> Outcome {
    let line = "GET /__dev/status HTTP/1.1";
    expect(server.ask(&[line, "Host: @HOST"])?, &[401], "no token")?;
    let reply = server.expect("/__dev/status", &[], &[200])?;
    ensure(reply.header("content-type") == Some("application/json"), &*reply.head)?;
    ensure(reply.header("cache-control") == Some("no-store"), &*reply.head)?;
    let status: serde_json::Value = serde_json::from_str(&reply.text()).map_err(|error| error.to_string())?;
    let program = &status["programs"][0];
    ensure(
        program["name"] == "app" && program["release"]["base"] == server.module.to_string().as_str(),
        format!("{status}"),
    )
}

/// From another address of the network: the token, or nothing but that it serves.
pub(crate) fn o6(server: &TestServer) -> Outcome {
    // A machine without a network has no such address.
    let Some(server) = TestServer::exposed(server.guards) else { return Ok(()) };
    for (target, without) in [("/healthz", 200), ("/metrics", 401), ("/__dev/status", 401)] {
        let line = format!("GET {target} HTTP/1.1");
        expect(server.ask(&[&line, "Host: @HOST"])?, &[without], target)?;
        let bearer = "Authorization: Bearer @TOKEN";
        expect(server.ask(&[&line, "Host: @HOST", bearer])?, &[200], target)?;
        // Who says so is not on this machine.
        let named = server.ask(&[&line, "Host: localhost:@PORT"])?;
        expect(named, &[without], &format!("{target} at localhost"))?;
    }
    Ok(())
}
