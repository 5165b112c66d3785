//! Where in the old tree something happens: by what ended before, by kind, by how far away.

use super::bits::{AT_END, AWAY, BEHIND, Bits, GAP, IS_BEFORE, LEVEL, LEVEL_IS_FAR, ORDINAL, PARENT_IS_OPEN};
use super::index::Index;
use super::prior;
use super::range::Coder;
use crate::kind::Kind;
use std::collections::HashMap;

/// How many open nodes are asked about one by one.
const MOST_LEVELS: usize = 48;

/// A place between two children.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Gap {
    pub(crate) parent: u32,
    pub(crate) position: u32,
    /// Index of the old node that it is before, or behind the parent.
    pub(crate) anchor: u32,
}

/// Finds places in a tree.
pub(crate) struct Places<'a> {
    index: &'a Index<'a>,
    /// Children of the nodes below which something is inserted.
    children: HashMap<u32, Box<[u32]>>,
    /// Nothing that comes is before this node.
    pub(crate) floor: u32,
    /// Where the last operation ends.
    pub(crate) expected: u32,
}

impl<'a> Places<'a> {
    pub(crate) fn new(index: &'a Index<'a>) -> Self {
        Self { index, children: HashMap::new(), floor: 0, expected: 0 }
    }

    /// Children of a node below which something is inserted.
    pub(crate) fn children(&mut self, parent: u32) -> &[u32] {
        let index = self.index;
        let children = || index.old().map(|old| old.children(parent).collect()).unwrap_or_default();
        self.children.entry(parent).or_insert_with(children)
    }

    pub(crate) fn parent(&self, index: u32) -> u32 {
        self.index.parent(index)
    }

    /// The gap below a parent before its child of that number, if there is one.
    pub(crate) fn gap(&mut self, parent: u32, position: u32) -> Option<Gap> {
        if parent as usize >= self.index.nodes().len() {
            return None;
        }
        let end = self.index.end(parent);
        let children = self.children(parent);
        let anchor = match children.get(position as usize) {
            Some(child) => *child,
            None if children.len() == position as usize => end,
            None => return None,
        };
        Some(Gap { parent, position, anchor })
    }

    /// Is the place of an operation behind the end of the one before? It is, mostly.
    fn behind<C: Coder>(&self, coder: &mut C, bits: &mut Bits, operation: usize, at: u32) -> u32 {
        if self.floor == self.expected {
            return self.floor;
        }
        coder.field("behind");
        if bits.bit(coder, BEHIND, operation, at >= self.expected) { self.expected } else { self.floor }
    }

    /// A node at or behind the floor; `None` when there is none.
    pub(crate) fn node<C: Coder>(
        &self,
        coder: &mut C,
        bits: &mut Bits,
        operation: usize,
        at: u32,
    ) -> Option<u32> {
        let floor = self.behind(coder, bits, operation, at);
        self.node_from(coder, bits, operation, floor, at)
    }

    fn node_from<C: Coder>(
        &self,
        coder: &mut C,
        bits: &mut Bits,
        operation: usize,
        floor: u32,
        at: u32,
    ) -> Option<u32> {
        let mut scores = [0; Kind::ALL.len()];
        let mut is_possible = false;
        let mut shares = [1; Kind::ALL.len()];
        // Which kinds are touched is part of the same table as which kinds follow which.
        prior::kinds(120 + operation as u8, None, 16, &mut shares);
        for (kind, score) in scores.iter_mut().enumerate() {
            if self.index.of_kind(kind as u8).last().is_some_and(|last| *last >= floor) {
                *score = shares[kind];
                is_possible = true;
            }
        }
        if !is_possible {
            return None;
        }
        let value = if C::READS { 0 } else { usize::from(self.index.node(at).kind.number()) };
        coder.field("place kind");
        let nodes = self.index.of_kind(coder.choose(&scores, value) as u8);
        let first = nodes.partition_point(|node| *node < floor);
        let wanted = nodes.partition_point(|node| *node < at).saturating_sub(first);
        coder.field("place ordinal");
        let ordinal = bits.number(coder, ORDINAL, operation, wanted as u32) as usize;
        nodes.get(first.checked_add(ordinal)?).copied()
    }

