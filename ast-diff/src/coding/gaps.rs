//! What is between two tokens: is it as expected, is it something common, and which text is it?

use super::Overrun;
use super::bits::{Bits, EDITED, SAME_TEXT};
use super::mixing::{Mixer, mix};
use super::prose::Prose;
use super::range::Coder;
use crate::kind::Kind;
use crate::token::{Break, Mark, Token};
use crate::tree::Tree;

const CONTEXTS: usize = 6;
/// Bits of the number of a slot, and of that of a pair of tokens.
const SLOTS: u32 = 14;
const PAIRS: u32 = 12;

/// What else than the expected is so frequent that it has a number of its own.
const COMMON: [&[u8]; 6] = [b"\n\n", b"\n", b"", b" ", b",\n", b"  "];

/// What there is at a place, as a number.
pub(crate) type Outcome = u32;
pub(crate) const AS_EXPECTED: Outcome = 0;
pub(crate) const TEXT: Outcome = COMMON.len() as u32 + 1;

/// Tokens around a comment that it is likely to speak of, in both directions.
const BEFORE: usize = 16;
const BEHIND: usize = 48;
/// Longer names than these are no help.
const LONGEST_WORD: usize = 60;
/// How much of a text that is edited is read again, on each side of the edit.
const AROUND: usize = 2048;
/// And how much before what is new.
const TAIL: usize = 16;

/// The models of places, for one text.
pub(crate) struct Gaps<'a> {
    tree: &'a Tree,
    tokens: &'a [Token<'a>],
    mixer: Mixer<CONTEXTS>,
    prose: Option<Prose>,
    /// Which labels `prose` has seen, and how far tokens were looked at.
    labels: Vec<bool>,
    looked: usize,
    /// What was last between two such tokens.
    pairs: Vec<u8>,
    last: u32,
    last_lines: u32,
    /// Bytes of texts that there may still be.
    pub(crate) room: usize,
}

/// The outcome of what departs in that way.
pub(crate) fn outcome_of(departure: Option<&[u8]>) -> Outcome {
    let Some(text) = departure else { return AS_EXPECTED };
    COMMON.iter().position(|common| *common == text).map_or(TEXT, |number| number as u32 + 1)
}

/// And back, for all but texts.
pub(crate) fn common(outcome: Outcome) -> Option<&'static [u8]> {
    COMMON.get((outcome as usize).checked_sub(1)?).copied()
}

impl<'a> Gaps<'a> {
    pub(crate) fn new(tree: &'a Tree, tokens: &'a [Token<'a>], room: usize) -> Self {
        Self {
            tree,
            tokens,
            mixer: Mixer::new(SLOTS, 12),
            prose: None,
            labels: vec![false; tree.labels().count()],
            looked: 0,
            pairs: vec![0; 1 << PAIRS],
            last: 0,
            last_lines: 0,
            room,
        }
    }

    /// What there is before a token; `old` is what there was.
    pub(crate) fn outcome<C: Coder>(
        &mut self,
        coder: &mut C,
        at: usize,
        old: Option<Outcome>,
        value: Outcome,
    ) -> Outcome {
        coder.field("outcome");
        let sides = self.sides(at);
        let contexts = self.contexts(at, sides).map(|context| mix(context, old.map_or(0, |old| old + 1)));
        let set = (usize::from(old.is_some()) * 3 + self.tokens[at].ends as usize) * 2;
        let departs = contexts.map(|context| mix(context, 1));
        let mut read = 1;
        if self.mixer.bit(coder, &departs, set, 0, value != AS_EXPECTED) {
            for place in (0..3).rev() {
                let hashes = contexts.map(|context| mix(context, read + 1));
                let bit = self.mixer.bit(coder, &hashes, set + 1, 0, value >> place & 1 == 1);
                read = read << 1 | u32::from(bit);
            }
        } else {
            read = AS_EXPECTED;
        }
        let outcome = read & 7;
        self.note(at, outcome);
        outcome
    }

    /// Keeps in mind what there is before a token.
    pub(crate) fn note(&mut self, at: usize, outcome: Outcome) {
        let pair = pair_number(self.sides(at));
        self.pairs[pair] = self.pairs[pair] << 3 | outcome as u8;
        self.last = (self.last << 3 | outcome) & 0o777;
        if self.tokens[at].ends != Break::None {
            self.last_lines = (self.last_lines << 3 | outcome) & 0o777;
        }
    }

    fn sides(&self, at: usize) -> (u32, u32) {
        let next = &self.tokens[at];
        let before = at.checked_sub(1).map_or(0, |before| side(&self.tokens[before]));
        let flags = (next.ends as u32) << 2 | u32::from(next.is_cell) << 1 | u32::from(next.outdents > 0);
        (before, side(next) << 4 | flags)
    }

    fn contexts(&self, at: usize, sides: (u32, u32)) -> [u32; CONTEXTS] {
        let (before, next) = sides;
        let token = &self.tokens[at];
        let text =
            |token: &Token<'_>| token.text.iter().take(12).fold(0, |hash, byte| mix(hash, u32::from(*byte)));
        let pair = mix(before, next);
        let text_before = at.checked_sub(1).map_or(0, |before| text(&self.tokens[before]));
        [
            pair,
            mix(pair, 1000 + u32::from(self.pairs[pair_number(sides)])),
            mix(mix(token.ends as u32, u32::from(token.kind.number())), self.last),
            mix(mix(7, text_before), text(token)),
            mix(next, self.last_lines),
            mix(before, (self.last & 7) << 1 | u32::from(token.is_leaf)),
        ]
    }

    /// A text before a token; with the one that was there, and whether it is another one for sure.
    pub(crate) fn text<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        at: usize,
        (old, is_other): (Option<&[u8]>, bool),
        given: &[u8],
    ) -> Result<Vec<u8>, Overrun> {
        coder.field("text");
        if let Some(old) = old.filter(|_| !is_other)
            && bits.bit(coder, SAME_TEXT, 0, old == given)
        {
            return Ok(old.to_vec());
        }
        let mut prose = self.prose.take().unwrap_or_else(Prose::new);
        self.read_names(&mut prose, at);
        let read = if let Some(old) = old {
            edited(coder, bits, &mut prose, old, given, self.room)
        } else {
            self.expect_name(&mut prose, at);
            prose.text(coder, given, self.room)
        };
        self.prose = Some(prose);
        read.ok_or(Overrun)
    }

