//! Saves of a server as waterfalls.

use serde_json::{Value, json};

use crate::machine::Machine;
use crate::running::Running;
use crate::serving::Serving;

/// What a server says of a save whose first page answers.
fn save(revision: u64, program: &str) -> Vec<Value> {
    let stages =
        json!([{"name": "watch", "ms": 5.0}, {"name": "front end", "ms": 3.0}, {"name": "link", "ms": 2.0}]);
    let page = json!([{"name": "transfer", "ms": 1.0}, {"name": "apply", "ms": 1.5}, {"name": "first_frame", "ms": 4.5}]);
    vec![
        json!({"event": "change", "revision": revision, "files": ["main.go"], "count": 1,
            "at_us": 1_700_000_000_000_000_u64 + revision * 1_000_000}),
        json!({"event": "verdict", "revision": revision, "program": program, "verdict": "body",
            "reason": "main.draw"}),
        json!({"event": "build", "revision": revision, "program": program, "status": "built",
            "compiler": "TinyGo", "ms": 5.0, "from_cache": false, "diagnostics": []}),
        json!({"event": "release", "revision": revision, "program": program, "sequence": revision,
            "module": "", "size": 1, "functions": ["main.draw"], "patch": null, "patch_bytes": 9,
            "refusals": [], "notes": [], "stages": stages}),
        json!({"event": "of a later version", "revision": revision}),
        json!({"event": "applied", "revision": revision, "program": program, "session": 3, "level": 2,
            "level_name": "hot patch", "reason": "main.draw", "ms": 20.0, "stages": page}),
    ]
}

fn happens(serving: &Serving, events: &[Value]) {
    for event in events {
        serving.happens(&event.to_string());
    }
}

fn trace(machine: &Machine, words: &[&str]) -> Running {
    Running::noted(machine, &[&["trace"], words].concat())
}

#[tokio::test]
async fn a_save_is_drawn_when_a_page_shows_it() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    happens(&serving, &save(2, "app"));
    let mut trace = trace(&machine, &[&serving.url(), "--program", "app"]);
    let note = trace.note().await;
    assert!(note.starts_with("note: saves at http://127.0.0.1:"), "{note}");
    happens(&serving, &save(3, "other"));
    happens(&serving, &save(4, "app"));
    assert_eq!(trace.line().await, "app revision 4 main.go  body: main.draw");
    assert_eq!(trace.line().await, "  20.0 ms to the screen of page 3, hot patch");
    let names = ["watch", "check", "link", "waiting", "transfer", "apply", "first_frame"];
    for name in names {
        let line = trace.line().await;
        assert!(
            line.starts_with(&format!("  {name} ")) && line.ends_with(|last| ('█'..='▏').contains(&last)),
            "{line}"
        );
    }
    assert_eq!(trace.interrupt().await, (0, String::new()));
}

#[tokio::test]
async fn the_last_saves_are_lines_of_json_and_a_file_for_perfetto() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    for revision in 2..6 {
        happens(&serving, &save(revision, "app"));
    }
    let failed = json!({"event": "build", "revision": 6, "program": "app", "status": "failed",
        "compiler": "TinyGo", "ms": 7.0, "from_cache": false, "diagnostics": []});
    happens(&serving, &[save(6, "app")[0].clone(), failed]);
    let ran =
        machine.run(["trace", serving.url().as_str(), "--last", "2", "--json", "--output", "t.json"]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let saves: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [applied, failed] = saves.as_slice() else { panic!("{saves:?}") };
    assert_eq!(
        (&applied["revision"], &applied["outcome"], &applied["ms"]),
        (&5.into(), &"applied".into(), &20.0.into())
    );
    let spans: Vec<_> = applied["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            (span["name"].as_str().unwrap(), span["from_ms"].as_f64().unwrap(), span["ms"].as_f64().unwrap())
        })
        .collect();
    let expected = [
        ("watch", 0.0, 5.0),
        ("check", 5.0, 3.0),
        ("link", 8.0, 2.0),
        ("waiting", 10.0, 3.0),
        ("transfer", 13.0, 1.0),
        ("apply", 14.0, 1.5),
        ("first_frame", 15.5, 4.5),
    ];
    assert_eq!(spans, expected);
    assert_eq!((&failed["revision"], &failed["outcome"]), (&6.into(), &"failed".into()));

    let file = std::fs::read(machine.project().join("t.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let events = file["traceEvents"].as_array().unwrap();
    let of = |name: &str| {
        let event = events.iter().find(|event| event["name"] == name && event["ph"] == "X").unwrap();
        let start = event["ts"].as_u64().unwrap();
        (start, start + event["dur"].as_u64().unwrap())
    };
    let begin = 1_700_000_005_000_000;
    assert_eq!(of("save"), (begin, begin + 20_000));
    assert_eq!((of("build"), of("link")), ((begin + 5_000, begin + 10_000), (begin + 8_000, begin + 10_000)));
    assert_eq!(
        (of("page"), of("apply")),
        ((begin + 13_000, begin + 20_000), (begin + 14_000, begin + 15_500))
    );
    assert_eq!(events.iter().filter(|event| event["name"] == "save").count(), 2);
}

#[tokio::test]
async fn once_ends_with_the_next_save_and_the_server_is_found_by_the_folder() {
    let machine = Machine::with(&[]);
    let ran = machine.run(["trace", "--once"]).await;
    ran.refuses(2, "no server runs for the project", "`dev-server trace URL`");
    let serving = Serving::start(&machine, 0).await;
    // Of the past, though nobody has answered to it either.
    happens(&serving, &save(2, "app")[..4]);
    let mut trace = trace(&machine, &[&serving.url(), "--once", "--json"]);
    trace.note().await;
    happens(&serving, &save(3, "app")[..4]);
    // No page answers.
    let line: Value = serde_json::from_str(&trace.line().await).unwrap();
    assert_eq!((&line["revision"], &line["outcome"]), (&3.into(), &"public".into()));
    assert_eq!((&line["ms"], &line["session"]), (&10.0.into(), &Value::Null));
    assert_eq!(trace.ends().await, (0, String::new()));
}

#[tokio::test]
async fn what_cannot_be_written_or_understood_is_said_at_once() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    let url = serving.url();
    let url = url.as_str();
    let ran = machine.run(["trace", url, "--last", "1", "--output", "no/such/folder/t.json"]).await;
    ran.refuses(2, "cannot write no/such/folder/t.json", "name a file in a folder");
    let ran = machine.run(["trace", url, "--last", "1", "--output", "."]).await;
    ran.refuses(2, "it is a folder", "name a file in a folder");
    let ran = machine.run(["trace", "localhost:1"]).await;
    ran.refuses(2, "the address cannot be used", "http://127.0.0.1:7700/?token=");
    for wrong in [["--last", "0"], ["--last", "x"]] {
        assert_eq!(machine.run(["trace", url, wrong[0], wrong[1]]).await.status, 2);
    }
    assert_eq!(machine.run(["trace", url, "--last", "1", "--once"]).await.status, 2);
    let ran = machine.run(["trace", url, "--last", "9"]).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "nothing was saved yet");
}
