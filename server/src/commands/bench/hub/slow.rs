//! Clients that stop reading: what they cost the others, what they cost the server, and where they are when they wake.

use std::sync::atomic::Ordering;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target, mebibytes};
use super::super::statistics::Sample;
use super::Ground;
use super::child::Child;
use super::connection::Connection;
use super::crowd::{Crowd, PATIENCE, failed};
use super::dialect::{Heard, Place};
use super::follower::{Follower, Marks};
use super::orders::{Order, State};

const RATIO: Target = ("target of 1.2", 1.2);

/// The log's budget in MiB, and what one client that does not read may cost.
const LOG_MIB: f64 = 4.0;
const STALLED_MIB: f64 = 64.0 / 1024.0;

/// Events that fill all buffers on the way to a client that does not read, and then the log. One that reads has a few of
/// them, half of what the log keeps, before the next: what is skipped is skipped because nobody reads.
const FILLING: usize = 32 << 10;
const FEW: u64 = 64;
const FILLINGS: u64 = 8;

/// Events whose delivery to the others is timed: five hundred to a thousand clients are 1 GB.
const SIZE: usize = 2 << 10;
const PAUSE_US: u64 = 20_000;

/// A server, and those of its clients who read.
struct Side {
    child: Child,
    crowd: Crowd,
    published: u64,
    p99: Sample,
}

impl Side {
    async fn join(ground: &Ground<'_>, child: Child, place: &Place) -> Result<Self, CommandError> {
        let crowd = Crowd::gather_at(&child.door, ground.scale.followers, place).await?;
        Ok(Self { child, crowd, published: 0, p99: Sample::default() })
    }

    async fn turn(&mut self, count: u64) -> Result<f64, CommandError> {
        // The first ones find cold memory.
        for (count, timing) in [(3, false), (count, true)] {
            self.crowd.tally.timing.store(timing, Ordering::Relaxed);
            self.child.publish(count, SIZE, PAUSE_US).await?;
            self.published += count;
            self.crowd.reach(self.published).await?;
        }
        let (_, p99) = self.crowd.tally.latencies.take(50, 99).ok_or_else(|| failed("nothing came"))?;
        self.p99.add(p99);
        Ok(p99)
    }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let calm = ground.start(HubServerKind::Hub).await?;
    let mut calm = Side::join(ground, calm, &Place::default()).await?;
    let mut child = ground.start(HubServerKind::Hub).await?;
    let mut stalled = Vec::new();
    for index in 0..ground.scale.stalled {
        let mut connection =
            Connection::open(&child.door, index, Place::default(), u64::MAX).await.map_err(failed)?;
        let mut follower = Follower::default();
        while !matches!(connection.next().await.map_err(failed)?, Heard::Diagnostics { .. }) {}
        follower.place = connection.place.clone();
        stalled.push((connection, follower));
    }
    let memory = |child: &mut Child| child.memory().unwrap_or_default().cast_signed();
    let before = memory(&mut child);
    let reader = Crowd::gather(&child.door, 1).await?;
    let mut number = 0;
    for _ in 0..FILLINGS {
        number = child.publish(FEW, FILLING, 0).await?;
        reader.reach(number).await?;
    }
    drop(reader);
    let mut growth = memory(&mut child) - before;
    let epoch = stalled.first().map(|(connection, _)| connection.place.epoch.clone()).unwrap_or_default();
    let mut beside = Side::join(ground, child, &Place { epoch, after: number, ..Place::default() }).await?;
    let before = memory(&mut beside.child);
    let mut ratios = Sample::default();
    for _ in 0..ground.scale.rounds {
        let theirs = calm.turn(ground.scale.beside).await?;
        ratios.add(beside.turn(ground.scale.beside).await? / theirs);
    }
    growth += memory(&mut beside.child) - before;
    let state = beside.child.state_after(Order::Diagnose).await?;
    drop(beside.crowd);
    let late = wake(stalled, state).await?;
    if late > 0 {
        return Err(failed(format!("{late} clients that had not read were not brought to what is new")));
    }
    let n = ratios.len();
    let may = LOG_MIB + STALLED_MIB * ground.scale.stalled as f64;
    Ok(vec![
        Row::new("slow_p99_ratio", ratios.median(), ("x", n), Some(RATIO)),
        Row::new(
            "slow_growth_mib",
            mebibytes(growth.max(0).cast_unsigned()),
            ("MiB", ground.scale.stalled),
            Some(("log budget and 64 KiB for each", may)),
        ),
        Row::new("slow_p99", beside.p99.median() / 1000.0, ("ms", n), None),
        Row::new("slow_p99_without", calm.p99.median() / 1000.0, ("ms", n), None),
    ])
}

/// All read again. Returns how many are not told what they have missed, and then all that is new. They are told of more
/// than one gap where the system took a little more after its buffers had been full.
async fn wake(stalled: Vec<(Connection, Follower)>, state: State) -> Result<u64, CommandError> {
    let mut late = 0;
    for (mut connection, mut follower) in stalled {
        let marks = Marks::default();
        let reading = async {
            while follower.place.after < state.number || follower.diagnostics < state.diagnostics {
                let heard = connection.next().await?;
                follower.hear(&heard, &marks);
            }
            std::io::Result::Ok(())
        };
        tokio::time::timeout(PATIENCE, reading).await.map_err(failed)?.map_err(failed)?;
        let newest = follower.place.after == state.number && follower.diagnostics == state.diagnostics;
        late += u64::from(!newest || follower.skips == 0 || follower.wrongs.repeated > 0);
    }
    Ok(late)
}