    /// How a token is written.
    pub(crate) fn spelling<C: Coder>(
        &mut self,
        coder: &mut C,
        at: usize,
        given: &[u8],
    ) -> Result<Vec<u8>, Overrun> {
        let mut prose = self.prose.take().unwrap_or_else(Prose::new);
        prose.expect(self.tokens[at].text);
        let read = prose.text(coder, given, self.room);
        self.prose = Some(prose);
        read.ok_or(Overrun)
    }

    /// Learns the names around a token.
    fn read_names(&mut self, prose: &mut Prose, at: usize) {
        let end = (at + BEHIND).min(self.tokens.len());
        for token in &self.tokens[self.looked.max(at.saturating_sub(BEFORE)).min(end)..end] {
            let label = self.tree.node(token.node).label;
            if token.is_leaf
                && token.text.len() <= LONGEST_WORD
                && !std::mem::replace(&mut self.labels[label.0 as usize], true)
            {
                prose.learn(token.text);
            }
        }
        self.looked = end;
    }

    /// What is above a declaration is likely to begin with its name.
    fn expect_name(&self, prose: &mut Prose, at: usize) {
        let token = &self.tokens[at];
        let wanted = match token.kind {
            Kind::METHOD_DECLARATION => Kind::FIELD_IDENTIFIER,
            Kind::TYPE_DECLARATION => Kind::TYPE_IDENTIFIER,
            Kind::FUNCTION_DECLARATION | Kind::VAR_DECLARATION | Kind::CONST_DECLARATION => Kind::IDENTIFIER,
            Kind::IDENTIFIER | Kind::TYPE_IDENTIFIER | Kind::FIELD_IDENTIFIER => token.kind,
            _ => return,
        };
        let name = self.tokens[at..].iter().take(BEFORE).find(|token| token.kind == wanted);
        let is_short = |name: &&Token<'_>| name.text.len() <= LONGEST_WORD;
        if let Some(name) = name.filter(is_short).filter(|_| token.ends != Break::None) {
            prose.expect(&[b"\n\n// ", name.text, b" "].concat());
        }
    }
}

/// A text that another one became: what of it stays at both ends, and what is new between.
fn edited<C: Coder>(
    coder: &mut C,
    bits: &mut Bits,
    prose: &mut Prose,
    old: &[u8],
    given: &[u8],
    longest: usize,
) -> Option<Vec<u8>> {
    let first = old.iter().zip(given).take_while(|(left, right)| left == right).count();
    let last = old[first..].iter().rev().zip(given[first..].iter().rev());
    let last = last.take_while(|(left, right)| left == right).count();
    coder.field("text edit");
    let start = coder.uniform(old.len() as u32 + 1, first as u32) as usize;
    let gone = bits.number(coder, EDITED, 0, (old.len() - last).saturating_sub(first) as u32) as usize;
    let added = bits.number(coder, EDITED, 1, (given.len() - last).saturating_sub(first) as u32) as usize;
    let end = start.checked_add(gone).filter(|end| *end <= old.len())?;
    if old.len() - gone + added > longest {
        return None;
    }
    coder.field("text");
    prose.learn(&old[start.saturating_sub(AROUND)..(end + AROUND).min(old.len())]);
    prose.read(&old[start.saturating_sub(TAIL)..start]);
    let mut text = old[..start].to_vec();
    for _ in 0..added {
        if coder.is_done() {
            return None;
        }
        let letter = given.get(text.len()).copied().unwrap_or_default();
        text.push(prose.letter(coder, letter));
    }
    text.extend_from_slice(&old[end..]);
    Some(text)
}

fn pair_number((before, next): (u32, u32)) -> usize {
    (mix(before, next).wrapping_mul(0x9E37_79B1) >> (32 - PAIRS)) as usize
}

/// What matters of a token for what is beside it.
fn side(token: &Token<'_>) -> u32 {
    let mark = match Mark::of(token) {
        Mark::Open(byte) | Mark::Close(byte) => u32::from(byte),
        Mark::Comma => 1,
        Mark::Period => 2,
        Mark::Semicolon => 3,
        Mark::Colon => 4,
        Mark::Word => 5,
        Mark::Other => 6,
    };
    u32::from(token.kind.number()) << 8 | mark << 1 | u32::from(token.is_leaf)
}
