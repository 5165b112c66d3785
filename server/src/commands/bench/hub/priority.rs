//! What is urgent beside what is much: how soon diagnostics are there over a slow link that is full of events.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cli::HubServerKind;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::Ground;
use super::child::Child;
use super::clock::now;
use super::connection::Connection;
use super::crowd::{PATIENCE, failed};
use super::datagrams::Datagrams;
use super::dialect::{Heard, Place};
use super::link::Link;
use super::orders::Order;
use super::session::Session;

const WT_RATIO: Target = ("target of 1.3", 1.3);
const WS_RATIO: Target = ("target of 2", 2.0);

/// Bytes of an event.
const SIZE: usize = 4 << 10;

/// Events that wait at the server: most of what its log keeps.
const AHEAD: u64 = 768;

/// Between two diagnostics.
const PAUSE: Duration = Duration::from_millis(100);

/// Diagnostics without a load.
const ALONE: usize = 30;

/// What the client at the end of the link has heard.
#[derive(Debug, Default)]
struct Ear {
    events: AtomicU64,
    /// Milliseconds from publishing diagnostics until they were there.
    delays: Mutex<Sample>,
    /// The newest diagnostics.
    diagnostics: AtomicU64,
}

impl Ear {
    fn take(&self) -> Sample {
        std::mem::take(&mut *self.delays.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn listen(self: Arc<Self>, mut next: impl AsyncFnMut() -> io::Result<Heard>) -> io::Result<()> {
        loop {
            self.hear(&next().await?)?;
        }
    }

    fn hear(&self, heard: &Heard) -> io::Result<()> {
        match *heard {
            Heard::Event { number, .. } => self.events.store(number, Ordering::Relaxed),
            Heard::Skipped { .. } => return Err(io::Error::other("events were skipped")),
            Heard::Diagnostics { sequence, at } => {
                if let Some(at) = at {
                    let delay = now().saturating_sub(at) as f64 / 1e6;
                    self.delays.lock().unwrap_or_else(PoisonError::into_inner).add(delay);
                }
                self.diagnostics.store(sequence, Ordering::Relaxed);
            }
            _ => {}
        }
        Ok(())
    }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let mut child = ground.start(HubServerKind::Hub).await?;
    let ear = Arc::new(Ear::default());
    let datagrams = Datagrams::lay(child.door.address).await.map_err(failed)?;
    let mut session = Session::open(&child.door, datagrams.address).await.map_err(failed)?;
    let listening = tokio::spawn(Arc::clone(&ear).listen(async move || session.next().await));
    let mut rows = compare("wt", WT_RATIO, ground, &mut child, &ear, listening).await?;
    drop(datagrams);

    let mut child = ground.start(HubServerKind::Hub).await?;
    let ear = Arc::new(Ear::default());
    let link = Link::lay(&child.door).await.map_err(failed)?;
    let mut connection = Connection::open(&link.door, 0, Place::default(), u64::MAX).await.map_err(failed)?;
    let listening = tokio::spawn(Arc::clone(&ear).listen(async move || connection.next().await));
    rows.extend(compare("ws", WS_RATIO, ground, &mut child, &ear, listening).await?);
    Ok(rows)
}

/// Delays of what is urgent while the link is full, against those while it is idle.
async fn compare(
    way: &str,
    target: Target,
    ground: &Ground<'_>,
    child: &mut Child,
    ear: &Ear,
    listening: JoinHandle<io::Result<()>>,
) -> Result<Vec<Row>, CommandError> {
    let measuring = async {
        for _ in 0..ALONE {
            diagnose(child, ear).await?;
        }
        let alone = ear.take();
        let all = ground.scale.bulk / SIZE as u64;
        let mut granted = 0;
        // The link is full before the first one.
        let mut first = true;
        while ear.events.load(Ordering::Relaxed) < all - all / 8 {
            let total = all.min(ear.events.load(Ordering::Relaxed) + AHEAD);
            if total > granted {
                granted = total;
                child.tell(Order::Grant { total, size: SIZE })?;
            }
            if std::mem::take(&mut first) {
                tokio::time::sleep(2 * PAUSE).await;
            }
            diagnose(child, ear).await?;
        }
        Ok::<_, CommandError>((alone, ear.take()))
    };
    let (alone, beside) = tokio::select! {
        measured = tokio::time::timeout(PATIENCE, measuring) => measured.map_err(failed)??,
        ended = listening => return Err(failed(format!("the client at the end of the link: {ended:?}"))),
    };
    let value = |sample: &Sample, percent| sample.percentile(percent).unwrap_or_default();
    let ratio = value(&beside, 95) / value(&alone, 95);
    let time = |name: &str, sample: &Sample, percent| {
        Row::new(&format!("priority_{way}_{name}"), value(sample, percent), ("ms", sample.len()), None)
    };
    Ok(vec![
        Row::new(&format!("priority_{way}_ratio"), ratio, ("x", beside.len()), Some(target)),
        time("p50", &beside, 50),
        time("p95", &beside, 95),
        time("alone_p50", &alone, 50),
        time("alone_p95", &alone, 95),
    ])
}

/// Says that something is wrong, and waits until that is known at the other end.
async fn diagnose(child: &mut Child, ear: &Ear) -> Result<(), CommandError> {
    let state = child.state_after(Order::Diagnose).await?;
    tokio::time::sleep(PAUSE).await;
    while ear.diagnostics.load(Ordering::Relaxed) < state.diagnostics {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
