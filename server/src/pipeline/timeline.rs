//! When each revision began, so that a page's answer can be printed as the time from save to screen.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::build::StageTime;
use crate::revision::Revision;

/// Revisions that are remembered; a page that answers later than that was asleep, and its time means nothing.
const REMEMBERED: usize = 128;

/// Start and first stages of the newest revisions.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    entries: VecDeque<Entry>,
    /// Program, sequence and revision of the newest releases: a page may answer after the next one is public.
    released: VecDeque<(String, u64, Revision)>,
}

#[derive(Debug)]
struct Entry {
    revision: Revision,
    began: Instant,
    stages: Vec<StageTime>,
}

impl Timeline {
    /// A revision whose first event came at `began`.
    pub(super) fn begin(&mut self, revision: Revision, began: Instant, watched: Duration) {
        self.entries.truncate(REMEMBERED - 1);
        let stages = vec![StageTime { name: "watch", elapsed: watched }];
        self.entries.push_front(Entry { revision, began, stages });
    }

    /// Adds a stage to a revision that is remembered.
    pub(super) fn add(&mut self, revision: Revision, name: &'static str, elapsed: Duration) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.revision == revision) {
            entry.stages.push(StageTime { name, elapsed });
        }
    }

    /// What happened before the build; empty for a revision that no edit began.
    pub(super) fn stages(&self, revision: Revision) -> &[StageTime] {
        self.find(revision).map_or(&[], |entry| &entry.stages)
    }

    /// A revision became public.
    pub(super) fn released(&mut self, program: &str, sequence: u64, revision: Revision) {
        self.released.truncate(REMEMBERED - 1);
        self.released.push_front((program.to_owned(), sequence, revision));
    }

    /// The revision that a program became with a release; `None` for a sequence that was no release's, or is forgotten.
    pub(super) fn revision_of(&self, program: &str, sequence: u64) -> Option<Revision> {
        let mut released = self.released.iter();
        released
            .find(|(name, known, _)| name == program && *known == sequence)
            .map(|(.., revision)| *revision)
    }

    /// Time since the first event of a revision; `None` when no edit began it or it is forgotten.
    pub(super) fn age(&self, revision: Revision, now: Instant) -> Option<Duration> {
        self.find(revision).map(|entry| now.saturating_duration_since(entry.began))
    }

    fn find(&self, revision: Revision) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.revision == revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_a_release_that_was_overtaken_is_of_its_revision() {
        let mut timeline = Timeline::default();
        let first = Revision::FIRST.next();
        timeline.released("app", 3, first);
        timeline.released("other", 3, first.next());
        timeline.released("app", 6, first.next().next());
        assert_eq!(timeline.revision_of("app", 3), Some(first));
        assert_eq!(timeline.revision_of("app", 4), None);
        for sequence in 0..REMEMBERED as u64 {
            timeline.released("other", sequence, first);
        }
        assert_eq!(timeline.revision_of("app", 6), None);
    }

    #[test]
    fn a_revision_is_timed_from_its_first_event_and_forgotten_in_the_end() {
        let mut timeline = Timeline::default();
        let began = Instant::now();
        let first = Revision::FIRST.next();
        timeline.begin(first, began, Duration::from_millis(10));
        timeline.add(first, "analyse", Duration::from_millis(2));
        let names: Vec<_> = timeline.stages(first).iter().map(|stage| stage.name).collect();
        assert_eq!(names, ["watch", "analyse"]);
        assert_eq!(timeline.age(first, began + Duration::from_millis(90)), Some(Duration::from_millis(90)));
        assert_eq!(timeline.age(Revision::FIRST, began), None, "the start is no edit");
        let mut revision = first;
        for _ in 0..REMEMBERED {
            revision = revision.next();
            timeline.begin(revision, began, Duration::ZERO);
        }
        assert_eq!(timeline.age(first, began), None);
    }
}
