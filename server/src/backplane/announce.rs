//! The side that builds: what is true and what happens, to the broker.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::broker::{Broker, BrokerError, Extent, Follows, Kept};
use super::entry::{About, Body, Entry, Place};
use super::key::BackplaneKey;
use super::patience::Patience;
use super::picture::Picture;
use super::report::{Heard, Listener};
use crate::content::{BlobStore, ContentHash};
use crate::publish::{Board, Epoch, Events, Feed, ProgramBoard};

/// What is missing while the broker is away.
const CONSEQUENCE: &str = "hubs are not told what is new until the broker is back";

/// After so long without a change it is looked whether the broker still has what it was told.
const LOOK: Duration = Duration::from_secs(3);

/// Bytes of events that are on their way at a time.
const EVENTS: usize = 256 << 10;

/// Blobs at the broker that no program needs now; the oldest go first. Pages may be about to fetch them.
const SPARE_BLOBS: usize = 256;

/// What is announced.
#[derive(Debug)]
pub struct Announced {
    /// Without epoch and programs, which the board has.
    pub about: About,
    /// What is true and what happens.
    pub feed: Feed,
    /// Where the blobs are.
    pub store: BlobStore,
    /// The document of flags in force, as JSON.
    pub flags: watch::Receiver<Arc<str>>,
    /// Takes what clients of hubs say. When it is full, hubs are listened to later.
    pub heard: mpsc::Sender<Heard>,
    /// Cancelled when hubs follow another server that has begun later with the same key, and this one no more.
    pub replaced: CancellationToken,
}

/// Announces until `cancel`, whatever happens to the broker: what it has missed it is told when it is back.
pub async fn announce<B: Broker>(
    broker: B,
    key: BackplaneKey,
    announced: Announced,
    cancel: CancellationToken,
) {
    let work = async {
        let mut patience = Patience::new(CONSEQUENCE);
        let epoch = announced.feed.board().epoch;
        let (born, reports) = loop {
            match born(&broker, &key, epoch).await {
                Ok(known) => break known,
                Err(error) => patience.wait(error).await,
            }
        };
        patience.end();
        let listener = Listener {
            broker: broker.clone(),
            key: key.clone(),
            born,
            life: reports.life,
            next: reports.last + 1,
            heard: announced.heard,
            last: BTreeMap::new(),
        };
        let writer = Writer { broker, key, born, epoch, replaced: announced.replaced };
        let state = State {
            writer: writer.clone(),
            about: announced.about,
            store: announced.store,
            flags: announced.flags,
            told_flags: None,
            numbers: HashMap::new(),
            number: 0,
            told: BTreeMap::new(),
            names: None,
            blobs: None,
        };
        tokio::join!(state.follow(&announced.feed), happenings(writer, &announced.feed), listener.run());
    };
    // It is larger than all else that the caller waits for.
    let _ = cancel.run_until_cancelled(Box::pin(work)).await;
}

/// When this run began, and later than any before it; and what hubs had reported before.
async fn born(broker: &impl Broker, key: &BackplaneKey, epoch: Epoch) -> Result<(u64, Extent), BrokerError> {
    broker.prepare().await?;
    let reports = broker.extent(Kept::Reports).await?;
    let last = Entry::last(broker, key, Place::About).await?.and_then(|(_, entry)| entry);
    if last.as_ref().is_some_and(|last| last.epoch != epoch) {
        tracing::warn!(
            "another project, or one whose state was lost, was announced with this key before: hubs follow this server now"
        );
    }
    let before = last.map_or(0, |last| last.born);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Ok((u64::try_from(now).unwrap_or(0).max(before + 1), reports))
}

#[derive(Clone)]
struct Writer<B> {
    broker: B,
    key: BackplaneKey,
    born: u64,
    epoch: Epoch,
    /// Another server has begun to announce.
    replaced: CancellationToken,
}

/// What is true.
struct State<B> {
    writer: Writer<B>,
    about: About,
    store: BlobStore,
    flags: watch::Receiver<Arc<str>>,
    told_flags: Option<Arc<str>>,
    /// The number that the broker gave to what was written to a subject last.
    numbers: HashMap<String, u64>,
    /// Of the entry that was written last.
    number: u64,
    told: BTreeMap<String, Told>,
    names: Option<Vec<String>>,
    /// At the broker; `None` until it was asked.
    blobs: Option<VecDeque<ContentHash>>,
}

/// What hubs know of a program.
struct Told {
    board: Arc<ProgramBoard>,
    /// All that must be at the broker while it is true.
    blobs: Vec<ContentHash>,
}

