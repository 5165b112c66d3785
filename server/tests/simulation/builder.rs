//! The server that builds, without a compiler: journal, publisher, announcing to the broker, serving clients.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dev_server::backplane::{About, Announced, announce};
use dev_server::content::BlobStore;
use dev_server::diagnostic::{Diagnostic, Origin};
use dev_server::http::{self, ReportKind};
use dev_server::publish::{Building, Frames, Journal, OrderKind, Publisher};
use dev_server::revision::Revision;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::cable::Socket;
use crate::planted::Planted;
use crate::project::{PROGRAM, Project};
use crate::weather::{Chance, STORM};
use crate::world::{PORT, World};

pub(crate) const NAME: &str = "builder";

/// What goes on when the server has ended: the project, and how much is still to be done to it.
pub(crate) struct Disk {
    project: Project,
    chance: Chance,
    actions: u64,
}

impl Disk {
    pub(crate) fn new(world: &World) -> Self {
        let chance = world.chance(4);
        let actions = chance.range(10..45);
        Self { project: Project::new(&world.store(NAME)), chance, actions }
    }
}

/// One life of the server.
struct Server {
    world: Arc<World>,
    disk: Arc<Mutex<Disk>>,
    publisher: Publisher,
    store: BlobStore,
    epoch: Vec<u8>,
}

pub(crate) async fn run(world: Arc<World>, disk: Arc<Mutex<Disk>>) -> turmoil::Result {
    let (journal, known) = Journal::open(&world.journal())?;
    let publisher = Publisher::resume(known, journal);
    let board = publisher.board();
    let epoch = board.epoch.as_bytes().to_vec();
    {
        let mut truth = world.truth();
        let (number, last) = (truth.epoch_number(&epoch), publisher.events().last());
        truth.note(NAME, &format!("begins in epoch {number} after event {last}"));
    }
    let about = About {
        epoch: board.epoch,
        folder: "/project".into(),
        root: "/project".into(),
        pages: BTreeMap::new(),
        programs: Vec::new(),
    };
    let (feed, store) = (publisher.feed(), world.store(NAME));
    let broker = world.connect(!world.has(Planted::Unconditional));
    let (flags, in_force) = watch::channel("{}".into());
    let (sender, mut heard) = mpsc::channel(64);
    let announced = Announced {
        about,
        feed: feed.clone(),
        store: store.clone(),
        flags: in_force,
        heard: sender,
        replaced: CancellationToken::new(),
    };
    tokio::spawn(announce(broker, world.key.clone(), announced, CancellationToken::new()));
    let socket = Socket::bind(PORT, &world.weather).await?;
    let (sender, reports) = mpsc::channel(64);
    tokio::spawn(listen(Arc::clone(&world), reports));
    let frames = Frames::new("/project".into(), "/project".into());
    tokio::spawn(http::serve(world.serving(NAME, frames), socket, feed, sender, CancellationToken::new()));
    let server = Server { world, disk, publisher, store, epoch };
    server.work().await;
    // Nothing is to be counted here.
    while heard.recv().await.is_some() {}
    drop(flags);
    std::future::pending().await
}

/// What pages ask for.
async fn listen(world: Arc<World>, mut reports: mpsc::Receiver<http::ClientReport>) {
    while let Some(report) = reports.recv().await {
        if matches!(report.kind, ReportKind::WantsWhole | ReportKind::Failed(_)) {
            world.wants_whole.store(true, Ordering::Relaxed);
        }
    }
}

impl Server {
    async fn work(&self) {
        let manifest = self.disk.lock().unwrap().project.manifest();
        self.publisher.set_programs(Revision::FIRST, [(PROGRAM.to_owned(), manifest)]);
        self.published("programs");
        // The first build takes a while, in which pages have what they had.
        self.rest(20..400).await;
        self.build("the first build");
        while self.has_more_to_do() {
            self.rest(10..500).await;
            self.act();
        }
        // Whoever cannot be patched has to be helped, too.
        self.rest(10..100).await;
        self.disk.lock().unwrap().project.add_whole();
        self.build("the last build");
        self.event();
        self.world.finished.store(true, Ordering::Relaxed);
    }

    fn has_more_to_do(&self) -> bool {
        let mut disk = self.disk.lock().unwrap();
        disk.actions = disk.actions.saturating_sub(1);
        let now = turmoil::sim_elapsed().unwrap_or_default().as_millis() as u64;
        disk.actions > 0 && now < STORM + 1_000
    }

    async fn rest(&self, milliseconds: std::ops::Range<u64>) {
        let pause = self.disk.lock().unwrap().chance.range(milliseconds);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    fn act(&self) {
        let (action, chance) = {
            let disk = self.disk.lock().unwrap();
            (disk.chance.range(0..100), disk.chance.clone())
        };
        if self.world.wants_whole.swap(false, Ordering::Relaxed) {
            self.disk.lock().unwrap().project.add_whole();
            self.build("a whole module");
            return;
        }
        match action {
            0..30 => {
                self.disk.lock().unwrap().project.edit(&chance);
                self.build("an edit");
            }
            30..42 => {
                let mut disk = self.disk.lock().unwrap();
                disk.project.edit_page(&self.store, &chance);
                let manifest = disk.project.manifest();
                drop(disk);
                self.publisher.set_manifest(PROGRAM, Revision::FIRST, manifest);
                self.published("files of the page");
            }
            42..54 => {
                let mistakes = chance.range(0..4);
                let mistake = |number| Diagnostic::error(Origin::Go, format!("mistake {number}"));
                let mistakes = (0..mistakes).map(mistake).collect();
                self.publisher.set_diagnostics(PROGRAM, Revision::FIRST, mistakes);
                self.published("diagnostics");
            }
            54..60 => {
                let building = Building { revision: Revision::FIRST, expected: None };
                self.publisher.set_building(PROGRAM, Some(building));
                self.published("a build has begun");
            }
            60..66 => {
                self.publisher.order(OrderKind::Restart);
                self.published("an order");
            }
            _ => (0..=chance.range(0..6)).for_each(|_| self.event()),
        }
    }

    fn build(&self, what: &str) {
        let made = self.disk.lock().unwrap().project.made(&self.store, &mut self.world.truth());
        self.publisher.release(made);
        self.published(what);
    }

    fn event(&self) {
        let (number, length) = {
            let disk = self.disk.lock().unwrap();
            (disk.chance.range(0..1_000_000), disk.chance.range(0..1_500))
        };
        let json = format!("{{\"{number}\":\"{}\"}}", "e".repeat(length as usize));
        let number = self.publisher.events().add(json.clone());
        self.world.truth().happened(&self.epoch, number, &json);
        self.published("an event");
    }

    fn published(&self, what: &str) {
        let version = self.disk.lock().unwrap().project.version;
        let board = self.publisher.board();
        let last_event = self.publisher.events().last();
        let mut truth = self.world.truth();
        truth.published(&board, version, last_event);
        let program = &board.programs[PROGRAM];
        let (sequence, update) = (program.sequence, program.update_sequence());
        truth.note(NAME, &format!("{what}: text {version}, {sequence}/{update}, event {last_event}"));
    }
}
