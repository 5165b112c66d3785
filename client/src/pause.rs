//! How long to wait before the next attempt: longer each time, and never as long as others wait.

use std::time::Duration;

/// Pauses between attempts.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// Before the first attempt to come back. Short: most lost connections are a server that restarts.
    pub first: Duration,
    /// They double up to this.
    pub longest: Duration,
}

impl Default for Pauses {
    /// Those of pages.
    fn default() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }
}

impl Pauses {
    /// The pause before the attempt of this number, between half and all of its length, so that the clients of a
    /// restarted server come back one by one. `random` is from 0 up to 1.
    pub(crate) fn before(&self, attempt: u32, random: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt));
        doubled.min(self.longest).mul_f64(0.5 + random / 2.0)
    }

    /// The first attempt with the longest pause: a server that says what cannot be read may say it again.
    pub(crate) fn slowest(&self) -> u32 {
        (0..32)
            .find(|attempt| self.first.saturating_mul(2_u32.saturating_pow(*attempt)) >= self.longest)
            .unwrap_or(32)
    }
}

/// A number from 0 up to 1; the middle where the system has no randomness to give.
pub(crate) fn random() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_cut_by_chance() {
        let pauses = Pauses::default();
        let whole: Vec<_> = (0..8).map(|attempt| pauses.before(attempt, 1.0).as_millis()).collect();
        assert_eq!(whole, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(pauses.before(0, 0.0).as_millis(), 50);
        assert_eq!(pauses.before(u32::MAX, 1.0), pauses.longest);
        assert_eq!(pauses.slowest(), 6);
        assert!((0..100).all(|_| (0.0..1.0).contains(&random())));
    }
}
