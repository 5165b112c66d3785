//! What pages report, as events for people, and Go positions for their crashes.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::build::{Artifact, GoFrame, Symbolizer, import_site, printed_frames};
use crate::content::ContentHash;
use crate::diagnostic::{CodeFrame, Position};
use crate::http::{Applied, ClientReport, Crash, LogSeverity, ReportKind, WasmFrame};
use crate::printer::{Event, FrameRow, StageRow, milliseconds};
use crate::publish::{Board, ErrorReport, Frames, Level, ProgramBoard};
use crate::telemetry::{Attendance, Attendant, AttendantUpdate};

use super::Observer;
use super::record::Traces;
use super::timeline::Timeline;

/// Answers pages and tells people what they said.
pub(super) struct Clients {
    frames: Arc<Frames>,
    symbolizer: Arc<Symbolizer>,
    observer: Observer,
    traces: Traces,
    attendance: Arc<Attendance>,
}

impl Clients {
    pub(super) fn new(
        frames: Arc<Frames>,
        symbolizer: Arc<Symbolizer>,
        observer: Observer,
        traces: Traces,
        attendance: Arc<Attendance>,
    ) -> Self {
        Self { frames, symbolizer, observer, traces, attendance }
    }

    /// Crashes of this module are read by these symbols, whoever has built it.
    pub(super) fn knows_symbols(&self, artifact: &Artifact) {
        self.symbolizer.knows(artifact.module, artifact.symbols);
    }

    /// Takes one report; `sources` are the files of a program, where they are on this machine. Returns the place that
    /// the developer wants to see, when it asks for one.
    pub(super) fn report(
        &mut self,
        report: ClientReport,
        board: &Board,
        timeline: &Timeline,
        sources: impl FnOnce(&str) -> Vec<PathBuf>,
    ) -> Option<Position> {
        let ClientReport { session, program, kind } = report;
        match kind {
            ReportKind::Connected { client, base, patch, subject } => {
                let device = subject.map_or(client, |subject| subject.device_in_words());
                let attendant =
                    Attendant { program: program.clone(), device, base, patch, ..Attendant::default() };
                // Who wants only what happens shows nothing.
                if !program.is_empty() {
                    self.attendance.came(session, attendant);
                }
                self.tell(&Event::Client { program, session, connected: true });
            }
            ReportKind::Disconnected => {
                self.attendance.left(session);
                self.tell(&Event::Client { program, session, connected: false });
            }
            ReportKind::Applied(applied) => self.applied(session, program, applied, board, timeline),
            ReportKind::Failed(failed) => {
                self.attendance.note(session, |client| client.failed = Some(failed.message.clone()));
                self.tell(&Event::ApplyFailed {
                    program,
                    session,
                    stage: failed.stage,
                    message: failed.message,
                });
            }
            ReportKind::Status { base, patch, ended, .. } => {
                self.attendance
                    .note(session, |client| (client.base, client.patch, client.ended) = (base, patch, ended));
            }
            // Sessions keep what they need of it for their decisions.
            ReportKind::WantsWhole | ReportKind::Follows(_) | ReportKind::LooksOn(_) => {}
            ReportKind::Log { severity, text } => self.tell(&Event::ClientLog {
                program,
                session,
                severity: severity_name(severity),
                kind: None,
                text,
                frames: Vec::new(),
            }),
            ReportKind::Crash(crash) => {
                let known = board.programs.get(&program).cloned();
                let sources = if links(&crash.kind) { sources(&program) } else { Vec::new() };
                let module_of = move |frame: &WasmFrame| module_of(known.as_deref(), frame);
                self.crash((session, program), crash, sources, module_of);
            }
            ReportKind::OpenLocation { location } => return self.frames.locations().position(location),
            ReportKind::Invalidate { reason } => self.tell(&Event::Notice {
                message: format!("page {session} of {program} asks for a reload: {reason}"),
                hint: None,
            }),
        }
        None
    }

    fn tell(&self, event: &Event) {
        (self.observer)(event);
    }

