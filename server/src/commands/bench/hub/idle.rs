//! What an idle client costs: memory of the server for each of ten thousand that follow events of which there are none.

use std::time::Duration;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::Ground;
use super::crowd::Crowd;

const TARGET: Target = ("target of 8 KiB", 8.0);

/// Clients that come and go first: what the server needs once is not what each client costs.
const EARLIER: usize = 50;

/// Until what the connections needed on their way is given back.
const SETTLE: Duration = Duration::from_secs(2);

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut child = ground.start(HubServerKind::Hub).await?;
    drop(Crowd::gather(&child.door, EARLIER).await?);
    tokio::time::sleep(SETTLE).await;
    let Some(before) = child.memory() else { return Ok(Vec::new()) };
    let count = ground.scale.many;
    let crowd = Crowd::gather(&child.door, count).await?;
    // One event each, so that every session is surely at work.
    child.publish(1, 256, 0).await?;
    crowd.reach(1).await?;
    tokio::time::sleep(SETTLE).await;
    let after = child.memory().unwrap_or_default();
    let each = after.saturating_sub(before) as f64 / 1024.0 / count as f64;
    Ok(vec![Row::new("idle_kib_per_connection", each, ("KiB", count), Some(TARGET))])
}
