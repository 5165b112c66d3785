//! Devices of the network, from the terminal's side.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::machine::{MODULE, Machine, PROGRAM};
use crate::running::Running;

/// A running `dev-server serve --json`.
fn serve(machine: &Machine, more: &[&str]) -> Running {
    let cache = machine.path("cache").display().to_string();
    let words = ["serve", "--json", "--port", "0", "--compiler", "go", "--cache-dir", &cache];
    Running::start(machine, &[&words, more].concat())
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("no {field}: {event}"))
}

async fn bring(address: &str, code: &str) -> String {
    let body = format!("name=Anna%27s+phone&code={code}");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /__dev/pair HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_device_is_let_in_listed_and_sent_away() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    machine.run(["pair"]).await.refuses(2, "no server of this project runs", "serve --host 0.0.0.0");
    let mut serve = serve(&machine, &["--host", "0.0.0.0"]);
    let notice = serve.event("notice").await;
    assert!(text(&notice, "message").contains("only devices that were paired"), "{notice}");
    let listening = serve.event("listening").await;
    let port = text(&listening, "url").trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let shown = serve.event("pairing").await;
    assert!(text(&shown, "page").ends_with(&format!(":{port}/__dev/pair")), "{shown}");
    assert!(!shown.to_string().contains(text(&listening, "token")), "{shown}");

    let ran = machine.run(["pair"]).await;
    let code = ran.stdout.lines().find_map(|line| line.trim().strip_suffix("shows a new one")).unwrap();
    let code = code.split_whitespace().next().unwrap().to_owned();
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\u{2588}'), "{ran:?}");
    let asked: Value = serde_json::from_str(&machine.run(["pair", "--json"]).await.stdout).unwrap();
    let address = format!("127.0.0.1:{port}");
    for old in [text(&shown, "code"), &code] {
        assert!(bring(&address, old).await.starts_with("HTTP/1.1 403 "), "an older code lets in");
    }
    let answer = bring(&address, text(&asked, "code")).await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let notice = serve.event("notice").await;
    assert!(text(&notice, "message").starts_with("Anna s phone at 127.0.0.1 was paired"), "{notice}");

    let ran = machine.run(["pair", "--list"]).await;
    assert!(ran.stdout.starts_with("Anna s phone  paired "), "{ran:?}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(!ran.stdout.contains(cookie.split(['=', ';']).nth(1).unwrap()), "{ran:?}");
    machine.run(["pair", "--forget", "phone"]).await.refuses(2, "no device `phone`", "pair --list");
    assert_eq!(machine.run(["pair", "--forget", "Anna s phone"]).await.status, 0);
    assert_eq!(machine.run(["pair", "--list", "--json"]).await.stdout, "[]\n");
}

#[tokio::test]
async fn a_server_for_this_machine_lets_nobody_in() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let mut serve = serve(&machine, &["--tls"]);
    let notice = serve.event("notice").await;
    assert!(text(&notice, "hint").contains("/__dev/trust"), "{notice}");
    let listening = serve.event("listening").await;
    assert!(text(&listening, "url").starts_with("https://127.0.0.1:"), "{listening}");
    // The command asks over TLS, and believes the certificate of this very server.
    machine.run(["pair"]).await.refuses(2, "for this machine alone", "--host 0.0.0.0");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    machine.once(&["--tls-cert", "nowhere.pem"]).await.refuses(2, "needs its key", "--tls-key");
    machine.write("project/cert.pem", "nothing");
    let words = ["--tls-cert", "cert.pem", "--tls-key", "cert.pem"];
    machine.once(&words).await.refuses(2, "cert.pem holds no certificate", "BEGIN");
}
