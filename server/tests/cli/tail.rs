//! Events of a server in another terminal.

use crate::machine::Machine;
use crate::running::Running;
use crate::serving::Serving;

const NOTHING: &str =
    r#"{"event":"verdict","revision":1,"program":"app","verdict":"nothing","reason":"no change"}"#;
const OTHER: &str =
    r#"{"event":"client_log","program":"other","session":1,"severity":"error","text":"no","frames":[]}"#;
const LATER: &str = r#"{"event":"of a later version","program":"app"}"#;
const NOTICE: &str = r#"{"event":"notice","message":"a notice","hint":"a hint","later":true}"#;

fn tail(machine: &Machine, words: &[&str]) -> Running {
    Running::noted(machine, &[&["tail"], words].concat())
}

#[tokio::test]
async fn events_are_shown_in_words_as_they_happen() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    serving.happens(NOTHING);
    let mut tail = tail(&machine, &[&serving.url(), "--program", "app"]);
    assert_eq!(tail.line().await, "= app: no change");
    for json in [OTHER, LATER, NOTICE] {
        serving.happens(json);
    }
    assert_eq!(tail.line().await, "note: a notice");
    assert_eq!(tail.line().await, "hint: a hint");
    assert_eq!(tail.interrupt().await, (0, String::new()));
}

#[tokio::test]
async fn lines_are_passed_through_over_a_restart_each_once() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    let (port, token) = (serving.address.port(), serving.token.reveal().to_owned());
    for json in [NOTHING, OTHER, LATER] {
        serving.happens(json);
    }
    let url = format!("http://localhost:{port}/app/");
    let mut tail = tail(&machine, &[&url, "--token", &token, "--json", "--after", "1"]);
    assert_eq!([tail.line().await, tail.line().await], [OTHER, LATER]);
    serving.end().await;
    let note = tail.note().await;
    assert!(note.starts_with("note: the connection to http://localhost:"), "{note}");
    let serving = Serving::start(&machine, port).await;
    serving.happens(NOTICE);
    assert_eq!(tail.line().await, NOTICE);
    assert_eq!(tail.note().await, format!("note: connected to http://localhost:{port}/ again"));
    let (status, rest) = tail.interrupt().await;
    assert_eq!((status, rest.as_str()), (0, ""), "the token is in none of it");
}

#[tokio::test]
async fn what_is_no_longer_kept_is_said() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    // More than a server keeps.
    for _ in 0..5 {
        let text = "x".repeat(1 << 20);
        serving.happens(&format!(r#"{{"event":"notice","message":"{text}","hint":null}}"#));
    }
    serving.happens(NOTICE);
    let mut tail = tail(&machine, &[&serving.url(), "--json"]);
    let first = tail.line().await;
    assert!(first.starts_with(r#"{"event":"events_skipped","first":1,"last":"#), "{first:.200}");
    assert!(tail.note().await.starts_with("note: the server no longer has events 1 to "));
    while tail.line().await != NOTICE {}
    assert_eq!(tail.interrupt().await, (0, String::new()));
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    let machine = Machine::with(&[]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut tail = tail(&machine, &[&format!("http://127.0.0.1:{free}/"), "--token", "unknown"]);
    let note = tail.note().await;
    assert!(note.starts_with("note: nobody answers at http://127.0.0.1:"), "{note}");
    let serving = Serving::start(&machine, free).await;
    let (status, rest) = tail.ends().await;
    assert_eq!(status, 2, "{rest}");
    assert!(
        rest.contains("error: the token is not that of this server") && rest.contains("hint: copy"),
        "{rest}"
    );
    assert!(!rest.contains("unknown"), "{rest}");
    serving.end().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_repeated() {
    let machine = Machine::with(&[]);
    for url in ["localhost:7700", "http://user:s3cret@localhost/", "ftp://localhost/?token=s3cret"] {
        let ran = machine.run(["tail", url]).await;
        ran.refuses(2, "the address cannot be used", "http://127.0.0.1:7700/?token=");
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("s3cret"), "{ran:?}");
    }
}
