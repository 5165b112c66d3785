//! Ten thousand clients that are cut off at once and all come back within seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::Ground;
use super::clock::Dice;
use super::connection::Connection;
use super::crowd::{AT_ONCE, PATIENCE, failed};
use super::dialect::Place;
use super::door::Door;
use super::follower::{Follower, Marks};
use super::orders::{Order, State};

const TARGET: Target = ("target of 10 s", 10.0);

/// Frames that bring everybody to what is true: one update, one list of diagnostics.
const FRAMES: Target = ("one of each kind", 2.0);

/// Events that happen while nobody listens.
const MISSED: u64 = 10;

/// How far the storm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Calm,
    /// Everybody is cut off.
    Cut,
    /// All come back, and this is true.
    Back(State),
}

/// What a client shares with the others.
#[derive(Debug, Clone)]
struct Sky {
    door: Door,
    weather: watch::Receiver<Weather>,
    /// For who connects before the storm.
    gate: Arc<Semaphore>,
    /// Gets a permit for each who has done what the weather asks for.
    done: Arc<Semaphore>,
    spread: Duration,
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut child = ground.start(HubServerKind::Hub).await?;
    let before = child.state_after(Order::Diagnose).await?;
    let (weather, receiver) = watch::channel(Weather::Calm);
    let sky = Sky {
        door: child.door.clone(),
        weather: receiver,
        gate: Arc::new(Semaphore::new(AT_ONCE)),
        done: Arc::new(Semaphore::new(0)),
        spread: ground.scale.storm,
    };
    let mut clients = JoinSet::new();
    for index in 0..ground.scale.many {
        clients.spawn(Box::pin(client(sky.clone(), index, before)));
    }
    all(&sky, &mut clients, ground.scale.many).await?;
    let start = Instant::now();
    weather.send_replace(Weather::Cut);
    all(&sky, &mut clients, ground.scale.many).await?;
    let made = child.state_after(Order::Tell).await?.made;
    // Everybody is behind by one of each kind.
    child.publish(MISSED, 256, 0).await?;
    child.state_after(Order::Release).await?;
    let state = child.state_after(Order::Diagnose).await?;
    weather.send_replace(Weather::Back(state));
    let mut last = Duration::ZERO;
    let mut wrongs = 0;
    while let Some(client) = clients.join_next().await {
        let (arrived, follower) = client.map_err(failed)?.map_err(failed)?;
        last = last.max(arrived - start);
        wrongs += follower.wrongs.sum();
    }
    if wrongs > 0 {
        return Err(failed(format!("{wrongs} events were lost or repeated in the storm")));
    }
    let encoded = child.state_after(Order::Tell).await?.made - made;
    let n = ground.scale.many;
    Ok(vec![
        Row::new("storm_s", last.as_secs_f64(), ("s", n), Some(TARGET)),
        Row::new("storm_frames_encoded", encoded as f64, ("frames", n), Some(FRAMES)),
    ])
}

/// Waits until all have done what the weather asks for.
async fn all(sky: &Sky, clients: &mut JoinSet<Ended>, count: usize) -> Result<(), CommandError> {
    let waiting = tokio::time::timeout(PATIENCE, sky.done.acquire_many(count as u32));
    tokio::select! {
        all = waiting => all.map_err(failed)?.map_err(failed)?.forget(),
        Some(client) = clients.join_next() => {
            let error = client.map_err(failed)?.err();
            return Err(failed(format!("a client ended before its time: {error:?}")));
        }
    }
    Ok(())
}

/// When a client was where all is.
type Ended = std::io::Result<(Instant, Follower)>;

/// Comes, waits for the storm, is cut off, and comes back some time within the spread.
async fn client(mut sky: Sky, index: usize, before: State) -> Ended {
    let mut follower = Follower::default();
    let marks = Marks::default();
    let permit = sky.gate.acquire().await.map_err(std::io::Error::other)?;
    let mut connection = Connection::open(&sky.door, index, Place::default(), u64::MAX).await?;
    while follower.diagnostics < before.diagnostics {
        follower.hear(&connection.next().await?, &marks);
    }
    drop(permit);
    follower.place.epoch = connection.place.epoch.clone();
    sky.done.add_permits(1);
    let changed = sky.weather.wait_for(|weather| *weather != Weather::Calm).await;
    drop(changed.map_err(std::io::Error::other)?);
    connection.cut(true);
    sky.done.add_permits(1);
    let state = loop {
        sky.weather.changed().await.map_err(std::io::Error::other)?;
        if let Weather::Back(state) = *sky.weather.borrow_and_update() {
            break state;
        }
    };
    let pause = Dice::new(index as u64).below(sky.spread.as_millis() as u64 + 1);
    tokio::time::sleep(Duration::from_millis(pause)).await;
    let mut connection = Connection::open(&sky.door, index, follower.place.clone(), u64::MAX).await?;
    while follower.place.after < state.number
        || follower.diagnostics < state.diagnostics
        || follower.update < state.release
    {
        follower.hear(&connection.next().await?, &marks);
    }
    Ok((Instant::now(), follower))
}
