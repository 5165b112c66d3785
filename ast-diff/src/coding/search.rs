//! Nodes of the old tree with given surroundings, found without a table of all surroundings: by what they have in common
//! that the index knows, near the place that counts, and compared one by one.

use std::ops::ControlFlow;

use super::index::{Index, Old};
use super::surroundings::{BEFORE, Before, NOTHING, Open, SURROUNDINGS, Token};
use crate::tree::Node;

/// How many nodes with the same surroundings count.
pub(crate) const MOST: u8 = 12;
/// How many nodes that may have the same surroundings are looked at, before the place and behind it.
const REACH: usize = 16;
/// How many ancestors are asked whether their first child ends at a node.
const CLIMB: usize = 8;

/// A node with the same surroundings as another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alike {
    /// How alike they are: an order of surroundings.
    pub(crate) order: usize,
    /// Its index among all nodes that are known.
    pub(crate) index: u32,
    /// Itself.
    pub(crate) token: Token,
}

/// Looks for nodes of the old tree.
pub(crate) struct Search<'s> {
    index: &'s Index<'s>,
    tree: Old<'s>,
    parent: &'s Open,
    before: &'s Before,
    anchor: u32,
    but: u32,
    found: &'s mut Vec<Alike>,
    counts: [u8; SURROUNDINGS],
}

impl<'s> Search<'s> {
    /// For what surrounds the next child of `parent`: of the old tree's nodes those nearest to `anchor`, without `but`.
    pub(crate) fn new(
        index: &'s Index<'s>,
        parent: &'s Open,
        before: &'s Before,
        (anchor, but): (u32, u32),
        found: &'s mut Vec<Alike>,
    ) -> Self {
        let tree = index.with_parents();
        Self { index, tree, parent, before, anchor, but, found, counts: [0; SURROUNDINGS] }
    }

    /// Looks everywhere.
    pub(crate) fn run(&mut self) {
        self.by_tokens();
        self.by_sibling();
        self.by_head();
    }

    fn add(&mut self, order: usize, at: u32) {
        let count = &mut self.counts[order];
        if *count < MOST && at != self.but {
            *count += 1;
            let Node { kind, label, .. } = self.tree.node(at);
            let token = Token { kind: kind.number(), label: label.0 };
            self.found.push(Alike { order, index: at, token });
        }
    }

    /// Are there enough of these kinds of surroundings?
    fn enough(&self, orders: std::ops::Range<usize>) -> ControlFlow<()> {
        if self.counts[orders].iter().all(|count| *count == MOST) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Calls for places near the anchor, those before it first.
    fn near(&mut self, places: &[u32], mut look: impl FnMut(&mut Self, u32) -> ControlFlow<()>) {
        let middle = places.partition_point(|place| *place < self.anchor);
        let (left, right) = places.split_at(middle);
        for place in left.iter().rev().take(REACH).chain(right.iter().take(REACH)) {
            if look(self, *place).is_break() {
                break;
            }
        }
    }

    /// The same tokens before them, below a parent of the same kind.
    fn by_tokens(&mut self) {
        let (index, tree) = (self.index, self.tree);
        let Before(tokens) = self.before;
        let step = self.parent.seen.min(3);
        self.near(index.like(tokens[0].kind, tokens[0].label), |search, place| {
            let at = place + 1;
            if at as usize >= tree.nodes.len() || tree.kind(place) != tokens[0].kind {
                return ControlFlow::Continue(());
            }
            let parent = tree.parent(at);
            if tree.kind(parent) != search.parent.kind {
                return ControlFlow::Continue(());
            }
            let mut same = 1;
            while same < BEFORE
                && let Some(node) = place.checked_sub(same as u32).map(|place| tree.node(place))
                && node.kind.number() == tokens[same].kind
                && node.label.0 == tokens[same].label
            {
                same += 1;
            }
            for (order, length) in [(0, 5), (1, 3), (2, 2)] {
                if same >= length {
                    search.add(order, at);
                }
            }
            if tree.position(parent, at, 3) == step {
                search.add(3, at);
            }
            search.enough(0..4)
        });
    }

    /// The same kinds of parent, grandparent and sibling.
    fn by_sibling(&mut self) {
        let (index, tree) = (self.index, self.tree);
        let Open { kind, above, seen, last, .. } = *self.parent;
        let is_below =
            |node: u32| if node == 0 { above == NOTHING } else { tree.kind(tree.parent(node)) == above };
        if seen >= 3 {
            self.near(index.of_kind(last), |search, sibling| {
                let (parent, at) = (tree.parent(sibling), tree.end(sibling));
                if tree.kind(parent) == kind
                    && at < tree.end(parent)
                    && is_below(parent)
                    && tree.position(parent, at, 3) == 3
                {
                    search.add(4, at);
                }
                search.enough(4..5)
            });
            return;
        }
        self.near(index.of_kind(kind), |search, parent| {
            let Some((at, before)) = tree.child(parent, seen) else { return ControlFlow::Continue(()) };
            if before == last {
                if is_below(parent) {
                    search.add(4, at);
                }
                if seen == 0 {
                    search.add(5, at);
                }
            }
            search.enough(4..if seen == 0 { 6 } else { 5 })
        });
    }

    /// The same kinds of parent and sibling, and the first child ends with the same token.
    fn by_head(&mut self) {
        let (index, tree) = (self.index, self.tree);
        let Open { kind, seen, last, .. } = *self.parent;
        if seen == 0 {
            return;
        }
        let head = self.parent.head(self.before);
        self.near(index.like(head.kind, head.label), |search, place| {
            if tree.kind(place) != head.kind {
                return ControlFlow::Continue(());
            }
            let mut node = place;
            for _ in 0..CLIMB {
                let parent = tree.parent(node);
                if node == 0 || tree.end(node) != place + 1 {
                    break;
                }
                if node == parent + 1
                    && tree.kind(parent) == kind
                    && let Some((at, before)) = tree.child(parent, seen.min(7))
                    && before == last
                {
                    search.add(5, at);
                }
                node = parent;
            }
            search.enough(5..6)
        });
    }
}
