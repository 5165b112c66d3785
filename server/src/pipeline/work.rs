//! The loop: takes changes, results, reports and keys one at a time, and starts what follows from them.

mod loading;
mod building;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::analyse::{SourceDigest, Verdict};
use crate::build::{Builder, Symbolizer};
use crate::hot::{HotBuilder, Purpose};
use crate::http::{ClientReport, ReportKind};
use crate::publish::{Frames, OrderKind, Publisher};
use crate::revision::Revision;
use crate::telemetry::Attendance;
use crate::watch::{WatchEvent, WatchSet, Watcher};

use super::announce::Announcer;
use super::clients::Clients;
use super::desktop::Desktop;
use super::keys::Key;
use super::pages::Pages;
use super::pairing::{self, Inviting};
use super::project::{Judged, Loaded, Project};
use super::record::Traces;
use super::schedule::{Schedule, Wished};
use super::timeline::Timeline;
use super::{Fatal, Observer, Summary, WorkOptions};

use building::Brought;
use loading::Loading;

/// Results of builds and loads that wait. At most one of each is under way.
const RESULTS: usize = 4;

/// Builds in a row that are dropped because a source was written meanwhile, before the sources' contents decide.
const STRICT_BUILDS: u32 = 3;

/// How long a build waits whose predecessor was overtaken: about as long as the watcher for what overtook it. Without a
/// pause builds would be dropped by the hundred until then.
const AGAIN: Duration = Duration::from_millis(10);

/// What comes in from outside.
pub(super) struct Inputs {
    pub(super) watch_events: mpsc::Receiver<WatchEvent>,
    pub(super) reports: mpsc::Receiver<ClientReport>,
    /// Of clients of hubs: what they run, for the sake of builds.
    pub(super) away_reports: mpsc::Receiver<ClientReport>,
    pub(super) keys: mpsc::Receiver<Key>,
}

/// What comes back from work that this loop started.
enum Done {
    Load { revision: Revision, elapsed: Duration, loaded: Box<Loaded> },
    Build { program: String, elapsed: Duration, brought: Box<Brought> },
}

pub(super) struct Work {
    options: WorkOptions,
    announcer: Announcer,
    traces: Traces,
    stop: CancellationToken,
    publisher: Publisher,
    watcher: Watcher,
    builder: Builder,
    project: Project,
    clients: Clients,
    desktop: Desktop,
    schedule: Schedule<SourceDigest>,
    timeline: Timeline,
    revision: Revision,
    loading: Option<Loading>,
    watched: Option<WatchSet>,
    failing: BTreeSet<String>,
    last_build: BTreeMap<String, Duration>,
    /// Builds in a row that a write has overtaken, by program.
    overtaken: BTreeMap<String, u32>,
    /// Programs whose last build was overtaken by a write that the watcher has not told yet.
    again: BTreeSet<String>,
    /// Warm compilers, by program; one is away while a build of its program runs.
    hot: BTreeMap<String, HotBuilder>,
    /// What builds in the background that wait are for; those of edits have none.
    purposes: BTreeMap<String, Purpose>,
    /// When to look at a program again that was not edited.
    later: BTreeMap<String, tokio::time::Instant>,
    /// What was said once about a program and need not be repeated.
    told: BTreeSet<(String, String)>,
    pages: Pages,
    inviting: Inviting,
    /// Texts, or those who follow their trees, may be others now.
    trees_due: bool,
    done: mpsc::Sender<Done>,
    results: Option<mpsc::Receiver<Done>>,
    opened: bool,
}

