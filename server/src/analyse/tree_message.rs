//! What is sent about the syntax tree of a file: messages in pieces.

use ast_diff::{Head, Part, Priority, short_format, short_trivia_format};

use crate::revision::Revision;

/// Bytes of a piece: what goes over a slow line in a blink, so that something more urgent need not wait for long.
const LONGEST_PIECE: usize = 16 * 1024;

/// A message about a tree, in pieces.
#[derive(Debug, PartialEq, Eq)]
pub struct TreeMessage {
    /// Of the tree that it makes, or of the trivia.
    pub number: u64,
    /// The first text that has this tree, or these trivia.
    pub revision: Revision,
    /// What it makes, and of what.
    pub kind: MessageKind,
    /// First half of the root of what it makes.
    pub root: [u8; 16],
    /// How the digest of the coding begins.
    pub format: [u8; 8],
    /// Never empty.
    pub pieces: Vec<TreePiece>,
}

/// What a message makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A tree, of nothing.
    Snapshot,
    /// A tree, of one whose root begins like that.
    Patch([u8; 8]),
    /// Trivia.
    Trivia {
        /// First half of the structure root of the tree that they belong to.
        tree: [u8; 16],
        /// How the root of the trivia begins that they are made of, unless they are whole.
        base: Option<[u8; 8]>,
    },
}

/// Coded bytes of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct TreePiece {
    /// When it is to be sent.
    pub priority: TreePriority,
    /// A part of what is coded.
    pub bytes: Vec<u8>,
}

/// The order in which pieces are sent, as the `u` of RFC 9218 orders answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TreePriority {
    /// Which tree it will be.
    Root = 1,
    /// What is in the tree.
    Tree = 2,
    /// Comments and blanks.
    Trivia = 3,
}

impl TreeMessage {
    /// The message whose parts `cut` makes, told its number and how long they may be. `None` when it makes none that say
    /// what they are.
    pub(super) fn cut(
        number: u64,
        revision: Revision,
        cut: impl FnOnce(u64, usize) -> Vec<Part>,
    ) -> Option<Self> {
        let parts = cut(number, LONGEST_PIECE);
        let (kind, root) = match parts.first()?.head? {
            Head::Snapshot(root) => (MessageKind::Snapshot, root),
            Head::Patch(base, root) => (MessageKind::Patch(base), root),
            Head::Trivia { tree, root, base } => (MessageKind::Trivia { tree: tree.0, base }, root),
        };
        let format = match kind {
            MessageKind::Trivia { .. } => short_trivia_format(),
            MessageKind::Snapshot | MessageKind::Patch(_) => short_format(),
        };
        let pieces = parts.into_iter().map(TreePiece::from).collect();
        Some(Self { number, revision, kind, root: root.0, format, pieces })
    }

    /// How many coded bytes there are.
    pub fn size(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes.len()).sum()
    }
}

impl From<Part> for TreePiece {
    fn from(part: Part) -> Self {
        let priority = match part.priority {
            Priority::Root => TreePriority::Root,
            Priority::Tree => TreePriority::Tree,
            Priority::Trivia => TreePriority::Trivia,
        };
        Self { priority, bytes: part.bytes }
    }
}
