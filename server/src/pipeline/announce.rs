//! What the loop does, told as events for people.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::analyse::Verdict;
use crate::build::Artifact;
use crate::diagnostic::Diagnostic;
use crate::hot::{Patch, Room};
use crate::http::Offer;
use crate::printer::{DiagnosticRow, Event, RoomRow, StageRow, milliseconds};
use crate::publish::{Frames, Made};
use crate::revision::Revision;
use crate::watch::{Change, WatchNotice};

use super::Observer;

/// Files that an event names; more are only counted.
const NAMED_FILES: usize = 10;

/// Makes events with paths as people see them and hands them to the observer.
pub(super) struct Announcer {
    pub(super) observer: Observer,
    pub(super) frames: Arc<Frames>,
    pub(super) compiler: String,
}

/// How far a build is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Progress<'a> {
    /// It begins; the last one took so long.
    Started(Option<Duration>),
    /// It ended well.
    Built(Duration, &'a Artifact),
    /// It ended with these errors.
    Failed(Duration, &'a [Diagnostic]),
    /// It was overtaken.
    Cancelled(Duration),
}

impl Announcer {
    pub(super) fn tell(&self, event: &Event) {
        (self.observer)(event);
    }

    pub(super) fn listening(&self, url: &str, token: &str) {
        self.tell(&Event::Listening {
            url: url.to_owned(),
            token: token.to_owned(),
            compiler: self.compiler.clone(),
        });
    }

    pub(super) fn pairing(&self, offer: &Offer) {
        self.tell(&Event::Pairing {
            page: offer.page.clone(),
            code: offer.code.clone(),
            link: offer.link.clone(),
            seconds: offer.valid.as_secs(),
        });
    }

    /// `began`: when the first of it was seen.
    pub(super) fn change(&self, revision: Revision, changes: &[Change], began: Instant) {
        let at = SystemTime::now().checked_sub(began.elapsed());
        let at = at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        self.tell(&Event::Change {
            revision: revision.get(),
            files: changes.iter().take(NAMED_FILES).map(|change| self.frames.shown(&change.path)).collect(),
            count: changes.len(),
            at_us: at.and_then(|since| u64::try_from(since.as_micros()).ok()),
        });
    }

    pub(super) fn verdict(&self, revision: Revision, program: &str, verdict: &Verdict) {
        self.tell(&Event::Verdict {
            revision: revision.get(),
            program: program.to_owned(),
            verdict: verdict.name(),
            reason: verdict.to_string(),
        });
    }

    pub(super) fn build(&self, revision: Revision, program: &str, progress: Progress<'_>) {
        let (status, elapsed, from_cache, items): (_, _, _, &[Diagnostic]) = match progress {
            Progress::Started(expected) => ("started", expected, false, &[]),
            Progress::Built(elapsed, artifact) => {
                ("built", Some(elapsed), artifact.from_cache, &artifact.warnings)
            }
            Progress::Failed(elapsed, items) => ("failed", Some(elapsed), false, items),
            Progress::Cancelled(elapsed) => ("cancelled", Some(elapsed), false, &[]),
        };
        self.tell(&Event::Build {
            revision: revision.get(),
            program: program.to_owned(),
            status,
            compiler: self.compiler.clone(),
            ms: elapsed.map_or(0.0, milliseconds),
            from_cache,
            diagnostics: items.iter().map(|item| self.row(item)).collect(),
        });
    }

    /// The event of a release, whose sequence is not known yet.
    pub(super) fn released(
        made: &Made,
        patch: Option<&Patch>,
        notes: Vec<String>,
        (room, heap_start): (Option<Room>, Option<u32>),
    ) -> Event {
        let artifact = &made.artifact;
        Event::Release {
            revision: made.revision.get(),
            program: artifact.program.clone(),
            sequence: 0,
            module: artifact.module.to_string(),
            size: artifact.size,
            functions: patch.map(|patch| patch.functions.clone()).unwrap_or_default(),
            patch: patch.map(|patch| patch.hash.to_string()),
            patch_bytes: patch.map_or(0, Patch::size),
            refusals: made.refusals.clone(),
            notes,
            stages: made.stages.iter().map(StageRow::from).collect(),
            room: room.map(|Room { bytes_used, bytes, slots_used, slots }| RoomRow {
                bytes_used,
                bytes,
                slots_used,
                slots,
            }),
            heap_start,
        }
    }

    pub(super) fn release(&self, position: u64, mut event: Event) {
        if let Event::Release { sequence, .. } = &mut event {
            *sequence = position;
        }
        self.tell(&event);
    }

    pub(super) fn watch_notice(&self, notice: &WatchNotice) {
        self.notice(notice.to_string(), notice.hint());
    }

    /// What deserves a look although everything can be built.
    pub(super) fn warnings(&self, problems: Vec<Diagnostic>) {
        for problem in problems {
            let place =
                problem.position.as_ref().map(|place| format!("{}: ", self.frames.shown(&place.file)));
            self.notice(format!("{}{}", place.unwrap_or_default(), problem.message), problem.hint);
        }
    }

    pub(super) fn notice(&self, message: String, hint: Option<String>) {
        self.tell(&Event::Notice { message, hint });
    }

    fn row(&self, item: &Diagnostic) -> DiagnosticRow {
        let mut row = DiagnosticRow::from(item);
        row.file = item.position.as_ref().map(|place| self.frames.shown(&place.file)).unwrap_or_default();
        row
    }
}
