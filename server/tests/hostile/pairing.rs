//! Rows L: devices of the network, and who else would like to be one. Each row has a server of its own: there is one
//! code at a time, and who guesses is slowed down.

use crate::fixture::{LAN_NAME, Outcome, TestServer, ensure, expect, logged};
use crate::wire::Reply;

/// Of a machine that is not this one; see `Doorstep::is_at_home`.
const AWAY: [u8; 4] = [127, 0, 0, 2];

/// A form as a browser sends it.
fn bring(server: &TestServer, code: &str, more: &[&str]) -> Result<Reply, String> {
    server.send(form(server, code, more).as_bytes())
}

fn form(server: &TestServer, code: &str, more: &[&str]) -> String {
    let body = format!("code={code}&name=phone");
    let length = format!("Content-Length: {}", body.len());
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let head =
        [&["POST /__dev/pair HTTP/1.1", "Host: @HOST", kind, &length, "Connection: close"], more].concat();
    server.fill(&format!("{}\r\n\r\n{body}", head.join("\r\n")))
}

fn code(server: &TestServer) -> String {
    server.pairing.offer().unwrap().code
}

/// The header line that a paired device sends.
fn paired(server: &TestServer) -> Result<String, String> {
    let reply = bring(server, &code(server), &[])?;
    let reply = expect(reply, &[303], "pairing")?;
    let cookie = reply.header("set-cookie").ok_or("no cookie")?.to_owned();
    let (pair, attributes) = cookie.split_once(';').ok_or("no attributes")?;
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        ensure(attributes.contains(attribute), &*cookie)?;
    }
    let (name, secret) = pair.split_once('=').ok_or("no value")?;
    ensure(name == server.token.cookie_name() && secret.len() == 43, &*cookie)?;
    ensure(secret != server.token.reveal(), "a device got the token itself")?;
    ensure(reply.header("location") == Some("/"), reply.head.clone())?;
    Ok(format!("Cookie: {pair}"))
}

fn socket(server: &TestServer, cookie: &str, statuses: &[u16]) -> Outcome {
    server.upgrade("/__dev/socket", &["Host: @HOST", cookie, "Origin: http://@HOST"], statuses)
}

pub(crate) fn l1(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    // No code was shown yet.
    expect(bring(server, "", &[])?, &[403], "no code")?;
    let first = code(server);
    expect(bring(server, "0000-0000", &[])?, &[403], "a wrong code")?;
    let second = code(server);
    expect(bring(server, &first, &[])?, &[403], "the code before the newest")?;
    let reply = expect(bring(server, &second, &["Origin: http://@HOST"])?, &[303], "the right code")?;
    expect(bring(server, &second, &[])?, &[403], "a used code")?;
    let cookie =
        format!("Cookie: {}", reply.header("set-cookie").and_then(|all| all.split(';').next()).unwrap());
    for target in ["/app/", "/app/style.css", "/__dev/client.js", "/__dev/transport"] {
        let line = format!("GET {target} HTTP/1.1");
        expect(server.ask(&[&line, "Host: @HOST", &cookie])?, &[200], target)?;
        expect(server.ask(&[&line, "Host: @HOST"])?, &[401], target)?;
    }
    socket(server, &cookie, &[101])?;
    let reply = server.ask(&["GET /app/ HTTP/1.1", "Host: @HOST"])?;
    ensure(reply.text().contains("href=\"/__dev/pair\""), reply.text())
}

