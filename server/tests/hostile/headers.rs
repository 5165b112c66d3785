//! Rows D: headers and fixed texts.

use crate::fixture::{Outcome, TestServer, ensure, expect};
use crate::wire::Reply;

fn secured(reply: &Reply, what: &str) -> Outcome {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
    ] {
        ensure(reply.header(name) == Some(value), format!("{what}: {name}: {}", reply.head))?;
    }
    for name in ["access-control-allow-origin", "server", "x-powered-by"] {
        ensure(reply.header(name).is_none(), format!("{what}: {name}: {}", reply.head))?;
    }
    Ok(())
}

pub(crate) fn d1(server: &TestServer) -> Outcome {
    let module = format!("/m/{}.wasm", server.module);
    // What was built elsewhere has no source map here.
    let map = format!("{module}?map");
    for (target, status) in [
        ("/", 307),
        ("/app", 307),
        ("/app/", 200),
        ("/app/style.css", 200),
        ("/app/main.wasm", 302),
        (module.as_str(), 200),
        (map.as_str(), 404),
        ("/__dev/client.js", 200),
        ("/__dev/trees.js", 200),
        ("/__dev/events.js", 200),
        ("/__dev/digest.js", 200),
        ("/__dev/mirror.js", 200),
        ("/__dev/explain.js", 200),
        ("/__dev/measures.js", 200),
        ("/__dev/", 200),
        ("/__dev", 307),
        ("/__dev/inspector.js", 200),
        ("/__dev/flags", 200),
        ("/__dev/socket", 426),
        ("/app/?token=@TOKEN", 303),
        ("/api/x", 200),
        ("/api/away", 302),
        ("/nothing", 404),
        ("/..", 400),
    ] {
        secured(&server.expect(target, &[], &[status])?, target)?;
    }
    secured(&server.expect("/app/style.css", &["If-None-Match: *"], &[304])?, "304")?;
    secured(&server.expect("/app/safe.txt", &["Range: bytes=0-1"], &[206])?, "206")?;
    secured(&server.expect("/app/safe.txt", &["Range: bytes=99-"], &[416])?, "416")?;
    secured(&expect(server.ask(&["GET / HTTP/1.1", "Host: evil.example"])?, &[403], "403")?, "403")?;
    secured(&expect(server.ask(&["GET / HTTP/1.1", "Host: @HOST"])?, &[401], "401")?, "401")?;
    let post = server.ask(&["POST /app/ HTTP/1.1", "Host: @HOST", "Authorization: Bearer @TOKEN"])?;
    secured(&expect(post, &[405], "405")?, "405")
}

pub(crate) fn d2(server: &TestServer) -> Outcome {
    let reply = server.expect("/app/", &[], &[200])?;
    let head = reply.head.clone();
    ensure(reply.header("cross-origin-opener-policy") == Some("same-origin"), &*head)?;
    ensure(reply.header("cross-origin-embedder-policy") == Some("credentialless"), &*head)?;
    let policy = reply.header("content-security-policy").ok_or(head)?;
    for part in [
        "script-src 'self' 'wasm-unsafe-eval' 'sha256-",
        " https://cdn.example;",
        "object-src 'none'",
        "base-uri 'self'",
    ] {
        ensure(policy.contains(part), format!("{part}: {policy}"))?;
    }
    ensure(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'),
        policy,
    )?;
    let reply = server.expect("/__dev/", &[], &[200])?;
    let policy = reply.header("content-security-policy").ok_or(reply.head.clone())?;
    ensure(
        policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self';"),
        policy,
    )?;
    // The other pages that this server writes itself need no script at all.
    let reply = server.expect("/nothing", &[], &[404])?;
    ensure(
        reply
            .header("content-security-policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'")),
        reply.head,
    )
}

