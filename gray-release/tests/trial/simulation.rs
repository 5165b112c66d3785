//! Clients that come one after the other, with a release that is as bad as the test says.

use gray_release::{Counts, Decision, Percent, Plan, Trial};

/// splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From 0 up to, and without, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn is(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

/// How a release behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    pub(crate) fails: f64,
    pub(crate) traps: f64,
    /// The median of the first frame in milliseconds, which scatters over a factor of some four; 0: nobody says.
    pub(crate) first_frame: f64,
    /// How many first frames take a hundred times as long.
    pub(crate) stalls: f64,
}

pub(crate) const GOOD: Quality = Quality { fails: 0.0, traps: 0.0, first_frame: 0.0, stalls: 0.0 };

/// How clients come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Crowd {
    /// One after the other; those that trap do so at once.
    Arriving,
    /// Three hundred are there when a step begins, and come to grief in any order; then others come.
    Present,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) decision: Decision,
    /// Clients that had the candidate, each counted in every step.
    pub(crate) candidates: u64,
    /// The step in which it ended.
    pub(crate) step: Percent,
}

/// A trial up to its end, or up to so many clients; the counts are looked at after everything that happens. `worse`: how
/// many times as bad everything is by then, for both (an outage).
pub(crate) fn run(
    seed: u64,
    plan: &Plan,
    [candidate, stable]: [Quality; 2],
    crowd: Crowd,
    most: u64,
    worse: impl Fn(u64) -> f64,
) -> Outcome {
    let mut random = Random(seed);
    let mut trial = Trial::new(plan.clone());
    let mut counts = [Counts::default(), Counts::default()];
    let mut candidates = 0;
    // Those that trap later.
    let mut doomed: Vec<usize> = Vec::new();
    let mut step = trial.percent();
    let mut arrived = 0;
    for number in 0..most {
        let side = usize::from(!random.is(f64::from(step.hundredths()) / 10_000.0));
        let (quality, worse) = ([candidate, stable][side], worse(number));
        let now = &mut counts[side];
        candidates += u64::from(side == 0);
        now.sessions += 1;
        if random.is(quality.fails * worse) {
            now.failed += 1;
            now.settled += 1;
        } else {
            now.applied += 1;
            if quality.first_frame > 0.0 {
                let scatter = (random.unit() + random.unit() + random.unit() - 1.5) * 1.4;
                let stall = if random.is(quality.stalls) { 100.0 } else { 1.0 };
                now.first_frame.record((quality.first_frame * scatter.exp() * stall) as u32);
            }
            if !random.is(quality.traps * worse) {
                now.settled += 1;
            } else if matches!(crowd, Crowd::Arriving) || arrived >= 300 {
                now.trapped += 1;
                now.settled += 1;
            } else {
                doomed.push(side);
            }
        }
        arrived += 1;
        let is_waiting = matches!(crowd, Crowd::Present) && arrived < 300;
        let traps = if is_waiting { 0 } else { doomed.len() };
        for look in 0..=traps {
            if look > 0 {
                let side = doomed.swap_remove((random.unit() * doomed.len() as f64) as usize);
                counts[side].trapped += 1;
                counts[side].settled += 1;
            }
            match trial.observe(step, &counts[0], &counts[1]) {
                Decision::Continue => {}
                Decision::Widen(percent) => {
                    assert!(percent > step && percent == trial.percent());
                    step = percent;
                    counts = [Counts::default(), Counts::default()];
                    doomed.clear();
                    arrived = 0;
                    break;
                }
                decision @ (Decision::RollBack(_) | Decision::Promote) => {
                    return Outcome { decision, candidates, step };
                }
            }
        }
    }
    Outcome { decision: Decision::Continue, candidates, step }
}
