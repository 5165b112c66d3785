//! The families of metrics, as the exposition names them; the only place that knows the library which keeps them.

use prometheus::core::Collector;
use prometheus::{
    Counter, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// Seconds; from half a millisecond, which a comparison of trees takes, to half a minute, which a cold build takes.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// All families.
#[derive(Debug)]
pub(super) struct Families {
    registry: Registry,
    pub(super) build_info: IntGaugeVec,
    pub(super) start_time: Gauge,
    pub(super) memory: IntGauge,
    pub(super) processor: Counter,
    pub(super) compilers: Counter,
    pub(super) revision: IntGauge,
    pub(super) diagnostics: IntGaugeVec,
    pub(super) sessions: IntGaugeVec,
    pub(super) sessions_total: IntCounterVec,
    pub(super) behind: IntGauge,
    pub(super) frames: IntCounterVec,
    pub(super) bytes: IntCounterVec,
    pub(super) skipped: IntCounter,
    pub(super) resumes: IntCounterVec,
    pub(super) answers: IntCounterVec,
    pub(super) refusals: IntCounterVec,
    pub(super) wrong_tokens: IntCounter,
    pub(super) events: IntCounter,
    pub(super) log_events: IntGauge,
    pub(super) log_bytes: IntGauge,
    pub(super) verdicts: IntCounterVec,
    pub(super) builds: IntCounterVec,
    pub(super) build_seconds: HistogramVec,
    pub(super) stage_seconds: HistogramVec,
    pub(super) applied: IntCounterVec,
    pub(super) save_to_applied: HistogramVec,
    pub(super) apply_failures: IntCounterVec,
    pub(super) crashes: IntCounterVec,
    pub(super) spans: IntCounterVec,
}

impl Families {
    pub(super) fn new() -> Self {
        let registry = Registry::new();
        let make = Maker(&registry);
        Self {
            build_info: make.gauges("build_info", "1; what runs.", &["version", "protocol", "compiler"]),
            start_time: make.plain(Gauge::new(
                "process_start_time_seconds",
                "When the server was started, in seconds since 1970.",
            )),
            memory: make.plain(IntGauge::new(
                "process_resident_memory_bytes",
                "Memory of the server's process; compilers are processes of their own.",
            )),
            processor: make.plain(Counter::new("process_cpu_seconds_total", "Processor time of the server.")),
            compilers: make.plain(Counter::new(
                "devserver_compilers_cpu_seconds_total",
                "Processor time of compilers that have ended.",
            )),
            revision: make.gauge("revision", "The newest state of the sources that the board knows."),
            diagnostics: make.gauges("diagnostics", "What is wrong with the sources now.", &["severity"]),
            sessions: make.gauges("sessions", "Clients that are connected.", &["transport", "audience"]),
            sessions_total: make.counters("sessions_total", "Clients that came.", &["transport", "audience"]),
            behind: make.gauge("sessions_behind", "Clients that have not taken what they were given."),
            frames: make.counters("sent_frames_total", "Frames given to connections.", &["kind"]),
            bytes: make.counters("sent_bytes_total", "Bytes of these frames.", &["kind"]),
            skipped: make.counter(
                "skipped_states_total",
                "States of the board that a client was not told of, because a newer one was there.",
            ),
            resumes: make.counters(
                "resumes_total",
                "Clients that came back, by whether the log knew what they had.",
                &["result"],
            ),
            answers: make.counters("http_answers_total", "Answers to requests.", &["status"]),
            refusals: make.counters(
                "refusals_total",
                "What was refused, by the guard that did it.",
                &["guard"],
            ),
            wrong_tokens: make
                .counter("wrong_tokens_total", "Requests with a token that is not the project's."),
            events: make.counter("events_total", "Events since the log began, which outlives the server."),
            log_events: make.gauge("log_events", "Events that the log keeps for those who come back."),
            log_bytes: make.gauge("log_bytes", "Memory of these events."),
            verdicts: make.counters(
                "verdicts_total",
                "Edits, by what they meant for a program.",
                &["verdict"],
            ),
            builds: make.counters("builds_total", "Builds that have ended.", &["verdict", "result"]),
            build_seconds: make.histograms("build_seconds", "Time of builds.", &["result"]),
            stage_seconds: make.histograms(
                "stage_seconds",
                "Time of stages between save and screen.",
                &["stage"],
            ),
            applied: make.counters("applied_total", "Updates that pages applied.", &["level"]),
            save_to_applied: make.histograms(
                "save_to_applied_seconds",
                "Time from the first event of the file system to the page's answer.",
                &["level"],
            ),
            apply_failures: make.counters(
                "apply_failures_total",
                "Updates that pages could not apply.",
                &["stage"],
            ),
            crashes: make.counters(
                "crashes_total",
                "Panics and uncaught errors that pages reported.",
                &["kind"],
            ),
            spans: make.counters("spans_total", "Spans for the trace collector.", &["result"]),
            registry,
        }
    }

    /// In the text format, version 0.0.4.
    pub(super) fn text(&self) -> String {
        match TextEncoder::new().encode_to_string(&self.registry.gather()) {
            Ok(text) => text,
            Err(error) => unreachable!("families have names, and text can be written to memory: {error}"),
        }
    }
}

/// Sums only grow, so a counter that is brought up to one never goes back.
pub(super) fn bring(counter: &IntCounter, sum: u64) {
    counter.inc_by(sum.saturating_sub(counter.get()));
}

/// Makes families and registers them.
struct Maker<'a>(&'a Registry);

impl Maker<'_> {
    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.plain(IntCounter::with_opts(options(name, help)))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.plain(IntCounterVec::new(options(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.plain(IntGauge::with_opts(options(name, help)))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.plain(IntGaugeVec::new(options(name, help), labels))
    }

    fn histograms(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::from(options(name, help)).buckets(BUCKETS.to_vec());
        self.plain(HistogramVec::new(options, labels))
    }

    fn plain<Family: Collector + Clone + 'static>(&self, made: prometheus::Result<Family>) -> Family {
        let registered = made.and_then(|family| {
            self.0.register(Box::new(family.clone()))?;
            Ok(family)
        });
        match registered {
            Ok(family) => family,
            Err(error) => unreachable!("names of metrics are fixed, and all of them different: {error}"),
        }
    }
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(format!("devserver_{name}"), help)
}
