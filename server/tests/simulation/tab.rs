//! A client and the page that it keeps up to date: what it is told is done, and compared with what is true.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dev_server::content::ContentHash;
use dev_server_client::{
    Client, ClientEvent, ConnectError, EventPlace, Failed, Options, Pauses, Position, State, Timing, Update,
    WebSocket,
};
use dev_server_proto::v1::{self, Level};
use tokio::time::Instant;

use crate::cable::Cable;
use crate::planted::Planted;
use crate::project::PROGRAM;
use crate::truth::Newest;
use crate::weather::Chance;
use crate::world::{PORT, World};

/// What is on the screen, and what the client knows of it. It outlives the client.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// As it is told to servers.
    position: Position,
    events: EventPlace,
    /// What really runs.
    base: Option<ContentHash>,
    patch: u32,
    files: BTreeMap<String, ContentHash>,
    /// The newest of these that it was told, by epoch and sequence.
    reported: (Bytes, u64, usize),
    order: (Bytes, u64),
    /// Of the server that it talks to.
    epoch: Bytes,
    server: String,
}

/// Which server a client goes to at each attempt: it may be at a later one than what its program has heard.
#[derive(Clone)]
struct Route {
    seed: u64,
    attempts: u64,
}

impl Route {
    fn next(&mut self, world: &World) -> String {
        self.attempts += 1;
        let mut chance = fastrand::Rng::with_seed(self.seed.wrapping_add(self.attempts));
        world.servers[chance.usize(0..world.servers.len())].clone()
    }
}

impl Page {
    /// `None` when it is where it should be at the end, else what is not.
    pub(crate) fn lacks(&self, world: &World, newest: &Newest) -> Option<String> {
        let Newest { epoch, state, reported, last_event } = newest;
        let truth = world.truth();
        let version = self.base.and_then(|base| truth.version(base, self.patch));
        let files = truth.files(state.manifest);
        if self.epoch != *epoch {
            return Some("it talks to a server of another epoch".to_owned());
        }
        if version != state.version {
            return Some(format!("it runs text {version:?}, and {:?} is the newest", state.version));
        }
        if files.as_ref() != Some(&self.files) {
            return Some("its files are not the newest".to_owned());
        }
        if self.reported.0 != *epoch || self.reported.2 != *reported {
            return Some(format!("it shows {} mistakes, and there are {reported}", self.reported.2));
        }
        if self.events.epoch != *epoch || self.events.number != *last_event {
            return Some(format!("it knows event {}, and {last_event} was the last", self.events.number));
        }
        None
    }
}

/// Shows a page for ever, with one client after the other.
pub(crate) struct Tab {
    pub(crate) world: Arc<World>,
    pub(crate) name: String,
    pub(crate) page: Arc<Mutex<Page>>,
    chance: Chance,
}

/// The client ended amid something.
struct Killed;

impl Tab {
    pub(crate) fn new(world: &Arc<World>, number: u64, page: &Arc<Mutex<Page>>) -> Self {
        let name = format!("tab-{number}");
        Self { world: Arc::clone(world), name, page: Arc::clone(page), chance: world.chance(100 + number) }
    }

    pub(crate) async fn run(self) -> turmoil::Result {
        loop {
            let bad = self.world.weather.is_bad();
            let life = if bad { self.chance.range(200..6_000) } else { 100_000 };
            let end = Instant::now() + Duration::from_millis(life);
            let mut route = Route { seed: self.chance.range(0..u64::MAX), attempts: 0 };
            let mut client = self.client(route.clone());
            loop {
                let event = tokio::time::timeout_at(end, client.next()).await;
                let Ok(Some(event)) = event else { break };
                if let ClientEvent::State(State::Connecting { .. }) = event {
                    self.page.lock().unwrap().server = route.next(&self.world);
                }
                if let Err(Killed) = self.hears(event, &client, end).await {
                    break;
                }
            }
            drop(client);
            tokio::time::sleep(Duration::from_millis(self.chance.range(1..300))).await;
        }
    }

