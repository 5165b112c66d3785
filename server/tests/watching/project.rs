//! A watched folder, and waiting for what the watcher says of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use dev_server::watch::{
    Change, ChangeKind, EventSource, Options, Sink, SourceError, Takes, WatchEvent, WatchNotice, WatchSet,
    WatchedFolder, Watcher,
};
use tokio::sync::mpsc;

/// Long enough for a machine that builds something else meanwhile.
const DEADLINE: Duration = Duration::from_mins(1);

/// A project in a temporary folder.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
    events: mpsc::Receiver<WatchEvent>,
    pub(crate) watcher: Option<Watcher>,
    seen: Vec<WatchEvent>,
    fences: usize,
}

/// How the tests call a folder's watching: Go sources in it, assets below `web`.
pub(crate) fn usual_set(root: &Path) -> WatchSet {
    WatchSet {
        files: BTreeSet::from([root.join("main.go"), root.join("go.mod")]),
        folders: vec![
            WatchedFolder { path: root.to_owned(), recursive: false, takes: Takes::GoSources },
            WatchedFolder { path: root.join("web"), recursive: true, takes: Takes::Assets },
        ],
    }
}

impl Project {
    /// A project with these files, watched with the events of the operating system.
    pub(crate) fn with_files(files: &[(&str, &str)]) -> Self {
        Self::with(files, Options::default())
    }

    pub(crate) fn with(files: &[(&str, &str)], options: Options) -> Self {
        Self::build(files, options, None::<fn(Sink) -> Result<Box<dyn EventSource>, SourceError>>)
    }

    pub(crate) fn with_source(
        files: &[(&str, &str)],
        options: Options,
        source: impl FnOnce(Sink) -> Result<Box<dyn EventSource>, SourceError> + Send + 'static,
    ) -> Self {
        Self::build(files, options, Some(source))
    }

    fn build(
        files: &[(&str, &str)],
        mut options: Options,
        source: Option<impl FnOnce(Sink) -> Result<Box<dyn EventSource>, SourceError> + Send + 'static>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            // As old as files of a project are: the watcher reads a file again that was written just now.
            let long_ago = SystemTime::now() - Duration::from_hours(1);
            fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        }
        options.ignored = options.ignored.iter().map(|ignored| root.join(ignored)).collect();
        let (sender, events) = mpsc::channel(16);
        let set = usual_set(&root);
        let watcher = match source {
            Some(source) => Watcher::start_with(options, set, sender, source),
            None => Watcher::start(options, set, sender),
        };
        Self { folder, root, events, watcher: Some(watcher.unwrap()), seen: Vec::new(), fences: 0 }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        assert!(self.folder.path().exists());
        &self.root
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The next event, within the deadline; `None` when the watcher has ended.
    pub(crate) async fn next(&mut self) -> Option<WatchEvent> {
        match tokio::time::timeout(DEADLINE, self.events.recv()).await {
            Ok(event) => {
                self.seen.extend(event.clone());
                event
            }
            Err(tokio::time::error::Elapsed { .. }) => panic!("no event came; before it: {:#?}", self.seen),
        }
    }

    /// The next changes, by name and kind. Any other event fails the test.
    pub(crate) async fn changes(&mut self) -> Vec<(String, ChangeKind)> {
        match self.next().await {
            Some(WatchEvent::Changed { changes, first_event_at, settled_at }) => {
                assert!(first_event_at <= settled_at);
                self.named(changes)
            }
            other => panic!("changes were to come, not {other:?}; all: {:#?}", self.seen),
        }
    }

    /// Waits for a notice, over changes that come before it.
    pub(crate) async fn notice(&mut self) -> WatchNotice {
        loop {
            match self.next().await {
                Some(WatchEvent::Notice(notice)) => return notice,
                Some(WatchEvent::Changed { .. } | WatchEvent::Rescan(_)) => {}
                None => panic!("the watcher has ended: {:#?}", self.seen),
            }
        }
    }

    /// Collects changes until every one of these names was reported at least once.
    pub(crate) async fn until_reported(&mut self, names: &[String]) -> Vec<(String, ChangeKind)> {
        let mut all: Vec<(String, ChangeKind)> = Vec::new();
        while !names.iter().all(|name| all.iter().any(|(reported, _)| reported == name)) {
            match self.next().await {
                Some(WatchEvent::Changed { changes, .. }) => all.extend(self.named(changes)),
                Some(WatchEvent::Rescan(_) | WatchEvent::Notice(_)) => {}
                None => panic!("the watcher has ended: {:#?}", self.seen),
            }
        }
        all
    }

    /// Fails unless nothing at all is left to be reported, and what was reported is what lies on disk.
    ///
    /// Each file is written again with the bytes it has: if those were not the ones reported, that would be a
    /// change. It is moved into place: cutting a file that the disk still writes leaves it empty until the disk is
    /// done, and after its grace that is a change. A new file behind all of it is the fence: it has to come alone.
    pub(crate) async fn nothing_more(&mut self, names: &[&str]) {
        for name in names {
            let bytes = fs::read(self.path(name)).unwrap();
            let same = self.path("same.part");
            fs::write(&same, bytes).unwrap();
            fs::rename(&same, self.path(name)).unwrap();
        }
        self.fences += 1;
        let fence = format!("fence{}.go", self.fences);
        fs::write(self.path(&fence), "package main\n").unwrap();
        assert_eq!(self.changes().await, [(fence, ChangeKind::Created)], "all: {:#?}", self.seen);
    }

    fn named(&self, changes: Vec<Change>) -> Vec<(String, ChangeKind)> {
        changes
            .into_iter()
            .map(|change| {
                let name = change.path.strip_prefix(&self.root).unwrap_or(&change.path);
                (name.to_str().unwrap().to_owned(), change.kind)
            })
            .collect()
    }
}

/// One change, for comparison.
pub(crate) fn one(name: &str, kind: ChangeKind) -> Vec<(String, ChangeKind)> {
    vec![(name.to_owned(), kind)]
}
