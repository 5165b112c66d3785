//! Builds beside the loop: which compiler takes a text, and what becomes of the result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::analyse::{Program, SourceDigest};
use crate::build::{Artifact, BuildOutcome, BuildRequest, Builder, Mode, StageTime};
use crate::diagnostic::Origin;
use crate::hot::{HotBuilder, HotOutcome, HotRequest, Lineage, Patch, Purpose};
use crate::publish::{Building, Made};
use crate::revision::Revision;

use super::super::announce::{Announcer, Progress};
use super::super::project;
use super::super::schedule::Start;
use super::{AGAIN, Done, STRICT_BUILDS, Work};

/// Said when the warm compiler had to be started again.
const NOTHING_LOST: &str = "pages go on as if nothing had happened; report it if it happens often";

/// How long nothing may be saved before a base is made for pages to come: it holds up the compiler for a moment.
const QUIET: Duration = Duration::from_secs(2);

/// A result, and the warm compiler that it came from, which is lost when it panicked.
pub(super) struct Brought {
    pub(super) outcome: BuildOutcome,
    pub(super) hot: Option<HotBuilder>,
    purpose: Purpose,
    patch: Option<Patch>,
    notes: Vec<String>,
    lineages: Vec<Arc<Lineage>>,
    whole: bool,
    refusals: Vec<String>,
    notice: Option<(String, &'static str)>,
}

impl Brought {
    fn plain(outcome: BuildOutcome) -> Self {
        Self {
            outcome,
            hot: None,
            purpose: Purpose::Edit,
            patch: None,
            notes: Vec::new(),
            lineages: Vec::new(),
            whole: true,
            refusals: Vec::new(),
            notice: None,
        }
    }
}

impl Work {
    pub(super) fn start_next_build(&mut self) {
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
        let purpose = self.purposes.remove(&start.program).unwrap_or(Purpose::Edit);
        let expected = self.last_build.get(&start.program).copied();
        if purpose == Purpose::Edit {
            let building = Building { revision: start.revision, expected };
            self.publisher.set_building(&start.program, Some(building));
            self.announcer.build(start.revision, &start.program, Progress::Started(expected));
        }
        let is_again = self.again.remove(&start.program);
        let overtaken = self.overtaken.get(&start.program).copied().unwrap_or_default();
        let contents = self.project.contents(&program);
        let request = Arc::new(BuildRequest {
            revision: start.revision,
            program,
            digest: start.input,
            mode: Mode::Development,
            lenient: overtaken >= STRICT_BUILDS,
        });
        let connected = self.pages.connected(&start.program);
        let running = self.pages.running(&start.program);
        let request = HotRequest { build: request, contents, running, connected, purpose };
        let hot = self.hot_builder(&start.program, &request.build.program);
        let (builder, done) = (self.builder.clone(), self.done.clone());
        tokio::spawn(async move {
            let began = Instant::now();
            let (origin, cancel) = (Origin::Preflight, start.cancel);
            if is_again {
                // Whatever comes first; a build that is cancelled ends by itself.
                let _ = tokio::time::timeout(AGAIN, cancel.cancelled()).await;
            }
            // A task of its own: a panic in there is a defect to be told, not a build that never ends.
            let working = tokio::spawn(async move {
                match hot {
                    Some(hot) => bring(hot, &builder, &request, &cancel).await,
                    None => Brought::plain(builder.build(BuildRequest::clone(&request.build), &cancel).await),
                }
            });
            let defect = |_| Brought::plain(BuildOutcome::Failed(vec![project::defect(origin)]));
            let brought = Box::new(working.await.unwrap_or_else(defect));
            // Nobody waits any more when the channel is closed.
            let _ =
                done.send(Done::Build { program: start.program, elapsed: began.elapsed(), brought }).await;
        });
    }

    /// The program's warm compiler, which is away while a build of it runs.
    fn hot_builder(&mut self, name: &str, program: &Program) -> Option<HotBuilder> {
        let tools = self.options.hot.as_ref()?;
        let known = self.hot.remove(name).filter(|hot| hot.folder() == program.package_folder);
        Some(known.unwrap_or_else(|| {
            HotBuilder::new(
                self.builder.clone(),
                tools.clone(),
                program.package_folder.clone(),
                self.options.build.extra_imports.clone(),
            )
        }))
    }

    pub(super) fn on_built(&mut self, program: &str, elapsed: Duration, mut brought: Box<Brought>) {
        let purpose = brought.purpose;
        let good = matches!(brought.outcome, BuildOutcome::Built(_));
        let hot = brought.hot.take();
        let finished = self.schedule.finished(good);
        if let Some(mut hot) = hot {
            if good && finished.is_some() {
                hot.commit();
            }
            self.hot.insert(program.to_owned(), hot);
        }
        if let Some((message, hint)) = brought.notice.take()
            && self.told.insert((program.to_owned(), message.clone()))
        {
            self.announcer.notice(message, Some(hint.to_owned()));
        }
        let Some((revision, digest)) = finished else {
            self.publisher.set_building(program, None);
            if purpose == Purpose::Edit {
                self.announcer.build(self.revision, program, Progress::Cancelled(elapsed));
            }
            return;
        };
        if matches!(brought.outcome, BuildOutcome::Overtaken) {
            *self.overtaken.entry(program.to_owned()).or_default() += 1;
        } else {
            self.overtaken.remove(program);
        }
        match std::mem::replace(&mut brought.outcome, BuildOutcome::Cancelled) {
            BuildOutcome::Built(artifact) => {
                self.project.judged_good(program, digest);
                self.release(revision, program, elapsed, artifact, *brought);
            }
            BuildOutcome::Failed(items) => {
                self.failing.insert(program.to_owned());
                self.announcer.build(revision, program, Progress::Failed(elapsed, &items));
                self.traces.built(revision, program, "failed", elapsed, &[]);
                self.publisher.set_diagnostics(program, revision, items);
            }
            BuildOutcome::Cancelled => self.publisher.set_building(program, None),
            BuildOutcome::Overtaken => {
                self.publisher.set_building(program, None);
                self.announcer.build(revision, program, Progress::Cancelled(elapsed));
                // Asked for again at once: a file that was put back as it was is no change to the watcher.
                self.want(program);
                self.again.insert(program.to_owned());
            }
        }
    }

