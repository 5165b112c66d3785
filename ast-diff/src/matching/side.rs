//! What matching knows of one of the two trees.

use crate::labels::{Interner, Label};
use crate::tree::Tree;

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// A tree with what is looked up in it all the time.
#[derive(Debug)]
pub(super) struct Side<'tree> {
    pub(super) tree: &'tree Tree,
    /// Kind and label of each node as one number, the same in both trees exactly when both are the same.
    pub(super) tokens: Vec<u64>,
    /// Hash of each subtree: a hint.
    pub(super) hashes: Vec<u64>,
    pub(super) parents: Vec<u32>,
    /// The node of the other tree that is the same one, or [`NONE`].
    pub(super) partners: Vec<u32>,
}

impl<'tree> Side<'tree> {
    /// Both sides, with tokens that can be compared.
    pub(super) fn both(old: &'tree Tree, new: &'tree Tree) -> (Self, Self) {
        let count = old.labels().count() as u32;
        let known = Interner::of(old.labels().clone());
        let numbers: Vec<u32> = (0..new.labels().count() as u32)
            .map(|number| known.find_of(new.labels(), Label(number)).map_or(count + number, |label| label.0))
            .collect();
        (Self::new(old, |label| label.0), Self::new(new, |label| numbers[label.0 as usize]))
    }

    fn new(tree: &'tree Tree, number: impl Fn(Label) -> u32) -> Self {
        let tokens: Vec<u64> = tree
            .nodes()
            .iter()
            .map(|node| u64::from(node.kind.number()) << 32 | u64::from(number(node.label)))
            .collect();
        let hashes = subtree_hashes(tree, &tokens);
        Self { tree, tokens, hashes, parents: tree.parents(), partners: vec![NONE; tree.nodes().len()] }
    }

    pub(super) fn size(&self, index: u32) -> u32 {
        self.tree.node(index).size
    }

    pub(super) fn is_matched(&self, index: u32) -> bool {
        self.partners[index as usize] != NONE
    }

    pub(super) fn hash(&self, index: u32) -> u64 {
        self.hashes[index as usize]
    }

    pub(super) fn token(&self, index: u32) -> u64 {
        self.tokens[index as usize]
    }

    /// The tokens of a subtree.
    pub(super) fn subtree(&self, index: u32) -> &[u64] {
        &self.tokens[index as usize..self.tree.end(index) as usize]
    }

    /// Is `other_index` of the other tree the same subtree? The hash is compared first, then everything.
    pub(super) fn same(&self, index: u32, other: &Self, other_index: u32) -> bool {
        self.hash(index) == other.hash(other_index)
            && self.size(index) == other.size(other_index)
            && self.subtree(index) == other.subtree(other_index)
            && self
                .tree
                .subtree(index)
                .iter()
                .zip(other.tree.subtree(other_index))
                .all(|(left, right)| left.size == right.size)
    }
}

/// Bottom-up: children come after their parent, so that going backwards finds them done.
fn subtree_hashes(tree: &Tree, tokens: &[u64]) -> Vec<u64> {
    let mut hashes = vec![0; tokens.len()];
    for index in (0..tokens.len() as u32).rev() {
        let mut hash = scramble(tokens[index as usize] ^ 0x51_7c_c1_b7_27_22_0a_95);
        for child in tree.children(index) {
            hash = scramble(hash.rotate_left(23) ^ hashes[child as usize]);
        }
        hashes[index as usize] = hash;
    }
    hashes
}

/// One round of the finaliser of `splitmix64`: every bit of the input reaches every bit of the output.
fn scramble(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
