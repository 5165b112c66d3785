//! The time that guests see: that of this machine, or one that moves only when everybody sleeps.

mod timeline;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use timeline::Timeline;

/// Shared by the guests that are to agree on the time; cloning makes no second one.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    Real,
    Virtual(Arc<Timeline>),
}

/// Where monotonic time and the time of day meet, for the whole process.
static START: LazyLock<(Instant, SystemTime)> = LazyLock::new(|| (Instant::now(), SystemTime::now()));

impl Clock {
    /// The time of this machine. The time of day is the monotonic time and a constant, so that it never goes back.
    pub fn real() -> Self {
        Self(Source::Real)
    }

    /// A time that begins at `start` and stands still while a guest computes. When all guests that are in a call on
    /// it sleep, it goes to the earliest wake-up at once: an hour takes no time, and nobody wakes out of order.
    pub fn virtual_from(start: SystemTime) -> Self {
        Self(Source::Virtual(Arc::new(Timeline::new(start))))
    }

    /// Since some point in the past; never less than before.
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::Real => START.0.elapsed(),
            Source::Virtual(timeline) => timeline.now(),
        }
    }

    pub fn wall(&self) -> SystemTime {
        match &self.0 {
            Source::Real => START.1 + START.0.elapsed(),
            Source::Virtual(timeline) => timeline.start() + timeline.now(),
        }
    }

    /// Keeps a virtual time where it is until it is dropped, and says who sleeps in [`Self::sleep_until`].
    pub fn hold(&self) -> Awake {
        match &self.0 {
            Source::Real => Awake { timeline: None, sleeper: 0 },
            Source::Virtual(timeline) => {
                Awake { sleeper: timeline.enter(), timeline: Some(Arc::clone(timeline)) }
            }
        }
    }

    /// Until [`Self::monotonic`] is at least `when`. No thread waits; dropping it cancels it.
    pub(crate) async fn sleep_until(&self, sleeper: u64, when: Duration) {
        match &self.0 {
            Source::Real => {
                let left = when.saturating_sub(self.monotonic());
                if left.is_zero() {
                    // A guest that polls in a loop lets others run.
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(left).await;
                }
            }
            Source::Virtual(timeline) => timeline.sleep(sleeper, when).await,
        }
    }
}

/// Somebody who is awake on a clock: a virtual time does not move while it computes.
#[derive(Debug)]
pub struct Awake {
    timeline: Option<Arc<Timeline>>,
    sleeper: u64,
}

impl Awake {
    pub(crate) fn sleeper(&self) -> u64 {
        self.sleeper
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        if let Some(timeline) = &self.timeline {
            timeline.leave(self.sleeper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn an_hour_takes_no_time() {
        let started = Instant::now();
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
        let awake = clock.hold();
        clock.sleep_until(awake.sleeper(), HOUR).await;
        assert_eq!(clock.monotonic(), HOUR);
        assert_eq!(clock.wall(), SystemTime::UNIX_EPOCH + HOUR);
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_times_and_time_waits_for_who_computes() {
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
        let woken = Mutex::new(Vec::new());
        let sleeper = async |name: &'static str, naps: &[u64]| {
            let awake = clock.hold();
            for nap in naps {
                let until = clock.monotonic() + Duration::from_secs(*nap);
                clock.sleep_until(awake.sleeper(), until).await;
                assert_eq!(clock.monotonic(), until, "{name} wakes at its time");
                woken.lock().unwrap().push((until.as_secs(), name));
                // Long work, of no virtual time.
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::join!(sleeper("a", &[5, 5, 1]), sleeper("b", &[3, 3, 3]), sleeper("c", &[20]));
        assert_eq!(
            woken.into_inner().unwrap(),
            [(3, "b"), (5, "a"), (6, "b"), (9, "b"), (10, "a"), (11, "a"), (20, "c")]
        );
    }

    #[tokio::test]
    async fn of_several_sleeps_of_one_the_earliest_counts_and_the_others_are_forgotten() {
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
        let awake = clock.hold();
        let nap = |seconds| clock.sleep_until(awake.sleeper(), Duration::from_secs(seconds));
        tokio::select! {
            biased;
            () = nap(30) => panic!("the later one"),
            () = nap(10) => {}
        }
        assert_eq!(clock.monotonic(), Duration::from_secs(10));
        nap(12).await;
        assert_eq!(clock.monotonic(), Duration::from_secs(12), "the sleep of 30 was dropped");
    }

    #[tokio::test]
    async fn a_hold_keeps_time_where_it_is() {
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
        let hold = clock.hold();
        let sleeping = async {
            let awake = clock.hold();
            clock.sleep_until(awake.sleeper(), HOUR).await;
        };
        let looking = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert_eq!(clock.monotonic(), Duration::ZERO);
            drop(hold);
        };
        tokio::join!(sleeping, looking);
        assert_eq!(clock.monotonic(), HOUR);
    }

    #[test]
    fn the_time_of_day_follows_the_monotonic_one() {
        let clock = Clock::real();
        let (before, wall) = (clock.monotonic(), clock.wall());
        let off = SystemTime::now().duration_since(wall).unwrap_or_default();
        assert!(off < Duration::from_mins(1));
        assert!(clock.monotonic() >= before);
        assert!(clock.wall() >= wall);
    }
}
