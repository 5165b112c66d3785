//! How long a guest has computed, and whether it was done in time.
//!
//! What counts is the time inside of its polls, whoever else uses the thread between them.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
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

/// What a call gave, `None` when it was not done in time, and the time that it took of its threads.
#[derive(Debug)]
pub(crate) struct Metered<T> {
    pub(crate) result: Option<T>,
    pub(crate) busy: Duration,
}

/// A call that may take `lifetime`. Most are done at their first poll: only others get a timer.
pub(crate) async fn metered<F: Future>(lifetime: Duration, future: F) -> Metered<F::Output> {
    let mut future = pin!(future);
    let mut deadline = pin!(None::<tokio::time::Sleep>);
    let mut busy = Duration::ZERO;
    let mut began = None;
    let result = poll_fn(|context| {
        let since = Instant::now();
        let began = *began.get_or_insert(since);
        // A guest may be polled within a host function of another.
        let outer = RUNNING.replace(Some(Running { before: busy, since }));
        let poll = future.as_mut().poll(context);
        let ran = RUNNING.replace(outer);
        busy = ran.map_or(busy, |running| running.before) + since.elapsed();
        if let Poll::Ready(output) = poll {
            return Poll::Ready(Some(output));
        }
        if deadline.is_none() {
            let until = began.checked_add(lifetime).map(tokio::time::Instant::from_std);
            // Beyond the end of time there is no deadline.
            let Some(until) = until else { return Poll::Pending };
            deadline.set(Some(tokio::time::sleep_until(until)));
        }
        match deadline.as_mut().as_pin_mut() {
            Some(deadline) => deadline.poll(context).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await;
    Metered { result, busy }
}

/// A call that is done when this returns; [`busy`] tells how long it takes so far.
pub(crate) fn metered_at_once<T>(call: impl FnOnce() -> T) -> T {
    let outer = RUNNING.replace(Some(Running { before: Duration::ZERO, since: Instant::now() }));
    let result = call();
    RUNNING.set(outer);
    result
}

/// How long this poll takes so far.
pub(crate) fn turn() -> Duration {
    RUNNING.get().map_or(Duration::ZERO, |running| running.since.elapsed())
}

/// Of the guest within whose poll this is called.
pub(crate) fn busy() -> Duration {
    RUNNING.get().map_or(Duration::ZERO, |running| running.before + running.since.elapsed())
}

/// What another thread has computed for the guest within whose poll this is called.
#[cfg(feature = "nn")]
pub(crate) fn add(elsewhere: Duration) {
    let add = |running: Running| Running { before: running.before + elsewhere, ..running };
    RUNNING.set(RUNNING.get().map(add));
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
        let Metered { result, busy } = metered(Duration::MAX, async {
            compute();
            tokio::time::sleep(Duration::from_millis(300)).await;
            compute();
            super::busy()
        })
        .await;
        let inside = result.unwrap();
        assert!(inside >= Duration::from_millis(10), "both spells count, seen from inside: {inside:?}");
        assert!(busy >= inside);
        assert!(busy < Duration::from_millis(250), "the sleep does not: {busy:?}");
        assert_eq!(super::busy(), Duration::ZERO, "and afterwards nobody runs");
    }

    #[cfg(feature = "nn")]
    #[tokio::test]
    async fn what_another_thread_computed_counts_too() {
        let Metered { result, busy } = metered(Duration::MAX, async {
            add(Duration::from_secs(2));
            let inside = super::busy();
            tokio::task::yield_now().await;
            (inside, super::busy())
        })
        .await;
        let (before, after) = result.unwrap();
        assert!(before >= Duration::from_secs(2) && after >= before, "{before:?} {after:?}");
        assert!(busy >= after && busy < Duration::from_secs(3), "{busy:?}");
    }

    #[tokio::test]
    async fn what_waits_for_too_long_is_given_up() {
        let never = metered(Duration::from_millis(5), std::future::pending::<()>());
        assert!(never.await.result.is_none());
        let at_once = metered(Duration::ZERO, async { 1 });
        assert_eq!(at_once.await.result, Some(1));
    }
}
