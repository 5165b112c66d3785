//! A real broker between a publisher and mirrors.

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
        let announced = Announced { about, feed, store: blobs, flags: in_force, heard: sender };
        let broker = Broker::connect(&nats.url(), key.name()).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(announce(broker, key.clone(), announced, stop.clone()));
        Self { publisher, store, flags, heard, stop }
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
        let broker = Broker::connect(&nats.url(), key.name()).await.unwrap();
        let begun = Instant::now();
        let known = loop {
            if let Ok(Some(known)) = about(&broker, key).await {
                break known;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is announced");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let store = BlobStore::open(folder.join("blobs")).unwrap();
        let changes = follow(&broker, key, &store, SPARE);
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

    let other = Broker::connect(&nats.url(), key.name()).await.unwrap();
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
    other.put_blob(third, b"something else").await.unwrap();
    // Something among the events, twice, with more events behind it than go at a time.
    let events = entry::Place::Events.subject(key.name());
    for name in ["x", "y"] {
        let last = other.last_number(broker::Kept::Events).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_keeps_what_it_needs_and_so_much_of_what_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    let style = builder.store.put(b"style").unwrap();
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[("a.css", style)]))]);
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    let mut modules = Vec::new();
    for number in 0..20 {
        let module = builder.release(&format!("{number:030000}"));
        hub.until(|board, _| running(board) == Some(module)).await;
        modules.push(module);
    }
    let here = || modules.iter().filter(|module| hub.store.contains(**module)).count();
    // Tidied after each eighth of the bound: one module more than that may be there.
    assert!((3..=5).contains(&here()), "{}", here());
    assert!(hub.store.contains(modules[19]) && hub.store.contains(modules[18]));
    assert!(hub.store.contains(style), "it was fetched first, and is still needed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_reach_hubs_and_what_hubs_say_reaches_the_server_once() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let known = || Known { epoch: Epoch::from_bytes([7; 16]), ..Known::nothing().unwrap() };
    let mut builder = Builder::start(&nats, &key, &folder.path().join("a"), known()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let first = builder.release("one");
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, _| running(board) == Some(first)).await;
    let other = Broker::connect(&nats.url(), key.name()).await.unwrap();
    assert_eq!(flags(&other, &key).await.unwrap().unwrap().1, "{}");
    builder.flags.send_replace("{\"killed\":1}".into());
    let second = builder.release("two");
    hub.until(|board, _| running(board) == Some(second)).await;
    let (born, json) = hub.flags.clone().unwrap();
    assert_eq!(json, "{\"killed\":1}");

    let (sender, said) = mpsc::channel(4);
    tokio::spawn(report(other.clone(), key.clone(), 5, said));
    let hear = async |builder: &mut Builder| {
        let heard = tokio::time::timeout(PATIENCE, builder.heard.recv()).await.unwrap().unwrap();
        (heard.hub, String::from_utf8(heard.content).unwrap())
    };
    for text in ["a", "b"] {
        sender.send((born, text.into())).await.unwrap();
        assert_eq!(hear(&mut builder).await, (5, text.into()));
    }
    // The same again, by somebody who can only copy; something without a seal; and what is for an earlier server.
    let subject = entry::Place::Report(5).subject(key.name());
    let copied = other.last(broker::Kept::Reports, &subject).await.unwrap().unwrap().content;
    for (name, content) in [("x", copied), ("y", "junk".into())] {
        let follows = broker::Follows::Anything(name);
        other.write(subject.clone(), content, follows).await.unwrap().taken().await.unwrap();
    }
    sender.send((born - 1, "late".into())).await.unwrap();
    sender.send((born, "c".into())).await.unwrap();
    assert_eq!(hear(&mut builder).await, (5, "c".into()));
    drop(builder);

    // One that begins anew says so by the flags, and hears only what is for it.
    let mut builder = Builder::start(&nats, &key, &folder.path().join("a"), known()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let third = builder.release("three");
    hub.until(|board, _| running(board) == Some(third)).await;
    let (again, _) = hub.flags.clone().unwrap();
    assert!(again > born);
    sender.send((born, "old".into())).await.unwrap();
    sender.send((again, "new".into())).await.unwrap();
    assert_eq!(hear(&mut builder).await, (5, "new".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_too_large_for_a_message_comes_through_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    let style = builder.store.put(b"style").unwrap();
    let files = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("pictures/of/{number:040}.css")).collect();
        manifest(&names.iter().map(|name| (name.as_str(), style)).collect::<Vec<_>>())
    };
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), files(10_000))]);
    let first = builder.release("one");
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    let count = |board: &Board| board.programs.get("app").map_or(0, |program| program.manifest.entries.len());
    hub.until(|board, _| running(board) == Some(first) && count(board) == 10_000).await;
    let other = Broker::connect(&nats.url(), key.name()).await.unwrap();
    let last =
        entry::Entry::last(&other, &key, entry::Place::Program("app")).await.unwrap().unwrap().1.unwrap();
    let entry::Body::StoredProgram(stored) = last.body else { panic!("it fits into a message") };
    assert!(other.blob(stored).await.is_ok() && hub.store.contains(style));
    // Each picture replaces the one before, and one that is small enough is in a message again.
    builder.publisher.set_manifest("app", Revision::FIRST, files(9_000));
    hub.until(|board, _| count(board) == 9_000).await;
    builder.publisher.set_manifest("app", Revision::FIRST, files(1));
    hub.until(|board, _| count(board) == 1).await;
    let mut late = Hub::start(&nats, &key, &folder.path().join("c")).await;
    late.until(|board, _| running(board) == Some(first) && count(board) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_with_one_key_the_later_one_is_followed_and_nothing_is_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let first = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    first.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let one = first.release("one");
    first.publisher.events().add("of the first".into());
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, events| running(board) == Some(one) && events.len() == 1).await;

    let second = Builder::start(&nats, &key, &folder.path().join("c"), Known::nothing().unwrap()).await;
    second.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let two = second.release("two");
    second.publisher.events().add("of the second".into());
    let begun = Instant::now();
    while hub.next.is_none() {
        assert!(begun.elapsed() < PATIENCE);
        let change = tokio::time::timeout(PATIENCE, hub.changes.recv()).await.unwrap().unwrap();
        hub.next = hub.follower.show(change);
    }
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    assert_eq!(hub.follower.mirror().feed().board().epoch, second.publisher.board().epoch);
    hub.until(|board, events| running(board) == Some(two) && events.len() == 1).await;
    // The first one goes on, before and after it has seen that it is not followed any more.
    for number in 0..16 {
        first.release(&format!("late {number}"));
        first.publisher.events().add(format!("late {number}"));
        first.flags.send_replace(format!("{{\"late\":{number}}}").into());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let three = second.release("three");
    second.publisher.events().add("of the second again".into());
    hub.until(|board, events| running(board) == Some(three) && events.len() == 2).await;
    assert_eq!(hub.events, [(1, "of the second".to_owned()), (2, "of the second again".to_owned())]);
    assert_eq!(hub.flags.unwrap().1, "{}");
}