impl<B: Broker> State<B> {
    async fn follow(mut self, feed: &Feed) {
        let mut board = feed.watch();
        let mut patience = Patience::new(CONSEQUENCE);
        loop {
            board.mark_unchanged();
            // What is overtaken while the broker is away is never told.
            while let Err(error) = self.tell(&feed.board()).await {
                self.forget();
                patience.wait(error).await;
            }
            patience.end();
            let mut flags = self.flags.clone();
            tokio::select! {
                changed = board.changed() => if changed.is_err() { return },
                Ok(()) = flags.changed() => {}
                () = tokio::time::sleep(LOOK) => self.look().await,
            }
        }
    }

    /// The broker may have lost everything: all is told anew.
    fn forget(&mut self) {
        self.told.clear();
        self.told_flags = None;
        self.names = None;
        self.blobs = None;
    }

    /// Is there still what was told? A broker that keeps nothing on disk has restarted otherwise, and nobody else would
    /// tell it.
    async fn look(&mut self) {
        let Writer { broker, key, born, .. } = &self.writer;
        let Ok(last) = Entry::last(broker, key, Place::About).await else { return self.forget() };
        let last = last.and_then(|(_, entry)| entry).map(|last| last.born);
        if last.is_some_and(|last| last > *born) {
            self.writer.give_way();
            return;
        }
        // Somebody else may have written over what is true, with what was true before: hubs that come would believe it.
        let newest = broker.extent(Kept::State).await.ok().map(|extent| extent.last);
        let untouched = newest.as_ref() == self.numbers.values().max();
        if last != Some(*born) || !untouched {
            self.forget();
        }
    }

    async fn tell(&mut self, board: &Board) -> Result<(), BrokerError> {
        if self.writer.replaced.is_cancelled() {
            return Ok(());
        }
        if self.told_flags.is_none() {
            self.writer.broker.prepare().await?;
        }
        // A flag that is killed waits for no module.
        let flags = Arc::clone(&self.flags.borrow_and_update());
        if self.told_flags.as_ref() != Some(&flags) {
            self.write(Place::Flags, Body::Flags(flags.to_string())).await?;
            self.told_flags = Some(flags);
        }
        // Before the programs are known hubs go on with those of the last run.
        if self.names.is_none() && board.programs.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = board.programs.keys().cloned().collect();
        if self.names.as_ref() != Some(&names) {
            let about = About { epoch: board.epoch, programs: names.clone(), ..self.about.clone() };
            self.write(Place::About, Body::About(about)).await?;
            self.told.retain(|name, _| names.contains(name));
            self.names = Some(names);
        }
        for (name, program) in &board.programs {
            if self.told.get(name).is_some_and(|told| is_same(&told.board, program)) {
                continue;
            }
            let picture = Picture::of(program);
            let mut blobs = picture.blobs();
            for hash in blobs.clone() {
                let path = self.store.path(hash);
                self.put(hash, || std::fs::read(path)).await?;
            }
            let (body, stored) = Body::of(&picture);
            if let Some(bytes) = stored {
                let hash = ContentHash::of(&bytes);
                blobs.push(hash);
                self.put(hash, move || Ok(bytes.to_vec())).await?;
            }
            self.write(Place::Program(name), body).await?;
            self.told.insert(name.clone(), Told { board: Arc::clone(program), blobs });
        }
        self.prune().await
    }

    async fn write(&mut self, place: Place<'_>, body: Body) -> Result<(), BrokerError> {
        let Writer { broker, key, born, epoch, .. } = &self.writer;
        self.number += 1;
        let (subject, content) = Entry::new(*born, self.number, *epoch, body).sealed(key, place);
        // Asked for when it is not known, or what was written last may or may not have been taken.
        let after = match self.numbers.remove(&subject) {
            Some(number) => number,
            None => match Entry::last(broker, key, place).await? {
                Some((_, Some(last))) if last.born > *born => {
                    self.writer.give_way();
                    return Ok(());
                }
                last => last.map_or(0, |(number, _)| number),
            },
        };
        let promise = broker.write(subject.clone(), content, Follows::InSubject(after)).await?;
        self.numbers.insert(subject, promise.taken().await?);
        Ok(())
    }

