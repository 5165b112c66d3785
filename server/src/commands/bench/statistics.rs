//! Percentiles of a few measurements.

/// Measurements of one thing, in milliseconds.
#[derive(Debug, Clone, Default)]
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

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The smallest measurement that is not below `percent` of all: a time that really occurred, never one in between,
    /// so that with few measurements p95 is the worst and not a flattered mixture. `None` of none.
    pub(super) fn percentile(&self, percent: u32) -> Option<f64> {
        let rank = (self.values.len() * percent.min(100) as usize).div_ceil(100);
        self.values.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: impl IntoIterator<Item = f64>) -> Sample {
        let mut sample = Sample::default();
        for value in values {
            sample.add(value);
        }
        sample
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
    fn of_nothing_there_is_no_percentile() {
        assert_eq!(Sample::default().percentile(50), None);
        assert_eq!(sample([f64::NAN, f64::INFINITY]).len(), 0);
    }
}