    fn client(&self, mut route: Route) -> Client {
        let mut page = self.page.lock().unwrap();
        // Another client cannot know what this page was told before.
        (page.reported.1, page.order.1) = (0, 0);
        let mut events = page.events.clone();
        if self.world.has(Planted::ResumeOffByOne) && events.number > 0 {
            events.number += 1;
        }
        let timing = Timing {
            // By chance of this run alone; see `connect`.
            pauses: Pauses { first: Duration::ZERO, longest: Duration::ZERO },
            connect: Duration::from_secs(1),
            silence: Duration::from_secs(22),
        };
        let address = format!("http://nobody:{PORT}/").parse().unwrap();
        let options = Options {
            program: PROGRAM.into(),
            accepts: true,
            position: page.position.clone(),
            follow_events: Some(events),
            timing,
            ..Options::new(address)
        };
        let (world, chance) = (Arc::clone(&self.world), self.chance.clone());
        Client::connect_with(options, move || {
            let server = route.next(&world);
            connect(Arc::clone(&world), chance.clone(), server)
        })
    }

    fn note(&self, what: &str) {
        self.world.truth().note(&self.name, what);
    }

    fn is_wrong(&self, what: &str) {
        let server = self.page.lock().unwrap().server.clone();
        self.world.truth().is_wrong(&self.name, &format!("{what} (from {server})"));
    }

    async fn hears(&self, event: ClientEvent, client: &Client, end: Instant) -> Result<(), Killed> {
        match event {
            ClientEvent::State(State::Open { recovered, .. }) => {
                let server = self.page.lock().unwrap().server.clone();
                self.note(&format!("is at {server}, recovered {recovered}"));
            }
            ClientEvent::Welcome(told) => self.page.lock().unwrap().epoch = told.envelope.epoch,
            ClientEvent::Update(update) => return self.update(&update, client, end).await,
            ClientEvent::Refused(refusal) => self.note(&format!("refuses: {refusal}")),
            ClientEvent::Diagnostics(told) => {
                self.diagnostics(&told.envelope.epoch, told.envelope.sequence, &told.body);
            }
            ClientEvent::Order(told) => self.order(&told.envelope.epoch, told.envelope.sequence),
            ClientEvent::Event(happened) => self.event(&happened.epoch, happened.number, &happened.json),
            ClientEvent::EventsSkipped { first, last } => {
                // All that ever happened in a run is kept by everybody.
                self.is_wrong(&format!("events {first} to {last} were left out"));
            }
            ClientEvent::EventsRestarted => {
                self.note("events begin anew");
                self.page.lock().unwrap().events = EventPlace::default();
            }
            ClientEvent::ProtocolError(error) => self.note(&format!("error: {}", error.message)),
            _ => {}
        }
        Ok(())
    }

    fn diagnostics(&self, epoch: &Bytes, sequence: u64, told: &v1::Diagnostics) {
        let count = told.items.len();
        self.note(&format!("shows {count} mistakes of {sequence}"));
        let mut page = self.page.lock().unwrap();
        let before = std::mem::replace(&mut page.reported, (epoch.clone(), sequence, count));
        drop(page);
        if sequence > 0
            && self.world.truth().reported(epoch, sequence).is_some_and(|true_one| true_one != count)
        {
            self.is_wrong(&format!("{count} mistakes at {sequence}"));
        }
        // A server that has just begun knows of nothing that is wrong until it has built.
        if before.0 == *epoch && before.1 > sequence && sequence > 0 {
            self.is_wrong(&format!("diagnostics {sequence} after {}", before.1));
        }
    }

    fn order(&self, epoch: &Bytes, sequence: u64) {
        self.note(&format!("obeys order {sequence}"));
        let mut page = self.page.lock().unwrap();
        let before = std::mem::replace(&mut page.order, (epoch.clone(), sequence));
        drop(page);
        if before.0 == *epoch && before.1 >= sequence {
            self.is_wrong(&format!("order {sequence} after {}", before.1));
        }
    }

    fn event(&self, epoch: &Bytes, number: u64, json: &str) {
        self.note(&format!("hears event {number}"));
        let mut page = self.page.lock().unwrap();
        let place = EventPlace { epoch: epoch.clone(), number };
        let before = std::mem::replace(&mut page.events, place);
        drop(page);
        let expected = if before.epoch == *epoch { before.number + 1 } else { 1 };
        if number != expected {
            self.is_wrong(&format!("event {number} after {}", expected - 1));
        }
        if self.world.truth().event(epoch, number) != Some(json) {
            self.is_wrong(&format!("event {number} is another one"));
        }
    }

