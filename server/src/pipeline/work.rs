//! The loop: takes changes, results, reports and keys one at a time, and starts what follows from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::analyse::{LoadOptions, Program, SourceDigest, Verdict};
use crate::build::{Artifact, BuildOptions, BuildOutcome, BuildRequest, Builder, Compiler, Mode, StageTime};
use crate::content::BlobStore;
use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::http::ClientReport;
use crate::printer::{DiagnosticRow, Event, StageRow, milliseconds};
use crate::publish::{Building, Frames, OrderKind, Publisher};
use crate::revision::Revision;
use crate::watch::{WatchEvent, Watcher};

use super::clients::Clients;
use super::desktop::Desktop;
use super::keys::Key;
use super::project::{self, Loaded, Project};
use super::schedule::{Schedule, Start, Wished};
use super::timeline::Timeline;
use super::{Fatal, Observer, Summary};

/// Files that an event names; more are only counted.
const NAMED_FILES: usize = 10;

/// Results of builds and loads that wait. At most one of each is under way.
const RESULTS: usize = 4;

/// What is done with changes, and with what.
pub struct WorkOptions {
    /// Address of the page, ending in a slash.
    pub url: String,
    /// The project's token, for the printed address.
    pub token: String,
    /// How the package graph is loaded.
    pub load: LoadOptions,
    /// Builds the programs.
    pub compiler: Arc<dyn Compiler>,
    /// The compiler and its version, for people.
    pub compiler_name: String,
    /// What builds may do.
    pub build: BuildOptions,
    /// Where modules and files of pages are kept.
    pub blobs: BlobStore,
    /// Where the builder works.
    pub cache: PathBuf,
    /// Words of the editor's command line.
    pub editor: Option<Vec<String>>,
    /// The surroundings, for programs of the desktop.
    pub environment: Environment,
    /// True: end after the first build of every program.
    pub once: bool,
    /// True: open a browser when the first build is there.
    pub open: bool,
}

impl std::fmt::Debug for WorkOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("WorkOptions").field("compiler", &self.compiler_name).finish_non_exhaustive()
    }
}

/// What comes in from outside.
pub(super) struct Inputs {
    pub(super) watch_events: mpsc::Receiver<WatchEvent>,
    pub(super) reports: mpsc::Receiver<ClientReport>,
    pub(super) keys: mpsc::Receiver<Key>,
}

/// What comes back from work that this loop started.
enum Done {
    Load { revision: Revision, elapsed: Duration, loaded: Loaded },
    Build { program: String, elapsed: Duration, outcome: BuildOutcome },
}

pub(super) struct Work {
    options: WorkOptions,
    observer: Observer,
    stop: CancellationToken,
    publisher: Publisher,
    frames: Arc<Frames>,
    watcher: Watcher,
    builder: Builder,
    project: Project,
    clients: Clients,
    desktop: Desktop,
    schedule: Schedule<SourceDigest>,
    timeline: Timeline,
    revision: Revision,
    loading: Option<Loading>,
    failing: BTreeSet<String>,
    last_build: BTreeMap<String, Duration>,
    done: mpsc::Sender<Done>,
    results: Option<mpsc::Receiver<Done>>,
    opened: bool,
}

/// The package graph is being loaded.
struct Loading {
    cancel: CancellationToken,
    /// Something changed meanwhile that a load has to see.
    again: bool,
}

