//! The semantic tree of a Go file: flat, in preorder.

use crate::kind::Kind;
use crate::labels::{Interner, Label, Labels};

/// One node. 12 bytes; its children are the nodes that follow, each skipping its own `size`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Text of an atom; for other kinds what tells two forms apart, such as the operator, or [`Label::NONE`].
    pub label: Label,
    /// How many nodes its subtree has, itself included.
    pub size: u32,
}

/// What a Go file says, without what has no meaning: formatting, comments (other than directives), punctuation that
/// follows from the kinds of the nodes, trailing commas, parentheses around specifications.
///
/// Nodes are named by their index in preorder; the root is 0. Labels are numbered in the order in which they first
/// occur, so that two trees are equal exactly when their fields are, and both ends of a wire number them alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    labels: Labels,
}

impl Tree {
    /// Of one node with what is below it, whose labels have the numbers that they should have.
    pub(crate) fn of(nodes: Vec<Node>, labels: Labels) -> Self {
        Self { nodes, labels }
    }

    /// All nodes in preorder; never empty.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The texts.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The node with that index.
    pub fn node(&self, index: u32) -> Node {
        self.nodes[index as usize]
    }

    /// Text of the node's label.
    pub fn text(&self, index: u32) -> &[u8] {
        self.labels.get(self.node(index).label)
    }

    /// Indices of the node's children.
    pub fn children(&self, index: u32) -> Children<'_> {
        Children { tree: self, next: index + 1, end: index + self.node(index).size }
    }

    /// Index behind the last node of the subtree.
    pub fn end(&self, index: u32) -> u32 {
        index + self.node(index).size
    }

    /// The parent of each node; the root's is itself.
    pub fn parents(&self) -> Vec<u32> {
        let mut parents = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.size > 1) {
            let end = index + node.size as usize;
            let mut child = index + 1;
            while child < end {
                parents[child] = index as u32;
                child += self.nodes[child].size as usize;
            }
        }
        parents
    }

    /// Are two subtrees the same, nodes and texts?
    pub fn same(&self, index: u32, other: &Self, other_index: u32) -> bool {
        let (left, right) = (self.subtree(index), other.subtree(other_index));
        left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| {
                left.kind == right.kind
                    && left.size == right.size
                    && self.labels.hash(left.label) == other.labels.hash(right.label)
                    && self.labels.get(left.label) == other.labels.get(right.label)
            })
    }

    /// The nodes of a subtree.
    pub fn subtree(&self, index: u32) -> &[Node] {
        &self.nodes[index as usize..self.end(index) as usize]
    }
}

/// Iterates over the children of a node.
#[derive(Clone, Debug)]
pub struct Children<'tree> {
    tree: &'tree Tree,
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let index = self.next;
        (index < self.end).then(|| {
            self.next = self.tree.end(index);
            index
        })
    }
}

