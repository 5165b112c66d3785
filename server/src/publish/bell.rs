//! Wakes everybody who waits for something new, without a registration for each wait.
//!
//! Thousands of sessions wait for the same thing. A listener leaves its waker once and keeps it there; ringing walks over
//! the wakers and moves a number on, which each listener compares with the one that it has seen.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Flag(AtomicBool);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_ring_wakes_who_waits_and_is_heard_once() {
        let bell = Arc::new(Bell::default());
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        bell.ring();
        let mut listener = bell.listen();
        assert_eq!(listener.poll_rung(&mut context), Poll::Pending, "that was before it listened");
        bell.ring();
        bell.ring();
        assert!(flag.0.swap(false, Ordering::SeqCst));
        assert_eq!(listener.poll_rung(&mut context), Poll::Ready(2));
        assert_eq!(listener.poll_rung(&mut context), Poll::Pending);
        bell.ring();
        assert!(flag.0.load(Ordering::SeqCst), "the waker is left there for the next time");
    }

    #[test]
    fn slots_of_those_who_left_are_used_again() {
        let bell = Arc::new(Bell::default());
        for _ in 0..1000 {
            drop(bell.listen());
        }
        let slots: usize = bell.shards.iter().map(|shard| lock(shard).slots.len()).sum();
        assert!(slots <= SHARDS, "{slots}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_ring_is_missed() {
        let bell = Arc::new(Bell::default());
        let said = Arc::new(AtomicU64::new(0));
        let mut waiting = Vec::new();
        for _ in 0..16 {
            let (mut listener, said) = (bell.listen(), Arc::clone(&said));
            waiting.push(tokio::spawn(async move {
                while said.load(Ordering::SeqCst) < 10_000 {
                    std::future::poll_fn(|context| listener.poll_rung(context)).await;
                }
            }));
        }
        for _ in 0..10_000 {
            said.fetch_add(1, Ordering::SeqCst);
            bell.ring();
        }
        for task in waiting {
            tokio::time::timeout(std::time::Duration::from_mins(1), task).await.unwrap().unwrap();
        }
    }
}
