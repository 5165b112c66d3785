//! What matching knows of one of the two trees.

use std::ops::Range;

use crate::labels::{Label, Labels, Lookup};
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
    /// The node of the other tree that is the same one, or [`NONE`].
    pub(super) partners: Vec<u32>,
    /// The nodes that have a hash: all that may differ.
    pub(super) hashed: Range<u32>,
}

impl<'tree> Side<'tree> {
    /// Both sides, with tokens that can be compared, and with hashes of what is not simply the same.
    pub(super) fn both(old: &'tree Tree, new: &'tree Tree) -> (Self, Self) {
        let numbers = numbers(old.labels(), new.labels());
        let mut left = Self::new(old, |label| label.0);
        let mut right = Self::new(new, |label| numbers[label.0 as usize]);
        left.relate_ends(&mut right);
        (left, right)
    }

    fn new(tree: &'tree Tree, number: impl Fn(Label) -> u32) -> Self {
        let tokens: Vec<u64> = tree
            .nodes()
            .iter()
            .map(|node| u64::from(node.kind.number()) << 32 | u64::from(number(node.label)))
            .collect();
        let hashes = vec![0; tokens.len()];
        let partners = vec![NONE; tokens.len()];
        Self { tree, tokens, hashes, partners, hashed: 0..0 }
    }

    /// Most edits are of a few declarations: those before and behind them are related as they are, and need no hashes.
    fn relate_ends(&mut self, other: &mut Self) {
        let (ours, theirs): (Vec<u32>, Vec<u32>) =
            (self.tree.children(0).collect(), other.tree.children(0).collect());
        let is_same = |(here, there): &(&u32, &u32)| self.equals(**here, other, **there);
        let first = ours.iter().zip(&theirs).take_while(is_same).count();
        let last = ours[first..].iter().rev().zip(theirs[first..].iter().rev()).take_while(is_same).count();
        let begin = |list: &[u32], tokens: usize| list.get(first).copied().unwrap_or(tokens as u32);
        let end = |list: &[u32], tokens: usize| list.get(list.len() - last).copied().unwrap_or(tokens as u32);
        let here = begin(&ours, self.tokens.len())..end(&ours, self.tokens.len());
        let there = begin(&theirs, other.tokens.len())..end(&theirs, other.tokens.len());
        for (old, new) in (1..here.start)
            .zip(1..there.start)
            .chain((here.end..self.tokens.len() as u32).zip(there.end..other.tokens.len() as u32))
        {
            self.partners[old as usize] = new;
            other.partners[new as usize] = old;
        }
        (self.hashed, other.hashed) = (here.clone(), there.clone());
        self.hash_subtrees(here);
        other.hash_subtrees(there);
    }

    /// Hashes all subtrees of a range of whole ones. Bottom-up: children come after their parent, so that going backwards
    /// finds them done.
    pub(super) fn hash_subtrees(&mut self, range: Range<u32>) {
        for index in range.rev() {
            let mut hash = scramble(self.token(index) ^ 0x51_7c_c1_b7_27_22_0a_95);
            for child in self.tree.children(index) {
                hash = scramble(hash.rotate_left(23) ^ self.hash(child));
            }
            self.hashes[index as usize] = hash;
        }
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
        self.hash(index) == other.hash(other_index) && self.equals(index, other, other_index)
    }

    fn equals(&self, index: u32, other: &Self, other_index: u32) -> bool {
        self.size(index) == other.size(other_index)
            && self.subtree(index) == other.subtree(other_index)
            && self
                .tree
                .subtree(index)
                .iter()
                .zip(other.tree.subtree(other_index))
                .all(|(left, right)| left.size == right.size)
    }
}

/// The labels of the new tree by their numbers in the old one; those that it lacks have numbers of their own beyond.
fn numbers(old: &Labels, new: &Labels) -> Vec<u32> {
    let count = old.count() as u32;
    // Labels are numbered as they occur: mostly the next one is the next one.
    let (mut expected, mut lookup) = (0, None);
    let find = |number: u32| {
        let label = Label(number);
        let is_expected = expected < count
            && old.hash(Label(expected)) == new.hash(label)
            && old.get(Label(expected)) == new.get(label);
        let found = if is_expected {
            Some(expected)
        } else {
            lookup.get_or_insert_with(|| Lookup::new(old)).find(new, label).map(|label| label.0)
        };
        expected = found.map_or(expected, |found| found + 1);
        found.unwrap_or(count + number)
    };
    (0..new.count() as u32).map(find).collect()
}

/// One round of the finaliser of `splitmix64`: every bit of the input reaches every bit of the output.
fn scramble(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
