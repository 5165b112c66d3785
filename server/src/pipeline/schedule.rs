//! Which program is built next, and which results are too old to be used. Pure: no clock, no tasks.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use crate::revision::Revision;

/// One build at a time, the latest wish of each program wins.
///
/// `Input` names what decides a build, such as a digest over all sources: equal inputs give equal results.
#[derive(Debug)]
pub(super) struct Schedule<Input> {
    programs: BTreeMap<String, Wishes<Input>>,
    running: Option<Running<Input>>,
}

#[derive(Debug)]
struct Wishes<Input> {
    /// What was asked for last.
    wanted: Option<(Revision, Input)>,
    /// True while `wanted` has not been started.
    waiting: bool,
    /// Input of the last result that was good, and which is public.
    good: Option<Input>,
}

#[derive(Debug)]
struct Running<Input> {
    program: String,
    revision: Revision,
    input: Input,
    cancel: CancellationToken,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wished {
    /// What is public was made from this very input: nothing has to be built, what was wrong is right again.
    AlreadyPublic,
    /// The build that runs was started from this very input.
    AlreadyRunning,
    /// It will be built.
    Queued,
}

/// A build to start.
#[derive(Debug, Clone)]
pub(super) struct Start<Input> {
    pub(super) program: String,
    pub(super) revision: Revision,
    pub(super) input: Input,
    pub(super) cancel: CancellationToken,
}

impl<Input: Clone + PartialEq> Schedule<Input> {
    pub(super) fn new() -> Self {
        Self { programs: BTreeMap::new(), running: None }
    }

    /// Forgets programs that are gone and ends their build.
    pub(super) fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.programs.retain(|name, _| exists(name));
        if let Some(running) = &self.running
            && !exists(&running.program)
        {
            running.cancel.cancel();
        }
    }

    /// Asks for a build of `program` at `revision`. What runs for an older input of it is cancelled.
    pub(super) fn want(&mut self, program: &str, revision: Revision, input: &Input) -> Wished {
        let wishes = self.programs.entry(program.to_owned()).or_insert_with(|| Wishes {
            wanted: None,
            waiting: false,
            good: None,
        });
        wishes.wanted = Some((revision, input.clone()));
        wishes.waiting = false;
        let running = self.running.as_mut().filter(|running| running.program == program);
        if let Some(running) = running {
            if running.input == *input && !running.cancel.is_cancelled() {
                running.revision = revision;
                return Wished::AlreadyRunning;
            }
            running.cancel.cancel();
        }
        if wishes.good.as_ref() == Some(input) {
            return Wished::AlreadyPublic;
        }
        wishes.waiting = true;
        Wished::Queued
    }

    /// What is public is as good for this input as for its own.
    pub(super) fn is_as_good(&mut self, program: &str, input: &Input) {
        if let Some(good) = self.programs.get_mut(program).and_then(|wishes| wishes.good.as_mut()) {
            good.clone_from(input);
        }
    }

    /// Makes the next wish of `program` a build even when its input is that of what is public.
    pub(super) fn forget_good(&mut self, program: &str) {
        if let Some(wishes) = self.programs.get_mut(program) {
            wishes.good = None;
        }
    }

    /// The next build to start; `None` while one runs or nothing waits. A cancelled build counts as running until it
    /// has ended, so that two compilers never work at the same time.
    pub(super) fn next(&mut self) -> Option<Start<Input>> {
        if self.running.is_some() {
            return None;
        }
        // The oldest wish first: a program that is saved all the time cannot starve the others.
        let (program, wishes) = self
            .programs
            .iter_mut()
            .filter(|(_, wishes)| wishes.waiting)
            .min_by_key(|(_, wishes)| wishes.wanted.as_ref().map(|(revision, _)| *revision))?;
        let (revision, input) = wishes.wanted.clone()?;
        wishes.waiting = false;
        let cancel = CancellationToken::new();
        self.running = Some(Running {
            program: program.clone(),
            revision,
            input: input.clone(),
            cancel: cancel.clone(),
        });
        Some(Start { program: program.clone(), revision, input, cancel })
    }

    /// The build that ran has ended. Returns the revision that its result counts for and what it was made from, or
    /// `None` when the result is stale and has to be dropped.
    pub(super) fn finished(&mut self, good: bool) -> Option<(Revision, Input)> {
        let running = self.running.take()?;
        let wishes = self.programs.get_mut(&running.program)?;
        let fresh = !running.cancel.is_cancelled()
            && wishes.wanted.as_ref().is_some_and(|(_, input)| *input == running.input);
        if !fresh {
            return None;
        }
        if good {
            wishes.good = Some(running.input.clone());
        }
        Some((running.revision, running.input))
    }

