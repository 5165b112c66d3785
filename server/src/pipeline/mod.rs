//! The one place that names all stages and moves values between them.
//!
//! [`Pipeline::run`] makes every channel, starts every stage in one set of tasks, each with a name, and waits. When one of
//! them ends, the log says which; then the rest are told to end and are awaited. Nothing else starts tasks that live long.

mod fatal;
mod schedule;
mod timeline;
mod desktop;
mod keys;
mod project;
mod record;
mod announce;
mod clients;
mod pages;
mod flags;
mod pairing;
mod guest;
mod options;
mod away;
mod telling;
mod work;
mod hub;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch as state};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::backplane::{self, About, Announced, BackplaneKey, Nats};
use crate::build::Builder;
use crate::http::{self, HttpOptions};
use crate::printer::Event;
use crate::publish::{Events, Journal, Known, Publisher};
use crate::telemetry::{Endpoint, Exporter};
use crate::watch::{self, Watcher};

use flags::FlagFile;

pub use fatal::Fatal;
pub use guest::GuestOptions;
pub use hub::{Hub, HubOptions};
pub use options::WorkOptions;

use record::Traces;

/// Sees every event, in order. Called from the pipeline's task: it must not block.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Bursts that wait for the pipeline. It handles one in well under a millisecond, so a few are plenty; when it is
/// full the watcher goes on collecting changes into its next burst.
const WATCH_EVENTS: usize = 16;

/// Reports of pages that wait for the pipeline; `ClientReport` says what happens when it is full.
const CLIENT_REPORTS: usize = 256;

/// What hubs say that waits to be understood; the broker keeps what there is no room for.
const HUB_REPORTS: usize = 16;

/// How long stages may take to end before the process goes anyway.
const FAREWELL: Duration = Duration::from_secs(5);

/// Everything that a pipeline is made of. A stage sees its own part only.
#[derive(Debug)]
pub struct Options {
    /// How files are watched.
    pub watch: watch::Options,
    /// How pages are served.
    pub http: HttpOptions,
    /// What is done with changes.
    pub work: WorkOptions,
    /// Folder for what has to be known after a restart; without it pages and followers start over then.
    pub log: Option<PathBuf>,
    /// Where hubs are told; `None`: nowhere.
    pub backplane: Option<Backplane>,
    /// Where traces are sent, from save to screen; nothing is traced without.
    pub traces: Option<Endpoint>,
    /// The project's file of flags, whether there is one or not.
    pub flags: Option<PathBuf>,
    /// A program of this machine that answers a route.
    pub guest: Option<GuestOptions>,
    /// True: read keys from the terminal.
    pub interactive: bool,
}

/// A broker, and what hubs have to know.
#[derive(Debug)]
pub struct Backplane {
    /// Connected, or about to.
    pub broker: Nats,
    /// The secret of the project's hubs.
    pub key: BackplaneKey,
    /// Epoch and programs are found by the pipeline.
    pub pages: std::collections::BTreeMap<String, (bool, Option<bool>)>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// True when every program's last build was good.
    pub good: bool,
}

/// All stages, put together.
#[derive(Debug)]
pub struct Pipeline;

