//! Three hubs of one server: the broker does nothing for a while, a hub is killed, another is cut off from the broker, and
//! clients go from one to another all the time.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::backplane::LocalBroker;
use crate::cli::HubServerKind;
use crate::exit::ExitStatus;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::Ground;
use super::child::Child;
use super::clock::Dice;
use super::connection::Connection;
use super::crowd::{PATIENCE, failed};
use super::dialect::Heard;
use super::door::Door;
use super::follower::{Follower, Marks, Wrongs};
use super::orders::{Answer, Order, State};
use super::way::Way;

const TARGET: Target = ("target of 0", 1.0);

const HUBS: usize = 3;

const CLIENTS: usize = 12;

/// Shortest and longest stay at a hub, in milliseconds.
const STAY: (u64, u64) = (50, 1500);

/// Some four hundred events a second: what happens while the broker is away fits into the log.
const SIZE: usize = 128;
const PAUSE_US: u64 = 2000;

/// Between two disturbances.
const CALM: Duration = Duration::from_millis(700);

/// What clients know of the run.
#[derive(Debug, Clone)]
struct Sky {
    doors: watch::Receiver<Vec<Door>>,
    /// What is true at the end.
    goal: watch::Receiver<Option<State>>,
    marks: Arc<Marks>,
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let folder = tempfile::Builder::new().tempdir_in(ground.scratch).map_err(failed)?;
    let mut broker = LocalBroker::start(folder.path(), ground.environment).await.map_err(not_started)?;
    let way = Way::to(broker.address()).await.map_err(failed)?;
    let key = folder.path().join("hubs.key");
    let start = async |kind, name: &str, broker: String| -> Result<Child, CommandError> {
        let own = folder.path().join(name);
        std::fs::create_dir_all(&own).map_err(failed)?;
        let words =
            [OsStr::new("--backplane"), OsStr::new(&broker), OsStr::new("--backplane-key"), key.as_os_str()];
        Child::start_with(kind, Path::new(&own), &words, ground.environment).await
    };
    let direct = broker.url();
    let mut builder = start(HubServerKind::Hub, "builder", direct.clone()).await?;
    let mut hubs = Vec::new();
    for index in 0..HUBS {
        let broker = if index == HUBS - 1 { format!("nats://{}", way.address) } else { direct.clone() };
        hubs.push(start(HubServerKind::Edge, &format!("hub{index}"), broker).await?);
    }
    let doors: Vec<Door> = hubs.iter().map(|hub| hub.door.clone()).collect();
    let (door_sender, doors) = watch::channel(doors);
    let (goal_sender, goal) = watch::channel(None);
    let sky = Sky { doors, goal, marks: Arc::default() };
    let mut clients = JoinSet::new();
    for index in 0..CLIENTS {
        clients.spawn(roam(sky.clone(), index));
    }

    let time = ground.scale.away * 2 + CALM * 5;
    let count = u64::try_from(time.as_micros()).unwrap_or(u64::MAX) / PAUSE_US;
    builder.tell(Order::Publish { count, size: SIZE, pause_us: PAUSE_US })?;
    tokio::time::sleep(CALM).await;
    broker.pause(true).map_err(failed)?;
    tokio::time::sleep(ground.scale.away).await;
    broker.pause(false).map_err(failed)?;
    tokio::time::sleep(CALM).await;
    hubs.remove(0).kill().await;
    tokio::time::sleep(CALM).await;
    way.set_open(false);
    tokio::time::sleep(ground.scale.away / 2).await;
    way.set_open(true);
    // The hub that was killed comes back at another address.
    let again = start(HubServerKind::Edge, "hub0", direct).await?;
    door_sender.send_modify(|doors| doors[0] = again.door.clone());
    let Answer::Published { number, .. } = builder.hear().await? else {
        return Err(failed("the server under test answered something else"));
    };
    let state = builder.state_after(Order::Diagnose).await?;
    if state.number != number {
        return Err(failed("events came after the last one"));
    }
    goal_sender.send_replace(Some(state));
    let mut wrongs = Wrongs::default();
    let ended = async {
        while let Some(follower) = clients.join_next().await {
            let follower = follower.map_err(failed)?;
            wrongs.add(follower.wrongs);
        }
        Ok::<_, CommandError>(())
    };
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| failed("a client was never told all"))??;
    tracing::info!(?wrongs, events = number, "hubs");
    Ok(vec![Row::new("nats_lost", wrongs.sum() as f64, ("events", CLIENTS), Some(TARGET))])
}

fn not_started(error: std::io::Error) -> CommandError {
    if error.kind() != std::io::ErrorKind::NotFound {
        return failed(error);
    }
    CommandError::new(ExitStatus::ToolMissing, error)
        .with_hint("install it (Debian: apt-get install nats-server), or choose rows with --only".to_owned())
}

/// Goes from hub to hub until all is told.
async fn roam(mut sky: Sky, index: usize) -> Follower {
    let mut follower = Follower::default();
    let mut dice = Dice::new(index as u64);
    let mut hub = index % HUBS;
    loop {
        let door = sky.doors.borrow_and_update()[hub].clone();
        if let Ok(mut connection) = Connection::open(&door, index, follower.place.clone(), u64::MAX).await {
            let (shortest, longest) = STAY;
            let stay = Duration::from_millis(shortest + dice.below(longest - shortest));
            let staying = async {
                while let Ok(heard) = connection.next().await {
                    follower.hear(&heard, &sky.marks);
                    let goal = *sky.goal.borrow();
                    let told = |goal: State| {
                        follower.place.after >= goal.number && follower.diagnostics >= goal.diagnostics
                    };
                    if goal.is_some_and(told) && !matches!(heard, Heard::Welcome { .. }) {
                        return true;
                    }
                }
                false
            };
            let all = tokio::time::timeout(stay, staying).await == Ok(true);
            if !connection.place.epoch.is_empty() {
                follower.place.epoch = connection.place.epoch.clone();
            }
            if all {
                return follower;
            }
        } else {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        hub = (hub + 1 + dice.below(HUBS as u64 - 1) as usize) % HUBS;
    }
}
