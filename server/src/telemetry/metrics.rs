//! What is counted, by those who know what happened.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dev_server_proto::FrameKind;

use super::families::{Families, bring};
use super::sharded::Deliveries;
use super::words::{Audience, Refused, Transport, one_of, stage};
use crate::process::{resident_memory, time_of_children, time_of_this_process};

/// What an edit can mean, as events say it; "start" before the first edit.
const VERDICTS: [&str; 10] = [
    "start",
    "nothing",
    "asset",
    "graph",
    "whole",
    "body",
    "contract",
    "type layout",
    "global init",
    "imports",
];

/// How a build can end.
const RESULTS: [&str; 4] = ["built", "cached", "failed", "cancelled"];

/// Where pages say that an update failed.
const FAILED_IN: [&str; 6] = ["fetch", "compile", "link", "start", "dispose", "patch"];

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    families: Families,
    deliveries: Deliveries,
    started: Instant,
    /// Held while sums are brought into the families and written down.
    writing: Mutex<()>,
}

/// What is true at the moment of asking, of those who know it.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Of the compiler and its version.
    pub compiler: String,
    /// The newest state of the sources.
    pub revision: u64,
    /// Errors in the sources.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Number of the last event.
    pub last_event: u64,
    /// Events that are kept.
    pub kept_events: u64,
    /// Memory of these.
    pub kept_bytes: u64,
}

