//! One clock for all processes of a run, and chance.

/// Nanoseconds of a clock that all processes of the machine share.
pub(super) fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Numbers by chance (SplitMix64). Good enough to choose where a connection is cut.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Other numbers in each run, and for each `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(now() ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `bound`, which is above 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
