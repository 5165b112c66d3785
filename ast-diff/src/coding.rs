//! Scripts and trees to bytes and back: a range coder, and models that know the old tree.

mod bits;
mod edits;
mod index;
mod memory;
mod nodes;
mod places;
mod prior;
mod range;
mod search;
mod suggestions;
mod surroundings;
mod texts;
mod weights;
mod mixing;
mod prose;
mod gaps;
mod partners;
mod departures;
#[cfg(all(test, feature = "parse"))]
mod training;

pub(crate) use prior::TABLE;
pub(crate) use prose::COMMON as PROSE;

use crate::patch::Limits;
use crate::script::{Item, Script};
use crate::token::tokens;
use crate::tree::Tree;
use crate::trivia::Trivia;
use departures::Departures;
use edits::Edits;
use index::Index;
use range::{Decoder, Encoder};
use weights::WEIGHTS;

/// More than was allowed, or nothing that makes sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Overrun;

/// No limits for what one's own side made.
const UNLIMITED: Limits = Limits { nodes: usize::MAX, text: usize::MAX };

/// The bytes of a script about `old`.
pub(crate) fn encode(old: &Tree, script: &Script) -> Result<Vec<u8>, Overrun> {
    let index = Index::new(old);
    let mut edits = Edits::new(Encoder::new(), &index, &WEIGHTS, &UNLIMITED);
    edits.script(old, script)?;
    Ok(edits.coder.finish())
}

/// The script about `old` that the bytes say.
pub(crate) fn decode(old: &Tree, bytes: &[u8], limits: &Limits) -> Result<Script, Overrun> {
    let nothing = Script::default();
    let index = Index::new(old);
    let mut edits = Edits::new(Decoder::new(bytes), &index, &WEIGHTS, limits);
    let script = edits.script(old, &nothing)?;
    edits.coder.finish(script)
}

/// The bytes of a tree, given as what would be inserted.
pub(crate) fn encode_tree(items: &[Item]) -> Vec<u8> {
    let nothing = Index::default();
    let mut edits = Edits::new(Encoder::new(), &nothing, &WEIGHTS, &UNLIMITED);
    // Nothing is out of range when there is no range.
    let _ = edits.tree(items);
    edits.coder.finish()
}

/// The tree that the bytes say, as what would be inserted.
pub(crate) fn decode_tree(bytes: &[u8], limits: &Limits) -> Result<Vec<Item>, Overrun> {
    let nothing = Index::default();
    let mut edits = Edits::new(Decoder::new(bytes), &nothing, &WEIGHTS, limits);
    let items = edits.tree(&[])?;
    edits.coder.finish(items)
}

/// The bytes of the trivia of a tree; `before` are what the other end has, of the same tree or of an earlier one.
pub(crate) fn encode_trivia(tree: &Tree, trivia: &Trivia, before: Option<(&Tree, &Trivia)>) -> Vec<u8> {
    let tokens = tokens(tree);
    let mut departures = Departures::new(Encoder::new(), tree, &tokens, &UNLIMITED);
    // Nothing is out of range when there is no range.
    let _ = departures.trivia(before, trivia);
    departures.coder.finish()
}

/// The trivia that the bytes say.
pub(crate) fn decode_trivia(
    tree: &Tree,
    bytes: &[u8],
    before: Option<(&Tree, &Trivia)>,
    limits: &Limits,
) -> Result<Trivia, Overrun> {
    let tokens = tokens(tree);
    let mut departures = Departures::new(Decoder::new(bytes), tree, &tokens, limits);
    let trivia = departures.trivia(before, &Trivia::default())?;
    departures.coder.finish(trivia)
}
