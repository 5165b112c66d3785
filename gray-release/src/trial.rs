//! A candidate against the stable release: goes further, or back.

use crate::alone::{Alone, is_alone};
use crate::bucket::BUCKETS;
use crate::counts::Counts;
use crate::decision::Decision;
use crate::evidence::{Evidence, Sample};
use crate::latency::Latency;
use crate::percent::Percent;
use crate::plan::Plan;
use crate::reason::RollBackReason;

/// How many times as bad a candidate is thought to be, if it is worse.
const RATIOS: &[f64] = &[2.0, 5.0, 10.0, 30.0, 100.0];

/// Probabilities of rolling an equally good candidate back, over the whole trial. Together 1 %; traps have the most, since
/// they do the most harm and three of them should be enough where few clients have the candidate.
const RISK_OF_TRAPS: f64 = 0.004;
const RISK_OF_FAILURES: f64 = 0.003;
const RISK_OF_SLOWNESS: f64 = 0.001;
const RISK_OF_EACH_ALONE: f64 = 0.001;

/// Failures or traps of the candidate below which nothing is rolled back: two are an accident.
const FEWEST_BAD: u64 = 3;

/// Rates at which a candidate is tolerated, and is certainly bad, when it cannot be compared. Patches that are refused by
/// some pages are daily business, traps are not.
const FAILURES_ALONE: [f64; 2] = [0.1, 0.5];
const TRAPS_ALONE: [f64; 2] = [0.02, 0.3];

/// From these odds on a step takes longer: what looks bad is looked at for [`LONGER`] times as many sessions.
const SUSPICIOUS: f64 = 3.0;
const LONGER: u64 = 4;

/// State of a trial. It knows no flags, clients or clock: counts come in, decisions go out.
///
/// A candidate that is as good as the stable release is rolled back with a probability of at most 1 % in the whole trial,
/// however often the counts are looked at, provided that a hash of the client decides who gets it ([`crate::Cohort`]) and
/// that each client is counted once ([`Counts`]); the source of `evidence` says why. The exception is a candidate that
/// cannot be compared, since hardly any client of the stable release is there: that one must not be worse than what is
/// tolerated.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    plan: Plan,
    step: usize,
    /// Candidate and stable: the last counts of this step, and the sums of those before.
    seen: [Counts; 2],
    earlier: [Counts; 2],
    failures: Evidence,
    traps: Evidence,
    latency: Latency,
    failures_alone: Alone,
    traps_alone: Alone,
    end: Option<Decision>,
}

impl Trial {
    /// A trial at the first step of its plan.
    pub fn new(plan: Plan) -> Self {
        let alone = |[tolerated, bad]: [f64; 2]| Alone::new(tolerated, bad);
        Self {
            plan,
            step: 0,
            seen: [Counts::default(), Counts::default()],
            earlier: [Counts::default(), Counts::default()],
            failures: Evidence::new(RATIOS),
            traps: Evidence::new(RATIOS),
            latency: Latency::new(),
            failures_alone: alone(FAILURES_ALONE),
            traps_alone: alone(TRAPS_ALONE),
            end: None,
        }
    }

    /// How many clients are to have the candidate now: what the percentage of its rule has to be while the trial is on.
    pub fn percent(&self) -> Percent {
        self.plan.steps().get(self.step).copied().unwrap_or(Percent::NONE)
    }

    /// Takes the counts of both cohorts, at every event or every now and then. `at` is the percentage at which they were
    /// taken: what was counted in another step, or is older than what was seen, changes nothing. Once it has ended, a
    /// trial says the same for ever.
    pub fn observe(&mut self, at: Percent, candidate: &Counts, stable: &Counts) -> Decision {
        if let Some(end) = &self.end {
            return end.clone();
        }
        let new = [candidate, stable].into_iter().zip(&self.seen).map(|(now, seen)| now.since(seen));
        let Some(new) = new.collect::<Option<Vec<_>>>().filter(|_| at == self.percent()) else {
            return Decision::Continue;
        };
        if let [new_candidate, new_stable] = new.as_slice() {
            self.weigh([candidate, stable], [new_candidate, new_stable]);
        }
        self.seen = [candidate.clone(), stable.clone()];
        if let Some(reason) = self.against() {
            return self.ended(Decision::RollBack(reason));
        }
        let needed = if self.is_suspicious() { LONGER } else { 1 }.saturating_mul(self.plan.sessions());
        if candidate.settled.min(stable.settled) < needed {
            return Decision::Continue;
        }
        if self.step + 1 == self.plan.steps().len() {
            return self.ended(Decision::Promote);
        }
        self.step += 1;
        for (sum, seen) in self.earlier.iter_mut().zip(&mut self.seen) {
            sum.add(&std::mem::take(seen));
        }
        self.latency.next_step();
        Decision::Widen(self.percent())
    }