impl Work {
    pub(super) fn new(
        options: WorkOptions,
        publisher: Publisher,
        frames: Arc<Frames>,
        watcher: Watcher,
        observer: Observer,
        stop: CancellationToken,
    ) -> Result<Self, Fatal> {
        let builder = Builder::new(
            Arc::clone(&options.compiler),
            options.blobs.clone(),
            options.cache.clone(),
            options.build.clone(),
        )?;
        let (done, results) = mpsc::channel(RESULTS);
        let clients = Clients::new(
            Arc::clone(&frames),
            options.blobs.clone(),
            options.cache.clone(),
            Arc::clone(&observer),
        );
        Ok(Self {
            project: Project::new(options.load.clone(), options.blobs.clone()),
            desktop: Desktop::new(options.environment.clone(), options.editor.as_deref()),
            builder,
            clients,
            publisher,
            frames,
            watcher,
            observer,
            stop,
            schedule: Schedule::new(),
            timeline: Timeline::default(),
            revision: Revision::FIRST,
            loading: None,
            failing: BTreeSet::new(),
            last_build: BTreeMap::new(),
            done,
            results: Some(results),
            opened: false,
            options,
        })
    }

    pub(super) async fn run(mut self, mut inputs: Inputs) -> Result<Summary, Fatal> {
        let Some(mut results) = self.results.take() else { return Err(Fatal::Ended("work")) };
        self.load();
        self.greet();
        loop {
            self.start_next_build();
            if self.options.once && self.loading.is_none() && !self.schedule.is_busy() {
                break;
            }
            // Changes before results: a result that a change has overtaken must be found stale, not published.
            // Reports last: a page that reports all the time must not hold up an edit.
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                Some(key) = inputs.keys.recv() => self.on_key(key),
                Some(event) = inputs.watch_events.recv() => self.on_watch(event).await,
                Some(done) = results.recv() => self.on_done(done).await,
                Some(report) = inputs.reports.recv() => self.on_report(report).await,
            }
        }
        self.finish(results).await;
        Ok(Summary { good: self.failing.is_empty() && self.project.is_loaded() })
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

    fn greet(&self) {
        self.tell(&Event::Listening {
            url: self.options.url.clone(),
            token: self.options.token.clone(),
            compiler: self.options.compiler_name.clone(),
        });
    }

    fn tell(&self, event: &Event) {
        (self.observer)(event);
    }

