//! What Go sources and their edits are like in general, before anything is known of the one at hand.
//!
//! Counts over real edits, rounded; part of the format: another table is another format.

use std::sync::OnceLock;

/// Rows of [`letters`]: after each byte, all those beyond ASCII in one, and at the start of each class of texts.
pub(crate) const LETTERS: usize = 128 + 16;
/// Numbers of children that have a symbol of their own.
pub(crate) const COUNTS: usize = 16;
const KINDS: usize = 128;

pub(crate) static TABLE: &[u8] = include_bytes!("prior.bin");

/// A text that many Go sources have.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) class: u8,
    pub(crate) text: &'static [u8],
    pub(crate) weight: u32,
}

#[derive(Debug, Default)]
struct Prior {
    probabilities: Vec<u16>,
    uses: &'static [u8],
    children: &'static [u8],
    letters: &'static [u8],
    /// By kind of the parent and of the sibling before: where the entries are.
    rows: Vec<(u32, u32)>,
    /// Kinds and their shares of 255.
    entries: &'static [u8],
    words: Vec<Word>,
    pieces: Vec<&'static [u8]>,
}

fn prior() -> &'static Prior {
    static PRIOR: OnceLock<Prior> = OnceLock::new();
    PRIOR.get_or_init(|| read(TABLE).unwrap_or_default())
}

/// Parts of the table, each behind its length.
fn read(table: &'static [u8]) -> Option<Prior> {
    let mut rest = table;
    let mut part = || {
        let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let part = rest.get(4..4 + length)?;
        rest = &rest[4 + length..];
        Some(part)
    };
    let (bits, children, letters, rows) = (part()?, part()?, part()?, part()?);
    let (entries, words, pieces) = (part()?, part()?, part()?);
    let (probabilities, uses) = bits.split_at(bits.len() / 2);
    let probabilities = probabilities.iter().map(|byte| from_logarithm(*byte)).collect();
    let mut prior = Prior { probabilities, uses, children, letters, entries, ..Prior::default() };
    prior.rows = vec![(0, 0); KINDS * KINDS];
    let mut at = 0;
    for row in rows.chunks_exact(3) {
        let end = at + u32::from(row[2]);
        prior.rows[usize::from(row[0]) * KINDS + usize::from(row[1])] = (at, end);
        at = end;
    }
    let mut words = words;
    while let [class, weight, length, rest @ ..] = words {
        let (text, rest) = rest.split_at(usize::from(*length));
        prior.words.push(Word { class: *class, text, weight: u32::from(*weight) });
        words = rest;
    }
    let mut pieces = pieces;
    while let [length, rest @ ..] = pieces {
        let (piece, rest) = rest.split_at(usize::from(*length));
        prior.pieces.push(piece);
        pieces = rest;
    }
    Some(prior)
}

/// Probabilities of adaptive bits, and how often they count as used; nothing of those that the table does not have.
pub(crate) fn bits(slots: usize) -> (Vec<u16>, Vec<u8>) {
    let prior = prior();
    let (mut probabilities, mut uses) = (prior.probabilities.clone(), prior.uses.to_vec());
    probabilities.resize(slots, 1 << 15);
    uses.resize(slots, 0);
    (probabilities, uses)
}

/// Eighths of 2^(n/8), as parts of 2^16.
const EIGHTHS: [u32; 8] = [65536, 71468, 77936, 84990, 92682, 101_070, 110_218, 120_194];

/// Half a byte each way for the logarithm of the odds: small probabilities need to be as exact as large ones.
pub(super) fn from_logarithm(byte: u8) -> u16 {
    let steps = i32::from(byte) - 128;
    let magnitude = steps.unsigned_abs();
    let odds = u64::from(EIGHTHS[(magnitude % 8) as usize]) << (magnitude / 8);
    let smaller = ((1_u64 << 32) / (odds + 65536)) as u32;
    let probability = if steps < 0 { smaller } else { 65536 - smaller };
    probability.clamp(32, 65536 - 32) as u16
}

/// Adds what kinds of nodes come below a parent, after a sibling (or any).
pub(crate) fn kinds(parent: u8, last: Option<u8>, weight: u32, scores: &mut [u32]) -> bool {
    // The last column is that of any sibling.
    let column = last.map_or(KINDS - 2, usize::from);
    let prior = prior();
    let Some((start, end)) = prior.rows.get(usize::from(parent) * KINDS + column) else { return false };
    for entry in prior.entries[2 * *start as usize..2 * *end as usize].chunks_exact(2) {
        if let Some(score) = scores.get_mut(usize::from(entry[0])) {
            *score += u32::from(entry[1]) * weight;
        }
    }
    start < end
}

/// Adds how many children a node of that kind has.
pub(crate) fn children(kind: u8, weight: u32, scores: &mut [u32]) {
    let row = usize::from(kind) * COUNTS;
    let Some(row) = prior().children.get(row..row + COUNTS) else { return };
    for (score, share) in scores.iter_mut().zip(row) {
        *score += u32::from(*share) * weight;
    }
}

/// Sets what byte comes in a row of [`LETTERS`]; the last symbol is the end.
pub(crate) fn letters(row: usize, scores: &mut [u32; 257]) {
    scores.fill(1);
    let row = row * 129;
    let Some(row) = prior().letters.get(row..row + 129) else { return };
    for (score, share) in scores.iter_mut().zip(&row[..128]) {
        *score += u32::from(*share) * 4;
    }
    scores[256] += u32::from(row[128]) * 4;
}

/// Texts of a class that many Go sources have.
pub(crate) fn words(class: usize) -> &'static [Word] {
    // They are in the order of their classes.
    let words = &prior().words[..];
    let start = words.partition_point(|word| usize::from(word.class) < class);
    let count = words[start..].partition_point(|word| usize::from(word.class) == class);
    &words[start..start + count]
}

/// Parts of names and texts that many Go sources have.
pub(crate) fn pieces() -> &'static [&'static [u8]] {
    &prior().pieces
}
