//! How much speaks for the candidate being worse, at every moment.
//!
//! **The test.** A hash of the client decides who has the candidate, so that a part `p` of the clients has it. When the
//! candidate is as good as the stable release, who fails has nothing to do with who has it: every client that fails is one
//! of the candidate's with probability `p`, whatever the rate of failures is and however it changes with time (an outage
//! hits both sides). Were the candidate `r` times as bad, that probability would be `r p / (1 - p + r p)`. So with `c` of
//! `d` failures on the candidate's side the ratio of the two likelihoods is
//!
//! ```text
//! r^c / (1 - p + r p)^d
//! ```
//!
//! **Why one may look at any time.** If the candidate is as good, this ratio is a martingale that begins at 1, and so is the
//! mean of it over several `r`. It ever reaches `1/a` with a probability of at most `a`, however often one looks and
//! whenever one stops. No rate has to be known, no sample size planned, and nothing holds for large numbers only. When `p`
//! rises in a later step, the product goes on with the new one, for clients that have not failed yet.
//!
//! **When the sides are not as they should be.** With `w`, the candidate's real part of all that could have failed, the
//! larger one of `p` and `w` is taken. The ratio falls as `p` rises, so that it is never above the martingale. And when,
//! say, only the candidate is being applied while the stable release just runs, `w` is 1 and failures to apply prove
//! nothing. Where another rule of the flag takes clients away from the stable side, the real part stands in for a `p` that
//! is then larger than the percentage; that is an estimate and holds for large numbers.
//!
//! **Sources.** The product for one `r` is A. Wald's sequential probability ratio test ("Sequential Tests of Statistical
//! Hypotheses", Ann. Math. Statist. 16, 1945), on the side of each failure as in the logrank test of J. ter Schure,
//! M. F. Pérez-Ortiz, A. Ly and P. Grünwald ("The Anytime-Valid Logrank Test", New England J. Statist. Data Sci. 2, 2024,
//! arXiv:2011.06931). The bound on ever reaching 1/a is J. Ville's ("Étude critique de la notion de collectif", 1939), the
//! mixture H. Robbins's ("Statistical Methods Related to the Law of the Iterated Logarithm", Ann. Math. Statist. 41,
//! 1970). M. Lindon and others tell how such tests serve canaries ("Rapid Regression Detection in Software Deployments
//! through Sequential Testing", KDD 2022, arXiv:2205.14762).

/// Clients that could have failed, and those of them that did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) exposed: u64,
    pub(crate) bad: u64,
}

/// The mean of the products, for several ratios.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Evidence {
    ratios: &'static [f64],
    /// Logarithm of the product for each ratio.
    logarithms: Vec<f64>,
    odds: f64,
}

impl Evidence {
    /// None yet. Each of the ratios finds candidates that are about so many times as bad soonest.
    pub(crate) fn new(ratios: &'static [f64]) -> Self {
        Self { ratios, logarithms: vec![0.0; ratios.len()], odds: 1.0 }
    }

    /// Takes in failures that are new, among all that could have failed in this step. `part` is that of the clients who
    /// are meant to have the candidate.
    pub(crate) fn weigh(&mut self, part: f64, candidate: Sample, stable: Sample) {
        let bad = candidate.bad as f64 + stable.bad as f64;
        if bad == 0.0 {
            return;
        }
        let exposed = |sample: Sample| sample.exposed.max(sample.bad) as f64;
        let real = exposed(candidate) / (exposed(candidate) + exposed(stable));
        let part = part.max(real);
        for (logarithm, ratio) in self.logarithms.iter_mut().zip(self.ratios) {
            *logarithm += candidate.bad as f64 * ratio.ln() - bad * (1.0 - part + ratio * part).ln();
        }
        let sum: f64 = self.logarithms.iter().map(|logarithm| logarithm.exp()).sum();
        self.odds = (sum / self.ratios.len() as f64).min(1e12);
    }

    /// How many to one; at most a number that can be shown.
    pub(crate) const fn odds(&self) -> f64 {
        self.odds
    }

    /// Would a candidate that is as good ever get so far with a probability of `risk` at most?
    pub(crate) const fn exceeds(&self, risk: f64) -> bool {
        self.odds >= 1.0 / risk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATIOS: &[f64] = &[2.0, 10.0, 100.0];

    fn side(exposed: u64, bad: u64) -> Sample {
        Sample { exposed, bad }
    }

    /// Mean of the odds after `left` more failures, over both sides that each can be on.
    fn mean(evidence: &Evidence, part: f64, real: [u64; 2], left: u32) -> f64 {
        if left == 0 {
            return evidence.odds();
        }
        let after = |bad: [u64; 2]| {
            let mut evidence = evidence.clone();
            evidence.weigh(part, side(real[0] + bad[0], bad[0]), side(real[1] + bad[1], bad[1]));
            mean(&evidence, part, real, left - 1)
        };
        part * after([1, 0]) + (1.0 - part) * after([0, 1])
    }

    #[test]
    fn equally_good_releases_gain_nothing_on_average() {
        for part in [0.0001, 0.01, 0.25, 0.5, 0.99] {
            for left in 1..7 {
                let exact = mean(&Evidence::new(RATIOS), part, [0, 1_000_000_000_000], left);
                assert!((exact - 1.0).abs() < 1e-6, "{part} {left}: {exact}");
                for real in [[1, 10], [10, 10], [100, 1]] {
                    let mean = mean(&Evidence::new(RATIOS), part, real, left);
                    assert!(mean <= 1.0 + 1e-9, "{part} {left} {real:?}: {mean}");
                }
            }
        }
    }

    #[test]
    fn without_the_other_side_nothing_can_be_said() {
        let mut evidence = Evidence::new(RATIOS);
        evidence.weigh(0.01, side(50, 50), side(0, 0));
        evidence.weigh(0.01, side(100, 0), side(50, 0));
        assert!((evidence.odds() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn three_of_the_candidate_and_none_of_the_other_side_are_enough_for_a_tenth_of_the_clients() {
        let odds = |bad| {
            let mut evidence = Evidence::new(&[2.0, 5.0, 10.0, 30.0, 100.0]);
            evidence.weigh(0.1, side(20, bad), side(180, 0));
            evidence.odds()
        };
        assert!(odds(2) < 100.0 && odds(3) > 250.0);
    }
}
