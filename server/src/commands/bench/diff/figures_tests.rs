//! Figures of three pairs and three tools.

use std::path::PathBuf;

use super::super::pair::Texts;
use super::*;

fn pair(name: &str, only_layout: bool) -> Pair {
    let texts = || Texts {
        old: String::new(),
        new: String::new(),
        old_path: PathBuf::new(),
        new_path: PathBuf::new(),
    };
    Pair { name: name.to_owned(), saved: texts(), bare: texts(), only_layout, differs: !only_layout }
}

fn series(name: &'static str, answers: Vec<Answer>) -> Series {
    Series { name, title: name.to_owned(), version: None, starts: Sample::default(), answers }
}

fn found(equal: bool, bytes: usize, words: usize) -> Found {
    Found {
        equal: Some(equal),
        patch: Some(PatchSize { whole: bytes + 28, bare: bytes }),
        applies: Some(true),
        words: Some(words),
        ..Found::default()
    }
}

/// Ours; one that cannot compare the second pair and makes no patches; one that only makes patches.
pub(in crate::commands::bench::diff) fn figures() -> Figures {
    let pairs = [pair("one", false), pair("two", false), pair("three", true)];
    let ours = vec![
        Answer::new(10.0, found(false, 20, 4)),
        Answer::new(30.0, found(false, 40, 6)),
        Answer::new(20.0, found(true, 0, 0)),
    ];
    let marks = |equal, words| Found { patch: None, applies: None, ..found(equal, 0, words) };
    let marking = vec![
        Answer::new(100.0, marks(true, 3)),
        Answer::failed(Some(300.0), "too large"),
        Answer::new(200.0, marks(false, 5)),
    ];
    let packs = |bytes, applies| Found {
        patch: Some(PatchSize { whole: bytes + 8, bare: bytes }),
        applies: Some(applies),
        ..Found::default()
    };
    let packing = vec![
        Answer::new(1.0, packs(50, true)),
        Answer::new(2.0, packs(30, false)),
        Answer::new(3.0, packs(9, true)),
    ];
    let series = [
        series("dev_server", ours),
        Series { starts: [7.0, 9.0, 8.0].into_iter().collect(), ..series("marking", marking) },
        series("packing", packing),
    ];
    Figures::of(&pairs, &series, vec![Missing { name: "other", hint: "make other" }])
}

#[test]
fn sums_are_over_what_all_could_compare() {
    let figures = figures();
    assert_eq!((figures.pairs, figures.differ, figures.only_layout), (3, 2, 1));
    assert_eq!((figures.patched, figures.marked), (2, 2));
    let [ours, marking, packing] = &figures.rows[..] else { panic!("{figures:?}") };
    assert_eq!((ours.changed_words, marking.changed_words, packing.changed_words), (Some(4), Some(8), None));
    assert_eq!(ours.payload_bare_bytes, Some(Sizes { p50: 20.0, p95: 40.0, sum: 60.0 }));
    assert_eq!(packing.payload_bytes, Some(Sizes { p50: 38.0, p95: 58.0, sum: 96.0 }));
    assert_eq!(marking.payload_bytes, None);
    assert_eq!((ours.applied, marking.applied, packing.applied), (Some(3), None, Some(2)));
    assert_eq!(ours.operations, None);
}

#[test]
fn what_failed_is_named_and_its_time_counts() {
    let figures = figures();
    let marking = &figures.rows[1];
    let reason = Failed { reason: "too large".to_owned(), pairs: 1, first: "two".to_owned() };
    assert_eq!((marking.handled, &marking.failed), (2, &vec![reason]));
    assert_eq!(marking.cpu_us, Spread { p50: 200.0, p99: 300.0, sum: 600.0 });
    assert_eq!((marking.start_us, figures.rows[0].start_us), (Some(8.0), None));
}

#[test]
fn who_calls_what_equal_is_counted_apart() {
    let figures = figures();
    let equal: Vec<_> = figures.rows.iter().map(|row| (row.called_equal, row.called_equal_besides)).collect();
    assert_eq!(equal, [(Some(1), Some(0)), (Some(0), Some(1)), (None, None)]);
}

#[test]
fn where_others_are_better_is_told() {
    let figures = figures();
    let lead = |pair: &str, ours, theirs| Ahead {
        pairs: 1,
        most: vec![Lead { pair: pair.to_owned(), ours, theirs }],
    };
    assert_eq!(figures.rows[1].marks_less, Some(lead("one", 4, 3)));
    assert_eq!(figures.rows[2].sends_less, Some(lead("two", 40, 30)));
    assert_eq!((&figures.rows[0].marks_less, &figures.rows[0].sends_less), (&None, &None));
}