impl Work {
    pub(super) fn new(
        options: WorkOptions,
        (builder, symbolizer): (Builder, Arc<Symbolizer>),
        (publisher, frames): (Publisher, &Arc<Frames>),
        watcher: Watcher,
        observer: &Observer,
        (traces, inviting, attendance): (Traces, Inviting, Arc<Attendance>),
        stop: CancellationToken,
    ) -> Self {
        let (done, results) = mpsc::channel(RESULTS);
        let announcer = Announcer {
            observer: Arc::clone(observer),
            frames: Arc::clone(frames),
            compiler: options.compiler_name.clone(),
        };
        let clients =
            Clients::new(Arc::clone(frames), symbolizer, Arc::clone(observer), traces.clone(), attendance);
        Self {
            project: Project::new(options.load.clone(), options.blobs.clone()),
            desktop: Desktop::new(options.environment.clone(), options.editor.as_deref()),
            builder,
            clients,
            publisher,
            watcher,
            announcer,
            traces,
            stop,
            schedule: Schedule::new(),
            timeline: Timeline::default(),
            revision: Revision::FIRST,
            loading: None,
            watched: None,
            failing: BTreeSet::new(),
            last_build: BTreeMap::new(),
            overtaken: BTreeMap::new(),
            again: BTreeSet::new(),
            hot: BTreeMap::new(),
            purposes: BTreeMap::new(),
            later: BTreeMap::new(),
            told: BTreeSet::new(),
            pages: Pages::default(),
            inviting,
            trees_due: false,
            done,
            results: Some(results),
            opened: false,
            options,
        }
    }

