//! What the pipeline does, counted, remembered and traced for operators.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::build::StageTime;
use crate::printer::{Event, StageRow};
use crate::revision::Revision;
use crate::telemetry::{Attribute, LastBuild, LastUpdate, Span, Telemetry, Tracer, stage};

use super::Observer;

/// Pages of one revision that a trace shows; a thousand answers say no more, and what they took is counted.
const TRACED_PAGES: u32 = 16;

/// Counts what people are told, and tells it to `observer`.
pub(super) fn counted(observer: Observer, telemetry: Telemetry) -> Observer {
    Arc::new(move |event| {
        count(event, &telemetry);
        observer(event);
    })
}

fn count(event: &Event, Telemetry { metrics, recent, .. }: &Telemetry) {
    match event {
        Event::Listening { compiler, .. } => recent.compiles_with(compiler),
        Event::Verdict { program, verdict, .. } => {
            metrics.verdict(verdict);
            recent.note(program, |program| program.verdict = Some(verdict));
        }
        Event::Build { status: "started", .. } => {}
        Event::Build { revision, program, status, ms, from_cache, .. } => {
            let result = if *from_cache { "cached" } else { status };
            let verdict = recent.program(program).verdict.unwrap_or("start");
            metrics.built(verdict, result, duration(*ms));
            let build = LastBuild { revision: *revision, result, ms: *ms, stages: [].into() };
            recent.note(program, |program| program.build = Some(build));
        }
        Event::Release { program, stages, .. } => {
            count_stages(stages, metrics);
            let stages = stages.iter().map(named).collect();
            recent.note(program, |program| {
                if let Some(build) = &mut program.build {
                    build.stages = stages;
                }
            });
        }
        Event::Applied { revision, program, level, level_name, ms, stages, .. } => {
            let age = (*ms > 0.0).then_some(*ms);
            metrics.applied(*level, age.map(duration));
            // Those of the server were counted when it was made public.
            let on_page = stages.iter().filter(|row| stage(&row.name).on_page).cloned();
            let on_page: Vec<StageRow> = on_page.collect();
            count_stages(&on_page, metrics);
            let stages = on_page.iter().map(named).collect();
            let update = LastUpdate { revision: *revision, level: *level, level_name, ms: age, stages };
            recent.note(program, |program| program.update = Some(update));
        }
        Event::ApplyFailed { stage, .. } => metrics.apply_failed(stage),
        Event::Following { .. }
        | Event::Pairing { .. }
        | Event::Flags { .. }
        | Event::Change { .. }
        | Event::ClientLog { .. }
        | Event::Client { .. }
        | Event::Notice { .. } => {}
    }
}

fn count_stages(stages: &[StageRow], metrics: &crate::telemetry::Metrics) {
    for row in stages {
        metrics.stage(&row.name, duration(row.ms));
    }
}

fn named(row: &StageRow) -> (&'static str, f64) {
    (stage(&row.name).name, row.ms)
}

fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

/// Makes traces, one of each revision, out of the times that the stages have noted. Without a collector it does nothing.
#[derive(Debug, Clone)]
pub(super) struct Traces {
    tracer: Option<Tracer>,
    /// The newest revision that a page answered to, and how many answers are in traces.
    pages: (Revision, u32),
}

impl Traces {
    pub(super) fn new(tracer: Option<Tracer>) -> Self {
        Self { tracer, pages: (Revision::FIRST, 0) }
    }

    /// A save was seen and looked at until now: first the watcher's time from its first event on, then the others.
    pub(super) fn judged(&self, revision: Revision, began: Instant, stages: &[StageTime]) {
        let Some(tracer) = &self.tracer else { return };
        let now = SystemTime::now();
        let Some((watch, rest)) = stages.split_first() else { return };
        let start = now.checked_sub(began.elapsed()).unwrap_or(now);
        let end = start.checked_add(watch.elapsed).unwrap_or(start);
        let mut spans = vec![Span::ending(stage(watch.name).name, end, watch.elapsed)];
        let whole = rest.iter().map(|stage| stage.elapsed).sum();
        spans.extend(Span::ending("", now, whole).made_of(parts(rest)).children);
        tracer.record(revision.get(), spans);
    }

    /// The package graph was loaded.
    pub(super) fn loaded(&self, revision: Revision, elapsed: Duration) {
        let Some(tracer) = &self.tracer else { return };
        tracer.record(revision.get(), vec![Span::ending("graph", SystemTime::now(), elapsed)]);
    }

