//! A hub: what another server announces, to clients.

use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::backplane::{self, About, BackplaneKey, Change, Follower, Nats, Newest};
use crate::build::Symbolizer;
use crate::content::BlobStore;
use crate::http::{self, ClientReport, HttpOptions, PageOptions, ReportKind, Standby};
use crate::printer::Event;
use crate::publish::{Epoch, Feed, Frames, Mirror};
use crate::rollout::Rollout;

use super::clients::Clients;
use super::record::{self, Traces};
use super::telling::Telling;
use super::timeline::Timeline;
use super::{CLIENT_REPORTS, Fatal, Observer};

/// Before the broker is asked again whether anybody has announced something.
const AGAIN: Duration = Duration::from_millis(500);

/// Pause between looks whether clients have said something that the server that builds has to know.
const FLUSH: Duration = Duration::from_millis(200);

/// Messages for it that wait for the broker.
const MESSAGES: usize = 4;

/// What a hub is made of.
pub struct HubOptions {
    /// Connected, or about to.
    pub broker: Nats,
    /// The secret that it shares with the server that builds.
    pub key: BackplaneKey,
    /// How clients are served; the server that is followed says where its files are and how its pages begin.
    pub http: Box<dyn Fn(Frames) -> HttpOptions + Send + Sync>,
    /// Where blobs are kept, by this key's hubs alone.
    pub store: BlobStore,
    /// Bytes of blobs that stay there beside those of what is newest.
    pub spare: u64,
    /// Where symbols of modules are read.
    pub cache: PathBuf,
}

impl std::fmt::Debug for HubOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HubOptions").field("broker", &self.broker).finish_non_exhaustive()
    }
}

/// All of a hub, put together.
#[derive(Debug)]
pub struct Hub;

impl Hub {
    /// Serves on `listener` until `shutdown`. When the server that is followed begins a new log, all clients are sent
    /// away and come again at once.
    pub async fn run(
        options: HubOptions,
        listener: TcpListener,
        observer: Observer,
        shutdown: CancellationToken,
    ) -> Result<(), Fatal> {
        let listener = listener.into_std().map_err(Fatal::Listener)?;
        let mut about = None;
        let newest = Newest::default();
        while !shutdown.is_cancelled() {
            let next = match about.take() {
                Some(about) => about,
                None => match standing_by(&options, &listener, &observer, &shutdown).await? {
                    Some(about) => about,
                    None => break,
                },
            };
            about = one_log(&options, &next, &newest, &listener, &observer, &shutdown).await?;
        }
        Ok(())
    }
}

/// Answers whoever asks that there is nothing yet, until there is a server to follow; `None` when the hub ends.
async fn standing_by(
    options: &HubOptions,
    listener: &StdListener,
    observer: &Observer,
    shutdown: &CancellationToken,
) -> Result<Option<About>, Fatal> {
    let (reason, reasons) = watch::channel(String::new());
    let mut http = (options.http)(Frames::new(PathBuf::new(), PathBuf::new()));
    http.standby = Some(Standby::new(reasons));
    let listener = listener.try_clone().and_then(TcpListener::from_std).map_err(Fatal::Listener)?;
    let stop = shutdown.child_token();
    // Nobody is let that far that there could be reports, and no log has this epoch.
    let (sender, _) = mpsc::channel(1);
    let mirror = Mirror::new(Epoch::from_bytes([0; 16]));
    let serving = tokio::spawn(http::serve(http, listener, mirror.feed(), sender, stop.clone()));
    let about = shutdown.run_until_cancelled(announced(options, observer, &reason)).await;
    stop.cancel();
    serving.await.map_err(|_| Fatal::Panicked("http"))?;
    Ok(about)
}

