//! Syntax trees of Go files that pages follow: the newest one of each file, and the patches that lead to it.
//!
//! The messages about a file are numbered without gaps, and a tree is named by the number of the message that makes it: the
//! same for everybody, so that the bytes can be shared. A file that comes back goes on with higher numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ast_diff::{Hashes, Parser, Part, Patch, Priority, Root, Snapshot, diff, short_format};

use super::text::Text;
use crate::revision::Revision;

/// Patches of a file that are kept. Who lacks more of them has missed minutes of work, and is given the whole tree.
const KEPT_PATCHES: usize = 32;

/// Bytes of a file's patches that are kept: about what a snapshot of a long file has.
const KEPT_BYTES: usize = 64 * 1024;

/// Bytes of a piece: what goes over a slow line in a blink, so that something more urgent need not wait for long.
const LONGEST_PIECE: usize = 16 * 1024;

/// The newest trees of a program's own Go files, by absolute path.
pub type ProgramTrees = BTreeMap<PathBuf, Arc<FileTree>>;

/// The newest tree of a file.
#[derive(Debug)]
pub struct FileTree {
    /// Of the message that makes it.
    pub number: u64,
    /// The first text that has it.
    pub revision: Revision,
    /// First half of its structure root.
    pub root: [u8; 16],
    /// The last of them makes this tree, each of the others that which the next one is for.
    patches: Vec<Arc<TreeMessage>>,
    text: Arc<Text>,
    snapshot: OnceLock<Arc<TreeMessage>>,
}

/// A message about a tree, in pieces.
#[derive(Debug, PartialEq, Eq)]
pub struct TreeMessage {
    /// Of the tree that it makes.
    pub number: u64,
    /// The first text that has this tree.
    pub revision: Revision,
    /// For a patch: how the root of the tree begins that it is for. A snapshot is for any.
    pub base: Option<[u8; 8]>,
    /// First half of the structure root of the tree that it makes.
    pub root: [u8; 16],
    /// How the digest of the coding begins.
    pub format: [u8; 8],
    /// Never empty.
    pub pieces: Vec<TreePiece>,
}

/// Coded bytes of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct TreePiece {
    /// When it is to be sent.
    pub priority: TreePriority,
    /// A part of the coded tree or patch.
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

impl FileTree {
    /// What leads from the tree with the number `told` to this one: nothing, patches, or a whole tree.
    pub fn since(&self, told: Option<u64>) -> Vec<Arc<TreeMessage>> {
        if told == Some(self.number) {
            return Vec::new();
        }
        let first = told
            .and_then(|told| self.patches.iter().position(|patch| Some(patch.number) == told.checked_add(1)));
        match first {
            Some(first) => self.patches[first..].to_vec(),
            None => vec![self.snapshot()],
        }
    }

    /// The whole tree; coded for the first who asks.
    fn snapshot(&self) -> Arc<TreeMessage> {
        let snapshot = self.snapshot.get_or_init(|| {
            let nodes = self.text.known().map(|(parsed, _)| Snapshot::of(&parsed.tree));
            let parts = nodes.map(|snapshot| snapshot.parts(self.number, LONGEST_PIECE)).unwrap_or_default();
            Arc::new(message(self.number, self.revision, None, self.root, parts))
        });
        Arc::clone(snapshot)
    }
}

fn message(
    number: u64,
    revision: Revision,
    base: Option<[u8; 8]>,
    root: [u8; 16],
    parts: Vec<Part>,
) -> TreeMessage {
    let piece = |part: Part| {
        let priority = match part.priority {
            Priority::Root => TreePriority::Root,
            Priority::Tree => TreePriority::Tree,
            Priority::Trivia => TreePriority::Trivia,
        };
        TreePiece { priority, bytes: part.bytes }
    };
    let pieces = parts.into_iter().map(piece).collect();
    TreeMessage { number, revision, base, root, format: short_format(), pieces }
}

