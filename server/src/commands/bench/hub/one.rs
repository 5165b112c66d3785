//! Latency: one event to a thousand followers, from publishing to the last of them, against two plain programs.

use std::sync::atomic::Ordering;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::Ground;
use super::burst::SIZE;
use super::child::Child;
use super::crowd::{Crowd, failed};

const RAW: Target = ("target of 1.5", 1.5);
const BROADCAST: Target = ("target of 0.6", 0.6);

/// Between two events: longer than one takes to reach everybody.
const PAUSE_US: u64 = 40_000;

/// One server and those who follow it.
struct Side {
    child: Child,
    crowd: Crowd,
    published: u64,
    p50: Sample,
    p99: Sample,
    /// Microseconds of a processor for each delivery.
    work: Sample,
}

impl Side {
    async fn start(ground: &Ground<'_>, kind: HubServerKind) -> Result<Self, CommandError> {
        let child = ground.start(kind).await?;
        let crowd = Crowd::gather(&child.door, ground.scale.followers).await?;
        let [p50, p99, work] = std::array::from_fn(|_| Sample::default());
        let mut side = Self { child, crowd, published: 0, p50, p99, work };
        // The first ones find cold memory.
        side.publish(5).await?;
        side.crowd.tally.timing.store(true, Ordering::Relaxed);
        Ok(side)
    }

    async fn publish(&mut self, count: u64) -> Result<(), CommandError> {
        self.child.publish(count, SIZE, PAUSE_US).await?;
        self.published += count;
        self.crowd.reach(self.published).await
    }

    async fn turn(&mut self, count: u64) -> Result<f64, CommandError> {
        let before = self.child.work();
        self.publish(count).await?;
        if let (Some(before), Some(after)) = (before, self.child.work()) {
            self.work.add((after - before) * 1e6 / (count * self.crowd.len()) as f64);
        }
        let (p50, p99) = self.crowd.tally.latencies.take(50, 99).ok_or_else(|| failed("nothing came"))?;
        self.p50.add(p50);
        self.p99.add(p99);
        Ok(p99)
    }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut hub = Side::start(ground, HubServerKind::Hub).await?;
    let mut raw = Side::start(ground, HubServerKind::Raw).await?;
    let mut broadcast = Side::start(ground, HubServerKind::Broadcast).await?;
    let (mut by_raw, mut by_broadcast) = (Sample::default(), Sample::default());
    for _ in 0..ground.scale.rounds {
        let count = ground.scale.timed;
        let theirs = raw.turn(count).await?;
        let ours = hub.turn(count).await?;
        by_raw.add(ours / theirs);
        by_broadcast.add(ours / broadcast.turn(count).await?);
    }
    let n = by_raw.len();
    let time = |name: &str, sample: &Sample| Row::new(name, sample.median() / 1000.0, ("ms", n), None);
    let work = |name: &str, sample: &Sample| Row::new(name, sample.median(), ("us", n), None);
    Ok(vec![
        Row::new("one_p99_ratio_raw", by_raw.median(), ("x", n), Some(RAW)),
        Row::new("one_p99_ratio_broadcast", by_broadcast.median(), ("x", n), Some(BROADCAST)),
        time("one_p99", &hub.p99),
        time("one_p99_raw", &raw.p99),
        time("one_p99_broadcast", &broadcast.p99),
        time("one_p50", &hub.p50),
        time("one_p50_raw", &raw.p50),
        time("one_p50_broadcast", &broadcast.p50),
        work("one_work", &hub.work),
        work("one_work_raw", &raw.work),
        work("one_work_broadcast", &broadcast.work),
    ])
}