    async fn on_watch(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Changed { changes, first_event_at, settled_at } => {
                let received = Instant::now();
                self.revision = self.revision.next();
                let watched = settled_at.saturating_duration_since(first_event_at);
                self.timeline.begin(self.revision, first_event_at, watched);
                self.tell(&Event::Change {
                    revision: self.revision.get(),
                    files: changes
                        .iter()
                        .take(NAMED_FILES)
                        .map(|change| self.frames.shown(&change.path))
                        .collect(),
                    count: changes.len(),
                });
                let verdicts = self.project.judge(changes).await;
                self.timeline.add(self.revision, "analyse", received.elapsed());
                for (program, verdict) in verdicts {
                    self.on_verdict(&program, &verdict).await;
                }
            }
            WatchEvent::Rescan(_) => {
                self.revision = self.revision.next();
                self.load();
            }
            WatchEvent::Notice(notice) => {
                self.tell(&Event::Notice { message: notice.to_string(), hint: notice.hint() });
            }
        }
    }

    async fn on_verdict(&mut self, program: &str, verdict: &Verdict) {
        self.tell(&Event::Verdict {
            revision: self.revision.get(),
            program: program.to_owned(),
            verdict: verdict.name(),
            reason: verdict.to_string(),
        });
        match verdict {
            Verdict::Graph => self.load(),
            Verdict::Asset(_) => self.rescan(program).await,
            Verdict::Nothing => self.want(program),
            Verdict::Whole(_) => {
                self.want(program);
                self.rescan(program).await;
            }
        }
    }

    /// Looks at the files of a program's page; cheap when none of them changed.
    async fn rescan(&mut self, program: &str) {
        if let Some((manifest, problems)) = self.project.scan_page(program).await {
            self.warn(problems);
            self.publisher.set_manifest(program, self.revision, manifest);
        }
    }

    /// Asks for a build of what the sources say now.
    fn want(&mut self, program: &str) {
        let Some(digest) = self.project.digest(program) else { return };
        match self.schedule.want(program, self.revision, digest) {
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

    fn start_next_build(&mut self) {
        // A build during a load could be of a graph that is gone in a moment.
        if self.loading.is_some() {
            return;
        }
        while let Some(start) = self.schedule.next() {
            if let Some(program) = self.project.program(&start.program) {
                self.start_build(start, program);
                return;
            }
            self.schedule.finished(false);
        }
    }

    fn start_build(&mut self, start: Start<SourceDigest>, program: Arc<Program>) {
        let expected = self.last_build.get(&start.program).copied();
        let building = Building { revision: start.revision, expected };
        self.publisher.set_building(&start.program, Some(building));
        self.tell(&self.build_event(start.revision, &start.program, "started", expected, false, &[]));
        let request =
            BuildRequest { revision: start.revision, program, digest: start.input, mode: Mode::Development };
        let (builder, done) = (self.builder.clone(), self.done.clone());
        tokio::spawn(async move {
            let began = Instant::now();
            let outcome = builder.build(request, &start.cancel).await;
            // Nobody waits any more when the channel is closed.
            let _ =
                done.send(Done::Build { program: start.program, elapsed: began.elapsed(), outcome }).await;
        });
    }

    async fn on_done(&mut self, done: Done) {
        match done {
            Done::Load { revision, elapsed, loaded } => self.on_loaded(revision, elapsed, loaded).await,
            Done::Build { program, elapsed, outcome } => self.on_built(&program, elapsed, outcome),
        }
    }

    fn on_built(&mut self, program: &str, elapsed: Duration, outcome: BuildOutcome) {
        let good = matches!(outcome, BuildOutcome::Built(_));
        let Some((revision, digest)) = self.schedule.finished(good) else {
            self.publisher.set_building(program, None);
            self.tell(&self.build_event(self.revision, program, "cancelled", Some(elapsed), false, &[]));
            return;
        };
        match outcome {
            BuildOutcome::Built(artifact) => {
                self.project.judged_good(program, digest);
                self.release(revision, program, elapsed, artifact);
            }
            BuildOutcome::Failed(items) => {
                self.failing.insert(program.to_owned());
                self.tell(&self.build_event(revision, program, "failed", Some(elapsed), false, &items));
                self.publisher.set_diagnostics(program, revision, items);
            }
            BuildOutcome::Cancelled => self.publisher.set_building(program, None),
        }
    }

    fn release(&mut self, revision: Revision, program: &str, elapsed: Duration, artifact: Artifact) {
        self.failing.remove(program);
        if !artifact.from_cache {
            self.last_build.insert(program.to_owned(), elapsed);
        }
        let event = self.build_event(
            revision,
            program,
            "built",
            Some(elapsed),
            artifact.from_cache,
            &artifact.warnings,
        );
        self.tell(&event);
        let publishing = Instant::now();
        let mut stages = self.timeline.stages(revision).to_vec();
        stages.extend(artifact.stages.iter().copied());
        // The board's stages cannot contain the time of writing the board itself; what follows is below a millisecond.
        stages.push(StageTime { name: "publish", elapsed: publishing.elapsed() });
        let artifact = Arc::new(Artifact { revision, ..artifact });
        let rows = stages.iter().map(StageRow::from).collect();
        if let Some(sequence) = self.publisher.release(&artifact, stages) {
            self.tell(&Event::Release {
                revision: revision.get(),
                program: program.to_owned(),
                sequence,
                module: artifact.module.to_string(),
                size: artifact.size,
                stages: rows,
            });
        }
        if self.options.open && !self.opened {
            self.opened = true;
            self.open_page();
        }
    }

    /// Loads the package graph, or does so again after the load that is under way.
    fn load(&mut self) {
        if let Some(loading) = &mut self.loading {
            loading.again = true;
            loading.cancel.cancel();
            return;
        }
        let cancel = CancellationToken::new();
        self.loading = Some(Loading { cancel: cancel.clone(), again: false });
        let (options, done, revision) = (self.project.options().clone(), self.done.clone(), self.revision);
        tokio::spawn(async move {
            let began = Instant::now();
            let loaded = project::load(options, cancel).await;
            let _ = done.send(Done::Load { revision, elapsed: began.elapsed(), loaded }).await;
        });
    }

    async fn on_loaded(&mut self, revision: Revision, elapsed: Duration, loaded: Loaded) {
        let again = self.loading.take().is_some_and(|loading| loading.again);
        if again {
            self.load();
            return;
        }
        self.timeline.add(revision, "graph", elapsed);
        // Watched before it is read: what is saved in between is then reported once more, and found to be known.
        if let Some(set) = loaded.watch_set() {
            self.watcher.rewatch(set);
        }
        let adopted = self.project.adopt(loaded).await;
        self.warn(adopted.warnings);
        self.publisher.set_programs(self.revision, adopted.manifests);
        let programs: Vec<String> = self.publisher.board().programs.keys().cloned().collect();
        self.schedule.retain(|name| programs.iter().any(|program| program == name));
        self.failing.retain(|name| programs.contains(name));
        if !adopted.errors.is_empty() {
            // What runs is of a graph that is no more; the programs' good modules are remembered by the board.
            self.schedule.cancel_all();
        }
        for program in programs {
            if adopted.errors.is_empty() {
                self.want(&program);
            } else {
                self.failing.insert(program.clone());
                self.tell(&self.build_event(
                    self.revision,
                    &program,
                    "failed",
                    Some(elapsed),
                    false,
                    &adopted.errors,
                ));
                self.publisher.set_diagnostics(&program, self.revision, adopted.errors.clone());
            }
        }
    }

    fn on_key(&mut self, key: Key) {
        match key {
            Key::Rebuild => {
                self.revision = self.revision.next();
                let names: Vec<String> = self.project.names().map(str::to_owned).collect();
                for program in names {
                    self.schedule.forget_good(&program);
                    self.project.forget_good(&program);
                }
                self.load();
            }
            Key::Restart => self.publisher.order(OrderKind::Restart),
            Key::Open => self.open_page(),
            Key::Quit => self.stop.cancel(),
        }
    }

    fn open_page(&self) {
        if let Err(error) =
            self.desktop.open_browser(&format!("{}?token={}", self.options.url, self.options.token))
        {
            self.tell(&Event::Notice { message: error.to_string(), hint: Some(error.hint()) });
        }
    }

    async fn on_report(&mut self, report: ClientReport) {
        let board = self.publisher.board();
        if let Some(place) = self.clients.report(report, &board, &self.timeline).await
            && self.project.owns(&place.file)
            && let Err(error) = self.desktop.open_editor(&place)
        {
            self.tell(&Event::Notice { message: error.to_string(), hint: Some(error.hint()) });
        }
    }

    fn warn(&self, problems: Vec<Diagnostic>) {
        for problem in problems {
            let place = problem.position.as_ref().map(|place| format!("{}: ", place.file.display()));
            let message = format!("{}{}", place.unwrap_or_default(), problem.message);
            self.tell(&Event::Notice { message, hint: problem.hint });
        }
    }

    fn build_event(
        &self,
        revision: Revision,
        program: &str,
        status: &'static str,
        elapsed: Option<Duration>,
        from_cache: bool,
        items: &[Diagnostic],
    ) -> Event {
        Event::Build {
            revision: revision.get(),
            program: program.to_owned(),
            status,
            compiler: self.options.compiler_name.clone(),
            ms: elapsed.map_or(0.0, milliseconds),
            from_cache,
            diagnostics: items.iter().map(|item| self.row(item)).collect(),
        }
    }

    fn row(&self, item: &Diagnostic) -> DiagnosticRow {
        let mut row = DiagnosticRow::from(item);
        row.file = item.position.as_ref().map(|place| self.frames.shown(&place.file)).unwrap_or_default();
        row
    }
}
