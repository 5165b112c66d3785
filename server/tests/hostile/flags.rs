//! Rows A and E at the only route that takes a body: who may change flags, and what is a change.

use crate::fixture::{Outcome, TestServer, ensure, expect};

const FLAGS: &str = "/__dev/flags";
const ORIGIN: &str = "Origin: http://@HOST";
const BEARER: &str = "Authorization: Bearer @TOKEN";
const JSON: &str = "Content-Type: application/json";
const CHANGE: &str = r#"{"words":["set","telemetry.sample","1"]}"#;

/// What is in force, for who may know it.
fn in_force(server: &TestServer) -> Result<String, String> {
    server.expect(FLAGS, &[], &[200]).map(|reply| reply.text())
}

fn post(server: &TestServer, lines: &[&str], body: &[u8], statuses: &[u16]) -> Outcome {
    let lines =
        [&[&format!("POST {FLAGS} HTTP/1.1")[..]], lines, &["Connection: close"]].concat().join("\r\n");
    let framing = if lines.contains("Transfer-Encoding") || lines.contains("Content-Length") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let head = server.fill(&format!("{lines}\r\n{framing}\r\n"));
    let reply = server.send(&[head.as_bytes(), body].concat())?;
    let shown = String::from_utf8_lossy(body).chars().take(60).collect::<String>();
    let reply = expect(reply, statuses, &format!("{lines} {shown}"))?;
    ensure(!reply.head.to_ascii_lowercase().contains("access-control-"), reply.head)
}

/// Who may not ask changes nothing, whatever the change.
pub(crate) fn a24(server: &TestServer) -> Outcome {
    let before = in_force(server)?;
    let host = "Host: @HOST";
    for (lines, status) in [
        (&[host, JSON][..], 401),
        (&[host, JSON, ORIGIN], 401),
        (&[host, JSON, "Authorization: Bearer wrong"], 401),
        (&[host, JSON, "@COOKIE"], 403),
        (&[host, JSON, "@COOKIE", "Origin: http://evil.example"], 403),
        (&[host, JSON, BEARER, "Origin: http://evil.example"], 403),
        (&[host, JSON, "@COOKIE", "Origin: null"], 403),
        (&[host, JSON, "@COOKIE", ORIGIN, "Origin: http://evil.example"], 403),
        (&[host, JSON, "@COOKIE", ORIGIN, "Sec-Fetch-Site: cross-site"], 403),
        (&[host, JSON, "@COOKIE", ORIGIN, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate"], 403),
        (&["Host: evil.example", JSON, BEARER], 403),
        (&["Host: rebind.evil:@PORT", JSON, "@COOKIE", "Origin: http://rebind.evil:@PORT"], 403),
        (&[host, BEARER], 415),
        (&[host, BEARER, "Content-Type: text/plain"], 415),
        (&[host, BEARER, "Content-Type: application/x-www-form-urlencoded"], 415),
        (&[host, "@COOKIE", ORIGIN, "Content-Type: multipart/form-data; boundary=x"], 415),
        (&[host, BEARER, JSON, "Content-Type: text/plain"], 415),
        (&[host, BEARER, JSON, "Content-Encoding: gzip"], 415),
    ] {
        post(server, lines, CHANGE.as_bytes(), &[status])?;
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "FLAGS"] {
        let line = format!("{method} {FLAGS} HTTP/1.1");
        expect(server.ask(&[&line, host, BEARER])?, &[405], method)?;
    }
    let target = format!("GET {FLAGS} HTTP/1.1");
    expect(server.ask(&[&target, host])?, &[401], "flags without a token")?;
    ensure(in_force(server)? == before, "a change of somebody who may not ask was made")?;
    // What a page of ours, and a command, may do.
    for (value, lines) in [("3", &[host, JSON, "@COOKIE", ORIGIN][..]), ("4", &[host, JSON, BEARER])] {
        let change = format!(r#"{{"words":["set","telemetry.sample","{value}"]}}"#);
        post(server, lines, change.as_bytes(), &[200])?;
        let now = in_force(server)?;
        ensure(now.contains(&format!(r#""telemetry.sample":{{"type":"integer","default":{value},"#)), now)?;
    }
    Ok(())
}

/// What is no change is refused in bounded time and room.
pub(crate) fn e16(server: &TestServer) -> Outcome {
    let before = in_force(server)?;
    let lines = ["Host: @HOST", BEARER, JSON];
    let huge = format!(r#"{{"words":["kill","{}"]}}"#, "x".repeat(64 * 1024));
    // What is not read is answered, and then reset.
    post(server, &lines, huge.as_bytes(), &[0, 413])?;
    let claim = [&lines[..], &["Content-Length: 99999999999"]].concat();
    post(server, &claim, b"{", &[413])?;
    let chunked = [&lines[..], &["Transfer-Encoding: chunked"]].concat();
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    post(server, &chunked, chunk.repeat(4).as_bytes(), &[0, 413])?;
    post(server, &chunked, b"zz\r\n", &[0, 400])?;
    let twice = [&lines[..], &["Content-Length: 2", "Transfer-Encoding: chunked"]].concat();
    post(server, &twice, b"0\r\n\r\n", &[0, 400])?;
    let nested = format!(r#"{{"words":{}"#, "[".repeat(10_000));
    let many = format!(r#"{{"words":[{}"kill"]}}"#, r#""","#.repeat(5000));
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"words":"kill"}"#,
        r#"{"words":[]}"#,
        r#"{"words":["kill"]}"#,
        r#"{"words":["kill","telemetry.sample","more"]}"#,
        r#"{"words":["kill","nothing.there"]}"#,
        r#"{"words":["kill","constructor"]}"#,
        r#"{"words":["set","telemetry.sample","99999999999999999999"]}"#,
        r#"{"words":["set","telemetry.sample","1","--percent","1e9"]}"#,
        r#"{"words":["kill","telemetry.sample"],"more":1}"#,
        r#"{"words":["kill","telemetry.sample"]} {}"#,
        "{\"words\":[\"kill\",\"\u{0}\"]}",
        &nested,
        &many,
    ] {
        post(server, &lines, body.as_bytes(), &[400])?;
    }
    post(server, &lines, b"{\"words\":[\"kill\",\"\xff\"]}", &[400])?;
    let narrower = br#"{"words":["set","release.channel","candidate","--percent","5"]}"#;
    post(server, &lines, narrower, &[400])?;
    ensure(in_force(server)? == before, "something that is no change was made")
}
