//! Clocks, timers, waiting, and what runs at the same time.

use crate::entry::Entry;
use crate::kind::Kind::Timing;
use crate::verdict::Outcome::{Fails, Works};

const ZONES: &str = "import _ \"time/tzdata\", which takes the zones along (450 KB)";
const ONE: &str = "a guest has one thread: start more guests for more processors";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("time", &["Now", "Since", "Until"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["Sleep"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["After", "Tick"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["AfterFunc"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["NewTimer"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["NewTicker"], Timing, [Works, Works, Works], ""),
    Entry::new("time", &["LoadLocation"], Timing, [Fails, Fails, Fails], ZONES),
    Entry::new(
        "time",
        &["Local"],
        Timing,
        [Works, Fails, Works],
        "a guest is in UTC: take the zone as an argument",
    ),
    Entry::new("context", &["WithTimeout*", "WithDeadline*"], Timing, [Works, Works, Works], ""),
    Entry::new("", &["go statement"], Timing, [Works, Works, Works], "they take turns on one thread"),
    Entry::new("", &["select {}"], Timing, [Works, Works, Works], ""),
    Entry::new(
        "",
        &["empty loop"],
        Timing,
        [Fails, Fails, Fails],
        "nothing else runs meanwhile: wait on a channel, or call runtime.Gosched in it",
    ),
    Entry::new("sync", &["WaitGroup"], Timing, [Works, Works, Works], ""),
    Entry::new(
        "sync",
        &["Mutex", "RWMutex", "Cond", "Once*", "Pool", "Map"],
        Timing,
        [Works, Works, Works],
        "",
    ),
    Entry::new("sync/atomic", &["*"], Timing, [Works, Works, Works], ""),
    Entry::new("runtime", &["NumCPU"], Timing, [Fails, Fails, Fails], ONE),
    Entry::new("runtime", &["GOMAXPROCS"], Timing, [Fails, Fails, Fails], ONE),
    Entry::new(
        "runtime",
        &["LockOSThread", "UnlockOSThread"],
        Timing,
        [Works, Works, Works],
        "there is one thread anyway",
    ),
    Entry::new("runtime", &["Gosched"], Timing, [Works, Works, Works], ""),
    Entry::new(
        "C",
        &[
            "nanosleep",
            "usleep",
            "sleep",
            "setitimer",
            "getitimer",
            "alarm",
            "timer_*",
            "clock_*",
            "gettimeofday",
        ],
        Timing,
        [Fails, Fails, Fails],
        "use package time",
    ),
];
