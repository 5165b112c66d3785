//! A server that builds, a broker, hubs and clients in one simulated network, with all that can go wrong there. One seed is
//! one run, always the same.
//!
//! - `SEEDS=10000 cargo test -p dev-server --test simulation` runs so many seeds.
//! - `SEED=42 cargo test -p dev-server --test simulation one_seed -- --nocapture` runs that one and prints what everybody did.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that people read")]
#![expect(clippy::disallowed_methods, reason = "runs itself again, and is asked by the environment")]

mod weather;
mod cable;
mod planted;
mod truth;
mod broker;
mod world;
mod project;
mod builder;
mod hub;
mod tab;
mod run;
mod apart;

use planted::Planted;

/// Runs in the ordinary suite.
const SEEDS: u64 = 200;

/// A planted bug has to be found by then.
const FOUND_BY: u64 = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Runs `seeds` on two threads.
fn all(seeds: std::ops::Range<u64>) {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = apart::run(seed, None);
                    if let Some(wrong) = outcome.wrong {
                        next.store(seeds.end, std::sync::atomic::Ordering::Relaxed);
                        let trace = outcome.trace.join("\n");
                        panic!("SEED={seed} {wrong}\n{trace}");
                    }
                }
            });
        }
    });
}

/// Does nothing unless it is asked for a seed.
#[test]
fn one_seed() {
    if let Some(seed) = number("SEED") {
        let wrong = apart::told(seed);
        assert_eq!(wrong, None, "SEED={seed}");
    }
}

#[test]
fn nothing_is_lost_repeated_or_half_applied_whatever_goes_wrong() {
    if number("SEED").is_none() {
        all(0..number("SEEDS").unwrap_or(SEEDS));
    }
}

#[test]
fn a_seed_is_one_run_and_always_the_same() {
    for seed in 0..8 {
        let [one, other] = [(); 2].map(|()| apart::run(seed, None).trace);
        let differs = one.iter().zip(&other).position(|(one, other)| one != other);
        if let Some(at) = differs {
            panic!("SEED={seed} differs from line {at} on: {} and {}", one[at], other[at]);
        }
        assert!(one.len() == other.len() && one.len() > 40, "SEED={seed}: {} lines", one.len());
    }
}

#[test]
fn planted_bugs_are_found() {
    for planted in Planted::ALL {
        let found = (0..FOUND_BY).find_map(|seed| Some((seed, apart::run(seed, Some(planted)).wrong?)));
        let (seed, wrong) = found.unwrap_or_else(|| panic!("{planted:?} was not found"));
        println!("{planted:?} was found with SEED={seed}: {wrong:.200}");
    }
}
