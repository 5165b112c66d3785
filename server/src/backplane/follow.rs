//! The side of a hub: what the broker has, to a board that clients read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::broker::{Broker, BrokerError, Kept, Written};
use super::entry::{About, Body, Entry, Place};
use super::key::BackplaneKey;
use super::patience::Patience;
use super::picture::Picture;
use crate::content::{BlobStore, ContentHash};
use crate::publish::{Epoch, Mirror};

/// Blobs that are fetched at a time.
const FETCHED: usize = 8;

/// The folder of blobs is tidied when this part of what may be spare has come.
const TIDIED_AT: u64 = 8;

/// Entries that were read and wait to be shown.
const WAITING: usize = 64;

/// What a hub is told.
#[derive(Debug)]
pub enum Change {
    /// About the server that is followed. Another epoch than before: nothing that clients have counts any more.
    About(About),
    /// A program of that epoch, all of whose blobs are here.
    Program(Epoch, Box<crate::publish::ProgramBoard>),
    /// The document of flags that is in force, as JSON, and when the server was born that says so.
    Flags(u64, String),
    /// Something happened.
    Event(Epoch, u64, String),
}

/// Shows changes on a mirror of one epoch.
#[derive(Debug)]
pub struct Follower {
    about: About,
    mirror: Mirror,
}

impl Follower {
    /// Nothing is shown yet.
    pub fn new(about: &About) -> Self {
        Self { about: about.clone(), mirror: Mirror::new(about.epoch) }
    }

    /// What clients read.
    pub const fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Shows it. What begins another epoch, or says something else of pages, is handed back: all of a hub is made anew for
    /// that. What is of an epoch that is not the mirror's, or of a program that there is not, is left out.
    pub fn show(&mut self, change: Change) -> Option<About> {
        let Self { about: known, mirror } = self;
        match change {
            Change::About(about) if !about.is_alike(known) => return Some(about),
            Change::About(about) => {
                mirror.keep(&about.programs.iter().cloned().collect::<BTreeSet<_>>());
                *known = about;
            }
            Change::Program(epoch, board) if epoch == known.epoch => {
                if known.programs.contains(&board.name) {
                    mirror.show(*board);
                }
            }
            Change::Event(epoch, number, json) if epoch == known.epoch => mirror.event(number, json),
            // They are not on the board.
            Change::Program(..) | Change::Event(..) | Change::Flags(..) => {}
        }
        None
    }
}

/// What the broker says of the server that builds; `None` while nobody has announced anything.
pub async fn about(broker: &impl Broker, key: &BackplaneKey) -> Result<Option<About>, BrokerError> {
    let last = Entry::last(broker, key, Place::About).await?;
    Ok(last.and_then(|(_, entry)| entry).and_then(|last| match last.body {
        Body::About(about) => Some(about),
        _ => None,
    }))
}

/// The document of flags in force, as [`Change::Flags`] has it; `None` while there is none.
pub async fn flags(broker: &impl Broker, key: &BackplaneKey) -> Result<Option<(u64, String)>, BrokerError> {
    let last = Entry::last(broker, key, Place::Flags).await?;
    Ok(last.and_then(|(_, entry)| entry).and_then(|last| match last.body {
        Body::Flags(json) => Some((last.born, json)),
        _ => None,
    }))
}

/// When the newest server began that a hub has heard of. It outlives the following of one log, so that nobody can lead a hub
/// back to the log before by writing once more what was said then.
#[derive(Debug, Clone, Default)]
pub struct Newest(Arc<AtomicU64>);

impl Newest {
    /// Is this said by that server, or by one that began later?
    fn believes(&self, born: u64) -> bool {
        self.0.fetch_max(born, Ordering::Relaxed) <= born
    }
}