    async fn update(&self, update: &Update, client: &Client, end: Instant) -> Result<(), Killed> {
        let (sequence, level) = (update.envelope.sequence, update.level());
        self.note(&format!("is to take {sequence} by {level:?}"));
        let at = self.page.lock().unwrap().position.clone();
        if update.envelope.epoch == at.epoch && sequence <= at.sequence {
            self.is_wrong(&format!("update {sequence} after {}", at.sequence));
        }
        let module = update.body.module.as_ref().and_then(|module| ContentHash::from_slice(&module.hash));
        let is_there =
            |module| self.world.servers.iter().any(|server| self.world.store(server).contains(module));
        if module.is_some_and(|module| !is_there(module)) {
            self.is_wrong("the module is nowhere");
        }
        let applied = update.done(&at.base, at.patch);
        if self.world.has(Planted::AcknowledgedEarly) {
            self.keep_position(update, &applied);
            let _ = client.speaker().applied(update, applied.clone()).await;
        }
        let takes = Duration::from_millis(self.chance.range(0..250));
        if tokio::time::timeout_at(end, tokio::time::sleep(takes)).await.is_err() {
            return Err(Killed);
        }
        if self.world.weather.is_bad() && self.chance.percent(6) {
            self.note("cannot take it");
            let (base, patch) = (at.base, at.patch);
            let failed = Failed { base, patch, stage: "start".into(), message: "by chance".into() };
            let _ = client.speaker().failed(update, failed).await;
            return Ok(());
        }
        self.apply(update, &applied);
        self.keep_position(update, &applied);
        let _ = client.speaker().applied(update, applied).await;
        Ok(())
    }

    fn keep_position(&self, update: &Update, applied: &dev_server_client::Applied) {
        let mut page = self.page.lock().unwrap();
        let manifest = match &update.body.manifest {
            unknown if unknown.is_empty() => page.position.manifest.clone(),
            manifest => manifest.clone(),
        };
        page.position = Position {
            epoch: update.envelope.epoch.clone(),
            sequence: update.envelope.sequence,
            base: applied.base.clone(),
            patch: applied.patch,
            manifest,
        };
    }

    /// Does to the page what the update says, and looks whether it is a published state then.
    fn apply(&self, update: &Update, applied: &dev_server_client::Applied) {
        let envelope = &update.envelope;
        let base = ContentHash::from_slice(&applied.base);
        let manifest = ContentHash::from_slice(&update.body.manifest);
        let truth = self.world.truth();
        let state = truth.state(&envelope.epoch, envelope.sequence).cloned();
        let fetched = manifest.and_then(|digest| truth.files(digest));
        let version = base.and_then(|base| truth.version(base, applied.patch));
        drop(truth);
        let mut page = self.page.lock().unwrap();
        let started = page.base.is_none();
        (page.base, page.patch) = (base, applied.patch);
        // A page that is loaded anew, or for the first time, fetches all of its files.
        let fetches = started || update.level() == Level::PageReload;
        if fetches {
            page.files = fetched.unwrap_or_default();
        }
        for asset in update.body.assets.iter().filter(|_| !fetches) {
            let path = asset.path.rsplit('/').next().unwrap_or_default().to_owned();
            match ContentHash::from_slice(&asset.hash) {
                Some(hash) => page.files.insert(path, hash),
                None => page.files.remove(&path),
            };
        }
        let files = page.files.clone();
        drop(page);
        let Some(state) = state else {
            return self.is_wrong(&format!("update {} of an unknown state", envelope.sequence));
        };
        // Files do not wait for the first build of a run.
        let is_behind = update.body.module.is_none() && version < state.version;
        if state.version.is_some() && base.is_some() && version != state.version && !is_behind {
            let sequence = envelope.sequence;
            self.is_wrong(&format!("at {sequence} is text {:?}, and {version:?} runs", state.version));
        }
        if self.world.truth().files(state.manifest).as_ref() != Some(&files) {
            self.is_wrong(&format!("at {} other files are true", envelope.sequence));
        }
    }
}

/// After a while.
async fn connect(
    world: Arc<World>,
    chance: Chance,
    server: String,
) -> Result<WebSocket<Cable>, ConnectError> {
    tokio::time::sleep(Duration::from_millis(chance.range(10..250))).await;
    let unreachable = |error: std::io::Error| ConnectError::Unreachable(error.to_string());
    let cable = Cable::open(&server, PORT, &world.weather).await.map_err(unreachable)?;
    let address = format!("http://{server}:{PORT}/?token={}", world.token().reveal());
    WebSocket::open(cable, &address.parse().map_err(|_| ConnectError::Unreachable("no address".to_owned()))?)
        .await
}
