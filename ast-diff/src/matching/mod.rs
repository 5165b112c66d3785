//! Which nodes of two trees are the same node.
//!
//! First equal subtrees are cut away, from the root down and in order; what is left over between them is paired by
//! likeness and looked into in turn. Then what has gone in one place and come in another is found: equal subtrees by
//! hash, similar ones by the windows of five tokens that they share.

mod side;
mod align;
mod likeness;
mod pairing;
mod moved;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use crate::labels::Label;
use crate::tree::Tree;

use side::{NONE, Side};

pub(crate) use align::increasing;

/// A one-to-one relation between nodes of the old and of the new tree. The roots are always related.
#[derive(Debug)]
pub(crate) struct Matching<'tree> {
    old: Side<'tree>,
    new: Side<'tree>,
    /// How many nodes before each old one are not the same, one after the other, in the new tree.
    breaks: Vec<u32>,
    copies: Option<Copies>,
}

/// What is asked for copies, once one is.
#[derive(Debug)]
struct Copies {
    /// Subtrees of the old tree by hash.
    by_hash: HashMap<u64, u32, Known>,
    /// How many nodes before each new one were in the old tree.
    matched: Vec<u32>,
}

impl<'tree> Matching<'tree> {
    /// `seed` chooses the base of the rolling hash; the result does not depend on it, short of a collision.
    pub(crate) fn find(old: &'tree Tree, new: &'tree Tree, seed: u64) -> Self {
        let (old, new) = Side::both(old, new);
        let mut matcher = Matcher::new(old, new, seed);
        matcher.relate(0, 0);
        matcher.descend();
        matcher.find_moved();
        let Matcher { old, new, .. } = matcher;
        let breaks = breaks(&old, &new);
        Self { old, new, breaks, copies: None }
    }

    /// The node of the new tree that an old one has become.
    pub(crate) fn new_of(&self, old: u32) -> Option<u32> {
        Some(self.old.partners[old as usize]).filter(|node| *node != NONE)
    }

    /// The node of the old tree that a new one was.
    pub(crate) fn old_of(&self, new: u32) -> Option<u32> {
        Some(self.new.partners[new as usize]).filter(|node| *node != NONE)
    }

    /// Number of the label of a new node in the old tree, if it is there.
    pub(crate) fn label(&self, new: u32) -> Option<Label> {
        let number = self.new.token(new) as u32;
        Some(Label(number)).filter(|_| (number as usize) < self.old.tree.labels().count())
    }

    /// Are an old node and its new one the same with all that is below them?
    pub(crate) fn is_untouched(&self, old: u32) -> bool {
        let end = self.old.tree.end(old);
        let partner = self.old.partners[old as usize];
        self.breaks[old as usize + 1] == self.breaks[end as usize]
            && partner != NONE
            && self.old.token(old) == self.new.token(partner)
            && self.old.size(old) == self.new.size(partner)
    }

    /// A subtree of the old tree, of at least `smallest` nodes, that equals one of the new of which no node was there.
    pub(crate) fn copy_of(&mut self, new: u32, smallest: u32) -> Option<u32> {
        let copies = self.copies.get_or_insert_with(|| {
            let count = self.old.tokens.len() as u32;
            // What was left out before, in front of and behind what was hashed.
            let hashed = self.old.hashed.clone();
            self.old.hash_subtrees(1..hashed.start);
            self.old.hash_subtrees(hashed.end..count);
            let nodes = (1..count).rev().filter(|node| self.old.size(*node) >= smallest);
            let by_hash = nodes.map(|node| (self.old.hash(node), node)).collect();
            let matched = std::iter::once(0).chain(self.new.partners.iter().scan(0, |count, partner| {
                *count += u32::from(*partner != NONE);
                Some(*count)
            }));
            Copies { by_hash, matched: matched.collect() }
        });
        if copies.matched[new as usize] != copies.matched[self.new.tree.end(new) as usize] {
            return None;
        }
        let old = *copies.by_hash.get(&self.new.hash(new))?;
        self.old.same(old, &self.new, new).then_some(old)
    }
}

fn breaks(old: &Side<'_>, new: &Side<'_>) -> Vec<u32> {
    let mut breaks = Vec::with_capacity(old.tokens.len() + 1);
    let (mut count, mut expected) = (0, NONE);
    breaks.push(0);
    for (index, partner) in old.partners.iter().copied().enumerate() {
        let goes_on = partner != NONE
            && partner == expected
            && old.tokens[index] == new.tokens[partner as usize]
            && old.size(index as u32) == new.size(partner);
        count += u32::from(!goes_on);
        breaks.push(count);
        expected = partner.wrapping_add(1);
    }
    breaks
}

/// For keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known(u64);

impl Hasher for Known {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl BuildHasher for Known {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

/// The relation as it grows.
#[derive(Debug)]
struct Matcher<'tree> {
    old: Side<'tree>,
    new: Side<'tree>,
    seed: u64,
    /// Related nodes whose children have not been looked at.
    work: Vec<(u32, u32)>,
    /// Tokens that may still be compared for likeness. It bounds the time that nested lists of unlike things take.
    budget: usize,
}

impl<'tree> Matcher<'tree> {
    fn new(old: Side<'tree>, new: Side<'tree>, seed: u64) -> Self {
        let budget = 16 * (old.tokens.len() + new.tokens.len()) + 4096;
        Self { old, new, seed, work: Vec::new(), budget }
    }

    /// Two nodes are the same one; their children are looked at later.
    fn relate(&mut self, old: u32, new: u32) {
        if self.old.same(old, &self.new, new) {
            self.relate_all(old, new);
        } else {
            self.old.partners[old as usize] = new;
            self.new.partners[new as usize] = old;
            self.work.push((old, new));
        }
    }

    /// Two equal subtrees are the same one, unless parts of them have found others before.
    fn relate_all(&mut self, old: u32, new: u32) {
        for offset in 0..self.old.size(old) {
            if !self.old.is_matched(old + offset) && !self.new.is_matched(new + offset) {
                self.old.partners[(old + offset) as usize] = new + offset;
                self.new.partners[(new + offset) as usize] = old + offset;
            }
        }
    }
}
