//! Many clients that count what comes and look at nothing else, so that they take little of the machine.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::exit::ExitStatus;

use super::super::super::CommandError;
use super::clock::now;
use super::connection::poll_bytes;
use super::dialect::{self, Place};
use super::door::{Door, masked};
use super::histogram::Histogram;
use super::skimmer::{BINARY, PING, Skimmer};

/// Clients that connect at a time.
pub(super) const AT_ONCE: usize = 128;

/// How long anything may take that is waited for.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// What the clients of a crowd have counted together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// From publishing to receipt, while `timing`.
    pub(super) latencies: Histogram,
    pub(super) timing: AtomicBool,
    /// Clients that were told something.
    greeted: AtomicU64,
    /// Clients whose connection has ended.
    pub(super) ended: AtomicU64,
}

/// Clients of one server.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) tally: Arc<Tally>,
    /// Events that each has.
    events: Vec<Arc<AtomicU64>>,
    _tasks: JoinSet<()>,
}

impl Crowd {
    /// Connects so many clients, and waits until each was greeted.
    pub(super) async fn gather(door: &Door, count: usize) -> Result<Self, CommandError> {
        Self::gather_at(door, count, &Place::default()).await
    }

    /// Connects so many clients that have all up to `place`.
    pub(super) async fn gather_at(door: &Door, count: usize, place: &Place) -> Result<Self, CommandError> {
        let tally = Arc::new(Tally::default());
        let mut events = Vec::new();
        let mut tasks = JoinSet::new();
        let mut entering = JoinSet::new();
        for index in 0..count + AT_ONCE {
            if index < count {
                let (door, place) = (door.clone(), place.clone());
                entering
                    .spawn(async move { tokio::time::timeout(PATIENCE, door.enter(index, &place)).await });
            }
            if index + 1 < AT_ONCE {
                continue;
            }
            let Some(entered) = entering.join_next().await else { break };
            let entered = entered.map_err(failed)?.map_err(failed)?;
            let (stream, rest) = entered.map_err(failed)?;
            let counter = Arc::new(AtomicU64::new(0));
            events.push(Arc::clone(&counter));
            let ear = Ear {
                skimmer: Skimmer::default(),
                greeted: false,
                events: counter,
                tally: Arc::clone(&tally),
            };
            tasks.spawn(ear.listen(stream, rest));
        }
        let crowd = Self { tally, events, _tasks: tasks };
        crowd.wait(|crowd| crowd.tally.greeted.load(Ordering::Relaxed) == count as u64).await?;
        Ok(crowd)
    }

    /// How many clients there are.
    pub(super) fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// Events that came to all clients together.
    pub(super) fn total(&self) -> u64 {
        self.events.iter().map(|events| events.load(Ordering::Relaxed)).sum()
    }

    /// Events that came to each.
    pub(super) fn least(&self) -> u64 {
        self.events.iter().map(|events| events.load(Ordering::Relaxed)).min().unwrap_or_default()
    }

    /// Waits until each client has so many events; an error when one has more, or none come for long.
    pub(super) async fn reach(&self, count: u64) -> Result<(), CommandError> {
        self.wait(|crowd| crowd.least() >= count).await?;
        let wanted = count * self.events.len() as u64;
        if self.total() > wanted {
            return Err(failed(format!("{} events came where there are {wanted}", self.total())));
        }
        Ok(())
    }

    async fn wait(&self, reached: impl Fn(&Self) -> bool) -> Result<(), CommandError> {
        let deadline = Instant::now() + PATIENCE;
        while !reached(self) {
            let ended = self.tally.ended.load(Ordering::Relaxed);
            if Instant::now() > deadline || ended > 0 {
                let (total, greeted) = (self.total(), self.tally.greeted.load(Ordering::Relaxed));
                return Err(failed(format!(
                    "{greeted} of {} clients were greeted, {total} events came, {ended} connections ended",
                    self.events.len()
                )));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

/// What could not be measured, and why.
pub(super) fn failed(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitStatus::Failure, error)
}

/// What a client of a crowd hears with.
struct Ear {
    skimmer: Skimmer,
    greeted: bool,
    events: Arc<AtomicU64>,
    tally: Arc<Tally>,
}

impl Ear {
    async fn listen(mut self, mut stream: TcpStream, early: Vec<u8>) {
        self.hear(&early);
        drop(early);
        loop {
            let mut pinged = false;
            let read = poll_fn(|context| {
                poll_bytes(&mut stream, context, usize::MAX, |bytes| pinged = self.hear(bytes))
            });
            match read.await {
                Ok(1..) => {}
                Ok(0) | Err(_) => break,
            }
            if pinged && stream.write_all(&masked(0x8a, &[])).await.is_err() {
                break;
            }
        }
        self.tally.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what comes. True when an answer to a ping is wanted.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let Self { skimmer, greeted, events, tally } = self;
        let timing = tally.timing.load(Ordering::Relaxed);
        let now = if timing { now() } else { 0 };
        let (mut count, mut pinged) = (0, false);
        skimmer.take(bytes, |opcode, payload| match opcode {
            BINARY if dialect::is_event(payload) => {
                count += 1;
                if timing && let Some(at) = dialect::published_at(payload) {
                    tally.latencies.add(now.saturating_sub(at));
                }
            }
            BINARY => {
                let first = !std::mem::replace(greeted, true);
                tally.greeted.fetch_add(first.into(), Ordering::Relaxed);
            }
            PING => pinged = true,
            _ => {}
        });
        events.fetch_add(count, Ordering::Relaxed);
        pinged
    }
}
