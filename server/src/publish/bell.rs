//! Wakes everybody who waits for something new, without a registration for each wait.
//!
//! Thousands of sessions wait for the same thing. A listener leaves its waker once and keeps it there; ringing walks over
//! the wakers and moves a number on, which each listener compares with the one that it has seen.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError};

/// Wakers are spread over these, so that sessions which come and go seldom meet one that rings.
const SHARDS: usize = 8;

/// Rung by who has something new.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: AtomicU64,
    next: AtomicUsize,
    shards: [Mutex<Wakers>; SHARDS],
}

#[derive(Debug, Default)]
struct Wakers {
    slots: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Bell {
    /// Wakes every listener.
    pub(super) fn ring(&self) {
        // Before the wakers are looked at: a listener that leaves its waker later reads this number after that.
        self.rung.fetch_add(1, Ordering::SeqCst);
        for shard in &self.shards {
            for waker in lock(shard).slots.iter().flatten() {
                waker.wake_by_ref();
            }
        }
    }

    /// Places for wakers, taken or not.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).slots.len()).sum()
    }

    /// Hears what is rung from now on.
    pub(super) fn listen(self: &Arc<Self>) -> Listener {
        let shard = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let mut wakers = lock(&self.shards[shard]);
        let slot = wakers.free.pop().unwrap_or_else(|| {
            wakers.slots.push(None);
            wakers.slots.len() - 1
        });
        drop(wakers);
        let heard = self.rung.load(Ordering::SeqCst);
        Listener { bell: Arc::clone(self), shard, slot, heard, waker: None }
    }
}

/// Hears a bell.
#[derive(Debug)]
pub struct Listener {
    bell: Arc<Bell>,
    shard: usize,
    slot: usize,
    heard: u64,
    /// What lies in the slot.
    waker: Option<Waker>,
}

impl Listener {
    /// Ready when the bell was rung since the last time that it was; says how often.
    pub fn poll_rung(&mut self, context: &mut Context<'_>) -> Poll<u64> {
        if let rung @ 1.. = self.take() {
            return Poll::Ready(rung);
        }
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
            lock(&self.bell.shards[self.shard]).slots[self.slot].clone_from(&self.waker);
            if let rung @ 1.. = self.take() {
                return Poll::Ready(rung);
            }
        }
        Poll::Pending
    }

    fn take(&mut self) -> u64 {
        let rung = self.bell.rung.load(Ordering::SeqCst);
        rung - std::mem::replace(&mut self.heard, rung)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut wakers = lock(&self.bell.shards[self.shard]);
        wakers.slots[self.slot] = None;
        wakers.free.push(self.slot);
    }
}

/// A panic of another thread cannot leave a list of wakers half changed.
fn lock(shard: &Mutex<Wakers>) -> MutexGuard<'_, Wakers> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