    pub(super) async fn run(mut self, mut inputs: Inputs) -> Result<Summary, Fatal> {
        let Some(mut results) = self.results.take() else { return Err(Fatal::Ended("work")) };
        self.load();
        self.announcer.listening(&self.options.url, &self.options.token);
        if self.inviting.is_open() && !self.options.once {
            self.inviting.invite(&self.announcer);
        }
        loop {
            self.start_next_build();
            // After the build was started: nobody's save waits for a tree.
            self.publish_trees().await;
            if self.options.once && self.loading.is_none() && !self.schedule.is_busy() {
                break;
            }
            let later = self.later.values().min().copied();
            // Changes before results: a result that a change has overtaken must be found stale, not published.
            // Reports last: a page that reports all the time must not hold up an edit.
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                Some(key) = inputs.keys.recv() => self.on_key(key),
                news = self.inviting.news() => pairing::tell(news, &self.announcer),
                event = inputs.watch_events.recv() => match event {
                    Some(event) => self.on_watch(event).await,
                    // Without its eyes the server would go on and show what is old.
                    None => return self.end(results, Err(Fatal::Ended("watch"))).await,
                },
                Some(done) = results.recv() => self.on_done(done).await,
                Some(report) = inputs.reports.recv() => self.on_report(report),
                Some(report) = inputs.away_reports.recv() => self.note(&report),
                () = wait(later) => self.start_later(),
            }
        }
        let good = self.failing.is_empty() && self.project.is_loaded();
        self.end(results, Ok(Summary { good })).await
    }

    async fn end(
        mut self,
        results: mpsc::Receiver<Done>,
        result: Result<Summary, Fatal>,
    ) -> Result<Summary, Fatal> {
        self.finish(results).await;
        result
    }

    /// Ends what runs and waits for it, so that no compiler outlives this process.
    async fn finish(&mut self, mut results: mpsc::Receiver<Done>) {
        self.schedule.cancel_all();
        if let Some(loading) = &self.loading {
            loading.cancel.cancel();
        }
        while self.loading.is_some() || self.schedule.is_busy() {
            match results.recv().await {
                Some(Done::Load { .. }) => self.loading = None,
                Some(Done::Build { .. }) => drop(self.schedule.finished(false)),
                None => break,
            }
        }
    }

    async fn on_watch(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Changed { changes, first_event_at, settled_at } => {
                let received = Instant::now();
                if let Some(loading) = &mut self.loading {
                    loading.touched = true;
                }
                self.revision = self.revision.next();
                let watched = settled_at.saturating_duration_since(first_event_at);
                self.timeline.begin(self.revision, first_event_at, watched);
                self.announcer.change(self.revision, &changes, first_event_at);
                self.trees_due = true;
                let Judged { verdicts, stages } = self.project.judge(changes).await;
                let known: Duration = stages.iter().map(|stage| stage.elapsed).sum();
                for stage in stages {
                    self.timeline.add(self.revision, stage.name, stage.elapsed);
                }
                self.timeline.add(self.revision, "analyse", received.elapsed().saturating_sub(known));
                self.traces.judged(self.revision, first_event_at, self.timeline.stages(self.revision));
                for (program, verdict) in verdicts {
                    self.on_verdict(&program, &verdict).await;
                }
            }
            WatchEvent::Rescan(_) => {
                self.revision = self.revision.next();
                self.load();
            }
            WatchEvent::Notice(notice) => {
                self.announcer.watch_notice(&notice);
            }
        }
    }

    async fn on_verdict(&mut self, program: &str, verdict: &Verdict) {
        self.announcer.verdict(self.revision, program, verdict);
        match verdict {
            Verdict::Graph => self.load(),
            Verdict::Asset(_) => {
                self.rescan(program).await;
                // A mistake that was taken back in the same burst.
                if self.project.is_good(program) {
                    self.want(program);
                }
            }
            Verdict::Nothing => self.want(program),
            Verdict::Same => {
                if let Some(digest) = self.project.digest(program) {
                    self.schedule.is_as_good(program, &digest);
                }
                self.want(program);
                self.rescan(program).await;
            }
            Verdict::Code(..) | Verdict::Whole(_) => {
                self.want(program);
                self.rescan(program).await;
            }
        }
    }

    /// Looks at the files of a program's page; cheap when none of them changed.
    async fn rescan(&mut self, program: &str) {
        if let Some((manifest, problems)) = self.project.scan_page(program).await {
            self.announcer.warnings(problems);
            self.publisher.set_manifest(program, self.revision, manifest);
        }
    }

    /// Asks for a build of what the sources say now.
    fn want(&mut self, program: &str) {
        // Whatever was put off or is done in the background for it makes room.
        self.purposes.remove(program);
        let Some(digest) = self.project.digest(program) else { return };
        match self.schedule.want(program, self.revision, &digest) {
            Wished::AlreadyPublic => {
                let release =
                    self.publisher.board().programs.get(program).and_then(|board| board.release.clone());
                let warnings = release.map(|release| release.artifact.warnings.clone()).unwrap_or_default();
                self.publisher.set_diagnostics(program, self.revision, warnings);
                self.failing.remove(program);
            }
            Wished::AlreadyRunning | Wished::Queued => {}
        }
    }

    async fn on_done(&mut self, done: Done) {
        match done {
            Done::Load { revision, elapsed, loaded } => {
                self.trees_due = true;
                self.on_loaded(revision, elapsed, *loaded).await;
            }
            Done::Build { program, elapsed, brought } => self.on_built(&program, elapsed, brought),
        }
    }

    /// Reads trees only while somebody follows them.
    async fn publish_trees(&mut self) {
        if !std::mem::take(&mut self.trees_due) {
            return;
        }
        let followed = self.pages.followed();
        if followed.is_empty()
            && self.publisher.board().programs.values().all(|program| program.trees.is_none())
        {
            return;
        }
        let trees = self.project.trees(&followed, self.revision).await;
        self.publisher.set_trees(trees);
    }

    fn on_key(&mut self, key: Key) {
        match key {
            Key::Rebuild => {
                self.revision = self.revision.next();
                let names: Vec<String> = self.project.names().map(str::to_owned).collect();
                for program in names {
                    self.schedule.forget_good(&program);
                    self.project.forget_good(&program);
                    if let Some(hot) = self.hot.get_mut(&program) {
                        hot.forget();
                    }
                }
                self.load();
            }
            Key::Restart => self.publisher.order(OrderKind::Restart),
            Key::Open => self.open_page(),
            Key::Pair => self.inviting.invite(&self.announcer),
            Key::Quit => self.stop.cancel(),
        }
    }

    fn open_page(&self) {
        if let Err(error) =
            self.desktop.open_browser(&format!("{}?token={}", self.options.url, self.options.token))
        {
            self.announcer.notice(error.to_string(), Some(error.hint()));
        }
    }

    fn note(&mut self, report: &ClientReport) {
        self.pages.note(report);
        self.trees_due |=
            matches!(report.kind, ReportKind::Follows(_) | ReportKind::Disconnected | ReportKind::LooksOn(_));
        if self.pages.waiting(&report.program) {
            self.look_again(&report.program, true);
        }
    }

    fn on_report(&mut self, report: ClientReport) {
        self.note(&report);
        let board = self.publisher.board();
        if let Some(place) =
            self.clients.report(report, &board, &self.timeline, |name| self.project.sources(name))
            && self.project.owns(&place.file)
            && let Err(error) = self.desktop.open_editor(&place)
        {
            self.announcer.notice(error.to_string(), Some(error.hint()));
        }
    }
}

/// Until then; for ever when there is nothing to wait for.
async fn wait(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
