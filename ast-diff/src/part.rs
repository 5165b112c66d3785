//! Patches, snapshots and trivia in parts, as they travel.

use crate::hash::Digest;
use crate::patch::{Patch, Root, format};
use crate::snapshot::Snapshot;
use crate::trivia_message::{TriviaMessage, trivia_format};

/// How urgent a part is, as the `u` of RFC 9218: a lower one goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Priority {
    /// Which tree it will be.
    Root = 1,
    /// What is in the tree.
    Tree = 2,
    /// Comments and blanks, which are not in the tree.
    Trivia = 3,
}

/// What a message is, said in its first part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// A whole tree with that root.
    Snapshot(Root),
    /// A patch from a tree whose root begins like that to one with that root.
    Patch([u8; 8], Root),
    /// Trivia.
    Trivia {
        /// Root of the tree that they belong to.
        tree: Root,
        /// Their own root.
        root: Root,
        /// First bytes of the root of those that they were made from, unless they are whole.
        base: Option<[u8; 8]>,
    },
}

/// A piece of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Which message: each of a tree's messages has the number after the one before. Those about trivia, which are all
    /// that have the priority of trivia, have higher numbers than the ones before.
    pub message: u64,
    /// Which piece of it, from 0.
    pub number: u32,
    /// Is it the last one?
    pub is_last: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// What the message is; only in its first piece.
    pub head: Option<Head>,
    /// A piece of the coded bytes.
    pub bytes: Vec<u8>,
}

/// Cuts coded bytes into parts of at most `longest` bytes.
fn cut(message: u64, head: Head, bytes: &[u8], longest: usize) -> Vec<Part> {
    let priority = |number| match (head, number) {
        (Head::Trivia { .. }, _) => Priority::Trivia,
        (_, 0) => Priority::Root,
        _ => Priority::Tree,
    };
    let pieces: Vec<&[u8]> =
        if bytes.is_empty() { vec![&[]] } else { bytes.chunks(longest.max(1)).collect() };
    let last = pieces.len() - 1;
    pieces
        .into_iter()
        .enumerate()
        .map(|(number, piece)| Part {
            message,
            number: number as u32,
            is_last: number == last,
            priority: priority(number),
            head: (number == 0).then_some(head),
            bytes: piece.to_vec(),
        })
        .collect()
}

impl Patch {
    /// The parts of the message with that number.
    pub fn parts(&self, message: u64, longest: usize) -> Vec<Part> {
        cut(message, Head::Patch(self.base, self.target), &self.operations, longest)
    }
}

impl Snapshot {
    /// The parts of the message with that number.
    pub fn parts(&self, message: u64, longest: usize) -> Vec<Part> {
        cut(message, Head::Snapshot(self.root), &self.nodes, longest)
    }
}

impl TriviaMessage {
    /// The parts of the message with that number.
    pub fn parts(&self, message: u64, longest: usize) -> Vec<Part> {
        let Self { tree, root, base, .. } = *self;
        cut(message, Head::Trivia { tree, root, base }, &self.coded, longest)
    }
}

const IS_LAST: u8 = 1;
const IS_SNAPSHOT: u8 = 2;
const IS_PATCH: u8 = 4;
const IS_TRIVIA: u8 = 8;
const PRIORITY_SHIFT: u8 = 4;

impl Part {
    /// As bytes: flags, numbers in eight and four bytes with the lowest first, the head, the piece.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes =
            vec![(self.priority as u8) << PRIORITY_SHIFT | if self.is_last { IS_LAST } else { 0 }];
        bytes.extend_from_slice(&self.message.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        if let Some(head) = self.head {
            let format =
                if matches!(head, Head::Trivia { .. }) { short_trivia_format() } else { short_format() };
            bytes.extend_from_slice(&format);
            match head {
                Head::Snapshot(root) => {
                    bytes[0] |= IS_SNAPSHOT;
                    bytes.extend_from_slice(&root.0);
                }
                Head::Patch(base, target) => {
                    bytes[0] |= IS_PATCH;
                    bytes.extend_from_slice(&target.0);
                    bytes.extend_from_slice(&base);
                }
                Head::Trivia { tree, root, base } => {
                    bytes[0] |= IS_TRIVIA | if base.is_some() { IS_PATCH } else { IS_SNAPSHOT };
                    bytes.extend_from_slice(&root.0);
                    bytes.extend_from_slice(base.as_ref().map_or(&[], |base| &base[..]));
                    bytes.extend_from_slice(&tree.0);
                }
            }
        }
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    /// From what [`Part::to_bytes`] wrote; `None` when it did not, or was of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (flags, mut rest) = bytes.split_first()?;
        let message = u64::from_le_bytes(take(&mut rest)?);
        let number = u32::from_le_bytes(take(&mut rest)?);
        let priority = match flags >> PRIORITY_SHIFT {
            1 => Priority::Root,
            2 => Priority::Tree,
            3 => Priority::Trivia,
            _ => return None,
        };
        let is_trivia = flags & IS_TRIVIA != 0;
        let head = match flags & (IS_SNAPSHOT | IS_PATCH) {
            0 => None,
            flag => {
                let version: [u8; FORMAT] = take(&mut rest)?;
                if version != (if is_trivia { short_trivia_format() } else { short_format() }) {
                    return None;
                }
                let root = Root(take(&mut rest)?);
                let base = match flag {
                    IS_SNAPSHOT => None,
                    IS_PATCH => Some(take(&mut rest)?),
                    _ => return None,
                };
                Some(match base {
                    _ if is_trivia => Head::Trivia { tree: Root(take(&mut rest)?), root, base },
                    None => Head::Snapshot(root),
                    Some(base) => Head::Patch(base, root),
                })
            }
        };
        if head.is_some() != (number == 0) || is_trivia != (number == 0 && priority == Priority::Trivia) {
            return None;
        }
        Some(Self { message, number, is_last: flags & IS_LAST != 0, priority, head, bytes: rest.to_vec() })
    }
}

/// Bytes of the format's digest that a message carries.
const FORMAT: usize = 8;

fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (first, after) = rest.split_first_chunk::<LENGTH>()?;
    *rest = after;
    Some(*first)
}

/// The digest of the format, as a message about a tree carries it.
pub fn short_format() -> [u8; FORMAT] {
    short(format())
}

/// And as one about trivia does.
pub fn short_trivia_format() -> [u8; FORMAT] {
    short(trivia_format())
}

fn short(Digest(digest): Digest) -> [u8; FORMAT] {
    let mut short = [0; FORMAT];
    short.copy_from_slice(&digest[..FORMAT]);
    short
}
