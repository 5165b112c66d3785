//! The text of comments, bit by bit: what followed the same letters, the same word, and the longest text like the last
//! letters.

use std::sync::OnceLock;

use super::mixing::{Mixer, mix};
use super::range::{Coder, Known};

const CONTEXTS: usize = 7;
/// Bits of a slot's number. One more makes messages 2 % shorter, and takes a megabyte.
const SLOTS: u32 = 15;
/// Letters that must be the same for a text to be like the last one, and how many are looked at.
const SHORTEST: usize = 5;
const LONGEST: usize = 16;
/// Bits of the number of a place where like texts are looked up.
const BUCKETS: u32 = 14;
/// Ends a text.
const END: u8 = 0;
/// That it does not, since it is a letter, is next to impossible.
const IS_END: u32 = (1 << 16) - 32;

/// What comments have in general: what many projects share, the most frequent last. Part of the format.
pub(crate) static COMMON: &[u8] = include_bytes!("prose.txt");

/// What is known of the texts so far.
#[derive(Clone, Debug)]
pub(crate) struct Prose {
    mixer: Mixer<CONTEXTS>,
    history: Vec<u8>,
    /// Where the last letters were before, plus one.
    heads: Vec<u32>,
    /// Where the longest text like the last letters goes on, and how many letters are the same.
    like: usize,
    length: usize,
    /// How often what it goes on with was right, by that length.
    trust: [u16; LONGEST],
    word: u32,
}

impl Prose {
    /// Knows what comments have in general.
    pub(crate) fn new() -> Self {
        static FIRST: OnceLock<Prose> = OnceLock::new();
        FIRST
            .get_or_init(|| {
                let mut prose = Self {
                    mixer: Mixer::new(SLOTS, 3 << 8),
                    history: Vec::new(),
                    heads: vec![0; 1 << BUCKETS],
                    like: 0,
                    length: 0,
                    trust: [48_000; LONGEST],
                    word: 0,
                };
                prose.learn(COMMON);
                prose
            })
            .clone()
    }

    /// Takes in a text that both ends know.
    pub(crate) fn learn(&mut self, text: &[u8]) {
        self.read(text);
        self.letter(&mut Known, END);
    }

    /// Takes in how a text begins that both ends know.
    pub(crate) fn read(&mut self, text: &[u8]) {
        for letter in text {
            self.letter(&mut Known, *letter);
        }
    }

    /// Takes in a text that the next one is expected to be.
    pub(crate) fn expect(&mut self, text: &[u8]) {
        let place = self.history.len();
        self.learn(text);
        (self.like, self.length) = (place, LONGEST);
    }

    /// A text and its end; `None` for one that is too long.
    pub(crate) fn text<C: Coder>(&mut self, coder: &mut C, given: &[u8], longest: usize) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            let letter = self.letter(coder, given.get(text.len()).copied().unwrap_or(END));
            if letter == END && coder.bit(IS_END, text.len() >= given.len()) {
                return Some(text);
            }
            if text.len() >= longest || coder.is_done() {
                return None;
            }
            text.push(letter);
        }
    }

    /// One letter.
    pub(crate) fn letter<C: Coder>(&mut self, coder: &mut C, value: u8) -> u8 {
        let contexts = self.contexts();
        let like = (self.length > 0).then(|| self.history[self.like]);
        let length = self.length.min(LONGEST - 1);
        let mut is_like = like.is_some();
        let mut read = 1;
        for place in (0..8).rev() {
            let hashes = contexts.map(|context| mix(context, read));
            let foreseen = like.filter(|_| is_like).map(|letter| letter >> place & 1 == 1);
            let trust = &mut self.trust[length];
            let odds = self.mixer.logarithm(*trust);
            let (set, hint) = match foreseen {
                Some(true) => (1 + length / 8, odds),
                Some(false) => (1 + length / 8, -odds),
                None => (0, 0),
            };
            let set = set << 8 | read as usize;
            let bit = self.mixer.bit(coder, &hashes, set, hint, value >> place & 1 == 1);
            if let Some(foreseen) = foreseen {
                is_like = foreseen == bit;
                if is_like { *trust += (u16::MAX - *trust) >> 6 } else { *trust -= *trust >> 6 }
            }
            read = read << 1 | u32::from(bit);
        }
        self.push(read as u8, is_like);
        read as u8
    }

    fn contexts(&self) -> [u32; CONTEXTS] {
        let mut hashes = [0; CONTEXTS];
        let mut hash = 0;
        for order in 1..=6 {
            let letter =
                self.history.len().checked_sub(order).map_or(0, |at| u32::from(self.history[at]) + 1);
            hash = mix(hash, letter);
            // Those of no letter at all and of four are enough to tell those between apart.
            match order {
                5 => (),
                6 => hashes[5] = hash,
                _ => hashes[order] = hash,
            }
        }
        hashes[6] = mix(self.word, 1);
        hashes
    }

    fn push(&mut self, letter: u8, is_like: bool) {
        self.history.push(letter);
        let count = self.history.len();
        (self.like, self.length) = if is_like { (self.like + 1, self.length + 1) } else { (0, 0) };
        if let Some(start) = count.checked_sub(SHORTEST) {
            let hash = self.history[start..].iter().fold(0, |hash, letter| mix(hash, u32::from(*letter)));
            let head = &mut self.heads[(hash.wrapping_mul(0x9E37_79B1) >> (32 - BUCKETS)) as usize];
            let place = std::mem::replace(head, count as u32) as usize;
            if self.length == 0 && place > 0 {
                let before = self.history[..place].iter().rev().zip(self.history.iter().rev());
                let length = before.take(LONGEST).take_while(|(left, right)| left == right).count();
                if length >= SHORTEST {
                    (self.like, self.length) = (place, length);
                }
            }
        }
        let is_of_word = letter.is_ascii_alphanumeric() || letter >= 0x80;
        self.word = if is_of_word { mix(self.word, u32::from(letter.to_ascii_lowercase())) } else { 0 };
    }
}