/// The trees that somebody follows.
#[derive(Debug, Default)]
pub(super) struct Trees {
    parser: Parser,
    files: BTreeMap<PathBuf, Known>,
    /// What was written since the package graph was loaded last, while that cannot be loaded.
    unsettled: BTreeMap<PathBuf, Option<Arc<Text>>>,
    /// Highest number that a tree had.
    highest: u64,
}

#[derive(Debug)]
struct Known {
    text: Arc<Text>,
    hashes: Hashes,
    tree: Arc<FileTree>,
}

impl Trees {
    /// Takes in what a file contains although the package graph does not know yet what it is in there; `None`: it is gone.
    pub(super) fn look(&mut self, path: &Path, text: Option<Text>) {
        self.unsettled.insert(path.to_owned(), text.map(Arc::new));
    }

    /// The package graph knows all files again.
    pub(super) fn settle(&mut self) {
        self.unsettled.clear();
    }

    /// Forgets the trees of other files.
    pub(super) fn retain(&mut self, paths: &BTreeSet<&PathBuf>) {
        self.files.retain(|path, _| paths.contains(path));
    }

    /// The tree of a file whose text the package graph knows as `text`; `None`: it is gone.
    pub(super) fn of(
        &mut self,
        path: &Path,
        text: Option<&Arc<Text>>,
        revision: Revision,
    ) -> Option<Arc<FileTree>> {
        let text = self.unsettled.get(path).map_or(text, Option::as_ref).cloned();
        let Some(text) = text else {
            self.files.remove(path);
            return None;
        };
        let known = match self.files.remove(path) {
            Some(known) if known.text.hash == text.hash => known,
            Some(known) => self.next(known, text, revision),
            None => self.first(text, revision),
        };
        self.highest = self.highest.max(known.tree.number);
        let tree = Arc::clone(&known.tree);
        self.files.insert(path.to_owned(), known);
        Some(tree)
    }

    fn first(&mut self, text: Arc<Text>, revision: Revision) -> Known {
        let (parsed, _) = text.read(&mut self.parser, None);
        let hashes = Hashes::of(&parsed.tree);
        let tree = FileTree {
            number: self.highest + 1,
            revision,
            root: Root::from(hashes.root()).0,
            patches: Vec::new(),
            text: Arc::clone(&text),
            snapshot: OnceLock::new(),
        };
        // Somebody waits for it, and this is not the thread that serves sockets.
        tree.snapshot();
        Known { text, hashes, tree: Arc::new(tree) }
    }

    fn next(&mut self, known: Known, text: Arc<Text>, revision: Revision) -> Known {
        let (before, _) = known.text.read(&mut self.parser, None);
        let (now, _) = text.read(&mut self.parser, Some(&known.text));
        let hashes = Hashes::again(&before.tree, &known.hashes, &now.tree);
        let root = Root::from(hashes.root()).0;
        if root == known.tree.root {
            return Known { text, hashes, tree: known.tree };
        }
        let number = known.tree.number + 1;
        let script = diff(&before.tree, &now.tree);
        let patch = Patch::new(&before.tree, known.hashes.root(), hashes.root(), &script).ok();
        let patches = patch
            .map(|patch| {
                let parts = patch.parts(number, LONGEST_PIECE);
                let patch = message(number, revision, Some(patch.base), root, parts);
                bounded(known.tree.patches.iter().cloned().chain([Arc::new(patch)]).collect())
            })
            .unwrap_or_default();
        let tree =
            FileTree { number, revision, root, patches, text: Arc::clone(&text), snapshot: OnceLock::new() };
        Known { text, hashes, tree: Arc::new(tree) }
    }
}

/// The last ones that are within the limits.
fn bounded(mut patches: Vec<Arc<TreeMessage>>) -> Vec<Arc<TreeMessage>> {
    let mut bytes = 0;
    let fits = |patch: &&Arc<TreeMessage>| {
        bytes += patch.pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>();
        bytes <= KEPT_BYTES
    };
    let kept = patches.iter().rev().take(KEPT_PATCHES).take_while(fits).count();
    patches.split_off(patches.len() - kept)
}

#[cfg(test)]
#[path = "trees_tests.rs"]
pub(crate) mod tests;
