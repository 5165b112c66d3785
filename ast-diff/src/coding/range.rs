//! The range coder: decisions with known probabilities to bytes and back.
//!
//! A carrying range coder with 32 bits of range (G. N. N. Martin 1979, as LZMA has it), integers only. The bytes behind the
//! end are zeros, and zeros at the end are not written, so that a short message has no overhead.

use super::Overrun;

/// Bits of a probability.
pub(crate) const PROBABILITY_BITS: u32 = 16;
const HIGHEST_RANGE: u32 = u32::MAX;
const SMALLEST_RANGE: u32 = 1 << 24;
/// Sum of weights up to which a choice is exact enough.
const LARGEST_TOTAL: u32 = 1 << 16;
/// How many bytes behind its end a reader makes up: more than these means that bytes are missing.
const MADE_UP: usize = 64;

/// One end of the wire. The models are written once for both: an encoder writes the value that it is given, a decoder
/// ignores it and gives the value that it read.
pub(crate) trait Coder {
    /// Does [`Coder::bit`] read?
    const READS: bool;

    /// A bit that is set with a probability of `probability` / 2^16, neither 0 nor 2^16.
    fn bit(&mut self, probability: u32, value: bool) -> bool;

    /// One of several, in proportion to the weights, at least one of which is not 0.
    fn choose(&mut self, weights: &[u32], value: usize) -> usize;

    /// A number below `limit`, all equally likely.
    fn uniform(&mut self, limit: u32, value: u32) -> u32 {
        let mut low = 0;
        let mut high = limit.max(1) - 1;
        // Halves whose shares are in proportion to their sizes.
        while low < high {
            let middle = low + (high - low) / 2;
            let share = (u64::from(middle - low + 1) << PROBABILITY_BITS) / u64::from(high - low + 1);
            let probability = (share as u32).clamp(1, (1 << PROBABILITY_BITS) - 1);
            if self.bit(probability, value <= middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Is told what an adaptive bit became; for those that gather statistics.
    fn observe(&mut self, _slot: usize, _value: bool) {}

    /// Is told what the next decisions are about; for those that gather statistics.
    fn field(&mut self, _name: &'static str) {}

    /// Does it make no sense to go on?
    fn is_done(&self) -> bool {
        false
    }
}

/// For what both ends know already, and only learn from: nothing is written or read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known;

impl Coder for Known {
    const READS: bool = false;

    fn bit(&mut self, _probability: u32, value: bool) -> bool {
        value
    }

    fn choose(&mut self, _weights: &[u32], value: usize) -> usize {
        value
    }
}

/// Writes.
#[derive(Debug)]
pub(crate) struct Encoder {
    low: u32,
    range: u32,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        Self { low: 0, range: HIGHEST_RANGE, bytes: Vec::new() }
    }

    fn narrow(&mut self, start: u32, size: u32) {
        let (low, carries) = self.low.overflowing_add(start);
        self.low = low;
        self.range = size;
        if carries {
            self.carry();
        }
        while self.range < SMALLEST_RANGE {
            self.bytes.push((self.low >> 24) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
    }

    /// What was written is a number: adds one to its last digit.
    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// The bytes, as few as name a number in the range that is left.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        for kept in 0..=32 {
            let step = 1_u64 << (32 - kept);
            let rounded = u64::from(self.low).div_ceil(step) * step;
            if rounded < u64::from(self.low) + u64::from(self.range) {
                if rounded > u64::from(u32::MAX) {
                    self.carry();
                }
                self.bytes.extend_from_slice(&(rounded as u32).to_be_bytes());
                break;
            }
        }
        // Readers make up no more than so many.
        for _ in 0..MADE_UP / 2 {
            if self.bytes.last() == Some(&0) {
                self.bytes.pop();
            }
        }
        self.bytes
    }
}

impl Coder for Encoder {
    const READS: bool = false;

    fn bit(&mut self, probability: u32, value: bool) -> bool {
        let bound = (self.range >> PROBABILITY_BITS) * probability;
        if value {
            self.narrow(0, bound);
        } else {
            self.narrow(bound, self.range - bound);
        }
        value
    }

    fn choose(&mut self, weights: &[u32], value: usize) -> usize {
        let scale = Scale::of(weights);
        let share = self.range / scale.total;
        let start: u32 = weights[..value].iter().map(|weight| scale.of_weight(*weight)).sum();
        let size = scale.of_weight(weights[value]);
        // What the division leaves over goes to the last one.
        if start + size == scale.total {
            self.narrow(share * start, self.range - share * start);
        } else {
            self.narrow(share * start, share * size);
        }
        value
    }
}

/// Weights made smaller until their sum can be coded.
struct Scale {
    shift: u32,
    total: u32,
}

impl Scale {
    fn of(weights: &[u32]) -> Self {
        let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        if sum <= u64::from(LARGEST_TOTAL) {
            return Self { shift: 0, total: (sum as u32).max(1) };
        }
        let mut shift = 0;
        while (sum >> shift) > u64::from(LARGEST_TOTAL) {
            shift += 1;
        }
        let mut scale = Self { shift, total: 1 };
        scale.total = weights.iter().map(|weight| scale.of_weight(*weight)).sum::<u32>().max(1);
        scale
    }

    /// Whatever was possible stays so.
    fn of_weight(&self, weight: u32) -> u32 {
        (weight >> self.shift).max(weight.min(1))
    }
}

/// Reads. It never fails: what is not there reads as zeros, and [`Decoder::is_exhausted`] tells.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    offset: u32,
    range: u32,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, at: 0, offset: 0, range: HIGHEST_RANGE };
        for _ in 0..4 {
            decoder.pull();
        }
        decoder
    }

