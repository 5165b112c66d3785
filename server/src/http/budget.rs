//! How often a page may say something: a bucket that is refilled as time goes by.

use std::time::Instant;

/// A bucket of permits.
#[derive(Debug)]
pub(super) struct Budget {
    capacity: f64,
    per_second: f64,
    left: f64,
    refilled: Instant,
    /// The last request was refused.
    empty: bool,
}

/// May it be done?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// Yes.
    Granted,
    /// No, and the page should be told: until now it was within its budget.
    Refused,
    /// No, and it knows.
    RefusedAgain,
}

impl Budget {
    pub(super) fn new(capacity: u32, per_second: f64, now: Instant) -> Self {
        Self { capacity: capacity.into(), per_second, left: capacity.into(), refilled: now, empty: false }
    }

    pub(super) fn take(&mut self, now: Instant) -> Permit {
        let elapsed = now.duration_since(self.refilled).as_secs_f64();
        self.left = elapsed.mul_add(self.per_second, self.left).min(self.capacity);
        self.refilled = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            self.empty = false;
            Permit::Granted
        } else if std::mem::replace(&mut self.empty, true) {
            Permit::RefusedAgain
        } else {
            Permit::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_empty_bucket_is_said_once_and_fills_again() {
        let start = Instant::now();
        let mut budget = Budget::new(2, 1.0, start);
        let taken: Vec<_> = (0..4).map(|_| budget.take(start)).collect();
        assert_eq!(taken, [Permit::Granted, Permit::Granted, Permit::Refused, Permit::RefusedAgain]);
        assert_eq!(budget.take(start + Duration::from_secs(1)), Permit::Granted);
        assert_eq!(budget.take(start + Duration::from_secs(1)), Permit::Refused);
    }
}