/// Makes a tree node by node, in preorder.
#[derive(Debug)]
pub struct TreeBuilder {
    nodes: Vec<Node>,
    open: Vec<u32>,
    interner: Interner,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeBuilder {
    /// With nothing in it.
    pub fn new() -> Self {
        Self { nodes: Vec::new(), open: Vec::new(), interner: Interner::new() }
    }

    /// Makes room for so many nodes.
    #[cfg(feature = "parse")]
    pub(crate) fn reserve(&mut self, count: usize) {
        self.nodes.reserve(count);
    }

    /// Begins a node; what follows until [`TreeBuilder::close`] is below it.
    pub fn open(&mut self, kind: Kind) {
        self.open.push(self.nodes.len() as u32);
        self.nodes.push(Node { kind, label: Label::NONE, size: 1 });
    }

    /// Gives the innermost open node its label.
    pub fn set_label(&mut self, text: &[u8]) {
        let label = self.interner.intern(text);
        if let Some(open) = self.open.last() {
            self.nodes[*open as usize].label = label;
        }
    }

    /// Ends the innermost open node.
    pub fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.nodes[open as usize].size = self.nodes.len() as u32 - open;
        }
    }

    /// A node without children.
    pub fn leaf(&mut self, kind: Kind, text: &[u8]) {
        let label = self.interner.intern(text);
        self.nodes.push(Node { kind, label, size: 1 });
    }

    /// A copy of a subtree of another tree. `numbers` remembers the labels between calls for the same tree.
    pub fn graft(&mut self, tree: &Tree, index: u32, numbers: &mut LabelNumbers) {
        for node in tree.subtree(index) {
            let label = self.number(tree, node.label, numbers);
            self.nodes.push(Node { label, ..*node });
        }
    }

    fn number(&mut self, tree: &Tree, label: Label, numbers: &mut LabelNumbers) -> Label {
        if label == Label::NONE {
            return label;
        }
        if numbers.0.len() < tree.labels.count() {
            numbers.0.resize(tree.labels.count(), Label::NONE);
        }
        let known = &mut numbers.0[label.0 as usize];
        if *known == Label::NONE {
            *known = self.interner.intern_of(&tree.labels, label);
        }
        *known
    }

    /// Copies of whole subtrees of another tree that follow each other, as [`TreeBuilder::graft`] does.
    pub fn graft_all(&mut self, tree: &Tree, nodes: std::ops::Range<u32>, numbers: &mut LabelNumbers) {
        for node in &tree.nodes[nodes.start as usize..nodes.end as usize] {
            let label = self.number(tree, node.label, numbers);
            self.nodes.push(Node { label, ..*node });
        }
    }

    /// Has the innermost open node exactly one child so far?
    #[cfg(feature = "parse")]
    pub(crate) fn has_one_child(&self) -> bool {
        self.open.last().is_some_and(|open| {
            let below = &self.nodes[*open as usize + 1..];
            below.first().is_some_and(|child| child.size as usize == below.len())
        })
    }

    /// How many nodes there are so far.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// The tree; `None` when it is not exactly one node with what is below it.
    pub fn finish(mut self) -> Option<Tree> {
        let root = self.nodes.first()?;
        if !self.open.is_empty() || root.size as usize != self.nodes.len() {
            return None;
        }
        let (labels, numbers) = self.interner.renumber(self.nodes.iter().map(|node| node.label));
        for node in &mut self.nodes {
            node.label = numbers[node.label.0 as usize];
        }
        Some(Tree { nodes: self.nodes, labels })
    }
}

/// What [`TreeBuilder::graft`] knows of the labels of one tree.
#[derive(Clone, Debug, Default)]
pub struct LabelNumbers(Vec<Label>);

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        let mut builder = TreeBuilder::new();
        builder.open(Kind::SOURCE_FILE);
        builder.open(Kind::BINARY_EXPRESSION);
        builder.leaf(Kind::IDENTIFIER, b"b");
        builder.leaf(Kind::IDENTIFIER, b"a");
        builder.set_label(b"+");
        builder.close();
        builder.leaf(Kind::IDENTIFIER, b"b");
        builder.close();
        builder.finish().unwrap()
    }

    #[test]
    fn children_skip_what_is_below_them() {
        let tree = sample();
        assert_eq!(tree.children(0).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(tree.children(1).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(tree.parents(), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn labels_are_numbered_in_the_order_of_preorder() {
        let texts: Vec<_> = sample().labels().iter().map(<[u8]>::to_vec).collect();
        assert_eq!(texts, [b"".to_vec(), b"+".to_vec(), b"b".to_vec(), b"a".to_vec()]);
    }

    #[test]
    fn a_graft_of_everything_is_equal() {
        let tree = sample();
        let mut builder = TreeBuilder::new();
        builder.graft(&tree, 0, &mut LabelNumbers::default());
        assert_eq!(builder.finish(), Some(tree));
    }

    #[test]
    fn a_forest_is_no_tree() {
        let mut builder = TreeBuilder::new();
        builder.leaf(Kind::IDENTIFIER, b"a");
        builder.leaf(Kind::IDENTIFIER, b"b");
        assert_eq!(builder.finish(), None);
        let mut builder = TreeBuilder::new();
        builder.open(Kind::BLOCK);
        assert_eq!(builder.finish(), None);
    }
}