pub(crate) fn l2(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let code = code(server);
    for more in [
        &["Origin: http://evil.example"][..],
        &["Origin: null"],
        &["Origin: http://@HOST", "Origin: http://evil.example"],
        &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
        &["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
    ] {
        expect(bring(server, &code, more)?, &[403], &format!("{more:?}"))?;
    }
    let foreign = form(server, &code, &[]).replace(&server.address.to_string(), "evil.example");
    expect(server.send(foreign.as_bytes())?, &[403], "another host")?;
    // None of them used the code up.
    expect(bring(server, &code, &["Origin: http://@HOST"])?, &[303], "our own form").map(drop)
}

pub(crate) fn l3(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let code = code(server);
    let wrong = form(server, "ZZZZ-ZZZZ", &[]);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(server.send(wrong.as_bytes())?.status);
    }
    ensure(statuses.iter().filter(|status| **status == 403).count() == 5, format!("{statuses:?}"))?;
    ensure(statuses.ends_with(&[429; 7]), format!("{statuses:?}"))?;
    // The right one is not looked at either: what a guesser learns is nothing.
    expect(bring(server, &code, &[])?, &[429], "the right code of a guesser")?;
    let mut news = server.pairing.news();
    for last in 2..=4 {
        for _ in 0..5 {
            let Some(reply) = server.send_from([127, 0, 0, last], wrong.as_bytes())? else { return Ok(()) };
            expect(reply, &[403], "a guess from elsewhere")?;
        }
    }
    let told = news.try_recv().map_err(|_| "nobody was told of the guesses")?;
    let dev_server::http::PairingNews::Renewed(next) = told else { return Err(format!("{told:?}")) };
    let from_fresh = |code: &str| server.send_from([127, 0, 0, 9], form(server, code, &[]).as_bytes());
    if let Some(reply) = from_fresh(&code)? {
        expect(reply, &[403], "a code after twenty guesses")?;
    }
    match from_fresh(&next.code)? {
        Some(reply) => expect(reply, &[303], "the next code").map(drop),
        None => Ok(()),
    }
}

pub(crate) fn l4(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let (phone, tablet) = (paired(server)?, paired(server)?);
    let plain = "GET /app/ HTTP/1.1";
    expect(server.ask(&[plain, "Host: @HOST", &phone])?, &[200], "the phone")?;
    let state = server.folder.path().join("state");
    let devices = dev_server::http::Devices::open(&state, server.token.project()).unwrap();
    ensure(devices.forget("phone").unwrap(), "the phone is not on the list")?;
    expect(server.ask(&[plain, "Host: @HOST", &phone])?, &[401], "a forgotten device")?;
    socket(server, &phone, &[401])?;
    expect(server.ask(&["GET /__dev/transport HTTP/1.1", "Host: @HOST", &phone])?, &[401], "its ticket")?;
    expect(server.ask(&[plain, "Host: @HOST", &tablet])?, &[200], "the other device")?;
    socket(server, &tablet, &[101])
}

pub(crate) fn l5(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let ask = |lines: &[&str]| {
        let head = lines.join("\r\n").replace("@LAN", &format!("{LAN_NAME}:{}", server.address.port()));
        server.send_from(AWAY, server.fill(&format!("{head}\r\nConnection: close\r\n\r\n")).as_bytes())
    };
    let plain = "GET /app/ HTTP/1.1";
    for (lines, status) in [
        (&["GET /app/?token=@TOKEN HTTP/1.1", "Host: @LAN"][..], 401),
        (&[plain, "Host: @LAN", "@COOKIE"], 401),
        (&[plain, "Host: @LAN", "Authorization: Bearer @TOKEN"], 200),
        // A port that was forwarded, such as that of a container, is asked under a name of the loopback device.
        (&[plain, "Host: localhost:@PORT", "@COOKIE"], 200),
    ] {
        let Some(reply) = ask(lines)? else { return Ok(()) };
        expect(reply, &[status], &format!("{lines:?}"))?;
    }
    let device = paired(server)?;
    let Some(reply) = ask(&[plain, "Host: @LAN", &device])? else { return Ok(()) };
    expect(reply, &[200], "a paired device").map(drop)
}