    fn release(
        &mut self,
        revision: Revision,
        program: &str,
        elapsed: Duration,
        artifact: Artifact,
        brought: Brought,
    ) {
        self.failing.remove(program);
        let mut stages = self.timeline.stages(revision).to_vec();
        stages.extend(artifact.stages.iter().copied());
        let artifact = Arc::new(Artifact { revision, ..artifact });
        let Brought { purpose, patch, notes, lineages, whole, refusals, .. } = brought;
        let made = Made { artifact: Arc::clone(&artifact), revision, lineages, whole, refusals, stages };
        let event = (purpose == Purpose::Edit).then(|| {
            if !artifact.from_cache {
                self.last_build.insert(program.to_owned(), elapsed);
            }
            self.announcer.build(revision, program, Progress::Built(elapsed, &artifact));
            self.traces.built(revision, program, "built", elapsed, &artifact.stages);
            let hot = self.hot.get(program);
            let room = hot.and_then(HotBuilder::room);
            let heap_start = hot.and_then(|hot| hot.heap_start(made.artifact.module));
            Announcer::released(&made, patch.as_ref(), notes, (room, heap_start))
        });
        if let Some(sequence) = self.publisher.release(made) {
            self.timeline.released(program, sequence, revision);
            if let Some(event) = event {
                self.announcer.release(sequence, event);
            }
        }
        let cold = self.hot.get(program).is_some_and(|hot| !hot.is_warm());
        if cold || !whole {
            self.look_again(program, cold || self.pages.needs_whole(program));
        }
        if self.options.open && !self.opened {
            self.opened = true;
            self.open_page();
        }
    }

    /// The compiler is to be warmed, or a fresh base made: at once, or when nothing was saved for a while.
    pub(super) fn look_again(&mut self, program: &str, at_once: bool) {
        if self.options.hot.is_none() || self.options.once {
            return;
        }
        let at = tokio::time::Instant::now() + if at_once { Duration::ZERO } else { QUIET };
        self.later.insert(program.to_owned(), at);
    }

    /// Starts what was put off, unless something newer is under way, which puts it off again.
    pub(super) fn start_later(&mut self) {
        let now = tokio::time::Instant::now();
        let due: Vec<String> =
            self.later.iter().filter(|(_, at)| **at <= now).map(|(name, _)| name.clone()).collect();
        for program in due {
            self.later.remove(&program);
            if self.schedule.is_busy() || self.loading.is_some() || self.failing.contains(&program) {
                continue;
            }
            let Some(hot) = self.hot.get(&program) else { continue };
            let purpose = if hot.is_warm() { Purpose::Fresh } else { Purpose::Warm };
            let whole = self
                .publisher
                .board()
                .programs
                .get(&program)
                .and_then(|board| board.release.as_ref().map(|release| release.whole));
            if purpose == Purpose::Fresh && whole != Some(false) {
                continue;
            }
            self.schedule.forget_good(&program);
            self.want(&program);
            self.purposes.insert(program, purpose);
        }
    }
}

/// The warm compiler's result, or that of the other one where this one cannot do it.
async fn bring(
    mut hot: HotBuilder,
    builder: &Builder,
    request: &HotRequest,
    cancel: &tokio_util::sync::CancellationToken,
) -> Brought {
    let outcome = hot.bring(request, cancel).await;
    let followed = |artifact: Artifact, stages: Vec<StageTime>| {
        BuildOutcome::Built(Artifact { stages, from_cache: false, ..artifact })
    };
    let brought = match outcome {
        HotOutcome::Followed { artifact, lineages, whole, patch, notes, stages } => {
            Brought { patch, notes, lineages, whole, ..Brought::plain(followed(artifact, stages)) }
        }
        HotOutcome::Fresh { artifact, lineages, refusals } => {
            Brought { lineages, refusals, ..Brought::plain(BuildOutcome::Built(artifact)) }
        }
        HotOutcome::Failed(items) => Brought::plain(BuildOutcome::Failed(items)),
        HotOutcome::Overtaken => Brought::plain(BuildOutcome::Overtaken),
        HotOutcome::Cancelled => Brought::plain(BuildOutcome::Cancelled),
        HotOutcome::Impossible { reason, hint } => {
            let outcome = builder.build(BuildRequest::clone(&request.build), cancel).await;
            // Pages go over to what was built; until something is, they can be patched.
            if matches!(outcome, BuildOutcome::Built(_)) {
                hot.forget();
            }
            let refusals = vec![reason.clone()];
            Brought { refusals, notice: Some((reason, hint)), ..Brought::plain(outcome) }
        }
    };
    let restart = hot.take_restart().map(|reason| (format!("{reason}; it was started again"), NOTHING_LOST));
    let notice = brought.notice.or(restart);
    Brought { hot: Some(hot), purpose: request.purpose, notice, ..brought }
}
