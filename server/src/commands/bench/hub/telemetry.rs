//! What it costs to be watched: a burst while deliveries are counted and somebody asks for the sums every second, against
//! the same without counters.

use std::io;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::Ground;
use super::burst::Side;
use super::crowd::failed;
use super::door::Door;

const COST: Target = ("target of 0.03", 0.03);

/// Turns for each of a burst's: what is looked for is smaller than the noise of one.
const TURNS: usize = 4;

/// Between two looks; a collector looks every 15.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut counted = Side::start(ground, HubServerKind::Hub).await?;
    let mut uncounted = Side::start(ground, HubServerKind::Uncounted).await?;
    let mut looking = JoinSet::new();
    looking.spawn(look(counted.child.door.clone()));
    let mut costs = Sample::default();
    for _ in 0..ground.scale.rounds * TURNS {
        let without = uncounted.turn(ground.scale.burst).await?;
        costs.add(1.0 - counted.turn(ground.scale.burst).await? / without);
    }
    if let Some(ended) = looking.try_join_next() {
        return Err(failed(format!("the metrics could not be read: {ended:?}")));
    }
    Ok(vec![Row::new("telemetry_cost", costs.median().max(0.0), ("of the burst", costs.len()), Some(COST))])
}

/// Asks for the sums until it is dropped, and ends when they are not what they should be.
async fn look(door: Door) -> io::Result<()> {
    loop {
        let sums = door.get("/metrics").await?;
        if !sums.contains("kind=\"event\"") {
            return Err(io::Error::other(sums));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
