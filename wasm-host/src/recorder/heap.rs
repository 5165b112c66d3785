//! Objects of a guest: those that are looked at, which of them live, and what collections say.
//!
//! Which ones are looked at is a Poisson process over the bytes that are allocated, as in Go's own profiles: an object
//! of `size` bytes is one of them with the probability `1 - exp(-size / mean)`, and stands for the inverse of that.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::Found;
use super::recording::{Allocated, Collection, Snapshot, Unreleased};

/// Objects that are followed until they are freed. They take 40 MiB.
const MOST_LIVE: usize = 1 << 20;
/// Collections and snapshots that are kept.
const MOST_COLLECTIONS: usize = 1024;
const MOST_SNAPSHOTS: usize = 16;

#[derive(Debug)]
pub(super) struct Heap {
    /// Bytes for one that is looked at.
    mean: u64,
    /// Every call of `malloc` is an allocation.
    by_calls: bool,
    random: u64,
    /// By stack.
    allocated: BTreeMap<usize, Allocated>,
    /// By address.
    live: BTreeMap<u64, Object>,
    /// From `malloc`, by address.
    taken: HashMap<u64, (usize, u64)>,
    /// Addresses and units, in this collection.
    free: Vec<(u64, u64)>,
    pub(super) total: u64,
    pub(super) untracked: u64,
    pub(super) collections: Series<Collection>,
    pub(super) snapshots: Series<Snapshot>,
}

#[derive(Debug, Clone, Copy)]
struct Object {
    stack: usize,
    size: u64,
    /// Objects that it stands for.
    weight: f64,
}

impl Heap {
    pub(super) fn new(mean: u64, by_calls: bool) -> Self {
        Self {
            mean: mean.max(1),
            by_calls,
            // Always the same: the same run gives the same profile.
            random: 0x9e37_79b9_7f4a_7c15,
            allocated: BTreeMap::new(),
            live: BTreeMap::new(),
            taken: HashMap::new(),
            free: Vec::new(),
            total: 0,
            untracked: 0,
            collections: Series::new(MOST_COLLECTIONS),
            snapshots: Series::new(MOST_SNAPSHOTS),
        }
    }

