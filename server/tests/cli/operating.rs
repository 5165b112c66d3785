//! What operators ask of a server that clients come to.

use std::collections::BTreeMap;
use std::time::Duration;

use dev_server_proto::v1::server_frame::Body;
use dev_server_proto::v1::{self, client_frame};

use crate::machine::Machine;
use crate::page::{Page, get};
use crate::serving::Serving;

/// Longer than a session takes to end on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

async fn metrics(address: &str) -> BTreeMap<String, f64> {
    let (head, body) = get(address, "/metrics", &[]).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let lines = body.lines().filter(|line| !line.starts_with('#'));
    let series = lines.map(|line| line.rsplit_once(' ').unwrap());
    series.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_are_counted_and_make_no_series() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    let (address, token) = (serving.address.to_string(), serving.token.reveal().to_owned());
    let before = metrics(&address).await;
    let mut pages = Vec::new();
    for number in 0..200_u32 {
        // Each with names of its own: a program that is not there, or none.
        let program = if number % 4 == 0 { String::new() } else { format!("program-{number}") };
        let client = format!("client-{number}");
        let hello =
            v1::Hello { program, client, epoch: vec![number as u8; 16].into(), ..v1::Hello::default() };
        let mut page = Page::open(&address, &token, hello).await;
        assert!(matches!(page.hear().await.body, Some(Body::Welcome(_))));
        pages.push(page);
    }
    serving.happens("{}");
    for page in &mut pages {
        page.say(client_frame::Body::FollowEvents(v1::FollowEvents::default())).await;
        while !matches!(page.hear().await.body, Some(Body::Event(_))) {}
        let crash = v1::Crash { kind: "panic".into(), message: token.clone(), ..v1::Crash::default() };
        page.say(client_frame::Body::Crash(crash)).await;
        page.say(client_frame::Body::Hello(v1::Hello::default())).await;
        while !matches!(page.hear().await.body, Some(Body::ProtocolError(_))) {}
    }
    let during = metrics(&address).await;
    for (name, value) in [
        ("devserver_sessions{audience=\"page\",transport=\"websocket\"}", 150.0),
        ("devserver_sessions{audience=\"follower\",transport=\"websocket\"}", 50.0),
        ("devserver_sessions_total{audience=\"page\",transport=\"websocket\"}", 150.0),
        ("devserver_sessions_total{audience=\"page\",transport=\"webtransport\"}", 0.0),
        ("devserver_sent_frames_total{kind=\"welcome\"}", 200.0),
        ("devserver_sent_frames_total{kind=\"event\"}", 200.0),
        // For the second Hello; which programs there are is not known yet.
        ("devserver_sent_frames_total{kind=\"protocol_error\"}", 200.0),
        ("devserver_resumes_total{result=\"not_recovered\"}", 200.0),
        ("devserver_crashes_total{kind=\"panic\"}", 200.0),
        ("devserver_http_answers_total{status=\"1xx\"}", 200.0),
        ("devserver_events_total", 1.0),
        ("devserver_log_events", 1.0),
    ] {
        assert_eq!(during.get(name), Some(&value), "{name} in {during:#?}");
    }
    let bytes = during["devserver_sent_bytes_total{kind=\"event\"}"];
    assert!(bytes > 200.0 * 20.0 && bytes < 200.0 * 100.0, "{bytes}");
    let names = |series: &BTreeMap<String, f64>| series.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&during), names(&before));

    let bearer = format!("Authorization: Bearer {token}");
    let (_, status) = get(&address, "/__dev/status", &[&bearer]).await;
    assert!(!status.contains(&token), "{status}");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["clients"][0]["now"], 150, "{status}");
    assert_eq!(
        (&status["clients"][1]["now"], &status["events"]["last"]),
        (&50.into(), &1.into()),
        "{status}"
    );
    assert_eq!(status["clients_behind"], 0, "{status}");
    assert_eq!(status["versions"]["server"], env!("CARGO_PKG_VERSION"));

    for page in pages {
        page.close().await;
    }
    let began = std::time::Instant::now();
    loop {
        let after = metrics(&address).await;
        assert_eq!(names(&after), names(&before));
        let is_left = |(name, count): (&String, &f64)| name.starts_with("devserver_sessions") && *count > 0.5;
        if !after.iter().filter(|(name, _)| !name.contains("_total{")).any(is_left) {
            break;
        }
        assert!(began.elapsed() < DEADLINE, "sessions are left: {after:#?}");
        tokio::task::yield_now().await;
    }
    serving.end().await;
}