    /// A gap at or behind the floor.
    pub(crate) fn insertion<C: Coder>(&mut self, coder: &mut C, bits: &mut Bits, wanted: Gap) -> Option<Gap> {
        let floor = self.behind(coder, bits, 0, wanted.anchor);
        let is_open = wanted.parent < floor;
        coder.field("insert parent");
        let parent = if bits.bit(coder, PARENT_IS_OPEN, usize::from(floor == 0), is_open) {
            self.open_node(coder, bits, floor, wanted)?
        } else {
            self.node_from(coder, bits, 0, floor, wanted.parent)?
        };
        self.gap_below(coder, bits, floor, parent, wanted)
    }

    /// A node that begins before `floor` and ends there or behind.
    fn open_node<C: Coder>(&self, coder: &mut C, bits: &mut Bits, floor: u32, wanted: Gap) -> Option<u32> {
        // The innermost one begins right before, all others are above it.
        let mut node = floor.checked_sub(1)?;
        coder.field("insert level");
        for _ in 0..MOST_LEVELS {
            let kind = self.index.node(node).kind;
            if !kind.is_atom() && !kind.is_word() {
                let ends = self.index.end(node) == floor;
                let slot = usize::from(kind.number()) * 2 + usize::from(ends);
                if bits.bit(coder, LEVEL, slot, node == wanted.parent) {
                    return Some(node);
                }
            }
            if node == 0 {
                break;
            }
            node = self.parent(node);
        }
        bits.bit(coder, LEVEL_IS_FAR, 0, true);
        let far = coder.uniform(floor, wanted.parent);
        (self.index.end(far) >= floor).then_some(far)
    }

    fn gap_below<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        floor: u32,
        parent: u32,
        wanted: Gap,
    ) -> Option<Gap> {
        let kind = usize::from(self.index.node(parent).kind.number());
        let end = self.index.end(parent);
        // Gaps from the first one that is possible to the one behind all children.
        let children = self.children(parent);
        let (first, count) = (children.partition_point(|child| *child < floor) as u32, children.len() as u32);
        let at_start = parent < floor;
        coder.field("insert gap");
        let is_end = count == first || {
            // Where the operation before ended is the likeliest place in a parent that was open there.
            let zero = at_start && bits.bit(coder, GAP, 0, wanted.position == first);
            if zero {
                return self.gap(parent, first);
            }
            bits.bit(coder, AT_END, kind, wanted.anchor == end)
        };
        if is_end {
            return Some(Gap { parent, position: count, anchor: end });
        }
        let position = first + coder.uniform(count - first, wanted.position.saturating_sub(first));
        self.gap(parent, position)
    }

    /// A subtree of the old tree that is inserted, of a kind that is known.
    pub(crate) fn source<C: Coder>(
        &self,
        coder: &mut C,
        bits: &mut Bits,
        kind: u8,
        is_moved: bool,
        anchor: u32,
        at: u32,
    ) -> Option<u32> {
        let nodes = self.index.of_kind(kind);
        let here = nodes.partition_point(|node| *node < anchor);
        let wanted = nodes.partition_point(|node| *node < at);
        let group = usize::from(is_moved);
        coder.field("source");
        if bits.bit(coder, IS_BEFORE, group, wanted < here) {
            let away = bits.number(coder, AWAY, group, here.saturating_sub(wanted + 1) as u32);
            nodes.get(here.checked_sub(1)?.checked_sub(away as usize)?).copied()
        } else {
            let away = bits.number(coder, AWAY, group, wanted.saturating_sub(here) as u32);
            nodes.get(here.checked_add(away as usize)?).copied()
        }
    }
}