impl Pipeline {
    /// Serves on `listener` until `shutdown`. Every process that was started is gone when this returns.
    pub async fn run(
        options: Options,
        listener: TcpListener,
        observer: Observer,
        shutdown: CancellationToken,
    ) -> Result<Summary, Fatal> {
        // A child of the caller's token: `q` and `--once` end this run and nothing else.
        let stop = shutdown.child_token();
        let (watch_sender, watch_events) = mpsc::channel(WATCH_EVENTS);
        let (report_sender, reports) = mpsc::channel(CLIENT_REPORTS);
        let (key_sender, keys) = mpsc::channel(4);
        let (journal, known) = match &options.log {
            Some(folder) => Journal::open(folder)?,
            None => (Journal::none(), Known::nothing()?),
        };
        let publisher = Publisher::resume(known, journal);
        let frames = Arc::clone(&options.http.frames);
        let feed = publisher.feed();
        let telemetry = options.http.telemetry.clone();
        let (tracer, exporter) =
            options.traces.map(|to| Exporter::new(to, Arc::clone(&telemetry.metrics))).transpose()?.unzip();
        let observer = told_to_clients(observer, Arc::clone(publisher.events()));
        let attendance = Arc::clone(&telemetry.attendance);
        let observer = record::counted(observer, telemetry);
        let watcher = Watcher::start(options.watch.clone(), watch::WatchSet::default(), watch_sender)?;
        let rollout = Arc::clone(&options.http.rollout);
        let (flags_sender, flags_in_force) = state::channel(flags::as_json(&rollout));
        rollout.tells(flags::told(Arc::clone(&observer), flags_sender, &rollout));
        let away = away::Away::new(Arc::clone(&rollout));
        let flag_file = options
            .flags
            .map(|path| FlagFile::start(path, options.watch, rollout, Arc::clone(&observer)))
            .transpose()?;
        let interactive = options.interactive;
        let pairing = pairing::Inviting::new(options.http.pairing.clone());
        let (away_sender, away_reports) = mpsc::channel(CLIENT_REPORTS);
        let inputs = work::Inputs { watch_events, reports, away_reports, keys };
        let announced = options.backplane.map(|Backplane { broker, key, pages }| {
            let about = About {
                epoch: publisher.board().epoch,
                folder: options.work.load.folder.clone(),
                root: options.work.load.project_root(),
                pages,
                programs: Vec::new(),
            };
            let (heard, hubs) = mpsc::channel(HUB_REPORTS);
            let store = options.work.blobs.clone();
            let replaced = CancellationToken::new();
            let announced = Announced {
                about,
                feed: feed.clone(),
                store,
                flags: flags_in_force,
                heard,
                replaced: replaced.clone(),
            };
            let announced = backplane::announce(broker, key, announced, stop.clone());
            let notice = replacement(replaced, stop.clone(), Arc::clone(&observer));
            // It ends when nothing is announced any more.
            Box::pin(async { tokio::join!(announced, away.run(hubs, away_sender), notice) })
        });
        let mut http = options.http;
        let guest = options.guest.map(|guest| {
            let (route, guest) = guest::Guest::new(guest, Arc::clone(&observer));
            http.guest = Some(route);
            guest
        });
        let builder = Builder::new(
            Arc::clone(&options.work.compiler),
            options.work.blobs.clone(),
            options.work.cache.clone(),
            options.work.build.clone(),
        )?;
        let symbolizer = Arc::new(builder.symbolizer());
        http.maps = Some(Arc::clone(&symbolizer));
        let served = http::serve(http, listener, feed, report_sender, stop.clone());
        let work = work::Work::new(
            options.work,
            (builder, symbolizer),
            (publisher, &frames),
            watcher,
            &observer,
            (Traces::new(tracer), pairing, attendance),
            stop.clone(),
        );

        let mut tasks: JoinSet<Ended> = JoinSet::new();
        let mut ending = Ending::default();
        let http = tasks.spawn(async {
            served.await;
            Ok(None)
        });
        ending.names.insert(http.id(), "http");
        let work = tasks.spawn(async { work.run(inputs).await.map(Some) });
        ending.names.insert(work.id(), "work");
        if let Some(announced) = announced {
            let announced = tasks.spawn(async {
                announced.await;
                Ok(None)
            });
            ending.names.insert(announced.id(), "backplane");
        }
        if let Some(guest) = guest {
            let stop = stop.clone();
            let guest = tasks.spawn(async move {
                guest.run(stop).await;
                Ok(None)
            });
            ending.names.insert(guest.id(), "guest");
        }
        if let Some(exporter) = exporter {
            let stop = stop.clone();
            let traces = tasks.spawn(async move {
                exporter.run(stop.clone()).await;
                // Whoever has nothing more to trace ends first, and that is no reason to end.
                stop.cancelled().await;
                Ok(None)
            });
            ending.names.insert(traces.id(), "traces");
        }
        if let Some(file) = flag_file {
            let stop = stop.clone();
            let flags = tasks.spawn(async move {
                file.run(stop).await;
                Ok(None)
            });
            ending.names.insert(flags.id(), "flags");
        }
        if interactive {
            let stop = stop.clone();
            let keys = tasks.spawn(async move {
                keys::read(key_sender, stop.clone()).await;
                // Without a terminal there are no keys, and that is no reason to end.
                stop.cancelled().await;
                Ok(None)
            });
            ending.names.insert(keys.id(), "keys");
        }

        ending.note(tasks.join_next_with_id().await, &stop);
        // Whatever ended first, the others have no work left.
        stop.cancel();
        let rest = async {
            while let Some(ended) = tasks.join_next_with_id().await {
                ending.note(Some(ended), &stop);
            }
        };
        if tokio::time::timeout(FAREWELL, rest).await.is_err() {
            tracing::warn!("a stage did not end in time");
        }
        ending.failure.map_or(Ok(ending.summary), Err)
    }
}

