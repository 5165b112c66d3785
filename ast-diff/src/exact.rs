//! A text as its tree and what is not in that.

use std::sync::Arc;

use crate::hash::Digest;
use crate::tree::Tree;
use crate::trivia::{Trivia, print_within};

/// A text, byte for byte, as a tree and its trivia. A tree is shared with those who have it already.
#[derive(Clone, Debug)]
pub struct ExactText {
    tree: Arc<Tree>,
    tree_root: Digest,
    trivia: Trivia,
    root: Digest,
}

impl ExactText {
    /// The text with that tree, whose structure root is known, and those trivia.
    pub fn new(tree: Arc<Tree>, tree_root: Digest, trivia: Trivia) -> Self {
        let root = trivia.root(tree_root);
        Self { tree, tree_root, trivia, root }
    }

    /// What it says.
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// The structure root.
    pub fn tree_root(&self) -> Digest {
        self.tree_root
    }

    /// What it has besides.
    pub fn trivia(&self) -> &Trivia {
        &self.trivia
    }

    /// The trivia root: that of the whole text.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Its bytes; `None` when there are more than that.
    pub fn print(&self, longest: usize) -> Option<Vec<u8>> {
        print_within(&self.tree, &self.trivia, longest)
    }
}
