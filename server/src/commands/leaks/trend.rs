//! Does a number that is looked at again and again rise without bound?

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trend {
    /// From quarter to quarter, to the end.
    Rises { from: u64, to: u64 },
    /// It is at its end what it was before, or less.
    Stays { at: u64 },
    /// More at the end, and less between.
    Wavers { least: u64, most: u64 },
    /// Nobody can tell.
    TooFew,
}

/// Fewer say nothing: what a program builds at its start is no leak.
const FEWEST: usize = 4;

/// A part of a number by which it may be more without having risen.
const PART: u64 = 20;

/// Looks at the least of each quarter but the first: a number may be high for a moment, and a program builds at its
/// start what it needs. `slack` is how much more is no rise at all.
pub(super) fn trend(numbers: &[u64], slack: u64) -> Trend {
    let count = numbers.len();
    if count < FEWEST {
        return Trend::TooFew;
    }
    let least = |quarter: usize| {
        let part = &numbers[count * quarter / 4..count * (quarter + 1) / 4];
        part.iter().min().copied().unwrap_or_default()
    };
    let [second, third, last] = [1, 2, 3].map(least);
    let slack = |before: u64| (before / PART).max(slack);
    let is_more = last > second.saturating_add(slack(second));
    // A straight line rises by half of it in the second of two quarters.
    let goes_on = last > third.saturating_add(slack(third) / 2);
    if !is_more || third > second && !goes_on {
        // It has risen, and stays where it is.
        return Trend::Stays { at: last };
    }
    if third > second && last > third {
        return Trend::Rises { from: second, to: last };
    }
    Trend::Wavers { least: second.min(third), most: last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rises(numbers: &[u64]) -> bool {
        matches!(trend(numbers, 2), Trend::Rises { .. })
    }

    #[test]
    fn what_rises_to_the_end_rises() {
        assert_eq!(trend(&[100, 200, 300, 400, 500, 600, 700, 800], 2), Trend::Rises { from: 300, to: 700 });
        assert!(rises(&[1000, 2000, 4000, 8000]), "looked at ever more rarely");
        assert!(rises(&[100, 900, 200, 900, 300, 900, 400, 900]), "below what comes and goes");
    }

    #[test]
    fn what_is_built_once_stays() {
        for numbers in [
            &[100, 5000, 5000, 5000, 5001, 5000, 5000, 5002][..],
            &[500; 40],
            &[900, 800, 700, 600, 500, 400, 300, 200],
            &[100, 100, 101, 101, 101, 102, 102, 102],
            &[10, 100, 900, 100, 800, 100, 700, 100],
            &[10, 100, 200, 300, 400, 400, 400, 400],
        ] {
            assert!(matches!(trend(numbers, 2), Trend::Stays { .. }), "{numbers:?}: {:?}", trend(numbers, 2));
        }
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        let wavers = Trend::Wavers { least: 100, most: 900 };
        assert_eq!(trend(&[500, 500, 500, 500, 100, 100, 900, 900], 2), wavers);
        assert_eq!(trend(&[1, 2, 3], 0), Trend::TooFew);
        assert_eq!(trend(&[], 0), Trend::TooFew);
        assert_eq!(trend(&[1, 1, u64::MAX / 2, u64::MAX / 2], 0), Trend::Stays { at: u64::MAX / 2 });
    }
}
