//! Times of many clients in constant space.

/// Four buckets for every doubling, as in HdrHistogram with two bits: borders are at most a quarter apart.
const BUCKETS: usize = 64;

/// How often which time in milliseconds occurred, from 0 to 131 s; longer ones count as that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    counts: [u64; BUCKETS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BUCKETS] }
    }
}

impl Histogram {
    /// Counts one time.
    pub fn record(&mut self, milliseconds: u32) {
        let count = &mut self.counts[place(milliseconds)];
        *count = count.saturating_add(1);
    }

    /// How many times were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The time that a share of all did not exceed, in milliseconds, as exact as the buckets are; 0 when there are none.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.total() as f64;
        let mut before = 0.0;
        for (place, count) in self.counts.iter().map(|count| *count as f64).enumerate() {
            if count > 0.0 && before + count >= wanted {
                let (low, high) = (border(place), border(place + 1));
                return low + (high - low) * ((wanted - before) / count).clamp(0.0, 1.0);
            }
            before += count;
        }
        0.0
    }

    /// The bucket in which that quantile lies.
    pub(crate) fn place_of(&self, share: f64) -> usize {
        place(self.quantile(share) as u32)
    }

    /// How many times lie in buckets above that one.
    pub(crate) fn above(&self, place: usize) -> u64 {
        self.counts[(place + 1).min(BUCKETS)..].iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// What was counted since `earlier`; nothing when it is not an earlier state of this one.
    pub(crate) fn since(&self, earlier: &Self) -> Option<Self> {
        let mut counts = self.counts;
        for (count, before) in counts.iter_mut().zip(&earlier.counts) {
            *count = count.checked_sub(*before)?;
        }
        Some(Self { counts })
    }
}

fn place(milliseconds: u32) -> usize {
    match milliseconds.checked_ilog2() {
        None | Some(0 | 1) => milliseconds as usize,
        Some(doublings) => {
            let quarter = (milliseconds >> (doublings - 2)) & 3;
            (4 * (doublings - 1) + quarter).min(BUCKETS as u32 - 1) as usize
        }
    }
}

/// The smallest time of a bucket.
fn border(place: usize) -> f64 {
    match place {
        0..4 => place as f64,
        _ => ((4 + place % 4) as f64) * f64::from(1_u32 << (place / 4 - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_between_the_borders_of_its_bucket() {
        for milliseconds in (0..131_072).step_by(7).chain([1, 2, 3, 4, 5, 8, 10, 12, 131_071]) {
            let place = place(milliseconds);
            let time = f64::from(milliseconds);
            assert!((border(place)..border(place + 1)).contains(&time), "{milliseconds}");
            assert!(place < 4 || border(place + 1) <= border(place) * 1.25 + 1e-9, "{milliseconds}");
        }
        assert_eq!([131_072, u32::MAX].map(place), [BUCKETS - 1; 2]);
    }

    #[test]
    fn quantiles() {
        let mut histogram = Histogram::default();
        assert!(histogram.quantile(0.5).abs() < 1e-9);
        (1..=1000).for_each(|time| histogram.record(time));
        assert_eq!(histogram.total(), 1000);
        for share in [0.1, 0.5, 0.75, 0.9, 1.0] {
            let error = histogram.quantile(share) / (share * 1000.0);
            assert!((0.97..1.03).contains(&error), "{share}: {error}");
        }
        let limit = histogram.place_of(0.75);
        assert!((150..=250).contains(&histogram.above(limit)), "{}", histogram.above(limit));
        assert_eq!(histogram.above(BUCKETS - 1), 0);
    }
}