    /// A build has ended.
    pub(super) fn built(
        &self,
        revision: Revision,
        program: &str,
        result: &str,
        elapsed: Duration,
        stages: &[StageTime],
    ) {
        let Some(tracer) = &self.tracer else { return };
        let mut span = Span::ending("build", SystemTime::now(), elapsed)
            .made_of(parts(stages))
            .with("devserver.program", Attribute::Text(program.to_owned()))
            .with("devserver.result", Attribute::Text(result.to_owned()));
        span.failed = result == "failed";
        tracer.record(revision.get(), vec![span]);
    }

    /// A page has answered; `stages` are those of the page, and what they took fits into `since_sent` by its clock.
    pub(super) fn applied(
        &mut self,
        revision: Revision,
        program: &str,
        (session, level): (u64, u8),
        since_sent: Option<Duration>,
        stages: &[(String, Duration)],
    ) {
        let Some(tracer) = &self.tracer else { return };
        if revision > self.pages.0 {
            self.pages = (revision, 0);
        }
        if self.pages.1 >= TRACED_PAGES {
            return;
        }
        self.pages.1 += 1;
        let known: Duration = stages.iter().map(|(_, elapsed)| *elapsed).sum();
        let parts = stages.iter().map(|(name, elapsed)| (stage(name).name, *elapsed));
        let span = Span::ending("page", SystemTime::now(), since_sent.unwrap_or(known))
            .made_of(parts)
            .with("devserver.program", Attribute::Text(program.to_owned()))
            .with("devserver.session", Attribute::Number(session))
            .with("devserver.level", Attribute::Number(level.into()));
        tracer.record(revision.get(), vec![span]);
    }
}

fn parts(stages: &[StageTime]) -> impl Iterator<Item = (&'static str, Duration)> {
    stages.iter().map(|time| (stage(time.name).name, time.elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, ms: f64) -> StageRow {
        StageRow { name: name.to_owned(), ms }
    }

    #[test]
    fn what_people_are_told_is_counted_once_and_remembered() {
        let telemetry = Telemetry::default();
        let observer = counted(Arc::new(|_| {}), telemetry.clone());
        let program = || "secret program".to_owned();
        observer(&Event::Listening {
            url: "http://127.0.0.1/".into(),
            token: "secret token".into(),
            compiler: "tinygo 0.41.1".into(),
        });
        observer(&Event::Verdict {
            revision: 2,
            program: program(),
            verdict: "body",
            reason: "secret".into(),
        });
        for status in ["started", "built"] {
            observer(&Event::Build {
                revision: 2,
                program: program(),
                status,
                compiler: String::new(),
                ms: 20.0,
                from_cache: false,
                diagnostics: Vec::new(),
            });
        }
        observer(&Event::Release {
            revision: 2,
            program: program(),
            sequence: 3,
            module: String::new(),
            size: 1,
            functions: vec!["main.secret".into()],
            patch: None,
            patch_bytes: 0,
            refusals: Vec::new(),
            notes: Vec::new(),
            stages: vec![row("watch", 3.0), row("front end", 7.0)],
            room: None,
            heap_start: None,
        });
        observer(&Event::Applied {
            revision: 2,
            program: program(),
            session: 77,
            level: 2,
            level_name: "hot patch",
            reason: "main.secret".into(),
            ms: 49.0,
            stages: vec![row("watch", 3.0), row("apply", 1.0), row("made up", 1.0)],
            memory: None,
        });
        observer(&Event::ApplyFailed {
            program: program(),
            session: 77,
            stage: "secret".into(),
            message: "secret".into(),
        });
        let text = telemetry.metrics.text(&crate::telemetry::Observed {
            compiler: telemetry.recent.compiler(),
            ..crate::telemetry::Observed::default()
        });
        for line in [
            "devserver_build_info{compiler=\"tinygo 0.41.1\",",
            "devserver_verdicts_total{verdict=\"body\"} 1",
            "devserver_builds_total{result=\"built\",verdict=\"body\"} 1",
            "devserver_stage_seconds_count{stage=\"watch\"} 1",
            "devserver_stage_seconds_count{stage=\"check\"} 1",
            "devserver_stage_seconds_count{stage=\"apply\"} 1",
            "devserver_stage_seconds_count{stage=\"other\"} 1",
            "devserver_save_to_applied_seconds_sum{level=\"2\"} 0.049",
            "devserver_apply_failures_total{stage=\"other\"} 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        assert!(!text.contains("secret"), "{text}");
        let recent = telemetry.recent.program(&program());
        let build = recent.build.unwrap();
        assert_eq!((build.result, build.stages["check"]), ("built", 7.0));
        let update = recent.update.unwrap();
        assert_eq!((update.level, update.ms, update.stages.len()), (2, Some(49.0), 2));
    }
}
