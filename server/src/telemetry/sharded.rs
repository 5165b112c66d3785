//! Counters on the path of every delivery, where millions of frames a second go by.
//!
//! A counter that all threads share costs each of them a cache line that another one has just written, and an addition that
//! is atomic costs some nanoseconds even without that. Here a thread has a shard that nobody else writes to, which plain
//! additions are enough for; shards are summed up when somebody asks. A session adds once for a run of frames of one kind,
//! not once for each.

use std::sync::atomic::{AtomicU64, Ordering};

use dev_server_proto::FrameKind;

/// More threads than this share the last one; a server has as many as the machine has cores.
const SHARDS: usize = 16;

/// Which shards have an owner, one bit each; the last one is given to nobody.
static TAKEN: AtomicU64 = AtomicU64::new(1 << (SHARDS - 1));

thread_local! {
    static OWN: Own = Own::take();
}

/// The number of the shard that a thread has for itself, in each of all [`Deliveries`].
struct Own(usize);

impl Own {
    fn take() -> Self {
        // Acquired and released, so that a thread goes on from all that the last owner has added.
        let take = |taken: u64| Some(taken | 1 << taken.trailing_ones().min(SHARDS as u32 - 1));
        let taken = TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, take);
        let free = taken.unwrap_or_else(|taken| taken).trailing_ones() as usize;
        Self(free.min(SHARDS - 1))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.0 < SHARDS - 1 {
            TAKEN.fetch_and(!(1 << self.0), Ordering::AcqRel);
        }
    }
}

/// Two cache lines: processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    frames: [AtomicU64; FrameKind::ALL.len()],
    bytes: [AtomicU64; FrameKind::ALL.len()],
    skipped: AtomicU64,
    /// How often a client fell behind, and caught up.
    behind: [AtomicU64; 2],
}

/// What sessions were given.
#[derive(Debug)]
pub struct Deliveries {
    shards: [Shard; SHARDS],
    counts: bool,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self { shards: Default::default(), counts: true }
    }
}

/// Of one kind of frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
}

impl Deliveries {
    /// Some that count nothing: what counting is compared with.
    pub(super) fn none() -> Self {
        Self { counts: false, ..Self::default() }
    }

    /// Frames were given to a connection.
    pub fn sent(&self, kind: FrameKind, frames: u64, bytes: u64) {
        self.add(|shard| [(&shard.frames[kind as usize], frames), (&shard.bytes[kind as usize], bytes)]);
    }

    /// States of the board that one client was not told of, because newer ones were there when it could be told.
    pub fn skipped(&self, states: u64) {
        self.add(|shard| [(&shard.skipped, states)]);
    }

    /// A client does not take what it is given, or has taken it all.
    pub fn behind(&self, is_behind: bool) {
        self.add(|shard| [(&shard.behind[usize::from(!is_behind)], 1)]);
    }

    pub(crate) fn sum(&self, kind: FrameKind) -> Sent {
        let frames = self.total(|shard| &shard.frames[kind as usize]);
        Sent { frames, bytes: self.total(|shard| &shard.bytes[kind as usize]) }
    }

    pub(super) fn sum_skipped(&self) -> u64 {
        self.total(|shard| &shard.skipped)
    }

    /// How many clients have not taken what they were given.
    pub fn sum_behind(&self) -> u64 {
        // Who caught up is asked first: nobody is seen to have done that before he fell behind.
        let caught_up = self.total(|shard| &shard.behind[1]);
        self.total(|shard| &shard.behind[0]).saturating_sub(caught_up)
    }

    fn total(&self, counter: impl Fn(&Shard) -> &AtomicU64) -> u64 {
        self.shards.iter().map(|shard| counter(shard).load(Ordering::Relaxed)).sum()
    }

    fn add<const COUNT: usize>(&self, counters: impl Fn(&Shard) -> [(&AtomicU64, u64); COUNT]) {
        if !self.counts {
            return;
        }
        // A thread that ends has given its own back already.
        let own = OWN.try_with(|own| own.0).unwrap_or(SHARDS - 1);
        for (counter, more) in counters(&self.shards[own]) {
            if own < SHARDS - 1 {
                counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
            } else {
                counter.fetch_add(more, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    #[test]
    fn what_many_threads_add_is_summed_up() {
        let deliveries = Arc::new(Deliveries::default());
        // All at a time, more than there are shards; and then others, who have those that were given back.
        let together = Arc::new(Barrier::new(2 * SHARDS));
        let threads: Vec<_> = (0..2 * SHARDS)
            .map(|_| {
                let (deliveries, together) = (Arc::clone(&deliveries), Arc::clone(&together));
                std::thread::spawn(move || {
                    deliveries.skipped(0);
                    together.wait();
                    for _ in 0..1000 {
                        deliveries.sent(FrameKind::Event, 2, 300);
                    }
                    deliveries.skipped(3);
                    deliveries.behind(true);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let threads = 2 * SHARDS as u64;
        assert_eq!(
            deliveries.sum(FrameKind::Event),
            Sent { frames: threads * 2000, bytes: threads * 300_000 }
        );
        assert_eq!(deliveries.sum(FrameKind::Order), Sent::default());
        assert_eq!((deliveries.sum_skipped(), deliveries.sum_behind()), (threads * 3, threads));
        for _ in 0..3 * SHARDS {
            let deliveries = Arc::clone(&deliveries);
            std::thread::spawn(move || deliveries.sent(FrameKind::Update, 1, 1)).join().unwrap();
        }
        assert_eq!(deliveries.sum(FrameKind::Update).frames, 3 * SHARDS as u64);
        deliveries.behind(false);
        assert_eq!(deliveries.sum_behind(), threads - 1);
    }
}
