//! One run: hosts, faults at their times, and whether everybody is where they should be when it is quiet again.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::broker;
use crate::builder::{self, Disk};
use crate::hub;
use crate::planted::Planted;
use crate::tab::{Page, Tab};
use crate::weather::{Fault, Planned, STORM, plan};
use crate::world::World;

/// Hosts look at the network so often.
const TICK: Duration = Duration::from_millis(8);

/// All must be quiet for so long: more than anybody waits before looking again.
const QUIET: Duration = Duration::from_secs(4);

/// After the last fault everybody has so long to get there: somebody may have to find out first that a connection hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// How late a planted journal is.
const JOURNALED_LATE: u64 = 250;

/// What a run has shown.
pub(crate) struct Outcome {
    /// What went wrong, `None` when nothing did.
    pub(crate) wrong: Option<String>,
    /// All that everybody did.
    pub(crate) trace: Vec<String>,
}

/// Runs one seed.
pub(crate) fn run(seed: u64, planted: Option<Planted>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let hubs: Vec<String> = (1..=2 + seed % 2).map(|number| format!("hub-{number}")).collect();
    let tabs = 2 + seed % 3;
    let names: Vec<String> = (1..=tabs).map(|number| format!("tab-{number}")).collect();
    let servers = hubs.iter().cloned().chain([builder::NAME.to_owned()]).collect();
    let world = Arc::new(World::new(seed, planted, folder.path().to_owned(), servers));
    let mut network = turmoil::Builder::new();
    network
        .rng_seed(seed)
        .simulation_duration(Duration::from_mins(10))
        .tick_duration(TICK)
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(80))
        .tcp_capacity(1024);
    let mut sim = network.build();
    let disk = Arc::clone(&world.broker);
    sim.host("broker", move || broker::run(Arc::clone(&disk)));
    let (shared, disk) = (Arc::clone(&world), Arc::new(Mutex::new(Disk::new(&world))));
    sim.host(builder::NAME, move || builder::run(Arc::clone(&shared), Arc::clone(&disk)));
    for name in &hubs {
        let (shared, own) = (Arc::clone(&world), name.clone());
        sim.host(name.as_str(), move || hub::run(Arc::clone(&shared), own.clone()));
    }
    let mut pages = Vec::new();
    for number in 1..=tabs {
        let page = Arc::new(Mutex::new(Page::default()));
        let (shared, own) = (Arc::clone(&world), Arc::clone(&page));
        sim.host(format!("tab-{number}"), move || Tab::new(&shared, number, &own).run());
        pages.push(page);
    }
    let plan = plan(seed, &hubs, &names);
    let mut driver = Driver { sim, world: Arc::clone(&world), plan, lengths: Vec::new() };
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| driver.drive(&pages)));
    let ended = ended.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("panicked: {}", text.unwrap_or_default()))
    });
    drop(driver);
    drop(pages);
    let mut truth = std::mem::take(&mut *world.truth());
    if let Err(wrong) = ended {
        truth.is_wrong("run", &wrong);
    }
    Outcome { wrong: truth.wrong().map(str::to_owned), trace: truth.into_trace() }
}

struct Driver<'a> {
    sim: turmoil::Sim<'a>,
    world: Arc<World>,
    plan: Vec<Planned>,
    /// Of the journal, by time: the newest last.
    lengths: Vec<(u64, u64)>,
}

impl Driver<'_> {
    fn drive(&mut self, pages: &[Arc<Mutex<Page>>]) -> Result<(), String> {
        let mut quiet = Duration::ZERO;
        let mut before = 0;
        loop {
            let now = self.sim.elapsed().as_millis() as u64;
            for planned in self.plan.clone() {
                if (before..now).contains(&planned.from) {
                    self.begin(&planned.fault);
                }
                if (before..now).contains(&planned.until) {
                    self.end(&planned.fault);
                }
            }
            if (before..now).contains(&STORM) {
                self.world.weather.clears();
            }
            before = now;
            self.sim.step().map_err(|error| error.to_string())?;
            if self.world.has(Planted::JournalAfterTelling) {
                let length =
                    std::fs::metadata(self.world.journal().join("current")).map_or(0, |file| file.len());
                self.lengths.push((now, length));
            }
            if self.world.truth().wrong().is_some() {
                return Ok(());
            }
            if self.world.weather.is_bad() || !self.world.finished.load(Ordering::Relaxed) {
                quiet = Duration::ZERO;
                continue;
            }
            let Some(newest) = self.world.truth().newest.clone() else { continue };
            let lacking = pages.iter().enumerate().find_map(|(at, page)| {
                page.lock().unwrap().lacks(&self.world, &newest).map(|what| format!("tab-{}: {what}", at + 1))
            });
            quiet = if lacking.is_none() { quiet + TICK } else { Duration::ZERO };
            if quiet >= QUIET {
                return Ok(());
            }
            if let Some(lacking) = lacking
                && self.sim.elapsed() > Duration::from_millis(STORM) + PATIENCE
            {
                return Err(lacking);
            }
        }
    }

    fn begin(&mut self, fault: &Fault) {
        self.note(&format!("{fault:?} begins"));
        match fault {
            Fault::Delay(one, other) => self.sim.hold(one.as_str(), other.as_str()),
            Fault::Loss(one, other) => self.sim.partition(one.as_str(), other.as_str()),
            Fault::BrokerPause => self.world.broker.pause(true),
            Fault::BrokerForgets => self.world.broker.forget(),
            Fault::Replay => self.world.broker.replay(),
            Fault::Crash(host) => self.crash(host),
            Fault::NewEpoch => {
                self.crash(builder::NAME);
                let _ = std::fs::remove_dir_all(self.world.journal());
            }
        }
    }

    fn end(&mut self, fault: &Fault) {
        self.note(&format!("{fault:?} is over"));
        match fault {
            Fault::Delay(one, other) => self.sim.release(one.as_str(), other.as_str()),
            Fault::Loss(one, other) => self.sim.repair(one.as_str(), other.as_str()),
            Fault::BrokerPause => self.world.broker.pause(false),
            Fault::BrokerForgets | Fault::Replay => {}
            Fault::Crash(host) => self.restart(host),
            Fault::NewEpoch => self.restart(builder::NAME),
        }
    }

    fn note(&self, what: &str) {
        let now = self.sim.elapsed().as_millis();
        self.world.truth().note("weather", &format!("{what} at {now}"));
    }

    fn crash(&mut self, host: &str) {
        if !self.sim.is_host_running(host) {
            return;
        }
        self.sim.crash(host);
        if host == builder::NAME {
            self.tear_journal();
        }
    }

    fn restart(&mut self, host: &str) {
        if !self.sim.is_host_running(host) {
            self.sim.bounce(host);
        }
    }

    /// A process that is killed amid a write leaves half a record; a planted bug leaves less than it has told.
    fn tear_journal(&mut self) {
        let path = self.world.journal().join("current");
        let Ok(bytes) = std::fs::read(&path) else { return };
        let now = self.sim.elapsed().as_millis() as u64;
        let late = self.lengths.iter().rev().find(|(at, _)| at + JOURNALED_LATE <= now);
        let kept = late.map_or(bytes.len(), |(_, length)| (*length as usize).min(bytes.len()));
        let mut left = bytes[..kept].to_vec();
        left.extend([200, 0, 0, 0, 1, 2, 3, 4, 5]);
        std::fs::write(path, left).unwrap();
    }
}
