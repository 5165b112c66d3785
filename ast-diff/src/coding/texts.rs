//! Texts that the old tree does not have, byte by byte: what followed the same bytes in texts that both ends know.

use std::sync::OnceLock;

use super::bits::{AS_FORESEEN, Bits};
use super::prior::{self, LETTERS};
use super::range::Coder;
use super::weights::Weights;

/// Lengths of what is compared, in bytes.
const ORDERS: [usize; 4] = [2, 3, 4, 6];
/// How many places with the same two bytes before them are looked at, and how many count for each length.
const REACH: usize = 32;
const MOST: u8 = 8;
/// Numbers from here on are no bytes: they stand between texts and say what kind of thing follows.
const BORDER: u16 = 256;
/// Bits of a bucket's number, for the texts of one tree and for those that are well known.
const BUCKETS: [u32; 2] = [11, 13];
/// After so many bytes that came as foreseen, the next one is asked for alone.
const TRUSTED: u32 = 4;

/// A text that is to be written or read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// What kind of thing it is for.
    pub(crate) class: usize,
    /// Where a text begins that is likely to be like it.
    pub(crate) hint: Option<usize>,
    /// It itself, for those who write.
    pub(crate) given: &'a [u8],
    /// How many bytes it may have.
    pub(crate) longest: usize,
}

/// Texts that are known, each behind a border.
#[derive(Debug)]
pub(crate) struct Texts {
    pool: Vec<u16>,
    /// The place before with the same two symbols before it, plus one.
    before: Vec<u32>,
    heads: Vec<u32>,
    shift: u32,
}

impl Texts {
    /// With room for so many symbols, and some more.
    pub(crate) fn new(size: usize) -> Self {
        Self::with_buckets(BUCKETS[0], size + 256)
    }

    fn with_buckets(bits: u32, size: usize) -> Self {
        let (pool, before) = (Vec::with_capacity(size), Vec::with_capacity(size));
        Self { pool, before, heads: vec![0; 1 << bits], shift: 32 - bits }
    }

    /// Remembers a text. Where it begins, for [`Texts::code`].
    pub(crate) fn learn(&mut self, class: usize, text: &[u8]) -> usize {
        self.push(BORDER + class as u16);
        let start = self.pool.len();
        for byte in text {
            self.push(u16::from(*byte));
        }
        start
    }

    /// Ends the last text, so that what it ends with is known too.
    pub(crate) fn seal(&mut self) {
        self.push(BORDER);
    }

    fn push(&mut self, symbol: u16) {
        let bucket = self.bucket(self.shift);
        self.pool.push(symbol);
        let place = self.pool.len() as u32;
        self.before.push(std::mem::replace(&mut self.heads[bucket], place));
    }

    /// By the last two symbols, but none before a border.
    fn bucket(&self, shift: u32) -> usize {
        let (last, previous) = match self.pool[..] {
            [.., previous, last] if last < BORDER => (last, previous),
            [.., last] => (last, 0),
            [] => (0, 0),
        };
        let hash = (u32::from(last) << 16 | u32::from(previous)).wrapping_mul(0x9E37_79B1);
        (hash >> shift) as usize
    }

    /// Calls for places of texts that are known, the last ones first, with how many of the last symbols are before each.
    fn find(&self, known: &Self, mut look: impl FnMut(usize, usize) -> bool) {
        let mut number = known.heads[self.bucket(known.shift)];
        for _ in 0..REACH {
            let Some(place) = number.checked_sub(1) else { break };
            let place = place as usize;
            if look(place, self.common(&known.pool, place)) {
                break;
            }
            number = known.before[place];
        }
    }

    /// How many of the last symbols are before a place of another text too, up to the longest that is compared.
    fn common(&self, other: &[u16], place: usize) -> usize {
        let mut length = 0;
        for (left, right) in self.pool.iter().rev().zip(other[..place].iter().rev()).take(ORDERS[3]) {
            if left != right {
                break;
            }
            length += 1;
            if *left >= BORDER {
                break;
            }
        }
        length
    }

