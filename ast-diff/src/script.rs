//! The edit script: what turns one tree into another, said in terms of the old one.

use crate::kind::Kind;
use crate::labels::Label;

/// A text of the new tree: one that the old tree has, or another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
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
