//! Is a candidate bad that there is nothing to compare with?
//!
//! Wald's sequential probability ratio test of one rate: what is tolerated against what is certainly bad. With a true rate of
//! at most the tolerated one, the ratio ever reaches 1/a with a probability of at most a, as in `evidence`.

use crate::evidence::Sample;

/// From this part of all on, the candidate's side has hardly anything beside it.
const NEARLY_ALL: f64 = 0.8;

/// How improbable it must be that chance left it without the other side.
const CHANCE: f64 = 0.001;

/// Is the stable side missing? `part` is that of the clients who are meant to have the candidate. A few first clients that
/// happen to be the candidate's do not count: by Chernoff's bound, a part of `w` or more among `n` clients has a
/// probability of at most exp(-n KL(w, part)).
pub(crate) fn is_alone(part: f64, candidate: u64, stable: u64) -> bool {
    let all = candidate as f64 + stable as f64;
    let real = candidate as f64 / all.max(1.0);
    let term = |real: f64, part: f64| if real > 0.0 { real * (real / part).ln() } else { 0.0 };
    real > NEARLY_ALL && all * (term(real, part) + term(1.0 - real, 1.0 - part)) > (1.0 / CHANCE).ln()
}

/// Evidence that more clients fail than is tolerated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Alone {
    tolerated: f64,
    bad: f64,
    logarithm: f64,
}

impl Alone {
    /// `tolerated` and `bad` are rates.
    pub(crate) const fn new(tolerated: f64, bad: f64) -> Self {
        Self { tolerated, bad, logarithm: 0.0 }
    }

    pub(crate) fn weigh(&mut self, sample: Sample) {
        let good = sample.exposed.saturating_sub(sample.bad) as f64;
        self.logarithm += sample.bad as f64 * (self.bad / self.tolerated).ln()
            + good * ((1.0 - self.bad) / (1.0 - self.tolerated)).ln();
    }

    pub(crate) fn exceeds(&self, risk: f64) -> bool {
        self.logarithm >= (1.0 / risk).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_not_absence() {
        assert!(!is_alone(0.5, 9, 0) && is_alone(0.5, 10, 0));
        assert!(!is_alone(0.01, 1, 0) && is_alone(0.01, 2, 0));
        assert!(!is_alone(0.5, 40, 20) && !is_alone(0.5, 0, 0) && !is_alone(0.5, 0, 100));
        assert!(is_alone(0.5, 100, 10));
    }

    #[test]
    fn three_of_the_first_six_are_too_many_to_trap_and_three_of_thirty_are_not() {
        let exceeds = |tolerated, bad, exposed, failed| {
            let mut alone = Alone::new(tolerated, bad);
            alone.weigh(Sample { exposed, bad: failed });
            alone.exceeds(0.001)
        };
        assert!(exceeds(0.02, 0.3, 6, 3) && !exceeds(0.02, 0.3, 30, 3));
        assert!(exceeds(0.1, 0.5, 6, 5) && !exceeds(0.1, 0.5, 6, 4));
    }
}
