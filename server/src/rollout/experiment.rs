//! One rule on trial: who takes part, what became of them, and what follows from that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gray_release::{Cohort, Counts, Decision, Document, Percent, Plan, Trial};

use super::Subject;

/// A client that nothing has happened to for so long after it was brought to a release is trusted.
const SETTLED: Duration = Duration::from_secs(5);

/// What became of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// An update, or the start of its program, went well, and took so many milliseconds to the first frame; nothing of
    /// the time of a client that sends no measurements, or of an update that cannot be compared with others.
    Applied(Option<u32>),
    /// An update could not be applied.
    Failed,
    /// The program trapped, panicked or crashed.
    Trapped,
}

/// A rule on trial.
#[derive(Debug)]
pub(super) struct Experiment {
    pub(super) flag: String,
    /// Number of the rule, from 1.
    pub(super) rule: usize,
    /// As the document has it.
    plan: Plan,
    percent: Percent,
    trial: Trial,
    /// Of the candidate and of all others, in this step.
    counts: [Counts; 2],
    /// Clients of this step by their ids.
    seen: BTreeMap<Vec<u8>, Seen>,
    /// Those that failed or trapped in any step.
    failed: BTreeSet<Vec<u8>>,
    trapped: BTreeSet<Vec<u8>>,
}

#[derive(Debug)]
struct Seen {
    side: usize,
    applied: bool,
    settled: bool,
    /// Since when nothing has happened to it; nothing while it is away.
    quiet_since: Option<Instant>,
}

impl Experiment {
    /// A trial of a rule that is at `percent`; nothing when it is over already.
    pub(super) fn new(flag: &str, rule: usize, plan: &Plan, percent: Percent) -> Option<Self> {
        Some(Self {
            flag: flag.to_owned(),
            rule,
            plan: plan.clone(),
            percent,
            trial: Trial::new(plan.from(percent)?),
            counts: Default::default(),
            seen: BTreeMap::new(),
            failed: BTreeSet::new(),
            trapped: BTreeSet::new(),
        })
    }

    /// Is it the trial of that rule? The same one goes on at the percentage that it has asked for.
    pub(super) fn goes_on(&self, flag: &str, rule: usize, plan: &Plan, percent: Percent) -> bool {
        let same = self.flag == flag && self.rule == rule && self.plan == *plan;
        same && (percent == self.percent || percent == self.trial.percent())
    }

    /// The rule is at `percent` now; counting starts from zero when that is another step.
    pub(super) fn stands_at(&mut self, percent: Percent) -> bool {
        let is_new = std::mem::replace(&mut self.percent, percent) != percent;
        if is_new {
            self.counts = Default::default();
            self.seen.clear();
        }
        is_new
    }

    /// A client is there, or has come back. Those that the rule is not about take no part.
    pub(super) fn enter(&mut self, document: &Document, subject: &Subject, program: &str, now: Instant) {
        let client = subject.client(program);
        let Some(cohort) = document.cohort(&self.flag, self.rule, &client) else { return };
        let side = usize::from(cohort == Cohort::Stable);
        let counts = &mut self.counts[side];
        let seen = self.seen.entry(client.id.bytes().to_vec()).or_insert_with(|| {
            counts.sessions += 1;
            Seen { side, applied: false, settled: false, quiet_since: None }
        });
        seen.quiet_since = Some(now);
    }

    /// A client has gone.
    pub(super) fn leave(&mut self, id: &[u8]) {
        if let Some(seen) = self.seen.get_mut(id) {
            seen.quiet_since = None;
        }
    }

    /// Something happened to a client; each counts once.
    pub(super) fn note(&mut self, id: &[u8], happened: Happened, now: Instant) {
        let Some(seen) = self.seen.get_mut(id) else { return };
        let counts = &mut self.counts[seen.side];
        let first = match happened {
            Happened::Applied(time) => {
                if !std::mem::replace(&mut seen.applied, true) {
                    counts.applied += 1;
                    seen.quiet_since = Some(now);
                    if let Some(milliseconds) = time {
                        counts.first_frame.record(milliseconds);
                    }
                }
                return;
            }
            Happened::Failed => (&mut self.failed, &mut counts.failed),
            Happened::Trapped => (&mut self.trapped, &mut counts.trapped),
        };
        let (known, count) = first;
        *count += u64::from(known.insert(id.to_vec()));
        // It has shown what it is like.
        if !std::mem::replace(&mut seen.settled, true) {
            counts.settled += 1;
        }
    }

    /// What follows from what was counted until now.
    pub(super) fn decide(&mut self, now: Instant) -> Decision {
        for seen in self.seen.values_mut().filter(|seen| !seen.settled) {
            if seen.quiet_since.is_some_and(|since| now.saturating_duration_since(since) >= SETTLED) {
                seen.settled = true;
                self.counts[seen.side].settled += 1;
            }
        }
        // Somebody has put the rule between two steps.
        if self.trial.percent() > self.percent {
            return Decision::Widen(self.trial.percent());
        }
        let [candidate, stable] = &self.counts;
        self.trial.observe(self.percent, candidate, stable)
    }
}
