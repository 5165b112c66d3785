//! Counters on the path of every delivery, where millions of frames a second go by.
//!
//! A counter that all threads share costs each of them a cache line that another one has just written. Here each thread
//! adds to a shard of its own; they are summed up when somebody asks. A session adds once for a run of frames of one kind,
//! not once for each.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use dev_server_proto::FrameKind;

/// More threads than this share; a server has as many as the machine has cores.
const SHARDS: usize = 16;

/// Two cache lines: processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    frames: [AtomicU64; FrameKind::ALL.len()],
    bytes: [AtomicU64; FrameKind::ALL.len()],
    skipped: AtomicU64,
    /// Those who fell behind less those who caught up, on threads that may be different ones.
    behind: AtomicI64,
}

/// What sessions were given.
#[derive(Debug, Default)]
pub struct Deliveries {
    shards: [Shard; SHARDS],
}

/// Of one kind of frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) frames: u64,
    pub(super) bytes: u64,
}

impl Deliveries {
    /// Frames were given to a connection.
    pub fn sent(&self, kind: FrameKind, frames: u64, bytes: u64) {
        let shard = self.shard();
        shard.frames[kind as usize].fetch_add(frames, Ordering::Relaxed);
        shard.bytes[kind as usize].fetch_add(bytes, Ordering::Relaxed);
    }

    /// States of the board that one client was not told of, because newer ones were there when it could be told.
    pub fn skipped(&self, states: u64) {
        self.shard().skipped.fetch_add(states, Ordering::Relaxed);
    }

    /// A client does not take what it is given, or has taken it all.
    pub fn behind(&self, is_behind: bool) {
        self.shard().behind.fetch_add(if is_behind { 1 } else { -1 }, Ordering::Relaxed);
    }

    pub(super) fn sum(&self, kind: FrameKind) -> Sent {
        let of = |counters: fn(&Shard) -> &[AtomicU64; FrameKind::ALL.len()]| {
            self.shards.iter().map(|shard| counters(shard)[kind as usize].load(Ordering::Relaxed)).sum()
        };
        Sent { frames: of(|shard| &shard.frames), bytes: of(|shard| &shard.bytes) }
    }

    pub(super) fn sum_skipped(&self) -> u64 {
        self.shards.iter().map(|shard| shard.skipped.load(Ordering::Relaxed)).sum()
    }

    /// How many clients have not taken what they were given.
    pub fn sum_behind(&self) -> i64 {
        let sum: i64 = self.shards.iter().map(|shard| shard.behind.load(Ordering::Relaxed)).sum();
        // Read while others add: one that caught up may be seen before it fell behind.
        sum.max(0)
    }

    fn shard(&self) -> &Shard {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
        }
        &self.shards[OWN.with(Cell::get)]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_many_threads_add_is_summed_up() {
        let deliveries = Arc::new(Deliveries::default());
        let threads: Vec<_> = (0..2 * SHARDS)
            .map(|_| {
                let deliveries = Arc::clone(&deliveries);
                std::thread::spawn(move || {
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
        assert_eq!(deliveries.sum(FrameKind::Update), Sent::default());
        assert_eq!((deliveries.sum_skipped(), deliveries.sum_behind()), (threads * 3, threads.cast_signed()));
        deliveries.behind(false);
        assert_eq!(deliveries.sum_behind(), threads.cast_signed() - 1);
    }

    /// A delivery takes about a microsecond; what it adds is to stay below three hundredths of that. Ten times as much is
    /// allowed here, for machines that are busy and builds that are not optimised.
    #[test]
    fn adding_costs_next_to_nothing() {
        let deliveries = Deliveries::default();
        let best = (0..10)
            .map(|_| {
                let began = Instant::now();
                for _ in 0..10_000 {
                    deliveries.sent(std::hint::black_box(FrameKind::Event), 1, 256);
                }
                began.elapsed() / 10_000
            })
            .min();
        assert!(best.is_some_and(|best| best.as_nanos() < 300), "{best:?}");
    }
}
