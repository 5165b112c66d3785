//! What the exposition says, read back as a scraper would.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Each series with its value; panics where a line is none of the format's.
fn series(text: &str) -> BTreeMap<String, f64> {
    let mut types = BTreeMap::new();
    let mut series = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "twice: {line}");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        let family = name.split('{').next().unwrap();
        let known = |family: &str| types.contains_key(family);
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end));
        assert!(known(family) || base.is_some_and(known), "{line} is of no family");
        assert!(family.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{line}");
        assert!(series.insert(name.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
    }
    series
}

#[test]
fn what_was_counted_is_said_and_can_be_read_back() {
    let metrics = Arc::new(Metrics::default());
    metrics.verdict("body");
    metrics.built("body", "built", Duration::from_millis(30));
    metrics.stage("front end", Duration::from_millis(7));
    metrics.applied(2, Some(Duration::from_millis(49)));
    metrics.applied(2, None);
    metrics.apply_failed("link");
    metrics.crashed(true);
    metrics.resumed(true);
    metrics.refused(Refused::Origin);
    metrics.wrong_token();
    metrics.answered(404);
    metrics.deliveries().sent(FrameKind::Update, 3, 900);
    metrics.deliveries().skipped(4);
    let attending = metrics.attends(Transport::WebSocket, Audience::Page);
    drop(metrics.attends(Transport::WebTransport, Audience::Follower));
    let observed = Observed {
        compiler: "tinygo \"0.41\"\n".into(),
        revision: 7,
        errors: 2,
        last_event: 90,
        kept_events: 80,
        kept_bytes: 8000,
        ..Observed::default()
    };
    let text = metrics.text(&observed);
    let series = series(&text);
    for (name, value) in [
        ("devserver_verdicts_total{verdict=\"body\"}", 1.0),
        ("devserver_builds_total{result=\"built\",verdict=\"body\"}", 1.0),
        ("devserver_build_seconds_count{result=\"built\"}", 1.0),
        ("devserver_stage_seconds_bucket{stage=\"check\",le=\"0.005\"}", 0.0),
        ("devserver_stage_seconds_bucket{stage=\"check\",le=\"0.01\"}", 1.0),
        ("devserver_stage_seconds_bucket{stage=\"check\",le=\"+Inf\"}", 1.0),
        ("devserver_stage_seconds_sum{stage=\"check\"}", 0.007),
        ("devserver_applied_total{level=\"2\"}", 2.0),
        ("devserver_save_to_applied_seconds_count{level=\"2\"}", 1.0),
        ("devserver_apply_failures_total{stage=\"link\"}", 1.0),
        ("devserver_crashes_total{kind=\"panic\"}", 1.0),
        ("devserver_resumes_total{result=\"recovered\"}", 1.0),
        ("devserver_resumes_total{result=\"not_recovered\"}", 0.0),
        ("devserver_refusals_total{guard=\"origin\"}", 1.0),
        ("devserver_wrong_tokens_total", 1.0),
        ("devserver_http_answers_total{status=\"4xx\"}", 1.0),
        ("devserver_sent_frames_total{kind=\"update\"}", 3.0),
        ("devserver_sent_bytes_total{kind=\"update\"}", 900.0),
        ("devserver_skipped_states_total", 4.0),
        ("devserver_sessions{audience=\"page\",transport=\"websocket\"}", 1.0),
        ("devserver_sessions{audience=\"follower\",transport=\"webtransport\"}", 0.0),
        ("devserver_sessions_total{audience=\"follower\",transport=\"webtransport\"}", 1.0),
        ("devserver_revision", 7.0),
        ("devserver_diagnostics{severity=\"error\"}", 2.0),
        ("devserver_events_total", 90.0),
        ("devserver_log_events", 80.0),
        ("devserver_log_bytes", 8000.0),
    ] {
        assert_eq!(series.get(name), Some(&value), "{name} in\n{text}");
    }
    assert!(series["process_resident_memory_bytes"] > 1e6 && series["process_start_time_seconds"] > 1e9);
    assert!(series.contains_key("process_cpu_seconds_total"));
    let build = series.keys().find(|name| name.starts_with("devserver_build_info{")).unwrap();
    assert!(build.contains(r#"compiler="tinygo \"0.41\"\n""#), "{build}");
    drop(attending);
}

#[test]
fn no_name_that_somebody_else_chooses_makes_a_series() {
    let metrics = Arc::new(Metrics::default());
    let count = || -> BTreeSet<String> { series(&metrics.text(&Observed::default())).into_keys().collect() };
    let happens = |name: &str| {
        metrics.verdict(name);
        metrics.built(name, name, Duration::ZERO);
        metrics.stage(name, Duration::ZERO);
        metrics.apply_failed(name);
        metrics.applied(name.len() as u8, Some(Duration::ZERO));
        metrics.answered(name.len() as u16);
    };
    happens("something else");
    let before = count();
    for number in 0..500 {
        happens(&format!("secret\"}} 1\n{number}"));
    }
    assert_eq!(count(), before);
    assert!(before.iter().all(|name| !name.contains("secret")));
}

#[test]
fn sums_never_go_back_when_many_ask_at_a_time() {
    let metrics = Arc::new(Metrics::default());
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let metrics = Arc::clone(&metrics);
            std::thread::spawn(move || {
                let mut last = 0.0;
                for _ in 0..100 {
                    metrics.deliveries().sent(FrameKind::Event, 1, 1);
                    let now = series(&metrics.text(&Observed::default()));
                    let now = now["devserver_sent_frames_total{kind=\"event\"}"];
                    assert!(now >= last);
                    last = now;
                }
            })
        })
        .collect();
    for thread in asking {
        thread.join().unwrap();
    }
    let last = series(&metrics.text(&Observed::default()));
    assert!((last["devserver_sent_frames_total{kind=\"event\"}"] - 400.0).abs() < 0.5);
}