    fn applied(
        &mut self,
        session: u64,
        program: String,
        applied: Applied,
        board: &Board,
        timeline: &Timeline,
    ) {
        let Some(known) = board.programs.get(&program) else { return };
        // A module's time counts from its save, that of other files of the page from theirs.
        let release = known.release.as_ref().filter(|release| release.sequence == applied.sequence);
        let revision = timeline.revision_of(&program, applied.sequence).unwrap_or(known.manifest_revision);
        let age = timeline.age(revision, Instant::now());
        let update = AttendantUpdate {
            revision: revision.get(),
            level: applied.level.number(),
            ms: age.map(milliseconds),
        };
        self.attendance.note(session, |client| {
            (client.base, client.patch, client.ended) = (applied.base, applied.patch, false);
            (client.update, client.failed) = (Some(update), None);
            client.memory = applied.memory;
        });
        let on_page = with_transfer(applied.stages, applied.since_sent);
        self.traces.applied(
            revision,
            &program,
            (session, applied.level.number()),
            applied.since_sent,
            &on_page,
        );
        let mut stages: Vec<StageRow> = release
            .filter(|_| applied.level >= Level::ModuleSwap)
            .map(|release| release.stages.iter().map(StageRow::from).collect())
            .unwrap_or_default();
        stages
            .extend(on_page.into_iter().map(|(name, elapsed)| StageRow { name, ms: milliseconds(elapsed) }));
        self.tell(&Event::Applied {
            revision: revision.get(),
            program,
            session,
            level: applied.level.number(),
            level_name: applied.level.name(),
            reason: applied.reason,
            ms: age.map_or(0.0, milliseconds),
            stages,
            memory: applied.memory,
        });
    }

    /// Reading the symbols of a large module takes a while, so it is done aside; the page waits for the answer, nobody
    /// else does.
    fn crash(
        &self,
        (session, program): (u64, String),
        crash: Crash,
        sources: Vec<PathBuf>,
        module_of: impl Fn(&WasmFrame) -> ContentHash + Send + 'static,
    ) {
        let (symbolizer, frames) = (Arc::clone(&self.symbolizer), Arc::clone(&self.frames));
        let observer = Arc::clone(&self.observer);
        tokio::task::spawn_blocking(move || {
            let mut stack = printed_frames(&crash.stack);
            if stack.is_empty() {
                for frame in &crash.frames {
                    stack.extend(symbolizer.frames(module_of(frame), &[(frame.function, frame.offset)]));
                }
            }
            let mut stack = of_the_program(stack, |file| frames.is_own(file));
            if let Some(site) = import_site(&crash.message, &sources) {
                stack.insert(0, site);
            }
            let code = stack.iter().find_map(|frame| {
                let place = frame.position.as_ref()?;
                let own = frames.is_own(&place.file);
                own.then(|| CodeFrame::read(&place.file, place.line)).flatten()
            });
            let rows = stack
                .iter()
                .map(|frame| FrameRow {
                    function: frame.function.clone(),
                    file: frame.position.as_ref().map(|place| frames.shown(&place.file)).unwrap_or_default(),
                    line: frame.position.as_ref().map_or(0, |place| place.line),
                })
                .collect();
            observer(&Event::ClientLog {
                program: program.clone(),
                session,
                severity: if crash.kind == "panic" { "panic" } else { "error" },
                kind: Some(crash.kind.clone()),
                text: crash.message.clone(),
                frames: rows,
            });
            let report = ErrorReport {
                crash: crash.number,
                kind: crash.kind,
                message: crash.message,
                frames: stack,
                code,
            };
            // No room means that the page crashes faster than it reads; the terminal has shown this one.
            let _ = crash.answers.try_send(frames.error_report(&program, &report));
        });
    }
}

/// What came with the frame itself was on its way for as long as the page does not account for; the way of its answer is in
/// that.
fn with_transfer(
    mut stages: Vec<(String, Duration)>,
    since_sent: Option<Duration>,
) -> Vec<(String, Duration)> {
    if let Some(since_sent) = since_sent
        && stages.iter().all(|(name, _)| name != "transfer")
    {
        let known = stages.iter().map(|(_, elapsed)| *elapsed).sum();
        stages.insert(0, ("transfer".to_owned(), since_sent.saturating_sub(known)));
    }
    stages
}