/// Waits until there is a server to follow.
async fn announced(options: &HubOptions, observer: &Observer, waiting: &watch::Sender<String>) -> About {
    let mut told = false;
    loop {
        let reason = match backplane::about(&options.broker, &options.key).await {
            Ok(Some(about)) => return about,
            Ok(None) => "nothing has been announced with this key yet".to_owned(),
            Err(error) => error.to_string(),
        };
        waiting.send_replace(reason.clone());
        if !std::mem::replace(&mut told, true) {
            let hint = Some("start `dev-server serve --backplane URL` with the same key".to_owned());
            observer(&Event::Notice { message: format!("waiting for a server that builds: {reason}"), hint });
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Serves until the log ends; returns what is known of the next one.
async fn one_log(
    options: &HubOptions,
    about: &About,
    newest: &Newest,
    listener: &StdListener,
    observer: &Observer,
    shutdown: &CancellationToken,
) -> Result<Option<About>, Fatal> {
    let mut follower = Follower::new(about);
    let frames = Frames::new(about.folder.clone(), about.root.clone());
    let mut http = (options.http)(frames);
    http.pages = about
        .pages
        .iter()
        .map(|(name, (worker, boots))| (name.clone(), PageOptions { worker: *worker, boots: *boots }))
        .collect();
    let (frames, rollout) = (Arc::clone(&http.frames), Arc::clone(&http.rollout));
    let listener = listener.try_clone().and_then(TcpListener::from_std).map_err(Fatal::Listener)?;
    let stop = shutdown.child_token();
    let (sender, reports) = mpsc::channel(CLIENT_REPORTS);
    let feed = follower.mirror().feed();
    let attendance = Arc::clone(&http.telemetry.attendance);
    let observer = record::counted(Arc::clone(observer), http.telemetry.clone());
    let symbolizer = Arc::new(Symbolizer::new(options.store.clone(), options.cache.clone()));
    let clients = Clients::new(frames, symbolizer, observer, Traces::new(None), attendance);
    let (messages, said) = mpsc::channel(MESSAGES);
    let number = getrandom::u64().map_err(Fatal::Random)?;
    let (broker, key) = (options.broker.clone(), options.key.clone());
    let reporting = tokio::spawn(backplane::report(broker, key, number, said));
    let (builder, born) = watch::channel(0);
    let telling = Telling::new(messages);
    let answering = tokio::spawn(answer(clients, telling, reports, born, feed.clone()));
    let in_force = Followed { rollout, builder };
    // Before anybody is told of a program: what it would be without them is not what its flags say.
    if let Ok(Some((born, json))) = backplane::flags(&options.broker, &options.key).await {
        in_force.take(born, &json);
    }
    let serving = tokio::spawn(http::serve(http, listener, feed, sender, stop.clone()));
    let mut changes = backplane::follow(&options.broker, &options.key, &options.store, options.spare, newest);
    let mut next = None;
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.recv()).await {
        if let Change::Flags(born, json) = &change {
            in_force.take(*born, json);
        }
        if let Some(about) = follower.show(change) {
            next = Some(about);
            break;
        }
    }
    stop.cancel();
    let served = serving.await;
    answering.abort();
    reporting.abort();
    served.map_err(|_| Fatal::Panicked("http"))?;
    Ok(next)
}

/// The flags of the server that is followed.
struct Followed {
    rollout: Arc<Rollout>,
    builder: watch::Sender<u64>,
}

impl Followed {
    fn take(&self, born: u64, json: &str) {
        self.builder.send_if_modified(|builder| std::mem::replace(builder, born) != born);
        if let Err(refused) = self.rollout.follow(json) {
            tracing::warn!(%refused, "the flags of the server that builds are those of another version: they stay as they are");
        }
    }
}

/// Tells people and the server that builds what pages report, and finds Go positions for their crashes. `born`: when that
/// server was.
async fn answer(
    mut clients: Clients,
    mut telling: Telling,
    mut reports: mpsc::Receiver<ClientReport>,
    born: watch::Receiver<u64>,
    feed: Feed,
) {
    let timeline = Timeline::default();
    let mut flushes = tokio::time::interval(FLUSH);
    loop {
        let report = tokio::select! {
            report = reports.recv() => match report {
                Some(report) => report,
                None => return,
            },
            now = flushes.tick() => {
                telling.follows(*born.borrow());
                telling.flush(now.into_std());
                continue;
            }
        };
        telling.note(&report);
        let board = feed.board();
        if let ReportKind::Crash(_) = &report.kind {
            let releases = board.programs.values().filter_map(|program| program.release.as_ref());
            releases.for_each(|release| clients.knows_symbols(&release.artifact));
        }
        // Files are opened, and imports looked up, where the sources are.
        let _ = clients.report(report, &board, &timeline, |_| Vec::new());
    }
}
