//! Commands that ask a server over TLS, and whom they believe.

use serde_json::Value;

use crate::machine::{MODULE, Machine, PROGRAM};
use crate::running::Running;

const FORM: &str = "[flags.form]\ntype = \"bool\"\ndefault = false\noff = false\n";

#[tokio::test]
async fn a_server_that_speaks_tls_is_asked_when_there_is_a_reason_to_believe_it() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM), ("dev-flags.toml", FORM)]);
    let cache = machine.path("cache").display().to_string();
    let words = ["serve", "--json", "--tls", "--compiler", "go", "--port", "0", "--cache-dir", &cache];
    let mut server = Running::start(&machine, &words);
    let listening = server.event("listening").await;
    let (url, token) = (listening["url"].as_str().unwrap(), listening["token"].as_str().unwrap());
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let whole = format!("{url}?token={token}");

    // It is found by what it has noted, and by its address.
    let mut tail = Running::start(&machine, &["tail", &whole, "--json"]);
    tail.event("build").await;
    let mut watch = Running::start(&machine, &["flags", "watch", "--json"]);
    let ran = machine.run(["flags", "kill", "form", "--server", &whole]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let is_kill = |event: &Value| event["changes"][0].as_str().unwrap_or_default().contains("killed");
    while !is_kill(&watch.event("flags").await) {}
    while !is_kill(&tail.event("flags").await) {}

    // Another user knows nothing of it, until somebody vouches for it.
    let other = Machine::with(&[]);
    let remedy = "--ca FILE";
    other.run(["flags", "get", "--server", &whole]).await.refuses(2, "not one that can be believed", remedy);
    other.run(["tail", &whole]).await.refuses(2, "not one that can be believed", remedy);
    let kept: Value =
        serde_json::from_slice(&std::fs::read(machine.path("state/dev-server/tls/certificates")).unwrap())
            .unwrap();
    let base64 = kept["authority"]["certificate"].as_str().unwrap();
    other.write("ca.pem", &format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"));
    let authority = other.path("ca.pem").display().to_string();
    let words = ["flags", "get", "form", "--server", &whole, "--ca", &authority];
    assert_eq!(other.run(words).await.stdout, "form = false (killed: false for everybody)\n");
    let mut tail =
        Running::start(&other, &["tail", &whole.replace("https", "wss"), "--ca", &authority, "--json"]);
    tail.event("build").await;
    let localhost = whole.replace("127.0.0.1", "localhost");
    let ran = other.run(["flags", "get", "form", "--server", &localhost, "--ca", &authority]).await;
    assert_eq!(ran.status, 0, "{ran:?}");

    other.write("none.pem", "nothing");
    let none = other.path("none.pem").display().to_string();
    other.run(["tail", &whole, "--ca", &none]).await.refuses(2, "holds no certificate", "PEM or DER");
    let wrong = whole.replace(token, "s3cret");
    let ran = other.run(["tail", &wrong, "--ca", &authority]).await;
    ran.refuses(2, "the token is not that of this server", "token included");
    assert!(!ran.stderr.contains("doctype"), "{ran:?}");
}
