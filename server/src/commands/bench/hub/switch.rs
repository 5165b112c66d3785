//! A flag that goes wrong: how soon nobody of ten thousand has any more what it turns on.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::Ground;
use super::clock::now;
use super::connection::Connection;
use super::crowd::{AT_ONCE, PATIENCE, failed};
use super::dialect::{Heard, Place};
use super::door::Door;
use super::orders::Order;

const TARGET: Target = ("target of 1 s", 1.0);

/// What all clients share.
#[derive(Debug, Default)]
struct Told {
    /// How often a client was told that it is on, and that it is off.
    on: AtomicU64,
    off: AtomicU64,
    /// When each heard that it is off.
    heard: Mutex<Vec<u64>>,
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut child = ground.start(HubServerKind::Hub).await?;
    let told = Arc::new(Told::default());
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut clients = JoinSet::new();
    let n = ground.scale.many;
    for index in 0..n {
        clients.spawn(Box::pin(client(child.door.clone(), index, Arc::clone(&told), Arc::clone(&gate))));
    }
    let (mut p50, mut p99) = (Sample::default(), Sample::default());
    let mut ons = n as u64;
    wait(&told.on, ons, &mut clients).await?;
    for round in 1..=ground.scale.rounds as u64 {
        let killed_at = child.state_after(Order::Kill).await?.changed_at;
        wait(&told.off, round * n as u64, &mut clients).await?;
        let heard = std::mem::take(&mut *told.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let mut delays = Sample::default();
        for at in heard {
            delays.add(at.saturating_sub(killed_at) as f64 / 1e9);
        }
        p50.add(delays.percentile(50).unwrap_or_default());
        p99.add(delays.percentile(99).unwrap_or_default());
        child.state_after(Order::Revive).await?;
        ons += n as u64;
        wait(&told.on, ons, &mut clients).await?;
    }
    let rounds = p99.len();
    Ok(vec![
        Row::new("kill_switch_p99_s", p99.median(), ("s", rounds), Some(TARGET)),
        Row::new("kill_switch_p50_s", p50.median(), ("s", rounds), None),
    ])
}

/// Waits until so many have been told.
async fn wait(
    count: &AtomicU64,
    wanted: u64,
    clients: &mut JoinSet<io::Result<()>>,
) -> Result<(), CommandError> {
    let deadline = Instant::now() + PATIENCE;
    while count.load(Ordering::Relaxed) < wanted {
        if let Some(ended) = clients.try_join_next() {
            return Err(failed(format!("a client ended before its time: {ended:?}")));
        }
        if Instant::now() > deadline {
            return Err(failed(format!("{} of {wanted} were told", count.load(Ordering::Relaxed))));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Hears of the flag until it is dropped.
async fn client(door: Door, index: usize, told: Arc<Told>, gate: Arc<Semaphore>) -> io::Result<()> {
    let mut permit = Some(gate.acquire().await.map_err(io::Error::other)?);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(index as u64 + 1).to_le_bytes());
    let place = Place { id: Bytes::copy_from_slice(&id), ..Place::default() };
    let mut connection = Connection::open(&door, index, place, u64::MAX).await?;
    loop {
        let Heard::Flags { is_on } = connection.next().await? else { continue };
        permit.take();
        if is_on {
            told.on.fetch_add(1, Ordering::Relaxed);
        } else {
            let at = now();
            told.heard.lock().unwrap_or_else(PoisonError::into_inner).push(at);
            told.off.fetch_add(1, Ordering::Relaxed);
        }
    }
}
