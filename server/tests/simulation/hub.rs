//! A hub: follows through the broker and serves clients, as `dev-server hub` puts it together.

use std::sync::Arc;
use std::time::Duration;

use dev_server::backplane::{About, Change, Follower, Newest, about, follow};
use dev_server::http;
use dev_server::publish::{Frames, ProgramBoard};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::broker::Remote;
use crate::cable::Socket;
use crate::planted::Planted;
use crate::world::{PORT, World};

/// Before the broker is asked again.
const AGAIN: Duration = Duration::from_millis(300);

/// Nothing is tidied: a thread of its own would end whenever it likes.
const SPARE: u64 = u64::MAX;

/// Silence after which a planted bug takes the broker to have been away.
const AWAY: Duration = Duration::from_millis(800);

/// Changes between two of which a planted bug shows an old one again.
const OFTEN: u64 = 5;

pub(crate) async fn run(world: Arc<World>, name: String) -> turmoil::Result {
    let broker = world.connect(true);
    let newest = Newest::default();
    let mut next = None;
    loop {
        let about = match next.take() {
            Some(about) => about,
            None => announced(&world, &broker).await,
        };
        next = one_log(&world, &broker, &newest, &name, about).await?;
    }
}

async fn announced(world: &World, broker: &Remote) -> About {
    loop {
        if let Ok(Some(about)) = about(broker, &world.key).await {
            return about;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn one_log(
    world: &Arc<World>,
    broker: &Remote,
    newest: &Newest,
    name: &str,
    about: About,
) -> Result<Option<About>, Box<dyn std::error::Error>> {
    let mut follower = Follower::new(&about);
    {
        let mut truth = world.truth();
        let number = truth.epoch_number(about.epoch.as_bytes());
        truth.note(name, &format!("follows epoch {number}"));
    }
    let socket = Socket::bind(PORT, &world.weather).await?;
    let stop = CancellationToken::new();
    let (sender, mut reports) = mpsc::channel(64);
    // A hub can build nothing for anybody.
    tokio::spawn(async move { while reports.recv().await.is_some() {} });
    let frames = Frames::new(about.folder.clone(), about.root.clone());
    let feed = follower.mirror().feed();
    let serving = tokio::spawn(http::serve(world.serving(name, frames), socket, feed, sender, stop.clone()));
    let mut changes = follow(broker, &world.key, &world.store(name), SPARE, newest);
    let mut mistaken =
        Mistaken { world: Arc::clone(world), last: None, heard: Instant::now(), was_away: false, shown: 0 };
    let mut next = None;
    while next.is_none() {
        let Some(change) = changes.recv().await else { break };
        for change in mistaken.takes(change, &about) {
            next = follower.show(change).or(next);
        }
    }
    stop.cancel();
    serving.await?;
    Ok(next)
}

/// What becomes of changes where a bug is planted; nothing without one.
struct Mistaken {
    world: Arc<World>,
    last: Option<ProgramBoard>,
    heard: Instant,
    was_away: bool,
    shown: u64,
}

impl Mistaken {
    fn takes(&mut self, change: Change, known: &About) -> Vec<Change> {
        self.was_away |= self.heard.elapsed() > AWAY;
        self.heard = Instant::now();
        match (self.world.planted, change) {
            (Some(Planted::EpochUnnoticed), Change::About(about)) => {
                vec![Change::About(About { epoch: known.epoch, ..about })]
            }
            (Some(Planted::EpochUnnoticed), Change::Program(_, board)) => {
                vec![Change::Program(known.epoch, board)]
            }
            (Some(Planted::EpochUnnoticed), Change::Event(_, number, json)) => {
                vec![Change::Event(known.epoch, number, json)]
            }
            (Some(planted), Change::Program(epoch, board)) => {
                let before = self.last.replace(ProgramBoard::clone(&board));
                self.shown += 1;
                let again = match planted {
                    Planted::OrderForgotten => self.shown.is_multiple_of(OFTEN),
                    Planted::StaleAfterPartition => self.was_away,
                    _ => false,
                };
                let again = before.filter(|_| again).map(|before| Change::Program(epoch, Box::new(before)));
                [Change::Program(epoch, board)].into_iter().chain(again).collect()
            }
            (_, change) => vec![change],
        }
    }
}
