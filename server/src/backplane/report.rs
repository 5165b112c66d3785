//! What clients of hubs say, from the hubs to the server that builds. What it means is not known here.

use std::collections::BTreeMap;
use std::convert::Infallible;

use tokio::sync::mpsc;

use super::broker::{Broker, BrokerError, Follows, Kept, Written};
use super::entry::{Body, Entry, Place};
use super::key::BackplaneKey;
use super::patience::Patience;
use crate::publish::Epoch;

/// Hubs that are listened to in one life of the server that builds; one that restarts is another.
const HUBS: usize = 4096;

/// Something that a hub has sent, in the order in which it has.
#[derive(Debug)]
pub struct Heard {
    /// Number of the hub, by chance.
    pub hub: u64,
    /// What it said.
    pub content: Vec<u8>,
}

/// Sends what the hub with that number has to say, each to the server that was born then. One that comes while the broker
/// is away waits until it is back: who fills the channel has to make do with less.
pub async fn report<B: Broker>(
    broker: B,
    key: BackplaneKey,
    hub: u64,
    mut said: mpsc::Receiver<(u64, Vec<u8>)>,
) {
    let mut patience = Patience::new("the server that builds is not told what clients of this hub run");
    let mut number = 0;
    while let Some((born, content)) = said.recv().await {
        number += 1;
        let entry = Entry::new(born, number, Epoch::from_bytes([0; 16]), Body::Report(content));
        let (subject, content) = entry.sealed(&key, Place::Report(hub));
        // Once, however often it is sent.
        let name = format!("{hub:x}-{number}");
        loop {
            let written = broker.write(subject.clone(), content.clone(), Follows::Anything(&name)).await;
            let taken = match written {
                Ok(promise) => promise.taken().await,
                Err(error) => Err(error),
            };
            match taken {
                Ok(_) => break patience.end(),
                Err(error) => patience.wait(error).await,
            }
        }
    }
}

/// Hears what hubs have to say.
pub(super) struct Listener<B> {
    pub(super) broker: B,
    pub(super) key: BackplaneKey,
    /// Of this server: what was for an earlier one is left out.
    pub(super) born: u64,
    /// Of the stream that is heard.
    pub(super) life: i128,
    /// The number in it from which on nothing was heard.
    pub(super) next: u64,
    pub(super) heard: mpsc::Sender<Heard>,
    /// Number of the last entry, by hub.
    pub(super) last: BTreeMap<u64, u64>,
}

impl<B: Broker> Listener<B> {
    pub(super) async fn run(mut self) {
        let mut patience = Patience::new("what clients of hubs run is not known");
        loop {
            let Err(error) = self.listen(&mut patience).await;
            patience.wait(error).await;
        }
    }

    async fn listen(&mut self, patience: &mut Patience) -> Result<Infallible, BrokerError> {
        let life = self.broker.extent(Kept::Reports).await?.life;
        if std::mem::replace(&mut self.life, life) != life {
            self.next = 0;
        }
        let mut reading = self.broker.read(Kept::Reports, self.next).await?;
        patience.end();
        loop {
            let written = reading.next().await?;
            self.next = written.sequence + 1;
            if let Some(heard) = self.take(written) {
                // Nobody listens any more when the server ends.
                let _ = self.heard.send(heard).await;
            }
        }
    }

    /// What was said to this server, by a hub that has not said it before.
    fn take(&mut self, written: Written) -> Option<Heard> {
        let Written { subject, content, .. } = written;
        let hub = u64::from_str_radix(subject.rsplit('.').next()?, 16).ok()?;
        let entry = Entry::open(&self.key, &subject, content);
        let Some(Entry { born, number, body: Body::Report(content), .. }) = entry else {
            tracing::warn!(subject, "left out a report that was not written by a hub");
            return None;
        };
        if born != self.born || (self.last.len() >= HUBS && !self.last.contains_key(&hub)) {
            return None;
        }
        let last = self.last.entry(hub).or_default();
        let is_new = number > std::mem::replace(last, number.max(*last));
        is_new.then_some(Heard { hub, content })
    }
}
