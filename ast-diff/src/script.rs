//! The edit script: what turns one tree into another, said in terms of the old one.

use crate::kind::Kind;
use crate::labels::Label;
use crate::tree::Tree;

/// A text of the new tree: one that the old tree has, or another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Text {
    /// By its number in the old tree.
    Old(Label),
    /// As it is; never empty, and never one that the old tree has.
    New(Box<[u8]>),
}

/// One operation. Nodes are named by their index in the old tree, whatever other operations do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// The node becomes another kind of node, or bears another label. Its children stay.
    Update {
        /// Which node.
        at: u32,
        /// What it is then.
        kind: Kind,
        /// Its label then.
        label: Text,
    },
    /// The node goes, with all that is below it and not moved elsewhere.
    Delete {
        /// Which node.
        at: u32,
    },
    /// Nodes come, below a node that stays.
    Insert {
        /// The node below which they come.
        parent: u32,
        /// How many of the parent's old children are before them, those that go included.
        position: u32,
        /// Them, in preorder: one or several subtrees.
        content: Vec<Item>,
    },
    /// All nodes that stay or are moved, have this label and no `Update` of their own bear another.
    Rename {
        /// Which label.
        from: Label,
        /// What it is then.
        to: Text,
    },
}

/// A part of what is inserted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A node that the old tree does not have; its children are the items that follow.
    New {
        /// What it is.
        kind: Kind,
        /// Its label.
        label: Text,
        /// How many children it has, each an item with what is below it.
        children: u32,
    },
    /// A subtree that leaves its old place. What else is said about nodes in it holds.
    Moved {
        /// Its root.
        at: u32,
    },
    /// A subtree as it was in the old tree, which may stay there too.
    Copied {
        /// Its root.
        at: u32,
    },
}

/// All operations, at most one `Update`, `Delete` or `Moved` for a node and one `Insert` for a place, in the order of the
/// old tree: renames by label, then the others by the node they are about, an `Insert` by its parent and position.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    /// The operations.
    pub edits: Vec<Edit>,
}

impl Edit {
    /// Where it stands in a script: renames by label; then by node, an update before an insert below it, and that by
    /// place.
    pub(crate) fn order(&self) -> u128 {
        let (what, node, how, position) = match self {
            Self::Rename { from, .. } => (0, from.0, 0, 0),
            Self::Update { at, .. } => (1, *at, 0, 0),
            Self::Delete { at } => (1, *at, 1, 0),
            Self::Insert { parent, position, .. } => (1, *parent, 2, *position),
        };
        (u128::from(node) | what << 32) << 34 | how << 32 | u128::from(position)
    }
}

/// How much a script says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Operations: each update, rename, deleted subtree, inserted subtree and move.
    pub operations: u32,
    /// Moves: subtrees that stood side by side and do so again are one.
    pub moves: u32,
    /// Texts that are written out: those of new nodes and of updates.
    pub inserted_leaves: u32,
}

impl Script {
    /// Counts what it says. `old` is the tree that it is about.
    pub fn counts(&self, old: &Tree) -> Counts {
        let mut counts = Counts::default();
        for edit in &self.edits {
            match edit {
                Edit::Update { .. } | Edit::Rename { .. } => {
                    counts.operations += 1;
                    counts.inserted_leaves += 1;
                }
                Edit::Delete { .. } => counts.operations += 1,
                Edit::Insert { content, .. } => counts.add_content(content, old),
            }
        }
        counts
    }
}

impl Counts {
    fn add_content(&mut self, content: &[Item], old: &Tree) {
        // How many children are still to come, by open node.
        let mut open: Vec<u32> = Vec::new();
        let mut side_by_side = None;
        for item in content {
            let is_root = open.is_empty();
            if let Some(missing) = open.last_mut() {
                *missing -= 1;
            }
            let next = match item {
                Item::New { label, children, .. } => {
                    let is_leaf = *children == 0;
                    self.operations += u32::from(is_root);
                    self.inserted_leaves += u32::from(is_leaf || *label != Text::Old(Label::NONE));
                    open.push(*children);
                    None
                }
                Item::Moved { at } => {
                    let goes_on = side_by_side == Some(*at);
                    self.moves += u32::from(!goes_on);
                    self.operations += u32::from(!goes_on);
                    Some(old.end(*at))
                }
                Item::Copied { .. } => {
                    self.operations += u32::from(is_root);
                    None
                }
            };
            side_by_side = next;
            while open.last() == Some(&0) {
                open.pop();
                side_by_side = None;
            }
        }
    }
}
