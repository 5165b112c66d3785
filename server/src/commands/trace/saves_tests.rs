//! Tests of what becomes of saves.

use serde_json::{Value, json};

use super::*;

fn took(saves: &mut Saves, event: Value, now: Instant) -> Vec<Save> {
    saves.take(&serde_json::from_value(event).unwrap(), now)
}

fn change(revision: u64) -> Value {
    json!({"event": "change", "revision": revision, "files": ["main.go"], "count": 1, "at_us": 1_000_000})
}

fn verdict(revision: u64, verdict: &str) -> Value {
    json!({"event": "verdict", "revision": revision, "program": "app", "verdict": verdict, "reason": "why"})
}

fn build(revision: u64, status: &str) -> Value {
    json!({"event": "build", "revision": revision, "program": "app", "status": status, "compiler": "",
        "ms": 12.0, "from_cache": false, "diagnostics": []})
}

fn release(revision: u64) -> Value {
    json!({"event": "release", "revision": revision, "program": "app", "sequence": 3, "module": "", "size": 1,
        "functions": [], "patch": null, "patch_bytes": 0, "refusals": [], "notes": [],
        "stages": [{"name": "watch", "ms": 3.0}, {"name": "link", "ms": 2.0}]})
}

fn applied(revision: u64, session: u64) -> Value {
    json!({"event": "applied", "revision": revision, "program": "app", "session": session, "level": 2,
        "level_name": "hot patch", "reason": "", "ms": 9.0,
        "stages": [{"name": "apply", "ms": 1.0}, {"name": "first_frame", "ms": 2.0}]})
}

#[test]
fn a_save_is_told_once_when_the_first_page_shows_it() {
    let (mut saves, now) = (Saves::default(), Instant::now());
    for event in [change(4), verdict(4, "body"), build(4, "started"), build(4, "built"), release(4)] {
        assert!(took(&mut saves, event, now).is_empty());
    }
    let told = took(&mut saves, applied(4, 7), now);
    let [save] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((save.revision, save.session, save.outcome), (4, Some(7), Outcome::Applied));
    assert_eq!((save.verdict.as_str(), save.ms, save.at_us), ("body", 9.0, Some(1_000_000)));
    let names: Vec<_> = save.spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["watch", "link", "waiting", "apply", "first_frame"]);
    assert!(took(&mut saves, applied(4, 8), now).is_empty(), "the second page");
    assert!(took(&mut saves, release(4), now).is_empty(), "a build in the background");
    assert!(saves.rest().is_empty());
}

#[test]
fn a_page_that_cannot_take_it_is_an_outcome_unless_a_whole_module_comes_next() {
    let (mut saves, now) = (Saves::default(), Instant::now());
    let failed = |stage: &str| {
        json!({"event": "apply_failed", "program": "app", "session": 7, "stage": stage,
        "message": "why"})
    };
    assert!(took(&mut saves, failed("start"), now).is_empty(), "of no save");
    took(&mut saves, change(2), now);
    took(&mut saves, release(2), now);
    assert!(took(&mut saves, failed("patch"), now).is_empty());
    let told = took(&mut saves, failed("start"), now);
    assert_eq!((told[0].outcome, told[0].failure.as_deref()), (Outcome::Refused, Some("start: why")));
    assert!(took(&mut saves, applied(2, 8), now).is_empty());
}

#[test]
fn what_no_page_answers_to_is_told_in_the_end() {
    let (mut saves, now) = (Saves::default(), Instant::now());
    took(&mut saves, change(2), now);
    took(&mut saves, release(2), now);
    assert!(saves.due(now).is_empty());
    let late = saves.deadline().unwrap();
    let told = saves.due(late);
    assert_eq!((told.len(), told[0].outcome, told[0].ms), (1, Outcome::Public, 5.0));
    assert_eq!((saves.deadline(), saves.rest().len()), (None, 0));
}

#[test]
fn mistakes_and_what_means_nothing_are_told_at_once() {
    let (mut saves, now) = (Saves::of(Some("app".to_owned())), Instant::now());
    took(&mut saves, change(2), now);
    assert_eq!(took(&mut saves, build(2, "failed"), now)[0].outcome, Outcome::Failed);
    took(&mut saves, change(3), now);
    let told = took(&mut saves, verdict(3, "nothing"), now);
    assert_eq!((told[0].outcome, told[0].spans.len()), (Outcome::Nothing, 0));
    let mut other = Saves::of(Some("other".to_owned()));
    took(&mut other, change(2), now);
    assert!(took(&mut other, build(2, "failed"), now).is_empty());
}

#[test]
fn nothing_but_saves_is_told_and_revisions_may_begin_anew() {
    let (mut saves, now) = (Saves::default(), Instant::now());
    assert!(took(&mut saves, build(1, "failed"), now).is_empty(), "the first build");
    took(&mut saves, change(5), now);
    took(&mut saves, verdict(5, "body"), now);
    let told = took(&mut saves, change(2), now);
    assert_eq!((told.len(), told[0].revision, told[0].outcome), (1, 5, Outcome::Seen));
    took(&mut saves, verdict(2, "body"), now);
    assert_eq!(saves.rest()[0].revision, 2);
}

#[test]
fn what_is_remembered_is_bounded() {
    let (mut saves, now) = (Saves::default(), Instant::now());
    for revision in 2..2000 {
        took(&mut saves, change(revision), now);
        took(&mut saves, verdict(revision, "body"), now);
    }
    assert!(saves.open.len() <= REMEMBERED && saves.changes.len() <= REMEMBERED);
}
