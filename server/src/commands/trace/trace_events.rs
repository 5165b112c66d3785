//! Saves in the format of Chrome's trace events, which Perfetto and chrome://tracing open.
//!
//! Times are microseconds. The format is described in "Trace Event Format" of the Chromium project: complete events ("X")
//! of one thread have to lie within one another or apart, so saves that overlap are put on lanes of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::saves::Save;
use super::waterfall::Span;

/// Between saves of which the server has not said when they were.
const GAP: u64 = 100_000;

/// The one process: all of it is about one server.
const PROCESS: u32 = 1;

/// A document with all saves.
pub(super) fn document<'a>(saves: impl IntoIterator<Item = &'a Save>) -> Value {
    let mut events = vec![named("process_name", 0, "dev-server")];
    // When each lane of each program is free again.
    let mut lanes: BTreeMap<&str, Vec<(u32, u64)>> = BTreeMap::new();
    let (mut threads, mut latest) = (0, 0);
    for save in saves {
        let start = save.at_us.unwrap_or(latest + GAP);
        let end = start + microseconds(save.ms);
        latest = latest.max(end);
        let lanes = lanes.entry(&save.program).or_default();
        let free = lanes.iter_mut().find(|(_, until)| *until <= start);
        let thread = if let Some((thread, until)) = free {
            *until = end;
            *thread
        } else {
            threads += 1;
            lanes.push((threads, end));
            events.push(named("thread_name", threads, &save.program));
            threads
        };
        add(save, start, thread, &mut events);
    }
    json!({"displayTimeUnit": "ms", "traceEvents": events})
}

/// The save, in it the groups of its stages, in them the stages.
fn add(save: &Save, start: u64, thread: u32, events: &mut Vec<Value>) {
    let about = json!({
        "revision": save.revision,
        "program": save.program,
        "files": save.files,
        "verdict": save.verdict,
        "reason": save.reason,
        "outcome": save.outcome,
        "failure": save.failure,
        "level": save.level_name,
        "session": save.session,
    });
    let at = |ms: f64| start + microseconds(ms);
    let mut complete = |name: &str, (from, to): (f64, f64), arguments: Value| {
        events.push(json!({
            "name": name, "cat": "dev-server", "ph": "X", "pid": PROCESS, "tid": thread,
            "ts": at(from), "dur": at(to) - at(from), "args": arguments,
        }));
    };
    complete("save", (0.0, save.ms), about);
    for group in save.spans.chunk_by(|one, next| one.group == next.group) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let is_itself = matches!(group, [span] if span.name == span.group.name());
        if !is_itself {
            complete(first.group.name(), (first.from_ms, end(last)), json!({}));
        }
        for span in group {
            complete(&span.name, (span.from_ms, end(span)), json!({"ms": span.ms}));
        }
    }
}

fn end(span: &Span) -> f64 {
    span.from_ms + span.ms
}

/// Rounded ends grow as the ends do, so what lies within something still does.
fn microseconds(ms: f64) -> u64 {
    (ms.max(0.0) * 1000.0).round() as u64
}

fn named(what: &str, thread: u32, name: &str) -> Value {
    json!({"name": what, "ph": "M", "pid": PROCESS, "tid": thread, "args": {"name": name}})
}

#[cfg(test)]
mod tests {
    use super::super::saves::Outcome;
    use super::super::waterfall::spans;
    use super::*;
    use crate::printer::StageRow;

    fn save(revision: u64, at_us: Option<u64>, ms: &[(&str, f64)]) -> Save {
        let stages: Vec<_> =
            ms.iter().map(|(name, ms)| StageRow { name: (*name).to_owned(), ms: *ms }).collect();
        let spans = spans(&stages, 0.0);
        Save {
            revision,
            program: "app".to_owned(),
            files: Vec::new(),
            count: 0,
            at_us,
            verdict: String::new(),
            reason: String::new(),
            outcome: Outcome::Applied,
            failure: None,
            session: None,
            level: None,
            level_name: None,
            ms: spans.last().map_or(0.0, end),
            spans,
        }
    }

    #[test]
    fn spans_lie_within_one_another_or_apart_and_never_end_before_they_begin() {
        let stages =
            [("watch", 0.000_4), ("parse", 0.333_3), ("diff", 0.0), ("link", 1.000_7), ("apply", 2.2)];
        let saves = [
            save(1, None, &stages),
            save(2, Some(10_000_000), &stages),
            save(3, Some(10_001_000), &stages),
            save(4, Some(10_003_534), &stages),
        ];
        let document = document(&saves);
        let events = document["traceEvents"].as_array().unwrap();
        let complete: Vec<(u64, u64, u64)> = events
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let number = |key: &str| event[key].as_u64().unwrap();
                (number("tid"), number("ts"), number("ts") + number("dur"))
            })
            .collect();
        // A save, two groups and the watcher, which is a group by itself, with five stages; four times.
        assert_eq!(complete.len(), 4 * 9);
        for (index, one) in complete.iter().enumerate() {
            for other in &complete[index + 1..] {
                let apart = one.2 <= other.1 || other.2 <= one.1;
                let within = (one.1 <= other.1 && other.2 <= one.2) || (other.1 <= one.1 && one.2 <= other.2);
                assert!(one.0 != other.0 || apart || within, "{one:?} {other:?}");
            }
        }
        let threads: Vec<_> = events.iter().filter(|event| event["name"] == "save").collect();
        let threads: Vec<_> = threads.iter().map(|event| event["tid"].as_u64().unwrap()).collect();
        assert_eq!(threads, [1, 1, 2, 1], "the third begins before the second has ended");
    }
}