pub(crate) fn d5(server: &TestServer) -> Outcome {
    let plain = server.expect("/nothing", &[], &[404])?.body;
    for target in
        ["/%3Cscript%3Ealert(1)%3C/script%3E", "/<script>alert(1)</script>", "/x?<script>", "/%22onload=x"]
    {
        let reply = server.get(target, &[])?;
        ensure(matches!(reply.status, 400 | 404), format!("{target}: {}", reply.head))?;
        ensure(reply.status == 400 || reply.body == plain, format!("{target}: {}", reply.text()))?;
        ensure(!reply.text().contains("alert"), reply.text())?;
    }
    let reply = server.ask(&["GET / HTTP/1.1", "Host: <script>"])?;
    ensure(!reply.text().contains("<script"), reply.text())
}

pub(crate) fn d6(server: &TestServer) -> Outcome {
    let target = format!("/m/{}.wasm", server.module);
    let reply = server.expect(&target, &[], &[200])?;
    ensure(reply.header("content-type") == Some("application/wasm"), &*reply.head)?;
    ensure(reply.header("cache-control").is_some_and(|value| value.contains("immutable")), &*reply.head)?;
    for alias in ["/app/app.wasm", "/app/main.wasm", "/main.wasm"] {
        let reply = server.expect(alias, &[], &[302])?;
        ensure(reply.header("location") == Some(&target), &*reply.head)?;
        ensure(reply.header("cache-control") == Some("no-store"), &*reply.head)?;
    }
    let receiver = format!("/m/{}.wasm", dev_server::content::ContentHash::of(b"receiver"));
    let reply = server.expect(&receiver, &[], &[200])?;
    ensure(
        reply.text() == "receiver" && reply.header("content-type") == Some("application/wasm"),
        "the receiver of trees",
    )?;
    ensure(reply.header("cache-control").is_some_and(|value| value.contains("immutable")), "is immutable")?;
    let glue = format!("/m/{}.js", server.glue);
    let reply = server.expect("/app/wasm_exec.js", &[], &[302])?;
    ensure(reply.header("location") == Some(&glue), &*reply.head)?;
    // What lies in the store is served only when it was offered.
    for name in [
        format!("{}.wasm", server.unpublished),
        format!("{}.js", server.unpublished),
        server.module.to_string(),
    ] {
        server.expect(&format!("/m/{name}"), &[], &[404])?;
    }
    server
        .expect(&target.to_uppercase().replace("/M/", "/m/").replace(".WASM", ".wasm"), &[], &[404])
        .map(drop)
}

pub(crate) fn d7(server: &TestServer) -> Outcome {
    for target in ["/%0d%0aSet-Cookie:%20a=b", "/app%0d%0aSet-Cookie:%20a=b", "/app/%0aLocation:%20x"] {
        let reply = server.expect(target, &[], &[400])?;
        ensure(reply.header("set-cookie").is_none(), &*reply.head)?;
    }
    for target in ["/app?a=%0d%0aSet-Cookie:%20a=b", "/app/?token=@TOKEN&a=%0d%0aSet-Cookie:%20a=b"] {
        let reply = server.expect(target, &[], &[303, 307])?;
        let cookies =
            reply.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: a")).count();
        ensure(cookies == 0, &*reply.head)?;
    }
    // No redirect leads to another host, whatever the path looks like.
    for target in ["//evil.example", "/\\evil.example", "/%2fevil.example", "/app//evil.example?token=@TOKEN"]
    {
        server.expect(target, &[], &[400])?;
    }
    Ok(())
}

pub(crate) fn d8(server: &TestServer) -> Outcome {
    for (target, status) in [("/app/", 200), ("/nothing", 404)] {
        let reply = server.expect(target, &[], &[status])?;
        let policy = reply.header("content-security-policy").ok_or("no policy")?;
        ensure(policy.contains("frame-ancestors 'self'"), policy)?;
    }
    let lines = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"];
    server.expect("/app/", &lines, &[403]).map(drop)
}
