//! Does what lives after collections grow without bound?

use serde::Serialize;
use wasm_host::{Allocator, Collection, Known, Recording};

use super::report::bytes;
use super::trend::{Trend, trend};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Grows,
    Steady,
    /// There is not enough to tell.
    Unknown,
}

/// Bytes by which more may live: collectors keep some for themselves.
const SLACK: u64 = 16 << 10;

/// The collector of Go marks while the program goes on, and all that is allocated meanwhile counts as living: the slower
/// the machine, the more of what is allocated between two collections. Less than this part of it is no rise.
const CONCURRENT: u64 = 4;

/// And why, in words.
pub(super) fn verdict(recording: &Recording, known: Known) -> (Verdict, String) {
    if known.allocator.is_none() {
        let reason = "no allocator was found in it: build with names, without --release and -s".to_owned();
        return (Verdict::Unknown, reason);
    }
    if !known.collections {
        return without_collector(recording, known);
    }
    let slack = match known.allocator {
        Some(Allocator::Go) => SLACK.max(allocated_between(&recording.collections) / CONCURRENT),
        Some(Allocator::TinyGo | Allocator::Malloc) | None => SLACK,
    };
    of_collections(&recording.collections, slack)
}

/// Bytes that a program allocates from one collection to the next, half of the time more and half of it less.
fn allocated_between(collections: &[Collection]) -> u64 {
    let mut between: Vec<u64> =
        collections.windows(2).map(|pair| pair[1].allocated.saturating_sub(pair[0].allocated)).collect();
    between.sort_unstable();
    between.get(between.len() / 2).copied().unwrap_or_default()
}

fn of_collections(collections: &[Collection], slack: u64) -> (Verdict, String) {
    let live = collections.iter().map(|collection| collection.live).collect::<Vec<_>>();
    let figures = format!("{} collections", live.len());
    match trend(&live, slack) {
        Trend::TooFew => {
            let reason = match live.len() {
                0 => "nothing was collected, so what lives is not known".to_owned(),
                1 => "it collected once only".to_owned(),
                some => format!("it collected {some} times only"),
            };
            (Verdict::Unknown, format!("{reason}; let it run for longer, with more to do"))
        }
        Trend::Rises { from, to } => {
            let begin = collections[live.len() / 4].at;
            let end = collections.last().map_or(begin, |last| last.at);
            let rate = (to - from) as f64 / end.saturating_sub(begin).as_secs_f64().max(0.001);
            let reason = format!(
                "what lives after a collection rose from {} to {} over {figures} ({} a second)",
                bytes(from),
                bytes(to),
                bytes(rate as u64)
            );
            (Verdict::Grows, reason)
        }
        Trend::Wavers { least, most } => {
            let reason = format!(
                "what lives after a collection rises and falls, between {} and {} over {figures}",
                bytes(least),
                bytes(most)
            );
            (Verdict::Unknown, reason)
        }
        Trend::Stays { at } => {
            let reason = format!("{} live after a collection, at the end of {figures} as before", bytes(at));
            (Verdict::Steady, reason)
        }
    }
}

fn without_collector(recording: &Recording, known: Known) -> (Verdict, String) {
    let steps = recording.growths.len();
    if known.allocator == Some(Allocator::Malloc) {
        let objects = recording.unreleased.iter().map(|each| each.objects).sum::<u64>();
        let size = recording.unreleased.iter().map(|each| each.bytes).sum::<u64>();
        let reason = format!("{objects} objects ({}) were not released; when is not known", bytes(size));
        return (Verdict::Unknown, reason);
    }
    if steps >= 2 {
        let reason = format!(
            "nothing that it allocates is ever freed: it has no collector, and its memory grew {steps} times to {}",
            bytes(recording.memory)
        );
        return (Verdict::Grows, reason);
    }
    (Verdict::Unknown, "it has no collector, and did not need more memory".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wasm_host::{Growth, Unreleased};

    use super::*;

    const KNOWN: Known =
        Known { allocator: Some(Allocator::TinyGo), frees: true, collections: true, pairs: false };

    fn recording(live: &[u64]) -> Recording {
        let collections = live.iter().zip(1..).map(|(live, second)| Collection {
            at: Duration::from_secs(second),
            live: *live << 10,
            memory: 1 << 30,
            allocated: 0,
        });
        Recording { collections: collections.collect(), ..Recording::default() }
    }

    fn told(live: &[u64]) -> Verdict {
        verdict(&recording(live), KNOWN).0
    }

    #[test]
    fn what_lives_decides() {
        let (grows, reason) = verdict(&recording(&[100, 200, 300, 400]), KNOWN);
        assert_eq!(grows, Verdict::Grows);
        assert_eq!(
            reason,
            "what lives after a collection rose from 200.0 KiB to 400.0 KiB over 4 collections (100.0 KiB a second)"
        );
        assert_eq!(told(&[500; 40]), Verdict::Steady);
        assert_eq!(told(&[100, 100, 101, 102, 103, 104, 105, 106]), Verdict::Steady, "less than 16 KiB");
        assert_eq!(told(&[500, 500, 500, 500, 100, 100, 900, 900]), Verdict::Unknown);
    }

    #[test]
    fn what_a_collector_beside_the_program_leaves_is_no_rise() {
        let mut recording = recording(&[410, 570, 570, 580, 740, 750, 940, 950]);
        for (collection, number) in recording.collections.iter_mut().zip(1..) {
            collection.allocated = number * (3 << 20);
        }
        let go = Known { allocator: Some(Allocator::Go), ..KNOWN };
        assert_eq!(verdict(&recording, go).0, Verdict::Steady);
        assert_eq!(
            verdict(&recording, KNOWN).0,
            Verdict::Grows,
            "what stands still meanwhile leaves nothing"
        );
        for (collection, number) in recording.collections.iter_mut().zip(1..) {
            collection.live += number * (300 << 10);
        }
        assert_eq!(verdict(&recording, go).0, Verdict::Grows);
    }

    #[test]
    fn without_enough_to_see_nothing_is_said() {
        for live in [&[][..], &[1], &[1, 2, 3]] {
            assert_eq!(told(live), Verdict::Unknown, "{live:?}");
        }
        let none = Known { allocator: None, frees: false, collections: false, pairs: false };
        assert_eq!(verdict(&recording(&[]), none).0, Verdict::Unknown);
        let growth = Growth { at: Duration::ZERO, from: 0, to: 1, stack: 0 };
        let leaking = Known { collections: false, frees: false, ..KNOWN };
        let grown = Recording { growths: vec![growth; 3], ..Recording::default() };
        assert_eq!(verdict(&grown, leaking).0, Verdict::Grows);
        assert_eq!(verdict(&Recording::default(), leaking).0, Verdict::Unknown);
        let malloc = Known { allocator: Some(Allocator::Malloc), pairs: true, ..leaking };
        let unreleased = vec![Unreleased { stack: 0, objects: 3, bytes: 2048 }];
        let (verdict, reason) = verdict(&Recording { unreleased, ..Recording::default() }, malloc);
        assert_eq!(verdict, Verdict::Unknown);
        assert!(reason.starts_with("3 objects (2.0 KiB) were not released"), "{reason}");
    }
}
