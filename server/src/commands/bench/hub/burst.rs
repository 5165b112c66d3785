//! Throughput: events as fast as a thousand followers take them, and the same bytes by the plainest program.

use std::time::Duration;

use tokio::time::Instant;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::Ground;
use super::child::Child;
use super::crowd::Crowd;
use super::orders::Order;

const RATIO: Target = ("target of at least 0.8", 0.8);
const DELIVERIES: Target = ("target of at least 1000000", 1_000_000.0);

/// Bytes of an event on the wire.
pub(super) const SIZE: usize = 256;

/// Events that the slowest follower may be behind: half of what the log keeps.
const AHEAD: u64 = 7000;

/// Before a turn counts.
const WARM: Duration = Duration::from_millis(200);

/// One server and those who follow it.
pub(super) struct Side {
    pub(super) child: Child,
    crowd: Crowd,
    granted: u64,
    deliveries: Sample,
}

impl Side {
    pub(super) async fn start(ground: &Ground<'_>, kind: HubServerKind) -> Result<Self, CommandError> {
        let child = ground.start(kind).await?;
        let crowd = Crowd::gather(&child.door, ground.scale.followers).await?;
        Ok(Self { child, crowd, granted: 0, deliveries: Sample::default() })
    }

    /// Publishes for so long, and waits for the rest. Returns deliveries a second.
    pub(super) async fn turn(&mut self, time: Duration) -> Result<f64, CommandError> {
        self.publish(WARM).await?;
        let (start, before) = (Instant::now(), self.crowd.total());
        self.publish(time).await?;
        let rate = (self.crowd.total() - before) as f64 / start.elapsed().as_secs_f64();
        self.crowd.reach(self.granted).await?;
        self.deliveries.add(rate);
        Ok(rate)
    }

    async fn publish(&mut self, time: Duration) -> Result<(), CommandError> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let total = self.crowd.least() + AHEAD;
            if total >= self.granted + AHEAD / 16 {
                self.granted = total;
                self.child.tell(Order::Grant { total, size: SIZE })?;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut hub = Side::start(ground, HubServerKind::Hub).await?;
    let mut raw = Side::start(ground, HubServerKind::Raw).await?;
    let mut ratios = Sample::default();
    for _ in 0..ground.scale.rounds {
        let theirs = raw.turn(ground.scale.burst).await?;
        ratios.add(hub.turn(ground.scale.burst).await? / theirs);
    }
    let n = ratios.len();
    Ok(vec![
        Row::new("burst_ratio_raw", ratios.median(), ("x", n), Some(RATIO)),
        Row::new("burst_deliveries_per_s", hub.deliveries.median(), ("1/s", n), Some(DELIVERIES)),
        Row::new("burst_raw_deliveries_per_s", raw.deliveries.median(), ("1/s", n), None),
    ])
}
