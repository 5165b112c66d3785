//! How long a guest has computed: the time inside of its polls, whoever else uses the thread between them.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
struct Running {
    before: Duration,
    since: Instant,
}

thread_local! {
    /// Of the guest that this thread polls now.
    static RUNNING: Cell<Option<Running>> = const { Cell::new(None) };
}

/// What `future` gives, and the time that it took of its threads.
pub(crate) async fn metered<F: Future>(future: F) -> (F::Output, Duration) {
    let mut future = pin!(future);
    let mut busy = Duration::ZERO;
    let output = poll_fn(|context| {
        let since = Instant::now();
        // A guest may be polled within a host function of another.
        let outer = RUNNING.replace(Some(Running { before: busy, since }));
        let poll = future.as_mut().poll(context);
        RUNNING.set(outer);
        busy += since.elapsed();
        poll
    })
    .await;
    (output, busy)
}

/// Of the guest within whose poll this is called.
pub(crate) fn busy() -> Duration {
    RUNNING.get().map_or(Duration::ZERO, |running| running.before + running.since.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_is_free_and_computing_is_not() {
        let compute = || {
            let started = Instant::now();
            while started.elapsed() < Duration::from_millis(5) {
                std::hint::spin_loop();
            }
        };
        let (inside, busy) = metered(async {
            compute();
            tokio::time::sleep(Duration::from_millis(300)).await;
            compute();
            super::busy()
        })
        .await;
        assert!(inside >= Duration::from_millis(10), "both spells count, seen from inside: {inside:?}");
        assert!(busy >= inside);
        assert!(busy < Duration::from_millis(250), "the sleep does not: {busy:?}");
        assert_eq!(super::busy(), Duration::ZERO, "and afterwards nobody runs");
    }
}
