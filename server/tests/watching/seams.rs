//! The watcher over sources that fail, lose, or never say anything.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use dev_server::watch::ChangeKind::{Created, Modified, Removed};
use dev_server::watch::{
    EventSource, Options, PollReason, RescanReason, Sink, SourceError, Timing, WatchEvent, WatchNotice,
    Watcher,
};
use tokio::sync::mpsc;

use crate::project::{Project, one, usual_set};

const FILES: &[(&str, &str)] = &[("main.go", "package main\n"), ("go.mod", "module example.test\n")];

/// A source that accepts every folder, and says only what the test says through its sink.
struct Silent;

impl EventSource for Silent {
    fn watch(&mut self, _: &Path) -> Result<(), SourceError> {
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {}
}

/// A source that has room for a number of folders.
struct Full {
    room: usize,
}

impl EventSource for Full {
    fn watch(&mut self, _: &Path) -> Result<(), SourceError> {
        self.room = self.room.checked_sub(1).ok_or(SourceError::Limit)?;
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {
        self.room += 1;
    }
}

type Started = Result<Box<dyn EventSource>, SourceError>;

/// A silent source, and the sink into which the test puts events.
fn silent() -> (impl FnOnce(Sink) -> Started + Send, Receiver<Sink>) {
    let (give, take): (SyncSender<Sink>, _) = sync_channel(1);
    let start = move |sink| {
        give.send(sink).unwrap();
        Ok(Box::new(Silent) as Box<dyn EventSource>)
    };
    (start, take)
}

/// Heartbeats so rare that only the source can have told.
fn no_heartbeat() -> Options {
    let timing = Timing { heartbeat: Duration::from_mins(10), ..Timing::default() };
    Options { timing, ..Options::default() }
}

fn expect_polling(notice: &WatchNotice, fits: impl FnOnce(&PollReason) -> bool) {
    let WatchNotice::FellBackToPolling(reason) = notice else { panic!("{notice:?}") };
    assert!(fits(reason), "{reason:?}");
    assert!(notice.hint().is_some());
    assert!(notice.to_string().starts_with("watching by polling"), "{notice}");
}

#[tokio::test]
async fn where_events_do_not_arrive_polling_starts_by_itself() {
    let (source, _sink) = silent();
    let mut project = Project::with_source(FILES, Options::default(), source);
    project.write("main.go", "package main // no event\n");
    // The change itself comes with the heartbeat, the notice when no event has followed.
    assert_eq!(project.changes().await, one("main.go", Modified));
    let missing = project.path("main.go");
    expect_polling(&project.notice().await, |reason| *reason == PollReason::EventsMissing(missing));
    project.write("main.go", "package main // seen by polling\n");
    assert_eq!(project.changes().await, one("main.go", Modified));
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn a_change_found_by_the_heartbeat_is_no_failure_when_its_event_follows() {
    let (source, sink) = silent();
    let timing = Timing {
        heartbeat: Duration::from_millis(50),
        event_delay: Duration::from_secs(20),
        ..Timing::default()
    };
    let mut project = Project::with_source(FILES, Options { timing, ..Options::default() }, source);
    let sink = sink.recv().unwrap();
    let started = Instant::now();
    project.write("main.go", "package main // late event\n");
    assert_eq!(project.changes().await, one("main.go", Modified));
    sink.touched(project.path("main.go"));
    // Had the suspicion stayed, the switch to polling would be the next event, and no fence would come alone.
    project.nothing_more(&["main.go"]).await;
    sink.touched(project.path("fence1.go"));
    assert!(started.elapsed() < Duration::from_secs(20), "the machine is too slow for this test");
}

#[tokio::test]
async fn a_full_table_of_watches_means_polling() {
    let source = |_| Ok(Box::new(Full { room: 0 }) as Box<dyn EventSource>);
    let mut project = Project::with_source(FILES, Options::default(), source);
    expect_polling(&project.notice().await, |reason| *reason == PollReason::WatchLimit);
    project.write("main.go", "package main // seen by polling\n");
    assert_eq!(project.changes().await, one("main.go", Modified));
}

#[tokio::test]
async fn a_table_that_fills_up_later_means_polling_too() {
    let source = |_| Ok(Box::new(Full { room: 2 }) as Box<dyn EventSource>);
    let mut project = Project::with_source(FILES, no_heartbeat(), source);
    let mut set = usual_set(project.root());
    for name in ["a/a.go", "b/b.go", "c/c.go"] {
        std::fs::create_dir(project.path(name).parent().unwrap()).unwrap();
        set.files.insert(project.path(name));
    }
    project.watcher.as_ref().unwrap().rewatch(set);
    expect_polling(&project.notice().await, |reason| *reason == PollReason::WatchLimit);
    project.write("c/c.go", "package c\n");
    assert_eq!(project.changes().await, one("c/c.go", Created));
}

#[tokio::test]
async fn a_source_that_fails_means_polling() {
    let source = |_| Err(SourceError::Other("no such system call".to_owned()));
    let mut project = Project::with_source(FILES, Options::default(), source);
    expect_polling(
        &project.notice().await,
        |reason| matches!(reason, PollReason::SourceFailed(words) if words.contains("no such system call")),
    );
    std::fs::remove_file(project.path("main.go")).unwrap();
    assert_eq!(project.changes().await, one("main.go", Removed));

    let (source, sink) = silent();
    let mut project = Project::with_source(FILES, no_heartbeat(), source);
    sink.recv().unwrap().failed(SourceError::Other("gone".to_owned()));
    expect_polling(&project.notice().await, |reason| matches!(reason, PollReason::SourceFailed(_)));
}

#[tokio::test]
async fn polling_can_be_asked_for() {
    let options = Options { polling: true, ..Options::default() };
    let mut project = Project::with(FILES, options);
    assert_eq!(project.notice().await, WatchNotice::FellBackToPolling(PollReason::Asked));
    project.write("web.go", "package main\n");
    assert_eq!(project.changes().await, one("web.go", Created));
    std::fs::create_dir_all(project.path("web/deep")).unwrap();
    project.write("web/deep/a.css", "a");
    assert_eq!(project.changes().await, one("web/deep/a.css", Created));
}

#[tokio::test]
async fn lost_events_become_a_rescan_and_no_change_is_lost() {
    let (source, sink) = silent();
    let mut project = Project::with_source(FILES, no_heartbeat(), source);
    project.write("main.go", "package main // nobody said so\n");
    project.write("new.go", "package main\n");
    sink.recv().unwrap().lost();
    assert_eq!(project.next().await, Some(WatchEvent::Rescan(RescanReason::EventsLost)));
    let both = vec![("main.go".to_owned(), Modified), ("new.go".to_owned(), Created)];
    assert_eq!(project.changes().await, both);
}

/// A source that stands still from its second folder on until it is let go.
struct Stalling {
    folders: usize,
    stands: SyncSender<()>,
    go: Receiver<()>,
}

impl EventSource for Stalling {
    fn watch(&mut self, _: &Path) -> Result<(), SourceError> {
        self.folders += 1;
        if self.folders == 2 {
            self.stands.send(()).unwrap();
            self.go.recv().unwrap();
        }
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {}
}

#[tokio::test]
async fn a_flood_that_fills_the_queue_becomes_a_rescan() {
    let (stands, standing) = sync_channel(1);
    let (let_go, go) = sync_channel(1);
    let (give, take) = sync_channel(1);
    let source = move |sink: Sink| {
        give.send(sink).unwrap();
        Ok(Box::new(Stalling { folders: 0, stands, go }) as Box<dyn EventSource>)
    };
    let mut project = Project::with_source(FILES, no_heartbeat(), source);
    let sink: Sink = take.recv().unwrap();
    // A folder that has to be watched makes the watcher stand still in its source.
    std::fs::create_dir_all(project.path("web/new")).unwrap();
    sink.touched(project.path("web"));
    standing.recv().unwrap();
    for number in 0..5000 {
        sink.touched(PathBuf::from(format!("/nowhere/{number}")));
    }
    // Its event found no room.
    project.write("main.go", "package main // in the flood\n");
    sink.touched(project.path("main.go"));
    let_go.send(()).unwrap();
    assert_eq!(project.next().await, Some(WatchEvent::Rescan(RescanReason::EventsLost)));
    assert_eq!(project.changes().await, one("main.go", Modified));
}

#[tokio::test]
async fn a_full_receiver_gets_the_newest_state_when_it_has_room() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::write(root.join("main.go"), "package main\n").unwrap();
    let (sender, mut events) = mpsc::channel(1);
    let room = sender.clone();
    let watcher = Watcher::start(Options::default(), usual_set(&root), sender).unwrap();
    std::fs::write(root.join("main.go"), "package main // fills the channel\n").unwrap();
    tokio::time::timeout(Duration::from_mins(1), async {
        while room.capacity() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    for number in 0..20 {
        std::fs::write(root.join(format!("f{number}.go")), "package main\n").unwrap();
    }
    let mut reported = Vec::new();
    let mut received = 0;
    while reported.len() < 21 {
        let event = tokio::time::timeout(Duration::from_mins(1), events.recv()).await.unwrap().unwrap();
        let WatchEvent::Changed { changes, .. } = event else { panic!("{event:?}") };
        reported.extend(changes.into_iter().map(|change| change.path));
        received += 1;
    }
    reported.sort();
    reported.dedup();
    assert_eq!(reported.len(), 21, "no path twice, none lost, in {received} events");
    drop(watcher);
}

/// A source that says when it is dropped, which its watcher's thread does when it ends.
struct Farewell(SyncSender<()>);

impl EventSource for Farewell {
    fn watch(&mut self, _: &Path) -> Result<(), SourceError> {
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {}
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[tokio::test]
async fn a_closed_receiver_ends_the_watcher_and_dropping_it_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (sender, events) = mpsc::channel(1);
    let (farewell, ended) = sync_channel(1);
    let watcher = Watcher::start_with(no_heartbeat(), usual_set(&root), sender, move |_| {
        Ok(Box::new(Farewell(farewell)) as Box<dyn EventSource>)
    })
    .unwrap();
    drop(events);
    watcher.rewatch(usual_set(&root));
    ended.recv_timeout(Duration::from_mins(1)).unwrap();
    watcher.rewatch(usual_set(&root));
    drop(watcher);
}

#[tokio::test]
async fn dropping_stops_and_joins() {
    let mut project = Project::with_files(FILES);
    drop(project.watcher.take());
    // The only sender lived in the thread: an ended channel shows that the thread has ended.
    assert_eq!(project.next().await, None);
}
