//! One run in a process of its own: in which order a runtime drops the tasks of a host that ends depends on how many there
//! were in the process before, and a run has to be the same whatever ran before it and beside it.

use std::process::Command;

use crate::planted::Planted;
use crate::run::{self, Outcome};

/// Before each line of what everybody did, and before what went wrong.
const DONE: &str = "| ";
const WRONG: &str = "! ";

/// The name of the test that is such a process.
const TEST: &str = "one_seed";

/// What a run has shown.
pub(crate) fn run(seed: u64, planted: Option<Planted>) -> Outcome {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
        .env("SEED", seed.to_string())
        .env("PLANTED", planted.map(|planted| format!("{planted:?}")).unwrap_or_default())
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let with = |prefix: &'static str| {
        text.lines().filter_map(move |line| line.strip_prefix(prefix)).map(str::to_owned)
    };
    let ended = || format!("it ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    let wrong = with(WRONG).next().or_else(|| (!output.status.success()).then(ended));
    Outcome { wrong, trace: with(DONE).collect() }
}

/// Such a process: runs the seed of the environment and tells all. Says what went wrong.
pub(crate) fn told(seed: u64) -> Option<String> {
    let named = std::env::var("PLANTED").unwrap_or_default();
    let planted = Planted::ALL.into_iter().find(|planted| format!("{planted:?}") == named);
    let Outcome { wrong, trace } = run::run(seed, planted);
    // The harness may have begun a line.
    println!();
    for line in &trace {
        println!("{DONE}{line}");
    }
    if let Some(wrong) = &wrong {
        println!("{WRONG}{wrong}");
    }
    wrong
}
