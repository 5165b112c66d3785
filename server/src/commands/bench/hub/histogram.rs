//! How long deliveries took, counted by many tasks at once.

use std::sync::atomic::{AtomicU64, Ordering};

/// Buckets for each doubling: a percentile is exact to one part in 128.
const STEPS: u32 = 7;

/// Up to 2^40 ns, eighteen minutes.
const BUCKETS: usize = 41 << STEPS;

/// Counts of nanoseconds.
#[derive(Debug)]
pub(super) struct Histogram(Vec<AtomicU64>);

impl Default for Histogram {
    fn default() -> Self {
        Self((0..BUCKETS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Histogram {
    /// Counts one.
    pub(super) fn add(&self, nanoseconds: u64) {
        self.0[bucket(nanoseconds).min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
    }

    /// Microseconds that `low` and `high` percent of all took at most; forgets all. `None` of none.
    pub(super) fn take(&self, low: u64, high: u64) -> Option<(f64, f64)> {
        let counts: Vec<_> = self.0.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect();
        let all = counts.iter().sum::<u64>();
        let percentile = |percent: u64| {
            let rank = (all * percent).div_ceil(100).max(1);
            let mut sum = 0;
            let found = counts.iter().position(|count| {
                sum += count;
                sum >= rank
            })?;
            Some(start(found) as f64 / 1000.0)
        };
        Some((percentile(low)?, percentile(high)?))
    }
}

/// Small numbers have a bucket each, larger ones share it with those of the same first eight bits.
fn bucket(value: u64) -> usize {
    let shift = (64 - value.leading_zeros()).saturating_sub(STEPS + 1);
    ((shift as usize) << STEPS) + (value >> shift) as usize
}

/// The smallest number of a bucket.
fn start(bucket: usize) -> u64 {
    let shift = (bucket >> STEPS).saturating_sub(1);
    ((bucket - (shift << STEPS)) as u64) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut last = 0;
        for value in (0..100_000).chain((17..38).map(|bit| (1 << bit) + 12_345)) {
            let bucket = bucket(value);
            assert!(bucket >= last, "{value}");
            last = bucket;
            let start = start(bucket);
            assert!(start <= value && (value - start) * 128 <= value, "{value} {start}");
        }
    }

    #[test]
    fn percentiles_are_of_what_was_added_since_the_last_time() {
        let histogram = Histogram::default();
        assert_eq!(histogram.take(50, 99), None);
        for value in 1..=100 {
            histogram.add(value * 1000);
        }
        let (p50, p99) = histogram.take(50, 99).unwrap();
        assert!((49.0..=50.0).contains(&p50) && (98.0..=99.0).contains(&p99), "{p50} {p99}");
        assert_eq!(histogram.take(50, 99), None);
    }
}
