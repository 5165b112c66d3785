//! The runtime, and how programs look at themselves.

use crate::entry::Entry;
use crate::kind::Kind::Other;
use crate::verdict::Outcome::{Fails, Refused, Works};

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("runtime", &["GC", "KeepAlive"], Other, [Works, Works, Works], ""),
    Entry::new("runtime", &["ReadMemStats", "MemStats"], Other, [Works, Works, Works], ""),
    Entry::new("runtime", &["NumGoroutine"], Other, [Works, Works, Works], ""),
    Entry::new(
        "runtime",
        &["Caller", "Callers*", "FuncForPC"],
        Other,
        [Fails, Fails, Works],
        "TinyGo knows no lines while it runs: build with Go, or leave it out",
    ),
    Entry::new(
        "runtime",
        &["Stack"],
        Other,
        [Fails, Fails, Works],
        "TinyGo has no stacks to print: build with Go, or leave it out",
    ),
    Entry::new(
        "runtime",
        &["SetFinalizer"],
        Other,
        [Fails, Fails, Works],
        "close by hand: TinyGo calls no finalisers",
    ),
    Entry::new("runtime", &["AddCleanup"], Other, [Works, Works, Works], "TinyGo calls no cleanups"),
    Entry::new(
        "runtime/debug",
        &["Stack", "PrintStack"],
        Other,
        [Fails, Fails, Works],
        "TinyGo has no stacks to print",
    ),
    Entry::new(
        "runtime/debug",
        &["ReadBuildInfo"],
        Other,
        [Works, Works, Works],
        "TinyGo knows nothing of modules: set a variable with -ldflags '-X main.version=1'",
    ),
    Entry::new("runtime/debug", &["SetGCPercent"], Other, [Works, Works, Works], ""),
    Entry::new(
        "runtime/debug",
        &["SetMemoryLimit"],
        Other,
        [Works, Works, Works],
        "the host limits memory: `--memory`",
    ),
    Entry::new("runtime/pprof", &["*"], Other, [Fails, Fails, Fails], "measure on the outside"),
    Entry::new("runtime/trace", &["*"], Other, [Fails, Fails, Works], "trace on the outside"),
    Entry::new("weak", &["*"], Other, [Refused, Refused, Works], "keep what is needed"),
    Entry::new("testing", &["Benchmark"], Other, [Works, Works, Works], ""),
];