    fn pull(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        self.offset = self.offset << 8 | u32::from(byte);
    }

    fn narrow(&mut self, start: u32, size: u32) {
        self.offset -= start;
        self.range = size;
        while self.range < SMALLEST_RANGE {
            self.pull();
            self.range <<= 8;
        }
    }

    /// Has far more been read than there is?
    pub(crate) fn is_exhausted(&self) -> bool {
        self.at > self.bytes.len() + MADE_UP
    }

    /// What was read, when it is all that was there.
    pub(crate) fn finish<T>(&self, read: T) -> Result<T, Overrun> {
        if self.at < self.bytes.len() || self.is_exhausted() { Err(Overrun) } else { Ok(read) }
    }
}

impl Coder for Decoder<'_> {
    const READS: bool = true;

    fn is_done(&self) -> bool {
        self.is_exhausted()
    }

    fn bit(&mut self, probability: u32, _value: bool) -> bool {
        let bound = (self.range >> PROBABILITY_BITS) * probability;
        let value = self.offset < bound;
        if value {
            self.narrow(0, bound);
        } else {
            self.narrow(bound, self.range - bound);
        }
        value
    }

    fn choose(&mut self, weights: &[u32], _value: usize) -> usize {
        let scale = Scale::of(weights);
        let share = self.range / scale.total;
        let wanted = (self.offset / share).min(scale.total - 1);
        let (index, start, size) = if scale.shift == 0 {
            find(weights, wanted, |weight| weight)
        } else {
            find(weights, wanted, |weight| scale.of_weight(weight))
        };
        if start + size == scale.total {
            self.narrow(share * start, self.range - share * start);
        } else if size > 0 {
            self.narrow(share * start, share * size);
        }
        index
    }
}

/// The weight in which a number below their sum falls: its index, the sum of those before it, and itself.
fn find(weights: &[u32], wanted: u32, scaled: impl Fn(u32) -> u32) -> (usize, u32, u32) {
    let mut start = 0;
    let mut skipped = 0;
    // Most are far behind: sums of several tell where to look.
    for several in weights.chunks_exact(8) {
        let sum: u32 = several.iter().map(|weight| scaled(*weight)).sum();
        if wanted < start + sum {
            break;
        }
        start += sum;
        skipped += 8;
    }
    for (index, weight) in weights.iter().enumerate().skip(skipped) {
        let size = scaled(*weight);
        if wanted < start + size {
            return (index, start, size);
        }
        start += size;
    }
    (0, 0, 0)
}
