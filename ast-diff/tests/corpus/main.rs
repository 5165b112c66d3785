//! The real pairs: what becomes of them on the way through a script and through the wire, and what it costs.
//!
//! They lie beside the repository and are not part of it; without them nothing is tested here.

#![cfg(feature = "parse")]
#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../reading/corpus.rs"]
#[expect(dead_code, clippy::print_stdout, reason = "others read the same files as text")]
mod corpus;

use ast_diff::{Limits, Parser, Patch, Root, Snapshot, Tree, diff, structure_root};
use std::time::{Duration, Instant};

fn percentile<T: Ord + Copy>(values: &mut [T], percent: usize) -> T {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

/// The shortest of three runs: other programs only ever make one longer.
fn timed<T>(times: &mut Vec<Duration>, run: impl Fn() -> T) -> T {
    let mut shortest = Duration::MAX;
    for _ in 0..2 {
        let started = Instant::now();
        run();
        shortest = shortest.min(started.elapsed());
    }
    let started = Instant::now();
    let result = run();
    times.push(shortest.min(started.elapsed()));
    result
}

#[test]
fn patches_round_trip() {
    let mut parser = Parser::new();
    let pairs: Vec<(String, Tree, Tree)> = corpus::pairs()
        .into_iter()
        .map(|pair| (pair.name, parser.parse(&pair.old).tree, parser.parse(&pair.new).tree))
        .collect();
    if pairs.is_empty() {
        return;
    }
    let mut sizes = Vec::new();
    let (mut encoding, mut decoding, mut applying) = (Vec::new(), Vec::new(), Vec::new());
    let mut snapshots = 0;
    for (name, old, new) in pairs.iter().filter(|(_, old, new)| old != new) {
        let (old_root, new_root) = (structure_root(old), structure_root(new));
        let script = diff(old, new);
        let patch = timed(&mut encoding, || Patch::new(old, old_root, new_root, &script).unwrap());
        let read = timed(&mut decoding, || patch.script(old, &Limits::default()).unwrap());
        assert_eq!(read, script, "{name}");
        let patch = Patch::from_bytes(&patch.to_bytes()).unwrap();
        let made = timed(&mut applying, || patch.apply(old, old_root, &Limits::default()));
        assert!(made.as_ref() == Ok(new), "{name}");
        sizes.push(patch.operations.len());
        // Whole trees take their time.
        if sizes.len() % 8 == 0 {
            let snapshot = Snapshot::of(new);
            assert_eq!(snapshot.root, Root::from(new_root));
            assert!(snapshot.tree(&Limits::default()).as_ref() == Ok(new), "{name}");
            snapshots += snapshot.nodes.len();
        }
    }
    let sum: usize = sizes.iter().sum();
    println!("{} changed pairs, {snapshots} bytes of snapshots of each eighth", sizes.len());
    println!("bytes: sum {sum} p50 {} p95 {}", percentile(&mut sizes, 50), percentile(&mut sizes, 95));
    for (name, times) in [("encode", &mut encoding), ("decode", &mut decoding), ("apply", &mut applying)] {
        let sum: Duration = times.iter().sum();
        let (middle, high) = (percentile(times, 50), percentile(times, 99));
        println!("{name}: sum {sum:?} p50 {middle:?} p99 {high:?} max {:?}", times.last().unwrap());
    }
}