    fn ended(&mut self, end: Decision) -> Decision {
        self.end = Some(end.clone());
        end
    }

    fn weigh(&mut self, now: [&Counts; 2], new: [&Counts; 2]) {
        let part = self.part();
        let pair = |exposed: fn(&Counts) -> u64, bad: fn(&Counts) -> u64| {
            [0, 1].map(|side: usize| Sample { exposed: exposed(now[side]), bad: bad(new[side]) })
        };
        let [candidate, stable] = pair(Counts::attempts, |counts| counts.failed);
        self.failures.weigh(part, candidate, stable);
        let [candidate, stable] = pair(|counts| counts.sessions, |counts| counts.trapped);
        self.traps.weigh(part, candidate, stable);
        let [candidate, stable] = new;
        self.failures_alone.weigh(Sample { exposed: candidate.attempts(), bad: candidate.failed });
        self.traps_alone.weigh(Sample { exposed: candidate.sessions, bad: candidate.trapped });
        self.latency.observe(part, candidate, stable);
    }

    /// What speaks against the candidate, the gravest first.
    fn against(&self) -> Option<RollBackReason> {
        let of = |side: usize, count: fn(&Counts) -> u64| {
            count(&self.earlier[side]).saturating_add(count(&self.seen[side]))
        };
        let pair = |bad: fn(&Counts) -> u64, all: fn(&Counts) -> u64| {
            [0, 1].map(|side| (of(side, bad), of(side, all)))
        };
        let [(bad, of), (stable_bad, stable_of)] = pair(|counts| counts.trapped, |counts| counts.sessions);
        if bad >= FEWEST_BAD {
            if self.traps.exceeds(RISK_OF_TRAPS) {
                let odds = self.traps.odds();
                return Some(RollBackReason::Traps { bad, of, stable_bad, stable_of, odds });
            }
            if self.lacks_stable(|counts| counts.sessions) && self.traps_alone.exceeds(RISK_OF_EACH_ALONE) {
                return Some(RollBackReason::TrapsAlone { bad, of });
            }
        }
        let [(bad, of), (stable_bad, stable_of)] = pair(|counts| counts.failed, Counts::attempts);
        if bad >= FEWEST_BAD {
            if self.failures.exceeds(RISK_OF_FAILURES) {
                let odds = self.failures.odds();
                return Some(RollBackReason::Fails { bad, of, stable_bad, stable_of, odds });
            }
            if self.lacks_stable(Counts::attempts) && self.failures_alone.exceeds(RISK_OF_EACH_ALONE) {
                return Some(RollBackReason::FailsAlone { bad, of });
            }
        }
        let (milliseconds, stable_milliseconds) = self.latency.too_late(RISK_OF_SLOWNESS)?;
        Some(RollBackReason::Slow { milliseconds, stable_milliseconds })
    }

    /// The part of the clients that are meant to have the candidate.
    fn part(&self) -> f64 {
        f64::from(self.percent().hundredths()) / f64::from(BUCKETS)
    }

    fn lacks_stable(&self, of: impl Fn(&Counts) -> u64) -> bool {
        let [candidate, stable] = &self.seen;
        is_alone(self.part(), of(candidate), of(stable))
    }

    fn is_suspicious(&self) -> bool {
        self.failures.odds().max(self.traps.odds()).max(self.latency.odds()) > SUSPICIOUS
    }
}
