//! What making a program suspendable takes, of the time that a base or a patch takes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use hot_patch::Step;

/// Told of the steps of one base or patch.
#[derive(Debug)]
pub(super) struct Laps {
    last: Cell<Instant>,
    asyncify: Cell<Duration>,
}

impl Laps {
    pub(super) fn since(began: Instant) -> Self {
        Self { last: Cell::new(began), asyncify: Cell::new(Duration::ZERO) }
    }

    pub(super) fn done(&self, step: Step) {
        let now = Instant::now();
        let elapsed = now - self.last.replace(now);
        if step == Step::Asyncify {
            self.asyncify.set(elapsed);
        }
    }

    pub(super) fn asyncify(&self) -> Duration {
        self.asyncify.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_step_that_makes_suspendable_counts() {
        let began = Instant::now();
        let laps = Laps::since(began.checked_sub(Duration::from_secs(5)).unwrap());
        laps.done(Step::Link);
        assert_eq!(laps.asyncify(), Duration::ZERO);
        laps.done(Step::Asyncify);
        assert!(laps.asyncify() < Duration::from_secs(5));
    }
}