pub(crate) fn l6(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let device = paired(server)?;
    let secret = device.split_once('=').map(|(_, secret)| format!("Authorization: Bearer {secret}")).unwrap();
    let plain = "POST /__dev/pairing HTTP/1.1";
    for lines in [
        &[plain, "Host: @HOST"][..],
        &[plain, "Host: @HOST", "Origin: http://@HOST", "@COOKIE"],
        &[plain, "Host: @HOST", "Origin: http://@HOST", &device],
        &[plain, "Host: @HOST", &secret],
        &["POST /__dev/pairing?token=@TOKEN HTTP/1.1", "Host: @HOST"],
        &["GET /__dev/pairing HTTP/1.1", "Host: @HOST", "@COOKIE"],
    ] {
        expect(server.ask(lines)?, &[401], &format!("{lines:?}"))?;
    }
    let change = ["POST /__dev/flags HTTP/1.1", "Host: @HOST", &secret, "Content-Type: application/json"];
    expect(server.ask(&change)?, &[403], "a change of flags by a device")?;
    let bearer = "Authorization: Bearer @TOKEN";
    expect(server.ask(&[plain, "Host: @HOST", bearer, "Origin: http://evil.example"])?, &[403], "foreign")?;
    expect(server.ask(&["GET /__dev/pairing HTTP/1.1", "Host: @HOST", bearer])?, &[405], "GET")?;
    let reply = expect(server.ask(&[plain, "Host: @HOST", bearer])?, &[200], "the token itself")?;
    let offer: serde_json::Value = serde_json::from_str(&reply.text()).map_err(|error| error.to_string())?;
    ensure(
        offer["code"].as_str().is_some_and(|code| code.len() == 9) && offer["seconds"] == 600,
        reply.text(),
    )
}

pub(crate) fn l7(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let offer = server.pairing.offer().unwrap();
    let scanned = offer.link.split_once('=').unwrap().1.to_owned();
    // As many ways to get a code into an answer or a log as there are.
    let reply = server.expect(&format!("/__dev/pair?code={scanned}"), &[], &[200])?;
    ensure(reply.text().contains(&format!("value=\"{scanned}\"")), "the code is not filled in")?;
    ensure(!reply.text().contains("<script"), "the page needs scripts")?;
    ensure(reply.head.contains("form-action 'self'"), reply.head.clone())?;
    server.expect(&format!("/__dev/pair/{scanned}"), &[], &[404])?;
    server.expect(&format!("/__dev/pair%2F{scanned}"), &[], &[400])?;
    let foreign = ["Host: evil.example", "Referer: http://evil.example/"];
    let line = format!("GET /__dev/pair?code={scanned} HTTP/1.1");
    let reply = server.ask(&[&[line.as_str()], &foreign[..]].concat())?;
    ensure(reply.status == 403 && reply.header("location").is_none(), reply.head.clone())?;
    ensure(!reply.text().contains(&scanned), "the code comes back to a foreign host")?;
    let device = paired(server)?;
    let secret = device.split_once('=').unwrap().1;
    let bearer = format!("Authorization: Bearer {secret}");
    for more in [device.as_str(), bearer.as_str()] {
        expect(server.ask(&["GET /api/x HTTP/1.1", "Host: @HOST", more])?, &[200], more)?;
    }
    ensure(!server.backend.heads().contains(secret), "the backend got the secret of a device")?;
    for hidden in [scanned.as_str(), &offer.code, secret] {
        ensure(!logged().contains(hidden), "the log has a code or the secret of a device")?;
    }
    let file =
        std::fs::read(server.folder.path().join("state/devices").join(server.token.project())).unwrap();
    ensure(!String::from_utf8_lossy(&file).contains(secret), "the secret of a device is kept")
}

pub(crate) fn l8(server: &TestServer) -> Outcome {
    let server = &TestServer::start(server.guards);
    let code = code(server);
    let ask = |method: &str, kind: &str, body: &str| {
        let head = format!("{method} /__dev/pair HTTP/1.1\r\nHost: @HOST\r\nContent-Type: {kind}\r\n");
        let length = body.len();
        server.send(
            server
                .fill(&format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
                .as_bytes(),
        )
    };
    let kind = "application/x-www-form-urlencoded";
    expect(ask("POST", "text/plain", &format!("code={code}"))?, &[415], "text")?;
    expect(ask("POST", kind, &format!("code={}", "x".repeat(100_000)))?, &[413], "a large form")?;
    expect(ask("PUT", kind, &format!("code={code}"))?, &[405], "another method")?;
    expect(ask("POST", kind, &format!("name=x&code={code}"))?, &[303], "a form").map(drop)
}