    /// Bytes up to the next one: exponentially distributed.
    pub(super) fn next(&mut self) -> u64 {
        if self.mean == 1 {
            return 0;
        }
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // In (0, 1].
        let uniform = ((bits >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() * self.mean as f64) as u64
    }

    pub(super) fn allocated(&mut self, stack: usize, size: u64, address: u64) -> u64 {
        let weight = if self.mean == 1 || size == 0 {
            1.0
        } else {
            1.0 / -(-(size as f64) / self.mean as f64).exp_m1()
        };
        self.count(stack, size, weight);
        self.follow(address, Object { stack, size, weight });
        self.next()
    }

    fn count(&mut self, stack: usize, size: u64, weight: f64) {
        let sum = self.allocated.entry(stack).or_insert(Allocated { stack, ..Allocated::default() });
        sum.looked_at += 1;
        sum.objects += weight;
        sum.bytes += weight * size as f64;
    }

    fn follow(&mut self, address: u64, object: Object) {
        if address == 0 {
            return;
        }
        if self.live.len() >= MOST_LIVE && !self.live.contains_key(&address) {
            self.untracked += 1;
            return;
        }
        self.live.insert(address, object);
    }

    pub(super) fn collecting(&mut self) {
        self.free.clear();
    }

    pub(super) fn free(&mut self, address: u64, units: u64) {
        self.free.push((address, units));
    }

    pub(super) fn collected(&mut self, at: Duration, memory: u64, found: Found) {
        let live = match found {
            Found::Live(live) => live,
            Found::Free(free) => {
                self.sweep(free);
                memory.saturating_sub(free)
            }
        };
        self.collections.push(Collection { at, live, memory, allocated: self.total });
        if matches!(found, Found::Free(_)) {
            let mut bytes = BTreeMap::<usize, f64>::new();
            for object in self.live.values() {
                *bytes.entry(object.stack).or_default() += object.weight * object.size as f64;
            }
            self.snapshots.push(Snapshot { at, bytes: bytes.into_iter().collect() });
        }
    }

    /// What lies where there is room now is gone. The collector counts room in units, and their sum in bytes.
    fn sweep(&mut self, free: u64) {
        let ranges = std::mem::take(&mut self.free);
        let units = ranges.iter().map(|(_, units)| units).sum::<u64>();
        if units == 0 {
            return;
        }
        let unit = free / units;
        for (address, length) in ranges {
            let end = address.saturating_add(length.saturating_mul(unit));
            let gone = self.live.range(address..end).map(|(address, _)| *address).collect::<Vec<_>>();
            for address in gone {
                self.live.remove(&address);
            }
        }
    }

    pub(super) fn taken(&mut self, stack: usize, size: u64, address: u64) {
        if address == 0 {
            return;
        }
        if self.taken.len() >= MOST_LIVE {
            self.untracked += 1;
            return;
        }
        // One allocator that calls another: the outer one has its say last, for the same object.
        let before = self.taken.insert(address, (stack, size));
        if self.by_calls {
            if let Some((stack, size)) = before {
                self.uncount(stack, size);
            }
            self.count(stack, size, 1.0);
            self.live.insert(address, Object { stack, size, weight: 1.0 });
            if before.is_none() {
                self.total += size;
            }
        }
    }

    fn uncount(&mut self, stack: usize, size: u64) {
        if let Some(sum) = self.allocated.get_mut(&stack) {
            sum.looked_at -= 1;
            sum.objects -= 1.0;
            sum.bytes -= size as f64;
        }
    }

    pub(super) fn released(&mut self, address: u64) {
        self.taken.remove(&address);
        if self.by_calls {
            self.live.remove(&address);
        }
    }

    pub(super) fn by_stack(&self) -> Vec<Allocated> {
        let mut sums = self.allocated.clone();
        for object in self.live.values() {
            if let Some(sum) = sums.get_mut(&object.stack) {
                sum.live_objects += object.weight;
                sum.live_bytes += object.weight * object.size as f64;
            }
        }
        sums.into_values().filter(|sum| sum.looked_at > 0).collect()
    }

    pub(super) fn unreleased(&self) -> Vec<Unreleased> {
        let mut sums = BTreeMap::<usize, Unreleased>::new();
        let mut all = self.taken.values().copied().collect::<Vec<_>>();
        all.sort_unstable();
        for (stack, size) in all {
            let sum = sums.entry(stack).or_insert(Unreleased { stack, objects: 0, bytes: 0 });
            sum.objects += 1;
            sum.bytes += size;
        }
        let mut sums = sums.into_values().collect::<Vec<_>>();
        sums.sort_by_key(|sum| (std::cmp::Reverse(sum.bytes), sum.stack));
        sums
    }
}

/// Entries in their order, evenly thinned out when there are too many. The newest is always there.
#[derive(Debug)]
pub(super) struct Series<T> {
    entries: Vec<T>,
    most: usize,
    /// Of so many that come one stays.
    step: usize,
    came: usize,
    /// The last entry is there only for being the newest.
    is_extra: bool,
}

impl<T> Series<T> {
    fn new(most: usize) -> Self {
        Self { entries: Vec::new(), most, step: 1, came: 0, is_extra: false }
    }

    fn push(&mut self, entry: T) {
        if self.is_extra {
            self.entries.pop();
        }
        if self.entries.len() >= self.most {
            let mut place = 0;
            self.entries.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.step *= 2;
        }
        self.is_extra = !self.came.is_multiple_of(self.step);
        self.came += 1;
        self.entries.push(entry);
    }

    pub(super) fn all(&self) -> &[T] {
        &self.entries
    }
}
