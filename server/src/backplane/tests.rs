//! A real broker between a publisher and mirrors.

mod extremes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::analyse::{ManifestEntry, PageManifest};
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::{Diagnostic, Origin};
use crate::environment::Environment;
use crate::publish::{Board, Epoch, Journal, Known, Made, Publisher};
use crate::revision::Revision;

/// For anything that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes of blobs that hubs keep beside those that they need.
const SPARE: u64 = 100_000;

async fn broker(folder: &Path) -> LocalBroker {
    LocalBroker::start(folder, &Environment::capture().unwrap()).await.expect("nats-server runs")
}

fn manifest(files: &[(&str, ContentHash)]) -> Arc<PageManifest> {
    let entry = |hash| ManifestEntry { hash, media_type: "text/css".into(), size: 1 };
    let entries = files.iter().map(|(path, hash)| ((*path).to_owned(), entry(*hash)));
    Arc::new(PageManifest::new(entries.collect()))
}

/// A server that builds, without a compiler.
struct Builder {
    publisher: Publisher,
    store: BlobStore,
    flags: watch::Sender<Arc<str>>,
    heard: mpsc::Receiver<Heard>,
    stop: CancellationToken,
    replaced: CancellationToken,
}

impl Builder {
    async fn start(nats: &LocalBroker, key: &BackplaneKey, folder: &Path, known: Known) -> Self {
        let store = BlobStore::open(folder.join("blobs")).unwrap();
        let publisher = Publisher::resume(known, Journal::none());
        let about = About {
            epoch: publisher.board().epoch,
            folder: "/project".into(),
            root: "/project".into(),
            pages: BTreeMap::new(),
            programs: Vec::new(),
        };
        let (flags, in_force) = watch::channel("{}".into());
        let (sender, heard) = mpsc::channel(16);
        let (feed, blobs) = (publisher.feed(), store.clone());
        let replaced = CancellationToken::new();
        let announced = Announced {
            about,
            feed,
            store: blobs,
            flags: in_force,
            heard: sender,
            replaced: replaced.clone(),
        };
        let broker = Nats::connect(&nats.url(), key.name()).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(announce(broker, key.clone(), announced, stop.clone()));
        Self { publisher, store, flags, heard, stop, replaced }
    }

