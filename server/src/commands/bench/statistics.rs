//! Percentiles of a few measurements.

/// Measurements of one thing, all in the same unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sample {
    values: Vec<f64>,
}

impl Sample {
    /// Adds a measurement. What is not a number is no measurement.
    pub(super) fn add(&mut self, value: f64) {
        if value.is_finite() {
            let place = self.values.partition_point(|other| *other <= value);
            self.values.insert(place, value);
        }
    }

    /// Adds all of another sample.
    pub(super) fn extend(&mut self, other: &Self) {
        other.values.iter().for_each(|value| self.add(*value));
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// All of them together.
    pub(super) fn sum(&self) -> f64 {
        self.values.iter().sum()
    }

    /// The smallest measurement that is not below `percent` of all: a time that really occurred, never one in between,
    /// so that with few measurements p95 is the worst and not a flattered mixture. `None` of none.
    pub(super) fn percentile(&self, percent: u32) -> Option<f64> {
        let rank = (self.values.len() * percent.min(100) as usize).div_ceil(100);
        self.values.get(rank.saturating_sub(1)).copied()
    }

    /// The middle one; 0 of none.
    pub(super) fn median(&self) -> f64 {
        self.percentile(50).unwrap_or_default()
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sample = Self::default();
        values.into_iter().for_each(|value| sample.add(value));
        sample
    }
}

/// The mean of ratios: that of the other way round is its inverse. `None` of none.
pub(super) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logarithms: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logarithms / ratios.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: impl IntoIterator<Item = f64>) -> Sample {
        values.into_iter().collect()
    }

    #[test]
    fn a_percentile_is_one_of_the_measurements() {
        let hundred = sample((1..=100).rev().map(f64::from));
        assert_eq!((hundred.percentile(50), hundred.percentile(95)), (Some(50.0), Some(95.0)));
        assert_eq!((hundred.percentile(0), hundred.percentile(100)), (Some(1.0), Some(100.0)));
        let twenty = sample((1..=20).map(f64::from));
        assert_eq!((twenty.percentile(50), twenty.percentile(95)), (Some(10.0), Some(19.0)));
        let three = sample([3.0, 1.0, 2.0]);
        assert_eq!((three.percentile(50), three.percentile(95)), (Some(2.0), Some(3.0)));
        assert_eq!(sample([7.5]).percentile(50), Some(7.5));
    }

    #[test]
    fn ratios_are_averaged_so_that_both_ways_round_agree() {
        let close = |left: Option<f64>, right: f64| (left.unwrap() - right).abs() < 1e-9;
        assert!(close(geometric_mean(&[0.5, 2.0]), 1.0) && close(geometric_mean(&[4.0, 9.0]), 6.0));
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn samples_are_joined() {
        let mut one = sample([3.0, 1.0]);
        one.extend(&sample([2.0]));
        assert_eq!(one, sample([1.0, 2.0, 3.0]));
        assert!((one.sum() - 6.0).abs() < 1e-9);
    }

    #[test]
    fn of_nothing_there_is_no_percentile() {
        assert_eq!(Sample::default().percentile(50), None);
        assert_eq!(sample([f64::NAN, f64::INFINITY]).len(), 0);
    }
}