    /// True while a build runs or waits.
    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some() || self.programs.values().any(|wishes| wishes.waiting)
    }

    /// Ends what runs, for the end of the process.
    pub(super) fn cancel_all(&mut self) {
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
        for wishes in self.programs.values_mut() {
            wishes.waiting = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: u64) -> Revision {
        let mut revision = Revision::FIRST;
        for _ in 1..number {
            revision = revision.next();
        }
        revision
    }

    #[test]
    fn the_last_save_during_a_build_is_built_and_the_stale_result_dropped() {
        let mut schedule = Schedule::new();
        assert_eq!(schedule.want("app", revision(1), &"a"), Wished::Queued);
        let first = schedule.next().unwrap();
        assert!(schedule.next().is_none(), "one build at a time");
        assert_eq!(schedule.want("app", revision(2), &"b"), Wished::Queued);
        assert_eq!(schedule.want("app", revision(3), &"c"), Wished::Queued);
        assert!(first.cancel.is_cancelled());
        assert!(schedule.next().is_none(), "the cancelled one has not ended yet");
        // It may even have ended well just before the cancellation.
        assert_eq!(schedule.finished(true), None);
        let last = schedule.next().unwrap();
        assert_eq!((last.revision, last.input), (revision(3), "c"));
        assert_eq!(schedule.finished(true), Some((revision(3), "c")));
        assert!(!schedule.is_busy());
    }

    #[test]
    fn what_means_the_same_needs_no_build() {
        let mut schedule = Schedule::new();
        schedule.want("app", revision(1), &"text");
        // Nothing is public that could be as good.
        schedule.is_as_good("app", &"text, formatted");
        schedule.next();
        schedule.finished(true);
        assert_eq!(schedule.want("app", revision(2), &"other"), Wished::Queued);
        let other = schedule.next().unwrap();
        schedule.is_as_good("app", &"text, formatted");
        assert_eq!(schedule.want("app", revision(3), &"text, formatted"), Wished::AlreadyPublic);
        assert!(other.cancel.is_cancelled());
        assert_eq!(schedule.finished(true), None);
        assert_eq!(schedule.want("app", revision(4), &"text"), Wished::Queued);
    }

    #[test]
    fn a_mistake_undone_needs_no_build() {
        let mut schedule = Schedule::new();
        schedule.want("app", revision(1), &"good");
        schedule.next();
        schedule.finished(true);
        schedule.want("app", revision(2), &"bad");
        schedule.next();
        assert_eq!(schedule.finished(false), Some((revision(2), "bad")));
        assert_eq!(schedule.want("app", revision(3), &"good"), Wished::AlreadyPublic);
        assert!(schedule.next().is_none());
        // Undone while the build of the mistake still runs.
        schedule.want("app", revision(4), &"bad");
        let running = schedule.next().unwrap();
        assert_eq!(schedule.want("app", revision(5), &"good"), Wished::AlreadyPublic);
        assert!(running.cancel.is_cancelled());
        assert_eq!(schedule.finished(false), None);
    }

    #[test]
    fn a_build_of_the_same_input_goes_on_under_the_new_revision() {
        let mut schedule = Schedule::new();
        schedule.want("app", revision(1), &"a");
        let running = schedule.next().unwrap();
        assert_eq!(schedule.want("app", revision(2), &"a"), Wished::AlreadyRunning);
        assert!(!running.cancel.is_cancelled());
        assert_eq!(schedule.finished(true), Some((revision(2), "a")));
    }

    #[test]
    fn a_cancelled_build_is_not_taken_up_again() {
        let mut schedule = Schedule::new();
        schedule.want("app", revision(1), &"a");
        schedule.next();
        schedule.want("app", revision(2), &"b");
        assert_eq!(schedule.want("app", revision(3), &"a"), Wished::Queued);
        assert_eq!(schedule.finished(false), None);
        assert_eq!(schedule.next().unwrap().revision, revision(3));
    }

    #[test]
    fn programs_take_turns_and_gone_ones_are_forgotten() {
        let mut schedule = Schedule::new();
        schedule.want("a", revision(1), &1);
        schedule.want("b", revision(2), &1);
        assert_eq!(schedule.next().unwrap().program, "a");
        schedule.want("a", revision(3), &2);
        schedule.finished(false);
        assert_eq!(schedule.next().unwrap().program, "b");
        schedule.retain(|name| name == "a");
        assert_eq!(schedule.finished(true), None);
        assert_eq!(schedule.next().unwrap().program, "a");
    }

    #[test]
    fn rebuilding_on_request() {
        let mut schedule = Schedule::new();
        schedule.want("app", revision(1), &"a");
        schedule.next();
        schedule.finished(true);
        schedule.forget_good("app");
        assert_eq!(schedule.want("app", revision(2), &"a"), Wished::Queued);
    }
}
