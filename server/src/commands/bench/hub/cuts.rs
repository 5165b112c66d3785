//! Connections that are cut at any byte, ten thousand times: whoever comes back misses nothing and hears nothing twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::Ground;
use super::clock::Dice;
use super::connection::Connection;
use super::crowd::{PATIENCE, failed};
use super::door::Door;
use super::follower::{Follower, Marks, Wrongs};
use super::orders::{Order, State};

const TARGET: Target = ("target of 0", 1.0);

/// Clients at a time.
const CLIENTS: usize = 64;

/// Bytes after which a connection is cut at the latest: amid the handshake and the first frames in one of three cases,
/// else amid events.
const EARLY: u64 = 700;
const LATE: u64 = 30_000;

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut child = ground.start(HubServerKind::Hub).await?;
    let marks = Arc::new(Marks::default());
    let left = Arc::new(AtomicU64::new(ground.scale.cuts));
    let mut clients = JoinSet::new();
    for index in 0..CLIENTS {
        let (door, marks, left) = (child.door.clone(), Arc::clone(&marks), Arc::clone(&left));
        clients.spawn(async move { be_cut(&door, index, &marks, &left).await });
    }
    let mut followers = Vec::new();
    let mut size = 100;
    while followers.len() < CLIENTS {
        // Of every length of the length field's one and two bytes, and of more than one read.
        size = if size > 5000 { 100 } else { size * 3 / 2 };
        child.publish(10, size, 1000).await?;
        while let Some(follower) = clients.try_join_next() {
            followers.push(follower.map_err(failed)?.map_err(failed)?);
        }
    }
    let state = child.state_after(Order::Diagnose).await?;
    let mut wrongs = Wrongs::default();
    for (index, mut follower) in followers.into_iter().enumerate() {
        let reading = catch_up(&child.door, index, &mut follower, &marks, state);
        tokio::time::timeout(PATIENCE, reading).await.map_err(failed)?.map_err(failed)?;
        wrongs.add(follower.wrongs);
    }
    tracing::info!(?wrongs, events = state.number, "cut");
    let count = ground.scale.cuts as usize;
    Ok(vec![Row::new("cuts_lost", wrongs.sum() as f64, ("events", count), Some(TARGET))])
}

/// Comes, is cut, and comes again, as long as there are cuts left.
async fn be_cut(door: &Door, index: usize, marks: &Marks, left: &AtomicU64) -> std::io::Result<Follower> {
    let mut follower = Follower::default();
    let mut dice = Dice::new(index as u64);
    let take = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let most = if dice.below(3) == 0 { EARLY } else { LATE };
        let after = dice.below(most);
        let error = match Connection::open(door, index, follower.place.clone(), after).await {
            Err(error) => error,
            Ok(mut connection) => loop {
                match connection.next().await {
                    Ok(heard) => follower.hear(&heard, marks),
                    Err(error) => {
                        follower.place.epoch = connection.place.epoch.clone();
                        connection.cut(dice.below(2) == 0);
                        break error;
                    }
                }
            },
        };
        // Only who measures cuts.
        if error.kind() != std::io::ErrorKind::ConnectionAborted {
            return Err(error);
        }
    }
    Ok(follower)
}

/// Comes a last time and reads what is left.
pub(super) async fn catch_up(
    door: &Door,
    index: usize,
    follower: &mut Follower,
    marks: &Marks,
    state: State,
) -> std::io::Result<()> {
    let mut connection = Connection::open(door, index, follower.place.clone(), u64::MAX).await?;
    follower.diagnostics = 0;
    while follower.place.after < state.number || follower.diagnostics < state.diagnostics {
        follower.hear(&connection.next().await?, marks);
    }
    Ok(())
}