    /// A text, letter by letter; `None` for one that is too long.
    pub(crate) fn code<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        weights: &Weights,
        wanted: Wanted<'_>,
    ) -> Option<Vec<u8>> {
        let Wanted { class, hint, given, longest } = wanted;
        self.seal();
        self.push(BORDER + class as u16);
        let mut text = Vec::new();
        let mut foreseen = hint.map(|start| (start, TRUSTED));
        let mut scores = [0_u32; 257];
        let mut at = 0;
        loop {
            let symbol = given.get(at).map_or(BORDER, |byte| u16::from(*byte));
            at += 1;
            let read = self.symbol(coder, bits, weights, &mut scores, foreseen, symbol);
            foreseen = match foreseen {
                Some((place, run)) if self.pool[place].min(BORDER) == read => Some((place + 1, run + 1)),
                // One byte is often exchanged for another one.
                Some((place, _)) if hint.is_some() => Some((place + 1, 0)),
                _ => None,
            }
            .filter(|(place, _)| *place < self.pool.len());
            if read == BORDER {
                return Some(text);
            }
            if text.len() == longest {
                return None;
            }
            text.push(read as u8);
            self.push(read);
            if foreseen.is_none_or(|(_, run)| run == 0)
                && let Some(found) = self.longest()
            {
                foreseen = Some(found);
            }
        }
    }

    /// Where the longest known text like the last bytes goes on.
    fn longest(&self) -> Option<(usize, u32)> {
        let mut longest = None;
        self.find(self, |place, common| {
            if common >= ORDERS[2] && longest.is_none_or(|(_, length)| length < common as u32) {
                longest = Some((place, common as u32));
            }
            common == ORDERS[3]
        });
        longest
    }

    fn symbol<C: Coder>(
        &self,
        coder: &mut C,
        bits: &mut Bits,
        weights: &Weights,
        scores: &mut [u32; 257],
        foreseen: Option<(usize, u32)>,
        value: u16,
    ) -> u16 {
        let next = foreseen.map(|(place, run)| (self.pool[place].min(BORDER), run));
        if let Some((symbol, run)) = next.filter(|(_, run)| *run >= TRUSTED) {
            coder.field("text foreseen");
            if bits.bit(coder, AS_FORESEEN, run.min(15) as usize, symbol == value) {
                return symbol;
            }
        }
        self.score(weights, scores);
        if let Some((symbol, run)) = next {
            let score = &mut scores[usize::from(symbol)];
            *score = if run >= TRUSTED { 0 } else { *score + weights.pointer };
        }
        coder.field("text byte");
        coder.choose(&scores[..], usize::from(value)) as u16
    }

    fn score(&self, weights: &Weights, scores: &mut [u32; 257]) {
        let last = self.pool.last().copied().unwrap_or(BORDER);
        let row = if last >= BORDER { 128 + usize::from(last - BORDER) } else { usize::from(last).min(127) };
        prior::letters(row.min(LETTERS - 1), scores);
        self.follow(self, &weights.bytes, scores);
        self.follow(well_known(), &weights.pieces, scores);
    }

    /// Adds what comes after the last symbols in texts that are known.
    fn follow(&self, known: &Self, weights: &[u32; 4], scores: &mut [u32; 257]) {
        let mut counts = [0; 4];
        self.find(known, |place, common| {
            let is_whole = common > 0 && known.pool[place - common] >= BORDER;
            let score = &mut scores[usize::from(known.pool[place].min(BORDER))];
            for (order, count) in counts.iter_mut().enumerate() {
                if (common >= ORDERS[order] || is_whole) && *count < MOST {
                    *count += 1;
                    *score += weights[order];
                }
            }
            counts[3] == MOST
        });
    }
}

/// Parts of texts that Go sources have.
fn well_known() -> &'static Texts {
    static WELL_KNOWN: OnceLock<Texts> = OnceLock::new();
    WELL_KNOWN.get_or_init(|| {
        let mut texts = Texts::with_buckets(BUCKETS[1], 0);
        for piece in prior::pieces() {
            texts.learn(15, piece);
        }
        texts.seal();
        texts
    })
}