impl Default for Metrics {
    /// Nothing has happened. Series of closed lists are there from the beginning: one that comes with the first event of its
    /// kind would make that event invisible to whoever looks at increases.
    fn default() -> Self {
        let families = Families::new();
        for transport in Transport::ALL.map(Transport::name) {
            for audience in Audience::ALL.map(Audience::name) {
                families.sessions.with_label_values(&[transport, audience]).set(0);
                families.sessions_total.with_label_values(&[transport, audience]).reset();
            }
        }
        for kind in FrameKind::ALL.map(FrameKind::name) {
            families.frames.with_label_values(&[kind]).reset();
            families.bytes.with_label_values(&[kind]).reset();
        }
        for guard in Refused::ALL.map(Refused::name) {
            families.refusals.with_label_values(&[guard]).reset();
        }
        for class in CLASSES {
            families.answers.with_label_values(&[class]).reset();
        }
        for result in ["recovered", "not_recovered"] {
            families.resumes.with_label_values(&[result]).reset();
        }
        for kind in ["panic", "error"] {
            families.crashes.with_label_values(&[kind]).reset();
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        families.start_time.set(now.as_secs_f64());
        Self {
            families,
            deliveries: Deliveries::default(),
            started: Instant::now(),
            writing: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Metrics that count no deliveries, for measuring what counting them costs.
    pub fn without_deliveries() -> Self {
        Self { deliveries: Deliveries::none(), ..Self::default() }
    }

    /// How long the server runs.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// What sessions are given.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// A client is there until the value is dropped.
    pub fn attends(self: &Arc<Self>, transport: Transport, audience: Audience) -> Attending {
        let labels = [transport.name(), audience.name()];
        self.families.sessions.with_label_values(&labels).inc();
        self.families.sessions_total.with_label_values(&labels).inc();
        Attending { metrics: Arc::clone(self), transport, audience }
    }

    /// Clients that are there now, and that ever came.
    pub fn sessions(&self, transport: Transport, audience: Audience) -> (u64, u64) {
        let labels = [transport.name(), audience.name()];
        let now = self.families.sessions.with_label_values(&labels).get();
        (now.unsigned_abs(), self.families.sessions_total.with_label_values(&labels).get())
    }

    /// A client came back with something.
    pub fn resumed(&self, recovered: bool) {
        let result = if recovered { "recovered" } else { "not_recovered" };
        self.families.resumes.with_label_values(&[result]).inc();
    }

    /// A request was answered.
    pub fn answered(&self, status: u16) {
        let class = CLASSES.get(usize::from(status / 100).wrapping_sub(1)).unwrap_or(&"5xx");
        self.families.answers.with_label_values(&[class]).inc();
    }

    /// A guard sent somebody away.
    pub fn refused(&self, guard: Refused) {
        self.families.refusals.with_label_values(&[guard.name()]).inc();
    }

    /// Somebody brought a token that is not the project's.
    pub fn wrong_token(&self) {
        self.families.wrong_tokens.inc();
    }

    /// A page reported a panic of its program, or an uncaught error.
    pub fn crashed(&self, is_panic: bool) {
        self.families.crashes.with_label_values(&[if is_panic { "panic" } else { "error" }]).inc();
    }

    /// What an edit means for a program.
    pub fn verdict(&self, verdict: &str) {
        self.families.verdicts.with_label_values(&[one_of(&VERDICTS, verdict)]).inc();
    }

    /// A build has ended.
    pub fn built(&self, verdict: &str, result: &str, elapsed: Duration) {
        let result = one_of(&RESULTS, result);
        self.families.builds.with_label_values(&[one_of(&VERDICTS, verdict), result]).inc();
        self.families.build_seconds.with_label_values(&[result]).observe(elapsed.as_secs_f64());
    }

    /// A stage between save and screen took so long.
    pub fn stage(&self, name: &str, elapsed: Duration) {
        self.families.stage_seconds.with_label_values(&[stage(name).name]).observe(elapsed.as_secs_f64());
    }

    /// A page applied an update; how long after the save, when an edit caused it.
    pub fn applied(&self, level: u8, age: Option<Duration>) {
        let level = ["0", "1", "2", "3", "4"].get(usize::from(level)).copied().unwrap_or("other");
        self.families.applied.with_label_values(&[level]).inc();
        if let Some(age) = age {
            self.families.save_to_applied.with_label_values(&[level]).observe(age.as_secs_f64());
        }
    }

    /// A page could not apply an update.
    pub fn apply_failed(&self, stage: &str) {
        self.families.apply_failures.with_label_values(&[one_of(&FAILED_IN, stage)]).inc();
    }

    /// Spans were sent, or are lost.
    pub(super) fn spans(&self, result: &'static str, count: usize) {
        if count > 0 {
            self.families.spans.with_label_values(&[result]).inc_by(count as u64);
        }
    }

    /// All of it in the text format of Prometheus, version 0.0.4.
    pub fn text(&self, observed: &Observed) -> String {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let families = &self.families;
        for kind in FrameKind::ALL {
            let sum = self.deliveries.sum(kind);
            bring(&families.frames.with_label_values(&[kind.name()]), sum.frames);
            bring(&families.bytes.with_label_values(&[kind.name()]), sum.bytes);
        }
        bring(&families.skipped, self.deliveries.sum_skipped());
        bring(&families.events, observed.last_event);
        families.behind.set(self.deliveries.sum_behind().cast_signed());
        families.log_events.set(observed.kept_events.cast_signed());
        families.log_bytes.set(observed.kept_bytes.cast_signed());
        families.revision.set(observed.revision.cast_signed());
        families.diagnostics.with_label_values(&["error"]).set(observed.errors.cast_signed());
        families.diagnostics.with_label_values(&["warning"]).set(observed.warnings.cast_signed());
        families.build_info.reset();
        let protocol = dev_server_proto::PROTOCOL_VERSION.to_string();
        let build = [env!("CARGO_PKG_VERSION"), protocol.as_str(), observed.compiler.as_str()];
        families.build_info.with_label_values(&build).set(1);
        if let Some(bytes) = resident_memory() {
            families.memory.set(bytes.cast_signed());
        }
        for (counter, time) in
            [(&families.processor, time_of_this_process()), (&families.compilers, time_of_children())]
        {
            if let Some(time) = time {
                counter.reset();
                counter.inc_by(time.as_secs_f64());
            }
        }
        families.text()
    }
}

/// A client that is there.
#[derive(Debug)]
pub struct Attending {
    metrics: Arc<Metrics>,
    transport: Transport,
    audience: Audience,
}

impl Attending {
    /// Where it is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        let labels = [self.transport.name(), self.audience.name()];
        self.metrics.families.sessions.with_label_values(&labels).dec();
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
