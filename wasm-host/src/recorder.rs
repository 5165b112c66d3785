//! What is seen of a guest while it runs: where it computes, what it allocates, what lives after collections, and when
//! its memory grows. Bounded, however long it runs.

mod stacks;
mod heap;
mod recording;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use crate::call_stack::MOST_FRAMES;
use crate::go_stack::GoStack;
use crate::instrument::{Allocator, Known, Unwinding};
use crate::processor_time;

use heap::Heap;
use stacks::Stacks;

pub use recording::{Allocated, Collection, Computed, Growth, Recording, Snapshot, Stack, Unreleased};

/// Records one guest; clones are the same. It is given to [`Setup::recorder`](crate::Setup::recorder).
///
/// Where it computes is looked at once a tick of the host, at the next start of a function or of a round of a loop:
/// what a long run of code without either takes is counted where it ends. Each sample stands for the time since the
/// one before it. So that this is the guest's own, it has to run on a thread that does nothing else.
#[derive(Debug, Clone)]
pub struct Recorder {
    inner: Arc<Mutex<Inner>>,
    go: Option<Arc<GoStack>>,
}

#[derive(Debug)]
struct Inner {
    stacks: Stacks,
    computed: Vec<Computed>,
    heap: Heap,
    growths: Vec<Growth>,
    /// Bytes that the guest has.
    memory: u64,
    began: Instant,
    /// The last sample, or the begin of the call.
    last: Mark,
    /// After the last sample of each call.
    unseen: Duration,
    processor: Duration,
    wall: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    thread: ThreadId,
    processor: Duration,
    at: Instant,
}

impl Mark {
    fn now() -> Self {
        Self {
            thread: std::thread::current().id(),
            processor: processor_time::of_this_thread(),
            at: Instant::now(),
        }
    }

    /// Processor and wall time since another one. On another thread nobody knows the first.
    fn since(&self, other: &Self) -> (Duration, Duration) {
        let processor = if self.thread == other.thread {
            self.processor.saturating_sub(other.processor)
        } else {
            Duration::ZERO
        };
        (processor, self.at.saturating_duration_since(other.at))
    }
}

/// Steps of memory that are kept; the last one then takes all that come. A step has at least 64 KiB.
const MOST_GROWTHS: usize = 4096;

impl Recorder {
    /// In the mean one object is looked at for so many bytes that are allocated; 1: each. `known` is of the module
    /// that will run ([`Created::observed`](crate::Created::observed)); for one that is as it was built, nothing.
    pub fn new(bytes_per_object: u64, known: Option<Known>) -> Self {
        let is_counted_by_calls = known.is_some_and(|known| known.allocator == Some(Allocator::Malloc));
        let inner = Inner {
            stacks: Stacks::new(MOST_FRAMES),
            computed: Vec::new(),
            heap: Heap::new(bytes_per_object, is_counted_by_calls),
            growths: Vec::new(),
            memory: 0,
            began: Instant::now(),
            last: Mark::now(),
            unseen: Duration::ZERO,
            processor: Duration::ZERO,
            wall: Duration::ZERO,
        };
        Self { inner: Arc::new(Mutex::new(inner)), go: None }
    }

    /// With callers that are not on the WebAssembly stack: what [`Created::observed`](crate::Created::observed) says
    /// of the module.
    #[must_use]
    pub fn unwinding(self, unwinding: Option<&Unwinding>) -> Self {
        Self { go: unwinding.map(|unwinding| Arc::clone(&unwinding.0)), ..self }
    }

    /// All so far.
    pub fn recording(&self) -> Recording {
        let inner = self.inner();
        Recording {
            stacks: inner.stacks.all(),
            forgotten_stacks: inner.stacks.forgotten,
            computed: inner.computed.iter().filter(|computed| computed.samples > 0).copied().collect(),
            unseen: inner.unseen,
            processor: inner.processor,
            wall: inner.wall,
            allocated: inner.heap.by_stack(),
            allocated_bytes: inner.heap.total,
            collections: inner.heap.collections.all().to_vec(),
            snapshots: inner.heap.snapshots.all().to_vec(),
            growths: inner.growths.clone(),
            memory: inner.memory,
            unreleased: inner.heap.unreleased(),
            untracked: inner.heap.untracked,
        }
    }

    pub(crate) fn go(&self) -> Option<Arc<GoStack>> {
        self.go.clone()
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        self.inner().last = Mark::now();
    }

    /// It has ended.
    pub(crate) fn end(&self) {
        let mut inner = self.inner();
        let now = Mark::now();
        let (processor, wall) = now.since(&inner.last);
        inner.unseen += processor;
        inner.processor += processor;
        inner.wall += wall;
        inner.last = now;
    }

    /// A tick while it computes. The time that taking the stack takes is nobody's.
    pub(crate) fn sample(&self, stack: impl FnOnce() -> Vec<u32>) {
        let now = Mark::now();
        let stack = stack();
        let mut inner = self.inner();
        let (processor, wall) = now.since(&inner.last);
        inner.processor += processor;
        inner.wall += wall;
        let stack = inner.stacks.number(stack);
        if inner.computed.len() <= stack {
            inner.computed.resize(stack + 1, Computed::default());
        }
        let computed = &mut inner.computed[stack];
        computed.stack = stack;
        computed.samples += 1;
        computed.processor += processor;
        computed.wall += wall;
        inner.last = Mark::now();
    }

    /// An object that was looked at; gives how many bytes are not.
    pub(crate) fn allocated(&self, size: u64, address: u64, total: u64, stack: Vec<u32>) -> u64 {
        let mut inner = self.inner();
        let stack = inner.stacks.number(stack);
        inner.heap.total = total;
        inner.heap.allocated(stack, size, address)
    }

    pub(crate) fn first_left(&self) -> u64 {
        self.inner().heap.next()
    }

    pub(crate) fn collecting(&self) {
        self.inner().heap.collecting();
    }

    pub(crate) fn free(&self, address: u64, units: u64) {
        self.inner().heap.free(address, units);
    }

    /// `memory`: all that the guest has. `found`: the bytes of it that the collector found free, or alive.
    pub(crate) fn collected(&self, memory: u64, found: Found, total: u64) {
        let mut inner = self.inner();
        let at = inner.began.elapsed();
        inner.heap.total = total;
        inner.heap.collected(at, memory, found);
    }

    /// Its memory may have another size than before.
    pub(crate) fn grew(&self, memory: u64, stack: impl FnOnce() -> Vec<u32>) {
        let mut inner = self.inner();
        let from = std::mem::replace(&mut inner.memory, memory);
        if from == memory {
            return;
        }
        let at = inner.began.elapsed();
        let stack = inner.stacks.number(stack());
        if inner.growths.len() < MOST_GROWTHS {
            inner.growths.push(Growth { at, from, to: memory, stack });
        } else if let Some(last) = inner.growths.last_mut() {
            last.to = memory;
        }
    }

    /// What it has before anything of it runs.
    pub(crate) fn has(&self, memory: u64) {
        self.inner().memory = memory;
    }

    pub(crate) fn taken(&self, size: u64, address: u64, stack: Vec<u32>) {
        let mut inner = self.inner();
        let stack = inner.stacks.number(stack);
        inner.heap.taken(stack, size, address);
    }

    pub(crate) fn released(&self, address: u64) {
        self.inner().heap.released(address);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a collector says at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Free(u64),
    Live(u64),
}

#[cfg(test)]
mod tests;