    fn release(&self, text: &str) -> ContentHash {
        let module = self.store.put(text.as_bytes()).unwrap();
        let glue = self.store.put(b"glue").unwrap();
        self.publisher.release(Made::whole(
            Arc::new(Artifact {
                revision: Revision::FIRST,
                program: "app".into(),
                module,
                size: text.len() as u64,
                glue: Glue { kind: GlueKind::Go, hash: glue, size: 4 },
                symbols: None,
                stages: Vec::new(),
                warnings: Vec::new(),
                from_cache: false,
            }),
            Vec::new(),
        ));
        module
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A hub without clients, and all that it has heard of events.
struct Hub {
    follower: Follower,
    store: BlobStore,
    changes: tokio::sync::mpsc::Receiver<Change>,
    events: Vec<(u64, String)>,
    next: Option<About>,
    flags: Option<(u64, String)>,
}

impl Hub {
    async fn start(nats: &LocalBroker, key: &BackplaneKey, folder: &Path) -> Self {
        let broker = Nats::connect(&nats.url(), key.name()).await.unwrap();
        let begun = Instant::now();
        let known = loop {
            if let Ok(Some(known)) = about(&broker, key).await {
                break known;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is announced");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let store = BlobStore::open(folder.join("blobs")).unwrap();
        let changes = follow(&broker, key, &store, SPARE, &Newest::default());
        Self { follower: Follower::new(&known), store, changes, events: Vec::new(), next: None, flags: None }
    }

    async fn until(&mut self, reached: impl Fn(&Board, &[(u64, String)]) -> bool) {
        let feed = self.follower.mirror().feed();
        while !reached(&feed.board(), &self.events) {
            let change = tokio::time::timeout(PATIENCE, self.changes.recv()).await;
            let change = change.expect("in time").expect("readers go on for ever");
            if let Change::Flags(born, json) = &change {
                self.flags = Some((*born, json.clone()));
            }
            self.next = self.follower.show(change).or(self.next.take());
            let last = self.events.last().map_or(0, |(number, _)| *number);
            self.events.extend(feed.events().texts(last, usize::MAX));
        }
    }
}

fn key(folder: &Path) -> BackplaneKey {
    BackplaneKey::open_or_make(&folder.join("key")).unwrap()
}

fn running(board: &Board) -> Option<ContentHash> {
    Some(board.programs.get("app")?.release.as_ref()?.artifact.module)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubs_have_what_the_builder_has_and_go_on_when_the_broker_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    let style = builder.store.put(b"style").unwrap();
    builder.publisher.set_programs(
        Revision::FIRST,
        [("app".to_owned(), manifest(&[("a.css", style)])), ("other".to_owned(), manifest(&[]))],
    );
    let first = builder.release("one");
    builder.publisher.events().add("{\"first\":1}".into());
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, events| {
        running(board) == Some(first) && board.programs.len() == 2 && !events.is_empty()
    })
    .await;
    let mine = builder.publisher.board();
    let theirs = hub.follower.mirror().feed().board();
    assert_eq!(mine.epoch, theirs.epoch);
    assert_eq!(mine.programs["app"].sequence, theirs.programs["app"].sequence);
    assert_eq!(mine.programs["app"].manifest, theirs.programs["app"].manifest);
    assert!(hub.store.contains(first) && hub.store.contains(style));

    // The broker does nothing for a while; the builder goes on, and what it says comes late and once.
    nats.pause(true).unwrap();
    for number in 0..100 {
        builder.publisher.events().add(format!("{{\"late\":{number}}}"));
    }
    builder.release("two");
    let third = builder.release("three");
    builder.publisher.set_diagnostics("app", Revision::FIRST, vec![Diagnostic::error(Origin::Go, "broken")]);
    // Longer than an answer of the broker is waited for, so that all that was under way is given up.
    tokio::time::sleep(Duration::from_secs(6)).await;
    nats.pause(false).unwrap();
    hub.until(|board, events| {
        running(board) == Some(third)
            && board.programs["app"].reported.items.len() == 1
            && events.len() >= 101
    })
    .await;
    let numbers: Vec<u64> = hub.events.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=101).collect::<Vec<_>>());
    assert_eq!(
        builder.publisher.board().programs["app"].sequence,
        hub.follower.mirror().feed().board().programs["app"].sequence
    );

    // One that comes late has the newest state and all events.
    let mut late = Hub::start(&nats, &key, &folder.path().join("c")).await;
    late.until(|board, events| running(board) == Some(third) && events.len() == 101).await;
    assert_eq!(late.events, hub.events);

    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    hub.until(|board, _| board.programs.len() == 1 && board.programs["app"].manifest.entries.is_empty())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_that_goes_on_is_followed_and_one_that_begins_anew_begins_another_log() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let known = || Known { epoch: Epoch::from_bytes([7; 16]), ..Known::nothing().unwrap() };
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), known()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let first = builder.release("one");
    builder.publisher.events().add("1".into());
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, events| running(board) == Some(first) && events.len() == 1).await;
    drop(builder);

    let known = Known { events: vec![(1, "1".into())], ..known() };
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), known).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    builder.publisher.events().add("2".into());
    let second = builder.release("two");
    hub.until(|board, events| running(board) == Some(second) && events.len() == 2).await;
    assert!(hub.next.is_none());
    drop(builder);

    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let begun = Instant::now();
    while hub.next.is_none() {
        assert!(begun.elapsed() < PATIENCE);
        let change = tokio::time::timeout(PATIENCE, hub.changes.recv()).await.unwrap().unwrap();
        hub.next = hub.follower.show(change);
    }
    assert_eq!(hub.next.unwrap().epoch, builder.publisher.board().epoch);
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    builder.publisher.events().add("1".into());
    hub.until(|board, events| board.programs.len() == 1 && events.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_client_of_the_broker_writes_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let first = builder.release("one");
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, _| running(board) == Some(first)).await;

    let other = Nats::connect(&nats.url(), key.name()).await.unwrap();
    let subject = entry::Place::Program("app").subject(key.name());
    let old = other.last(broker::Kept::State, &subject).await.unwrap().unwrap();
    let second = builder.release("two");
    hub.until(|board, _| running(board) == Some(second)).await;
    let write = async |content: bytes::Bytes| {
        let last = other.last(broker::Kept::State, &subject).await.unwrap().map_or(0, |last| last.sequence);
        let promise = other.write(subject.clone(), content, broker::Follows::InSubject(last)).await.unwrap();
        promise.taken().await.unwrap();
    };
    // What once was true, something with a wrong seal, nothing at all.
    write(old.content.clone()).await;
    let mut wrong = old.content.to_vec();
    wrong[40] ^= 1;
    write(wrong.into()).await;
    write(bytes::Bytes::new()).await;
    // A blob that is not what its name says.
    let third = ContentHash::of(b"three");
    other.put_blob(third, || Ok(b"something else".to_vec())).await.unwrap();
    // Something among the events, twice, with more events behind it than go at a time.
    let events = entry::Place::Events.subject(key.name());
    for name in ["x", "y"] {
        let last = other.extent(broker::Kept::Events).await.unwrap().last;
        let follows = broker::Follows::InStream(last, name);
        other.write(events.clone(), "junk".into(), follows).await.unwrap().taken().await.unwrap();
        for number in 0..20 {
            builder.publisher.events().add(format!("{name}{number}"));
        }
        let all = builder.publisher.events().texts(0, usize::MAX).len();
        hub.until(|_, events| events.len() == all).await;
    }
    let numbers: Vec<u64> = hub.events.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    assert_eq!(running(&hub.follower.mirror().feed().board()), Some(second));
    // A hub that comes now knows nothing of before: it is told again what is true.
    let mut late = Hub::start(&nats, &key, &folder.path().join("c")).await;
    late.until(|board, _| running(board) == Some(second)).await;
    assert!(other.blob(third).await.is_err());
    builder.release("three");
    let fourth = builder.release("four");
    hub.until(|board, _| running(board) == Some(fourth)).await;
    assert!(!hub.store.contains(third));
}