/// Reads from the broker for as long as somebody takes the changes, whatever happens to the connection. What comes again
/// is left out, what is no longer believed too. Beside the blobs of what is newest, about `spare` bytes of earlier ones stay
/// in `store`, which nobody else uses; with `u64::MAX` all do.
pub fn follow<B: Broker>(
    broker: &B,
    key: &BackplaneKey,
    store: &BlobStore,
    spare: u64,
    newest: &Newest,
) -> mpsc::Receiver<Change> {
    let (sender, changes) = mpsc::channel(WAITING);
    for kept in [Kept::State, Kept::Events] {
        let reader = Reader {
            broker: broker.clone(),
            key: key.clone(),
            kept: KeptBlobs { store: store.clone(), spare, needed: BTreeMap::new(), new: u64::MAX },
            sender: sender.clone(),
            newest: newest.clone(),
            seen: HashMap::new(),
            life: None,
            next: 0,
        };
        tokio::spawn(reader.run(kept));
    }
    changes
}

struct Reader<B> {
    broker: B,
    key: BackplaneKey,
    kept: KeptBlobs,
    sender: mpsc::Sender<Change>,
    newest: Newest,
    /// Birth of the writer and number of the newest entry, by subject.
    seen: HashMap<String, (u64, u64)>,
    /// Of the stream that was read; `None`: nothing was yet.
    life: Option<i128>,
    /// The number in it from which on nothing was read.
    next: u64,
}

/// The folder of blobs, kept within bounds.
struct KeptBlobs {
    store: BlobStore,
    spare: u64,
    /// What the newest picture names, by subject.
    needed: BTreeMap<String, Vec<ContentHash>>,
    /// Bytes that have come since it was tidied last; more than there can be before that.
    new: u64,
}

impl KeptBlobs {
    /// A program's newest picture names these, all of which are here.
    async fn names(&mut self, subject: &str, blobs: Vec<ContentHash>) {
        self.needed.insert(subject.to_owned(), blobs);
        // Tidying looks at every file: not for each save.
        if self.spare < u64::MAX && self.new > self.spare / TIDIED_AT {
            self.new = 0;
            let (store, spare) = (self.store.clone(), self.spare);
            let needed: BTreeSet<_> = self.needed.values().flatten().copied().collect();
            let tidied = tokio::task::spawn_blocking(move || store.prune_to(spare, &needed)).await;
            if let Ok(Err(error)) = tidied {
                tracing::warn!(%error, "blobs that no page needs any more stay on the disk");
            }
        }
    }

