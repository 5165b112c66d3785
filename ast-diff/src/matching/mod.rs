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

use side::{NONE, Side};

use crate::tree::Tree;

pub(crate) use align::increasing;

/// A one-to-one relation between nodes of the old and of the new tree. The roots are always related.
#[derive(Debug)]
pub(crate) struct Matching {
    /// By node of the old tree: its node of the new one.
    to_new: Vec<u32>,
    /// By node of the new tree: its node of the old one.
    to_old: Vec<u32>,
}

impl Matching {
    /// `seed` chooses the base of the rolling hash; the result does not depend on it, short of a collision.
    pub(crate) fn find(old: &Tree, new: &Tree, seed: u64) -> Self {
        let (old, new) = Side::both(old, new);
        let mut matcher = Matcher::new(old, new, seed);
        matcher.relate(0, 0);
        matcher.descend();
        matcher.find_moved();
        Self { to_new: matcher.old.partners, to_old: matcher.new.partners }
    }

    /// The node of the new tree that an old one has become.
    pub(crate) fn new_of(&self, old: u32) -> Option<u32> {
        Some(self.to_new[old as usize]).filter(|node| *node != NONE)
    }

    /// The node of the old tree that a new one was.
    pub(crate) fn old_of(&self, new: u32) -> Option<u32> {
        Some(self.to_old[new as usize]).filter(|node| *node != NONE)
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
        let budget = 64 * (old.tokens.len() + new.tokens.len()) + 4096;
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
