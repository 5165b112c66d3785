//! A server that is killed a thousand times while it publishes: what it has said or acknowledged once stays said.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::Ground;
use super::child::Child;
use super::clock::Dice;
use super::connection::Connection;
use super::crowd::{PATIENCE, failed};
use super::cuts::catch_up;
use super::door::Door;
use super::follower::{Follower, Marks, Wrongs};
use super::orders::{Answer, Order};

const TARGET: Target = ("target of 0", 1.0);

/// Clients that follow through all lives of the server.
const CLIENTS: usize = 8;

/// Shortest and longest life after the first event, in milliseconds.
const LIFE: (u64, u64) = (5, 45);

const SIZE: usize = 512;

/// After every few events.
const PAUSE_US: u64 = 500;

/// Marks of one life are below those of the next.
const LIVES: u32 = 32;

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let folder = tempfile::Builder::new().tempdir_in(ground.scratch).map_err(failed)?;
    let start = || Child::start(HubServerKind::Hub, folder.path(), ground.environment);
    let marks = Arc::new(Marks::default());
    let (doors, _) = watch::channel(None);
    let mut clients = JoinSet::new();
    for index in 0..CLIENTS {
        let (doors, marks) = (doors.subscribe(), Arc::clone(&marks));
        clients.spawn(follow(doors, index, marks));
    }
    let mut dice = Dice::new(1);
    let mut wrongs = Wrongs::default();
    // The newest number that was acknowledged.
    let mut newest = 0;
    let mut acknowledge = |answer: &Answer, wrongs: &mut Wrongs| {
        if let Answer::Published { number, mark } = *answer {
            wrongs.repeated += u64::from(number <= newest);
            wrongs.changed += u64::from(!marks.agree(number, mark));
            newest = number.max(newest);
        }
    };
    for life in 0..ground.scale.kills {
        let mut child = start().await?;
        doors.send_replace(Some(child.door.clone()));
        child.tell(Order::Stream { first: life << LIVES, size: SIZE, pause_us: PAUSE_US })?;
        let (shortest, longest) = LIFE;
        let end = Instant::now() + Duration::from_millis(shortest + dice.below(longest - shortest));
        while let Ok(answer) = tokio::time::timeout_at(end, child.hear()).await {
            acknowledge(&answer?, &mut wrongs);
        }
        for answer in child.kill().await {
            acknowledge(&answer, &mut wrongs);
        }
    }
    let mut child = start().await?;
    let state = child.state_after(Order::Diagnose).await?;
    wrongs.lost += newest.saturating_sub(state.number);
    doors.send_replace(None);
    let mut index = 0;
    while let Some(follower) = clients.join_next().await {
        let mut follower = follower.map_err(failed)?;
        let reading = catch_up(&child.door, index, &mut follower, &marks, state);
        tokio::time::timeout(PATIENCE, reading).await.map_err(failed)?.map_err(failed)?;
        wrongs.add(follower.wrongs);
        index += 1;
    }
    tracing::info!(?wrongs, events = state.number, "killed");
    let count = ground.scale.kills as usize;
    Ok(vec![Row::new("kills_lost", wrongs.sum() as f64, ("events", count), Some(TARGET))])
}

/// Follows each server that there is, until there is none any more.
async fn follow(mut doors: watch::Receiver<Option<Door>>, index: usize, marks: Arc<Marks>) -> Follower {
    let mut follower = Follower::default();
    let mut began = false;
    loop {
        let Some(door) = doors.borrow_and_update().clone() else {
            if began || doors.changed().await.is_err() {
                return follower;
            }
            continue;
        };
        began = true;
        if let Ok(mut connection) = Connection::open(&door, index, follower.place.clone(), u64::MAX).await {
            while let Ok(heard) = connection.next().await {
                follower.hear(&heard, &marks);
            }
            follower.place.epoch = connection.place.epoch.clone();
        }
        // Its server is gone; the next one is on its way.
        if doors.changed().await.is_err() {
            return follower;
        }
    }
}
