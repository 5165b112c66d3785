//! Is the candidate's first frame later? By ranks and quantiles, so that a few stalled clients mean nothing.
//!
//! A start is slow when it is later than three quarters of the stable release's starts before; how much later does not
//! matter. Slow ones are then counted like failures. Where the line is drawn is no matter for being right: equally fast
//! releases are above any line equally often. So that a difference which nobody feels does not decide, the quantiles
//! themselves must be far apart as well.

use crate::counts::Counts;
use crate::evidence::{Evidence, Sample};
use crate::histogram::Histogram;

/// With a quarter of the stable starts slow, no candidate can be more than four times as slow.
const RATIOS: &[f64] = &[1.5, 2.0, 3.0, 4.0];

/// The quantile that is the line, and that is compared.
const SHARE: f64 = 0.75;

/// Fewest stable starts to draw the line by, and fewest of the candidate's to trust its quantile.
const FEWEST: u64 = 50;
const FEWEST_OF_CANDIDATE: u64 = 20;

/// How many times the stable quantile is too late. Buckets are a quarter wide, and a new module has no cached code.
const TOO_LATE: f64 = 1.5;

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Latency {
    evidence: Evidence,
    /// First frames since the line was drawn in this step, of both sides.
    exposed: [u64; 2],
    candidate: Histogram,
    stable: Histogram,
    /// The last bucket that is not slow.
    line: Option<usize>,
}

impl Latency {
    pub(crate) fn new() -> Self {
        Self {
            evidence: Evidence::new(RATIOS),
            exposed: [0; 2],
            candidate: Histogram::default(),
            stable: Histogram::default(),
            line: None,
        }
    }

    /// Takes in what is new. `part` is that of the clients who are meant to have the candidate.
    pub(crate) fn observe(&mut self, part: f64, candidate: &Counts, stable: &Counts) {
        if candidate.first_frame.total() == 0 && stable.first_frame.total() == 0 {
            return;
        }
        if let Some(line) = self.line {
            let [candidate, stable] = [candidate, stable].map(|counts| &counts.first_frame);
            self.exposed[0] = self.exposed[0].saturating_add(candidate.total());
            self.exposed[1] = self.exposed[1].saturating_add(stable.total());
            let [candidate, stable] = [(self.exposed[0], candidate), (self.exposed[1], stable)]
                .map(|(exposed, new)| Sample { exposed, bad: new.above(line) });
            self.evidence.weigh(part, candidate, stable);
        }
        self.candidate.add(&candidate.first_frame);
        self.stable.add(&stable.first_frame);
        if self.line.is_none() && self.stable.total() >= FEWEST {
            self.line = Some(self.stable.place_of(SHARE));
        }
    }

    /// The shares of the cohorts are about to change.
    pub(crate) fn next_step(&mut self) {
        self.exposed = [0; 2];
        self.line = self.line.map(|_| self.stable.place_of(SHARE));
    }

    pub(crate) fn odds(&self) -> f64 {
        self.evidence.odds()
    }

    /// Both quantiles in milliseconds, the candidate's first, when it is too late.
    pub(crate) fn too_late(&self, risk: f64) -> Option<(u32, u32)> {
        let (candidate, stable) = (self.candidate.quantile(SHARE), self.stable.quantile(SHARE));
        let is_late = self.candidate.total() >= FEWEST_OF_CANDIDATE
            && self.evidence.exceeds(risk)
            && candidate >= TOO_LATE * stable;
        is_late.then_some((candidate.round() as u32, stable.round() as u32))
    }
}