/// What the terminal is told is told to clients that follow events, too; all but the token and codes for devices, which
/// are for the person in front of it.
fn told_to_clients(observer: Observer, events: Arc<Events>) -> Observer {
    Arc::new(move |event| {
        if !matches!(event, Event::Listening { .. } | Event::Pairing { .. })
            && let Ok(json) = serde_json::to_string(event)
        {
            events.add(json);
        }
        observer(event);
    })
}

/// Tells people when hubs do not follow this server any more.
async fn replacement(replaced: CancellationToken, stop: CancellationToken, observer: Observer) {
    if stop.run_until_cancelled(replaced.cancelled()).await.is_some() {
        observer(&Event::Notice {
            message:
                "another server announces with the same key: hubs follow that one, and not this one any more"
                    .to_owned(),
            hint: Some(
                "end the other one and start this one again, or give each a key of its own".to_owned(),
            ),
        });
    }
}

type Ended = Result<Option<Summary>, Fatal>;

/// What is known of the end of a run so far. The first failure counts: what follows is mostly its consequence.
#[derive(Debug)]
struct Ending {
    summary: Summary,
    failure: Option<Fatal>,
    /// Stages by the task that runs them; a task that panicked cannot say what it was.
    names: HashMap<task::Id, &'static str>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { summary: Summary { good: true }, failure: None, names: HashMap::new() }
    }
}

impl Ending {
    fn note(&mut self, ended: Option<Result<(task::Id, Ended), task::JoinError>>, stop: &CancellationToken) {
        let name = |id: task::Id| self.names.get(&id).copied().unwrap_or_default();
        let (name, result) = match ended {
            Some(Ok((id, ended))) => (name(id), ended),
            Some(Err(error)) => (name(error.id()), Err(Fatal::Panicked(name(error.id())))),
            None => return,
        };
        tracing::debug!(stage = name, "ended");
        match result {
            Ok(Some(summary)) => self.summary = summary,
            Ok(None) if stop.is_cancelled() => {}
            Ok(None) => self.failure = self.failure.take().or(Some(Fatal::Ended(name))),
            Err(error) => self.failure = self.failure.take().or(Some(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stage_that_panics_or_ends_by_itself_is_named() {
        let stop = CancellationToken::new();
        let mut tasks: JoinSet<Ended> = JoinSet::new();
        let mut ending = Ending::default();
        let http = tasks.spawn(async { panic!("on purpose") });
        ending.names.insert(http.id(), "http");
        ending.note(tasks.join_next_with_id().await, &stop);
        assert_eq!(ending.failure.as_ref().unwrap().to_string(), "the http stage panicked");

        let mut ending = Ending::default();
        let keys = tasks.spawn(async { Ok(None) });
        ending.names.insert(keys.id(), "keys");
        ending.note(tasks.join_next_with_id().await, &stop);
        assert_eq!(ending.failure.unwrap().to_string(), "the keys stage ended by itself");
    }
}
