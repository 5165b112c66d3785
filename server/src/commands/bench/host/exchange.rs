//! Modules that are exchanged while requests come at a fixed pace, against the same pace without it: is one lost, or
//! answered by two modules, and how long do they take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::guest::Answering;
use crate::process::resident_memory;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::guests::{answering, answers, compiled, host, is_answer_of, request};
use super::{Ground, failed};

const NONE: Target = ("target of 0", 0.0);
const P99: Target = ("target of 1.5", 1.5);
const MEMORY: Target = ("target of 1.05", 1.05);

/// Between two requests: 2,000 a second.
const PAUSE: Duration = Duration::from_micros(500);

/// Loops of the program before it answers.
const WORK: u32 = 1000;

/// The modules in turns, by their number: the first one is 1.
const LETTERS: [char; 2] = ['b', 'a'];

#[derive(Debug, Default)]
struct Counts {
    failed: AtomicU64,
    mixed: AtomicU64,
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let host = host()?;
    let module = |number: u64| compiled(&host, &answering(LETTERS[(number % 2) as usize], WORK));
    let answering = answers(module(1)?);
    let counts = Arc::new(Counts::default());
    let mut ratios = Sample::default();
    let (mut number, mut asked, mut swapped) = (1, 0, 0);
    let rounds = ground.scale.rounds as u32;
    // What the first requests leave behind is not what exchanges cost.
    requests(&answering, &counts, ground.scale.turn).await?;
    let before = resident_memory();
    for _ in 0..rounds {
        let still = requests(&answering, &counts, ground.scale.turn).await?;
        let each = ground.scale.turn / (ground.scale.swaps / rounds).max(1);
        let swaps = async {
            let mut pace = interval(each);
            loop {
                pace.tick().await;
                number += 1;
                swapped += 1;
                answering.install(module(number)?);
            }
        };
        let moving = tokio::select! {
            moving = requests(&answering, &counts, ground.scale.turn) => moving?,
            ended = swaps => return ended,
        };
        asked += still.len() + moving.len();
        ratios.add(percentile(moving, 99) / percentile(still, 99));
    }
    let after = resident_memory();
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
    let mut rows = vec![
        Row::new("swap_failed", count(&counts.failed), ("of all requests", asked), Some(NONE)),
        Row::new("swap_mixed", count(&counts.mixed), ("of all requests", asked), Some(NONE)),
        Row::new("swap_p99_ratio", ratios.median(), ("x without", ratios.len()), Some(P99)),
        Row::new("swap_modules_left", host.live_modules() as f64, ("modules", swapped), None),
    ];
    if let (Some(before), Some(after)) = (before, after) {
        let ratio = after as f64 / before as f64;
        rows.push(Row::new("swap_memory_ratio", ratio, ("x before", swapped), Some(MEMORY)));
    }
    Ok(rows)
}

/// Asks at the pace for so long, and returns how long each request took from the moment on at which it was due.
async fn requests(
    answering: &Answering,
    counts: &Arc<Counts>,
    turn: Duration,
) -> Result<Vec<Duration>, CommandError> {
    let mut pace = interval(PAUSE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let begun = Instant::now();
    let mut asking = JoinSet::new();
    while begun.elapsed() < turn {
        let due = pace.tick().await;
        let (answering, counts) = (answering.clone(), Arc::clone(counts));
        asking.spawn(async move {
            match answering.ask(&request()).await {
                Ok((answer, number)) if !is_answer_of(LETTERS[(number % 2) as usize], &answer.body) => {
                    counts.mixed.fetch_add(1, Ordering::Relaxed);
                }
                Ok(_) => {}
                Err(_) => {
                    counts.failed.fetch_add(1, Ordering::Relaxed);
                }
            }
            due.elapsed()
        });
    }
    let mut times = Vec::with_capacity(asking.len());
    while let Some(time) = asking.join_next().await {
        times.push(time.map_err(failed)?);
    }
    Ok(times)
}

/// In seconds.
fn percentile(mut times: Vec<Duration>, percent: usize) -> f64 {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(rank).map_or(f64::NAN, Duration::as_secs_f64)
}
