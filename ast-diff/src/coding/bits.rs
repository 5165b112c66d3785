//! Bits and numbers whose probabilities are learned on the way.

use super::prior;
use super::range::{Coder, PROBABILITY_BITS};

/// Where the probability of a decision is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slots {
    first: u16,
    count: u16,
}

impl Slots {
    const fn after(before: Self, count: u16) -> Self {
        Self { first: before.first + before.count, count }
    }

    fn at(self, index: usize) -> usize {
        usize::from(self.first) + index.min(usize::from(self.count) - 1)
    }
}

/// A number takes 20 slots: so many bits it has, and the highest of these below the first.
const NUMBER: usize = 24;

macro_rules! slots {
    ($($(#[$note:meta])* $name:ident $count:expr,)*) => {
        slots!(@each Slots { first: 0, count: 0 }; $($(#[$note])* $name $count,)*);
    };
    (@each $before:expr; $(#[$note:meta])* $name:ident $count:expr, $($rest:tt)*) => {
        $(#[$note])*
        pub(crate) const $name: Slots = Slots::after($before, $count as u16);
        slots!(@each $name; $($rest)*);
    };
    (@each $before:expr;) => {
        /// How many slots there are.
        pub(crate) const SLOTS: usize = $before.first as usize + $before.count as usize;
    };
}

slots! {
    /// Is there another rename?
    RENAMES 3,
    /// Which operation comes next: by the one before, as two decisions.
    OPERATION 6 * 4,
    /// Is it where the one before ends? By both operations.
    AT_EXPECTED 6 * 4,
    /// Is it behind the place where the one before ends? By operation.
    BEHIND 4,
    /// Is the parent one that is open here? By how the gap is.
    PARENT_IS_OPEN 2,
    /// Is it this one? By its kind, and whether it ends here.
    LEVEL 256,
    /// Is the parent said by its index?
    LEVEL_IS_FAR 1,
    /// Does an insertion come behind all children? By the kind of the parent.
    AT_END 128,
    /// How many gaps further.
    GAP NUMBER,
    /// How many nodes of the kind further, by operation.
    ORDINAL 4 * NUMBER,
    /// Is there another subtree in the insertion? By the kind of the parent, and whether it is the second or later.
    MORE 256,
    /// Is it a subtree of the old tree? By depth in the insertion, then by the kind of the parent.
    IS_OLD 3 * 128,
    /// Is it moved rather than copied?
    IS_MOVED 2,
    /// Is the old subtree before the place of the insertion?
    IS_BEFORE 2,
    /// How many nodes of the kind away it is.
    AWAY 2 * NUMBER,
    /// Has an updated node another kind? By its kind.
    OTHER_KIND 128,
    /// Has an updated node another label, when its kind is another too?
    OTHER_LABEL 2,
    /// Has a node a label? By its kind.
    HAS_LABEL 128,
    /// Is the label one that is suggested? By how strongly, and by what kind of thing it is, inserted or updated.
    IS_SUGGESTED 2 * 16 * 16,
    /// Is the text not one of the old tree? By what kind of thing it is.
    IS_NEW 32,
    /// Is it a well-known word?
    IS_WORD 32,
    /// Does the old tree have it with that kind?
    IS_OF_KIND 32,
    /// How many children beyond those that have a symbol of their own.
    CHILDREN NUMBER,
    /// Does a text go on as foreseen? By how long it did so.
    AS_FORESEEN 16,
    /// Is another place not as it was? By whether it is the first one.
    PLACES 2,
    /// What kind of place it is, as two decisions.
    PLACE 3,
    /// Is what is written in another way than expected what it was? Otherwise: is there another one?
    SPELLINGS 2,
    /// Is a text as the one before?
    SAME_TEXT 1,
    /// How many letters of an edited text are gone, and how many are new.
    EDITED 2 * NUMBER,
}

/// Parts of 2^16 by which a probability moves, by how often it was used.
const RATES: [u32; 24] = {
    let mut rates = [0; 24];
    let mut index = 0;
    while index < 24 {
        rates[index] = (1 << 17) / (2 * index as u32 + 3);
        index += 1;
    }
    rates
};

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Bits {
    probabilities: Vec<u16>,
    uses: Vec<u8>,
}

impl Bits {
    pub(crate) fn new() -> Self {
        let (probabilities, uses) = prior::bits(SLOTS);
        Self { probabilities, uses }
    }

    /// A decision.
    pub(crate) fn bit<C: Coder>(&mut self, coder: &mut C, slots: Slots, index: usize, value: bool) -> bool {
        let slot = slots.at(index);
        let probability = u32::from(self.probabilities[slot]);
        let value = coder.bit(probability, value);
        coder.observe(slot, value);
        let uses = &mut self.uses[slot];
        let rate = RATES[usize::from(*uses)];
        *uses = (*uses + 1).min(RATES.len() as u8 - 1);
        let moved = if value {
            probability + ((((1 << PROBABILITY_BITS) - probability) * (rate >> 2)) >> 14)
        } else {
            probability - ((probability * (rate >> 2)) >> 14)
        };
        self.probabilities[slot] = moved.clamp(32, (1 << PROBABILITY_BITS) - 32) as u16;
        value
    }

    /// A number, small ones being likelier: its length in bits, then the bits.
    pub(crate) fn number<C: Coder>(&mut self, coder: &mut C, slots: Slots, group: usize, value: u32) -> u32 {
        let value = value.min(u32::MAX - 1) + 1;
        let wanted = value.ilog2();
        let base = group * NUMBER;
        let mut length = 0;
        while length < 31 && self.bit(coder, slots, base + (length as usize).min(NUMBER - 3), wanted > length)
        {
            length += 1;
        }
        let mut read = 1;
        for place in (0..length).rev() {
            let set = value >> place & 1 == 1;
            let set = if place + 1 == length && length <= 2 {
                self.bit(coder, slots, base + NUMBER - 3 + length as usize, set)
            } else {
                coder.bit(1 << (PROBABILITY_BITS - 1), set)
            };
            read = read << 1 | u32::from(set);
        }
        read - 1
    }
}
