//! What was recorded, as data.

use std::time::Duration;

/// Of one guest, from the begin of its first call. Numbers of stacks are places in [`stacks`](Self::stacks).
#[derive(Debug, Clone, Default)]
pub struct Recording {
    pub stacks: Vec<Stack>,
    /// Stacks that came when as many as are kept were there. What they did is counted for the first stack, which is
    /// an empty one.
    pub forgotten_stacks: u64,
    pub computed: Vec<Computed>,
    /// Processor time that no sample stands for: after the last one of each call.
    pub unseen: Duration,
    /// Processor time of the guest's thread during its calls, functions of the host included.
    pub processor: Duration,
    /// The same by the clock, waiting included.
    pub wall: Duration,
    pub allocated: Vec<Allocated>,
    /// Bytes that it had allocated when it was last seen: up to one object per mean of bytes less than all.
    pub allocated_bytes: u64,
    /// In their order; of very many every second, or fourth, and so on.
    pub collections: Vec<Collection>,
    /// What lived after some of the collections, by stack. Empty where frees are not known.
    pub snapshots: Vec<Snapshot>,
    /// In their order.
    pub growths: Vec<Growth>,
    /// Bytes of memory after all of them.
    pub memory: u64,
    /// Largest first.
    pub unreleased: Vec<Unreleased>,
    /// Objects that were not followed, because very many live.
    pub untracked: u64,
}

/// Where the guest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Offsets in the module that ran, innermost first.
    pub offsets: Vec<u32>,
    /// There were more, further out.
    pub is_cut: bool,
}

/// Time at a stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Computed {
    pub stack: usize,
    pub samples: u64,
    pub processor: Duration,
    pub wall: Duration,
}

/// Objects by the stack that allocated them: estimated from those that were looked at, as each stands for those that
/// were not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Allocated {
    pub stack: usize,
    /// That were looked at.
    pub looked_at: u64,
    pub objects: f64,
    pub bytes: f64,
    /// Of them, those that no collection has found free.
    pub live_objects: f64,
    pub live_bytes: f64,
}

/// The end of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    /// Since the recorder was made.
    pub at: Duration,
    /// Bytes that live: of TinyGo the memory less what is free, its static data included; of Go what was marked.
    pub live: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes that were allocated so far.
    pub allocated: u64,
}

/// What lived at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub at: Duration,
    /// Stacks and bytes, estimated.
    pub bytes: Vec<(usize, f64)>,
}

/// A step of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    pub at: Duration,
    /// Bytes before and after.
    pub from: u64,
    pub to: u64,
    pub stack: usize,
}

/// What `malloc` gave and `free` did not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreleased {
    pub stack: usize,
    pub objects: u64,
    pub bytes: u64,
}