    /// Puts a blob to the broker, unless it has it.
    async fn put(
        &mut self,
        hash: ContentHash,
        read: impl FnOnce() -> std::io::Result<Vec<u8>> + Send + 'static,
    ) -> Result<(), BrokerError> {
        let broker = &self.writer.broker;
        let blobs = match &mut self.blobs {
            Some(blobs) => blobs,
            None => self.blobs.insert(broker.blobs().await?.into()),
        };
        if blobs.contains(&hash) {
            return Ok(());
        }
        match broker.put_blob(hash, read).await {
            Ok(()) => blobs.push_back(hash),
            // Hubs cannot serve it, as this server cannot.
            Err(BrokerError::Unread(error)) => {
                tracing::warn!(%hash, %error, "a file of a page is not there any more");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn prune(&mut self) -> Result<(), BrokerError> {
        let Some(blobs) = self.blobs.as_mut().filter(|blobs| blobs.len() > SPARE_BLOBS) else {
            return Ok(());
        };
        let needed: BTreeSet<_> = self.told.values().flat_map(|told| &told.blobs).collect();
        let spare: Vec<ContentHash> = blobs.iter().filter(|hash| !needed.contains(hash)).copied().collect();
        for hash in spare.iter().take(spare.len().saturating_sub(SPARE_BLOBS)) {
            self.writer.broker.remove_blob(*hash).await?;
            blobs.retain(|kept| kept != hash);
        }
        Ok(())
    }
}

/// Trees and times are not told to hubs.
fn is_same(told: &Arc<ProgramBoard>, now: &Arc<ProgramBoard>) -> bool {
    let release = |program: &ProgramBoard| program.release.as_ref().map(Arc::as_ptr);
    Arc::ptr_eq(told, now)
        || (told.sequence == now.sequence
            && told.revision == now.revision
            && release(told) == release(now)
            && told.manifest.digest == now.manifest.digest)
}

/// What happens, each event after the one before it.
async fn happenings<B: Broker>(writer: Writer<B>, feed: &Feed) {
    let events = feed.events();
    let mut bell = events.listen();
    let mut patience = Patience::new(CONSEQUENCE);
    // The last event of which a stream of the broker has all before it; unknown at first.
    let mut last = None;
    while !writer.replaced.is_cancelled() {
        match writer.happened(events, &mut last).await {
            Ok(()) => {
                patience.end();
                // The broker may lose what it has at any time, also after the last event.
                let _ = tokio::time::timeout(LOOK, poll_fn(|context| bell.poll_rung(context))).await;
            }
            Err(error) => {
                patience.wait(error).await;
                // It may be there, and the stream gone. Why that is not so is known already.
                let _ = writer.broker.prepare().await;
            }
        }
    }
}

impl<B: Broker> Writer<B> {
    /// A server that has begun later announces with the same key: hubs believe that one alone.
    fn give_way(&self) {
        self.replaced.cancel();
    }

    /// The last event of this log that the broker has.
    async fn last_event(&self) -> Result<u64, BrokerError> {
        let last = Entry::last(&self.broker, &self.key, Place::Events).await?;
        let last = last.and_then(|(_, entry)| entry);
        Ok(last.filter(|last| last.epoch == self.epoch).map_or(0, |last| last.number))
    }

    fn name(&self, event: u64) -> String {
        format!("{}-{event}", self.born)
    }

    /// Writes all events that the broker does not have. Those that it may or may not have are written again, and hubs
    /// leave out what they know.
    async fn happened(&self, events: &Events, last: &mut Option<(i128, u64)>) -> Result<(), BrokerError> {
        let Extent { life, last: number } = self.broker.extent(Kept::Events).await?;
        let mut done = match *last {
            Some((known, done)) if known == life => done,
            // A broker that has lost the stream has nothing of what it was told.
            _ => self.last_event().await?,
        };
        let mut before: Option<u64> = None;
        loop {
            *last = Some((life, done));
            let texts = events.texts(done, EVENTS);
            let Some((newest, _)) = texts.last() else { return Ok(()) };
            let newest = *newest;
            let mut promises = Vec::with_capacity(texts.len());
            for (event, json) in texts {
                let entry = Entry::new(self.born, event, self.epoch, Body::Event(json));
                let (subject, content) = entry.sealed(&self.key, Place::Events);
                let name = self.name(event);
                let before = before.replace(event).map(|before| self.name(before));
                let follows = match &before {
                    Some(before) => Follows::Named(before, &name),
                    None => Follows::InStream(number, &name),
                };
                promises.push((event, self.broker.write(subject, content, follows).await?));
            }
            for (event, promise) in promises {
                promise.taken().await?;
                *last = Some((life, event));
            }
            done = newest;
        }
    }
}