/// Errors of this class may be about an import that the page does not offer as it is declared.
fn links(kind: &str) -> bool {
    matches!(kind, "LinkError" | "TypeError")
}

/// The module that a frame's function is in: that of its patch when it came with one.
fn module_of(program: Option<&ProgramBoard>, frame: &WasmFrame) -> ContentHash {
    let patch = || {
        let lineage = program?.release.as_ref()?.lineage(frame.module)?;
        Some(lineage.patches.iter().find(|patch| patch.number == frame.patch)?.hash)
    };
    patch().unwrap_or(frame.module)
}

/// Leaves out how the runtime goes down once something is wrong, and how it came to call the program: neither says
/// anything about it.
fn of_the_program(mut stack: Vec<GoFrame>, is_own: impl Fn(&Path) -> bool) -> Vec<GoFrame> {
    let own = |frame: &GoFrame| frame.position.as_ref().is_some_and(|place| is_own(&place.file));
    if let Some(last) = stack.iter().rposition(own) {
        stack.truncate(last + 1);
    }
    let runtime = |frame: &GoFrame| frame.function == "panic" || frame.function.starts_with("runtime.");
    if let Some(first) = stack.iter().position(|frame| !runtime(frame)) {
        stack.drain(..first);
    }
    stack
}

fn severity_name(severity: LogSeverity) -> &'static str {
    match severity {
        LogSeverity::Debug => "debug",
        LogSeverity::Info => "info",
        LogSeverity::Warning => "warning",
        LogSeverity::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_stack_the_part_of_the_program_is_shown() {
        let shown = |stack: &[&str]| {
            let frame = |text: &&str| {
                let (function, file) = text.split_once(' ').unwrap_or((text, ""));
                let place = Position { file: file.into(), line: 1, column: 0 };
                GoFrame { function: function.to_owned(), position: (!file.is_empty()).then_some(place) }
            };
            let kept = of_the_program(stack.iter().map(frame).collect(), |file| file.starts_with("/own"));
            kept.into_iter().map(|frame| frame.function).collect::<Vec<_>>()
        };
        let stack = [
            "runtime.abort /tinygo/a.go",
            "runtime._panic",
            "main.fall /own/main.go",
            "sort.Slice /go/sort.go",
            "main.main /own/main.go",
            "runtime.run.func1 /tinygo/scheduler.go",
            "tinygo_launch",
        ];
        assert_eq!(shown(&stack), ["main.fall", "sort.Slice", "main.main"]);
        assert_eq!(shown(&["runtime.abort", "js.call", "_start"]), ["js.call", "_start"]);
        assert_eq!(shown(&["runtime.abort"]), ["runtime.abort"]);
    }

    #[test]
    fn what_the_page_does_not_account_for_was_the_way_there() {
        let ms = Duration::from_millis;
        let stages = |names: &[(&str, u64)]| -> Vec<(String, Duration)> {
            names.iter().map(|(name, time)| ((*name).to_owned(), ms(*time))).collect()
        };
        let patch = stages(&[("apply", 2), ("first_frame", 9)]);
        let whole = stages(&[("transfer", 5), ("swap", 2)]);
        let told = stages(&[("transfer", 3), ("apply", 2), ("first_frame", 9)]);
        assert_eq!(with_transfer(patch.clone(), Some(ms(14))), told);
        assert_eq!(with_transfer(patch.clone(), Some(ms(4)))[0].1, ms(0), "its clock is another");
        assert_eq!(with_transfer(patch.clone(), None), patch);
        assert_eq!(with_transfer(whole.clone(), Some(ms(14))), whole);
    }

    #[test]
    fn severities_have_the_names_of_the_json_events() {
        let all = [LogSeverity::Debug, LogSeverity::Info, LogSeverity::Warning, LogSeverity::Error];
        assert_eq!(all.map(severity_name), ["debug", "info", "warning", "error"]);
    }
}
