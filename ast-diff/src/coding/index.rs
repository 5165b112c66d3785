//! Where in the old tree nodes of a kind and labels are: made from the tree when somebody asks, and only as far as asked.

use std::cell::OnceCell;

use super::surroundings::NOTHING;
use crate::kind::Kind;
use crate::labels::Label;
use crate::tree::{Node, Tree};

/// How many numbers of kinds there may be.
pub(crate) const KINDS: usize = 128;

/// The old tree, and what is found out about it.
#[derive(Debug, Default)]
pub(crate) struct Index<'a> {
    old: Option<&'a Tree>,
    nodes: &'a [Node],
    labels: usize,
    parents: OnceCell<Vec<u32>>,
    kinds: OnceCell<Groups>,
    tokens: OnceCell<Groups>,
}

/// Nodes by a number that each has, in their order.
#[derive(Debug)]
struct Groups {
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Groups {
    fn new(nodes: &[Node], count: usize, number: impl Fn(&Node) -> usize) -> Self {
        let mut starts = vec![0; count + 1];
        for node in nodes {
            starts[number(node)] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // From behind, so that each start ends where its group begins.
        let mut places = vec![0; nodes.len()];
        for (index, node) in nodes.iter().enumerate().rev() {
            let start = &mut starts[number(node)];
            *start -= 1;
            places[*start as usize] = index as u32;
        }
        Self { starts, places }
    }

    fn of(&self, number: usize) -> &[u32] {
        &self.places[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

impl<'a> Index<'a> {
    pub(crate) fn new(old: &'a Tree) -> Self {
        Self { old: Some(old), nodes: old.nodes(), labels: old.labels().count(), ..Self::default() }
    }

    /// The old tree, if there is one.
    pub(crate) fn old(&self) -> Option<&'a Tree> {
        self.old
    }

    pub(crate) fn nodes(&self) -> &'a [Node] {
        self.nodes
    }

    pub(crate) fn node(&self, index: u32) -> Node {
        self.nodes[index as usize]
    }

    pub(crate) fn kind(&self, index: u32) -> u8 {
        self.nodes[index as usize].kind.number()
    }

    /// Index behind the last node of the subtree.
    pub(crate) fn end(&self, index: u32) -> u32 {
        index + self.nodes[index as usize].size
    }

    /// The parent of a node; the root's is the root.
    pub(crate) fn parent(&self, index: u32) -> u32 {
        self.parents()[index as usize]
    }

    pub(crate) fn with_parents(&self) -> Old<'_> {
        Old { nodes: self.nodes, parents: self.parents() }
    }

    fn parents(&self) -> &[u32] {
        self.parents.get_or_init(|| self.old.map(Tree::parents).unwrap_or_default())
    }

    /// All nodes of a kind.
    pub(crate) fn of_kind(&self, kind: u8) -> &[u32] {
        let by_kind = |node: &Node| usize::from(node.kind.number());
        self.kinds.get_or_init(|| Groups::new(self.nodes, KINDS, by_kind)).of(usize::from(kind))
    }

    /// All nodes with a label, or, where there is none, all of the kind that have none. Labels that the old tree does not
    /// have are those of no node.
    pub(crate) fn like(&self, kind: u8, label: u32) -> &[u32] {
        if label as usize >= self.labels {
            return &[];
        }
        let number =
            |kind: u8, label: u32| if label == 0 { usize::from(kind) } else { KINDS - 1 + label as usize };
        let by_token = |node: &Node| number(node.kind.number(), node.label.0);
        let groups = self.tokens.get_or_init(|| Groups::new(self.nodes, KINDS + self.labels, by_token));
        groups.of(number(kind, label))
    }

    /// Labels that are in the tree with that kind, each once.
    pub(crate) fn labels_of(&self, kind: u8) -> Vec<Label> {
        let mut is_known = vec![false; self.labels];
        let labels = self.of_kind(kind).iter().map(|node| self.node(*node).label);
        labels.filter(|label| !std::mem::replace(&mut is_known[label.0 as usize], true)).collect()
    }

    /// The kind of the first node with a label.
    pub(crate) fn kind_of_label(&self, label: u32) -> u8 {
        if label == 0 {
            return Kind::SOURCE_FILE.number();
        }
        self.like(0, label).first().map_or(0, |first| self.kind(*first))
    }
}

/// The nodes of the old tree, whose parents are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Old<'t> {
    pub(crate) nodes: &'t [Node],
    parents: &'t [u32],
}

impl Old<'_> {
    pub(crate) fn node(&self, index: u32) -> Node {
        self.nodes[index as usize]
    }

    pub(crate) fn kind(&self, index: u32) -> u8 {
        self.node(index).kind.number()
    }

    pub(crate) fn parent(&self, index: u32) -> u32 {
        self.parents[index as usize]
    }

    pub(crate) fn end(&self, index: u32) -> u32 {
        index + self.node(index).size
    }

    /// A child by its number, and the kind of the one before it.
    pub(crate) fn child(&self, parent: u32, number: u32) -> Option<(u32, u8)> {
        let (mut at, end) = (parent + 1, self.end(parent));
        let mut before = NOTHING;
        for _ in 0..number {
            if at >= end {
                return None;
            }
            before = self.kind(at);
            at = self.end(at);
        }
        (at < end).then_some((at, before))
    }

    /// Which child of its parent a node is, or `most` for those behind.
    pub(crate) fn position(&self, parent: u32, at: u32, most: u32) -> u32 {
        let mut child = parent + 1;
        let mut position = 0;
        while child < at && position < most {
            child = self.end(child);
            position += 1;
        }
        position
    }
}
