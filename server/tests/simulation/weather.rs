//! What goes wrong in one run, all of it decided by the seed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Until then things go wrong, in milliseconds of the run.
pub(crate) const STORM: u64 = 9_000;

/// Connections of a hundred that break, while things go wrong.
const CUT: u8 = 35;

/// Bytes after which they do, at most.
const CUT_AFTER: usize = 12_000;

/// Random numbers of one part of the run: what one part takes changes nothing for the others.
#[derive(Clone)]
pub(crate) struct Chance(Arc<Mutex<fastrand::Rng>>);

impl Chance {
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        let mut seeds = fastrand::Rng::with_seed(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self(Arc::new(Mutex::new(seeds.fork())))
    }

    pub(crate) fn range(&self, range: std::ops::Range<u64>) -> u64 {
        self.0.lock().unwrap().u64(range)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&self, percent: u8) -> bool {
        self.range(0..100) < u64::from(percent)
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.range(0..of.len() as u64) as usize]
    }
}

/// Shared by all hosts: whether it is bad, and what breaks.
#[derive(Clone)]
pub(crate) struct Weather {
    chance: Chance,
    bad: Arc<AtomicBool>,
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed, 1), bad: Arc::new(AtomicBool::new(true)) }
    }

    pub(crate) fn is_bad(&self) -> bool {
        self.bad.load(Ordering::Relaxed)
    }

    pub(crate) fn clears(&self) {
        self.bad.store(false, Ordering::Relaxed);
    }

    /// Bytes after which a connection that is opened now breaks.
    pub(crate) fn cut(&self) -> Option<usize> {
        let breaks = self.is_bad() && self.chance.percent(CUT);
        breaks.then(|| self.chance.range(1..CUT_AFTER as u64) as usize)
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What these two say to each other waits until it is over.
    Delay(String, String),
    /// What they say to each other is lost for ever, and both connections hang until somebody gives up.
    Loss(String, String),
    /// The broker does nothing, and what it was asked for is done afterwards.
    BrokerPause,
    /// The broker forgets everything.
    BrokerForgets,
    /// Somebody else at the broker writes once more what was true before.
    Replay,
    /// A host ends at once and comes again afterwards.
    Crash(String),
    /// The server that builds ends and has lost its journal.
    NewEpoch,
}

/// A fault, when it begins and when it ends, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) fault: Fault,
    pub(crate) from: u64,
    pub(crate) until: u64,
}

/// The faults of a run.
pub(crate) fn plan(seed: u64, hubs: &[String], tabs: &[String]) -> Vec<Planned> {
    let chance = Chance::new(seed, 2);
    let mut planned = Vec::new();
    let mut builder_free = 0;
    for _ in 0..chance.range(3..11) {
        let from = chance.range(300..STORM - 1_000);
        let until = (from + chance.range(50..3_500)).min(STORM - 100);
        let hub = || chance.pick(hubs).clone();
        let fault = match chance.range(0..100) {
            0..15 => Fault::Delay("broker".into(), hub()),
            15..25 => Fault::Delay("broker".into(), "builder".into()),
            25..35 => Fault::Delay(chance.pick(tabs).clone(), hub()),
            35..40 => Fault::Loss("broker".into(), hub()),
            40..44 => Fault::Loss("broker".into(), "builder".into()),
            44..58 => Fault::BrokerPause,
            58..63 => Fault::BrokerForgets,
            63..70 => Fault::Replay,
            70..85 => Fault::Crash(hub()),
            85..95 => Fault::Crash("builder".into()),
            _ => Fault::NewEpoch,
        };
        // One that is down cannot go down.
        let builder = fault == Fault::NewEpoch || fault == Fault::Crash("builder".into());
        if builder && from < builder_free {
            continue;
        }
        if builder {
            builder_free = until + 100;
        }
        planned.push(Planned { fault, from, until });
    }
    planned
}
