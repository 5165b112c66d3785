//! Bits that are foreseen by several contexts at once.
//!
//! Each context has a probability of its own, learned on the way. They are joined as logarithms of odds, with weights
//! that are learned too: what was right before counts more (M. Mahoney, PAQ6, 2005). Integers only.

use super::range::Coder;

/// How fast a probability moves, as parts of 2^16, by how often it was used.
const RATES: [u32; 31] = {
    let mut rates = [0; 31];
    let mut index = 0;
    while index < 31 {
        rates[index] = (1 << 17) / (2 * index as u32 + 3);
        index += 1;
    }
    rates
};

/// What the odds are that belong to a logarithm: 4096 / (1 + e^(-x / 256)) for each 128th.
const CURVE: [i32; 33] = [
    1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785,
    3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
];

/// A probability of 2^12 parts from the logarithm of its odds.
fn probability(logarithm: i32) -> i32 {
    if logarithm > 2047 {
        return 4095;
    }
    if logarithm < -2047 {
        return 1;
    }
    let (step, rest) = (((logarithm >> 7) + 16) as usize, logarithm & 127);
    let value = (CURVE[step] * (128 - rest) + CURVE[step + 1] * rest + 64) >> 7;
    if value < 1 { 1 } else { value }
}

/// And back, for all of them.
fn logarithms() -> Vec<i16> {
    let mut table = Vec::with_capacity(4096);
    for logarithm in -2047..=2047_i16 {
        table.resize(probability(logarithm.into()) as usize + 1, logarithm);
    }
    table.resize(4096, 2047);
    table
}

/// A probability, and how often it was used.
#[derive(Clone, Copy, Debug)]
struct Slot {
    probability: u16,
    uses: u16,
}

/// Foresees bits from `CONTEXTS` contexts and one thing more.
#[derive(Clone, Debug)]
pub(crate) struct Mixer<const CONTEXTS: usize> {
    logarithms: Vec<i16>,
    slots: Vec<Slot>,
    /// Bits of a slot's number, for one context.
    bits: u32,
    weights: Vec<[i32; CONTEXTS]>,
    /// Of what else is known, and of nothing.
    other: Vec<[i32; 2]>,
}

impl<const CONTEXTS: usize> Mixer<CONTEXTS> {
    /// With 2^`bits` slots a context, and `sets` sets of weights.
    pub(crate) fn new(bits: u32, sets: usize) -> Self {
        Self {
            logarithms: logarithms(),
            slots: vec![Slot { probability: 1 << 15, uses: 0 }; CONTEXTS << bits],
            bits,
            weights: vec![[FIRST_WEIGHT; CONTEXTS]; sets],
            other: vec![[FIRST_WEIGHT; 2]; sets],
        }
    }

    /// The logarithm of the odds of a probability of 2^16 parts.
    pub(crate) fn logarithm(&self, probability: u16) -> i32 {
        self.logarithms[usize::from(probability >> 4)].into()
    }

    /// A bit. `hashes` are those of the contexts; `hint` is what else speaks for a set bit, as logarithm of the odds.
    pub(crate) fn bit<C: Coder>(
        &mut self,
        coder: &mut C,
        hashes: &[u32; CONTEXTS],
        set: usize,
        hint: i32,
        value: bool,
    ) -> bool {
        let mut inputs = [0; CONTEXTS];
        let mut numbers = [0; CONTEXTS];
        let (weights, other) = (&mut self.weights[set], &mut self.other[set]);
        let mut sum = i64::from(hint) * i64::from(other[0]) + i64::from(NOTHING) * i64::from(other[1]);
        for at in 0..CONTEXTS {
            let number = (hashes[at].wrapping_mul(0x9E37_79B1) >> (32 - self.bits)) as usize;
            numbers[at] = at << self.bits | number;
            let slot = self.slots[numbers[at]];
            let logarithm = i32::from(self.logarithms[usize::from(slot.probability >> 4)]);
            // One that is new says nothing, and one that is nearly new little.
            inputs[at] = if slot.uses == 0 { 0 } else { logarithm * (i32::from(slot.uses.min(8)) + 4) / 8 };
            sum += i64::from(inputs[at]) * i64::from(weights[at]);
        }
        let foreseen = probability((sum >> 16).clamp(-2047, 2047) as i32);
        let value = coder.bit(((foreseen as u32) << 4).clamp(24, (1 << 16) - 24), value);
        let error = ((i32::from(value) << 12) - foreseen) * SPEED;
        other[0] += (hint * error + (1 << 13)) >> 14;
        other[1] += (NOTHING * error + (1 << 13)) >> 14;
        for at in 0..CONTEXTS {
            weights[at] += (inputs[at] * error + (1 << 13)) >> 14;
            let slot = &mut self.slots[numbers[at]];
            let (old, rate) = (u32::from(slot.probability), RATES[usize::from(slot.uses)]);
            slot.probability =
                if value { old + (((65535 - old) * rate) >> 16) } else { old - ((old * rate) >> 16) } as u16;
            slot.uses = (slot.uses + 1).min(RATES.len() as u16 - 1);
        }
        value
    }
}

const FIRST_WEIGHT: i32 = (1 << 16) * 3 / 10;
/// How fast weights are learned.
const SPEED: i32 = 10;
/// What stands for the contexts that are not known.
const NOTHING: i32 = 256;

/// A hash of a context and what comes next of it.
pub(crate) const fn mix(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(7) ^ value).wrapping_mul(0x85EB_CA6B) ^ (hash >> 15)
}
