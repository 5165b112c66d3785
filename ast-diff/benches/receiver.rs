//! How long a replica takes for a patch, over the pairs of real files: `cargo bench -p ast-diff --bench receiver`.
//!
//! Each replica goes to and fro between the two trees of a pair, so that whatever it keeps between patches is paid for.
//! With the path of a file behind `--` the messages are written there too, for `receiver.mjs`, which measures the module
//! that pages load.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that people read")]

#[path = "../tests/reading/corpus.rs"]
#[expect(dead_code, reason = "others read the same files as text")]
mod corpus;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ast_diff::{Fed, Limits, Parser, Part, Patch, Replica, Snapshot, Tree, diff, structure_root};

/// Runs of each pair; the shortest one counts: other programs only ever make one longer.
const ROUNDS: usize = 9;

fn main() {
    let path = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let mut parser = Parser::new();
    let pairs: Vec<(Tree, Tree)> = corpus::pairs()
        .into_iter()
        .map(|pair| (parser.parse(&pair.old).tree, parser.parse(&pair.new).tree))
        .filter(|(old, new)| old != new)
        .collect();
    let mut messages = Vec::new();
    let (mut encoding, mut receiving, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for (old, new) in &pairs {
        let (forth, spent) = patch(old, new);
        encoding.push(spent);
        sizes.push(forth.operations.len());
        let snapshot = whole(Snapshot::of(old).parts(0, usize::MAX));
        let (forth, back) = (parts(&forth), parts(&patch(new, old).0));
        receiving.push(receive(&snapshot, &forth, &back));
        for part in [&snapshot, &forth, &back] {
            let bytes = part.to_bytes();
            messages.extend((bytes.len() as u32).to_le_bytes());
            messages.extend(bytes);
        }
    }
    if pairs.is_empty() {
        return;
    }
    println!("{} changed pairs, {} bytes of operations", pairs.len(), sizes.iter().sum::<usize>());
    report("encode", &mut encoding);
    report("receive", &mut receiving);
    if let Some(path) = path {
        std::fs::write(path, messages).unwrap();
    }
}

fn whole(parts: Vec<Part>) -> Part {
    parts.into_iter().next().unwrap()
}

fn parts(patch: &Patch) -> Part {
    whole(patch.parts(1, usize::MAX))
}

/// The patch, and how long its coding took.
fn patch(old: &Tree, new: &Tree) -> (Patch, Duration) {
    let (old_root, new_root) = (structure_root(old), structure_root(new));
    let script = diff(old, new);
    let mut shortest = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        black_box(Patch::new(old, old_root, new_root, black_box(&script)).unwrap());
        shortest = shortest.min(started.elapsed());
    }
    (Patch::new(old, old_root, new_root, &script).unwrap(), shortest)
}

fn receive(snapshot: &Part, forth: &Part, back: &Part) -> Duration {
    let mut replica = Replica::new(Limits::default(), usize::MAX);
    let mut feed = |part: &Part, message: u64| {
        let part = Part { message, ..part.clone() };
        let started = Instant::now();
        let fed = replica.feed(part);
        let spent = started.elapsed();
        assert!(matches!(fed, Fed::Changed(_)));
        spent
    };
    feed(snapshot, 0);
    let mut shortest = Duration::MAX;
    for round in 0..ROUNDS as u64 {
        shortest = shortest.min(feed(forth, 2 * round + 1));
        feed(back, 2 * round + 2);
    }
    shortest
}

fn report(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e6;
    println!("{name}: p50 {:.1} µs, p95 {:.1}, p99 {:.1}, max {:.1}", at(50), at(95), at(99), at(100));
}
