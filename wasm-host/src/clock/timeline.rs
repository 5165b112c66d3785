//! A virtual time: who computes on it, who sleeps until when, and the step to the next wake-up.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

#[derive(Debug)]
pub(super) struct Timeline {
    start: SystemTime,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    numbers: u64,
    present: BTreeSet<u64>,
    /// Who of them keeps time from moving.
    awake: BTreeSet<u64>,
    /// By the time to wake at, then by who came first.
    sleeps: BTreeMap<(Duration, u64), Sleep>,
}

#[derive(Debug)]
struct Sleep {
    sleeper: u64,
    waker: Waker,
}

impl State {
    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Goes to the earliest wake-up when nobody is awake. One sleeper at a time: what it does comes before what
    /// the next one does, also when both wake at the same time.
    fn step(&mut self) -> Option<Waker> {
        if !self.awake.is_empty() {
            return None;
        }
        let ((when, _), sleep) = self.sleeps.pop_first()?;
        self.now = self.now.max(when);
        self.awake.insert(sleep.sleeper);
        Some(sleep.waker)
    }
}

impl Timeline {
    pub(super) fn new(start: SystemTime) -> Self {
        Self { start, state: Mutex::default() }
    }

    pub(super) fn start(&self) -> SystemTime {
        self.start
    }

    pub(super) fn now(&self) -> Duration {
        self.state().now
    }

    pub(super) fn enter(&self) -> u64 {
        let mut state = self.state();
        let number = state.number();
        state.present.insert(number);
        state.awake.insert(number);
        number
    }

    pub(super) fn leave(&self, sleeper: u64) {
        let mut state = self.state();
        state.present.remove(&sleeper);
        state.awake.remove(&sleeper);
        let next = state.step();
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }

    /// In three turns, because one guest may wait for several things at once: in the first everything else that it
    /// waits for has its say, in the second all its sleeps are entered, and only then may time move.
    pub(super) async fn sleep(&self, sleeper: u64, when: Duration) {
        tokio::task::yield_now().await;
        let mut entry = Entry { timeline: self, key: None, sleeper };
        let mut may_move = false;
        poll_fn(|context| {
            let mut state = self.state();
            let Some(key) = entry.key else {
                let number = state.number();
                state.awake.remove(&sleeper);
                state.sleeps.insert((when, number), Sleep { sleeper, waker: context.waker().clone() });
                entry.key = Some((when, number));
                context.waker().wake_by_ref();
                return Poll::Pending;
            };
            match state.sleeps.get_mut(&key) {
                // The step has taken it out: its time has come.
                None => return Poll::Ready(()),
                Some(sleep) => sleep.waker.clone_from(context.waker()),
            }
            if !may_move {
                may_move = true;
                let next = state.step();
                drop(state);
                if let Some(waker) = next {
                    waker.wake();
                }
            }
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sleep that is dropped before its time: its sleeper is awake again unless another of its sleeps is still there.
struct Entry<'a> {
    timeline: &'a Timeline,
    key: Option<(Duration, u64)>,
    sleeper: u64,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut state = self.timeline.state();
        let removed = state.sleeps.remove(&key).is_some();
        let sleeps_on = state.sleeps.values().any(|sleep| sleep.sleeper == self.sleeper);
        if removed && !sleeps_on && state.present.contains(&self.sleeper) {
            state.awake.insert(self.sleeper);
        }
    }
}