    fn put(
        &mut self,
        fetched: Result<Result<bytes::Bytes, BrokerError>, tokio::task::JoinError>,
    ) -> Result<(), BrokerError> {
        let Ok(fetched) = fetched else { return Ok(()) };
        match fetched {
            Ok(bytes) => {
                self.new = self.new.saturating_add(bytes.len() as u64);
                if let Err(error) = self.store.put(&bytes) {
                    tracing::error!(%error, "{}", error.hint());
                }
            }
            // It was written before the entry that names it: the server that builds had no such file, and serves none.
            Err(error @ BrokerError::NoBlob(_)) => {
                tracing::warn!(%error, "a file of a page cannot be served");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// There are only these programs.
    fn keep(&mut self, programs: &[String], key: &BackplaneKey) {
        let subjects: BTreeSet<_> =
            programs.iter().map(|name| Place::Program(name).subject(key.name())).collect();
        self.needed.retain(|subject, _| subjects.contains(subject));
    }
}

impl<B: Broker> Reader<B> {
    async fn run(mut self, kept: Kept) {
        let mut patience = Patience::new("this hub serves what it has until the broker is back");
        let sender = self.sender.clone();
        loop {
            tokio::select! {
                biased;
                () = sender.closed() => return,
                Err(error) = self.read(kept, &mut patience) => patience.wait(error).await,
            }
        }
    }

    /// Reads until it cannot any more.
    async fn read(&mut self, kept: Kept, patience: &mut Patience) -> Result<Infallible, BrokerError> {
        let life = self.broker.extent(kept).await?.life;
        if self.life.replace(life) != Some(life) {
            self.next = 0;
        }
        let mut reading = self.broker.read(kept, self.next).await?;
        patience.end();
        loop {
            let written = reading.next().await?;
            let sequence = written.sequence;
            self.take(written).await?;
            self.next = sequence + 1;
        }
    }

    async fn take(&mut self, written: Written) -> Result<(), BrokerError> {
        let Written { subject, content, .. } = written;
        let Some(entry) = Entry::open(&self.key, &subject, content) else {
            tracing::warn!(subject, "left out an entry that was not written by the server that builds");
            return Ok(());
        };
        let Entry { born, number, epoch, body, .. } = entry;
        // Events of a log are events whichever run of a server has written them.
        if !matches!(body, Body::Event(_)) && !self.newest.believes(born) {
            return Ok(());
        }
        let change = match body {
            Body::About(about) => self.is_place(&subject, Place::About).then(|| {
                self.kept.keep(&about.programs, &self.key);
                Change::About(about)
            }),
            Body::Flags(json) => self.is_place(&subject, Place::Flags).then(|| Change::Flags(born, json)),
            Body::Report(_) => None,
            Body::Event(json) => {
                self.is_place(&subject, Place::Events).then(|| Change::Event(epoch, number, json))
            }
            Body::Program(bytes) => self.program(&subject, epoch, &bytes).await?,
            Body::StoredProgram(hash) => self.stored_program(&subject, epoch, hash).await?,
        };
        let Some(change) = change else { return Ok(()) };
        let seen = self.seen.entry(subject).or_default();
        let is_newer = match &change {
            // Numbers of events belong to the log, which may outlive the server that wrote them.
            Change::Event(..) => born >= seen.0,
            _ => (born, number) > *seen,
        };
        if !is_newer {
            return Ok(());
        }
        *seen = (born, number);
        // Nobody takes it any more: `run` ends.
        let _ = self.sender.send(change).await;
        Ok(())
    }

    fn is_place(&self, subject: &str, place: Place<'_>) -> bool {
        subject == place.subject(self.key.name())
    }

    /// The program, when all that its pages may fetch is here.
    async fn program(
        &mut self,
        subject: &str,
        epoch: Epoch,
        bytes: &[u8],
    ) -> Result<Option<Change>, BrokerError> {
        let Some(picture) = Picture::from_bytes(bytes) else { return Ok(None) };
        if !self.is_place(subject, Place::Program(picture.name())) {
            return Ok(None);
        }
        let blobs = picture.blobs();
        self.fetch(&blobs).await?;
        self.kept.names(subject, blobs).await;
        Ok(Some(Change::Program(epoch, Box::new(picture.into_board()))))
    }

    async fn stored_program(
        &mut self,
        subject: &str,
        epoch: Epoch,
        hash: ContentHash,
    ) -> Result<Option<Change>, BrokerError> {
        match self.broker.blob(hash).await {
            Ok(bytes) => self.program(subject, epoch, &bytes).await,
            // Whatever is behind it must not wait for what does not come.
            Err(error @ BrokerError::NoBlob(_)) => {
                tracing::warn!(%error, "a program cannot be served until it changes");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch(&mut self, hashes: &[ContentHash]) -> Result<(), BrokerError> {
        let mut fetching = JoinSet::new();
        let lacking: BTreeSet<_> =
            hashes.iter().copied().filter(|hash| !self.kept.store.contains(*hash)).collect();
        for hash in lacking {
            if fetching.len() == FETCHED
                && let Some(fetched) = fetching.join_next().await
            {
                self.kept.put(fetched)?;
            }
            let broker = self.broker.clone();
            fetching.spawn(async move { broker.blob(hash).await });
        }
        while let Some(fetched) = fetching.join_next().await {
            self.kept.put(fetched)?;
        }
        Ok(())
    }
}
