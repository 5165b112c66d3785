//! Syntax trees of Go files that pages follow: the newest one of each file, and the patches that lead to it.
//!
//! The messages about a file are numbered without gaps, and a tree is named by the number of the message that makes it: the
//! same for everybody, so that the bytes can be shared. A file that comes back goes on with higher numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ast_diff::{Hashes, Parser, Patch, Root, Snapshot, diff};

use super::text::Text;
use super::tree_message::TreeMessage;
use super::trivia::FileTrivia;
use crate::revision::Revision;

/// Patches of a file that are kept. Who lacks more of them has missed minutes of work, and is given the whole tree.
const KEPT_PATCHES: usize = 32;

/// Bytes of a file's patches that are kept: about what a snapshot of a long file has.
const KEPT_BYTES: usize = 64 * 1024;

/// What is followed of a program's own Go files, by absolute path.
pub type ProgramTrees = BTreeMap<PathBuf, FollowedFile>;

/// How much of files somebody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Following {
    /// What they say.
    Trees,
    /// And how it is written.
    Texts,
}

/// What is followed of a file.
#[derive(Debug, Clone)]
pub struct FollowedFile {
    /// The newest tree.
    pub tree: Arc<FileTree>,
    /// What makes the text of the tree; `None` while nobody follows texts.
    pub trivia: Option<Arc<FileTrivia>>,
}

impl FollowedFile {
    /// Is there nothing new?
    pub fn is_same(&self, other: &Self) -> bool {
        let same_trivia = match (&self.trivia, &other.trivia) {
            (None, None) => true,
            (Some(left), Some(right)) => Arc::ptr_eq(left, right),
            _ => false,
        };
        Arc::ptr_eq(&self.tree, &other.tree) && same_trivia
    }
}

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
    snapshot: OnceLock<Option<Arc<TreeMessage>>>,
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
            None => self.snapshot().into_iter().collect(),
        }
    }

    /// The whole tree; coded for the first who asks.
    fn snapshot(&self) -> Option<Arc<TreeMessage>> {
        let snapshot = self.snapshot.get_or_init(|| {
            let snapshot = Snapshot::of(&self.text.known()?.0.tree);
            let parts = |number, longest| snapshot.parts(number, longest);
            TreeMessage::cut(self.number, self.revision, parts).map(Arc::new)
        });
        snapshot.clone()
    }
}

/// The trees that somebody follows.
#[derive(Debug, Default)]
pub(super) struct Trees {
    parser: Parser,
    files: BTreeMap<PathBuf, Known>,
    /// What was written since the package graph was loaded last, while that cannot be loaded.
    unsettled: BTreeMap<PathBuf, Option<Arc<Text>>>,
    /// Highest number that a tree had, or trivia.
    highest: u64,
}

#[derive(Debug)]
struct Known {
    text: Arc<Text>,
    hashes: Hashes,
    tree: Arc<FileTree>,
    trivia: Option<Arc<FileTrivia>>,
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

    /// Nobody follows texts.
    pub(super) fn forget_trivia(&mut self) {
        self.files.values_mut().for_each(|known| known.trivia = None);
    }

    /// What is followed of a file whose text the package graph knows as `text`; `None`: it is gone.
    pub(super) fn of(
        &mut self,
        path: &Path,
        text: Option<&Arc<Text>>,
        revision: Revision,
        following: Following,
    ) -> Option<FollowedFile> {
        let text = self.unsettled.get(path).map_or(text, Option::as_ref).cloned();
        let Some(text) = text else {
            self.files.remove(path);
            return None;
        };
        let mut known = match self.files.remove(path) {
            Some(known) if known.text.hash == text.hash => known,
            Some(known) => self.next(known, text, revision),
            None => self.first(text, revision),
        };
        if following == Following::Texts {
            known.trivia = self.trivia(&known, revision);
        }
        let highest_trivia = known.trivia.as_ref().map_or(0, |trivia| trivia.number);
        self.highest = self.highest.max(known.tree.number).max(highest_trivia);
        let trivia = known.trivia.clone().filter(|_| following == Following::Texts);
        let followed = FollowedFile { tree: Arc::clone(&known.tree), trivia };
        self.files.insert(path.to_owned(), known);
        Some(followed)
    }

    /// What the text of a file has that its tree does not have.
    fn trivia(&self, known: &Known, revision: Revision) -> Option<Arc<FileTrivia>> {
        let before = known.trivia.as_ref();
        if let Some(before) = before.filter(|before| before.hash == known.text.hash) {
            return Some(Arc::clone(before));
        }
        let tree_root = known.hashes.root();
        let same_tree = before.filter(|before| before.text().tree_root() == tree_root);
        let tree = same_tree.map(|before| Arc::clone(before.text().tree()));
        let text = known.text.exact(tree, tree_root)?;
        let hash = known.text.hash;
        Some(Arc::new(match before {
            Some(before) => before.next(revision, hash, text),
            None => FileTrivia::first(self.highest + 1, revision, hash, text),
        }))
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
        Known { text, hashes, tree: Arc::new(tree), trivia: None }
    }

    fn next(&mut self, known: Known, text: Arc<Text>, revision: Revision) -> Known {
        let (before, _) = known.text.read(&mut self.parser, None);
        let (now, _) = text.read(&mut self.parser, Some(&known.text));
        let hashes = Hashes::again(&before.tree, &known.hashes, &now.tree);
        let root = Root::from(hashes.root()).0;
        if root == known.tree.root {
            return Known { text, hashes, tree: known.tree, trivia: known.trivia };
        }
        let number = known.tree.number + 1;
        let script = diff(&before.tree, &now.tree);
        let patch = Patch::new(&before.tree, known.hashes.root(), hashes.root(), &script).ok();
        let patches = patch
            .and_then(|patch| {
                let parts = |number, longest| patch.parts(number, longest);
                let patch = Arc::new(TreeMessage::cut(number, revision, parts)?);
                Some(bounded(known.tree.patches.iter().cloned().chain([patch]).collect()))
            })
            .unwrap_or_default();
        let tree =
            FileTree { number, revision, root, patches, text: Arc::clone(&text), snapshot: OnceLock::new() };
        Known { text, hashes, tree: Arc::new(tree), trivia: known.trivia }
    }
}

/// The last ones that are within the limits.
fn bounded(mut patches: Vec<Arc<TreeMessage>>) -> Vec<Arc<TreeMessage>> {
    let mut bytes = 0;
    let fits = |patch: &&Arc<TreeMessage>| {
        bytes += patch.size();
        bytes <= KEPT_BYTES
    };
    let kept = patches.iter().rev().take(KEPT_PATCHES).take_while(fits).count();
    patches.split_off(patches.len() - kept)
}

#[cfg(test)]
#[path = "trees_tests.rs"]
pub(crate) mod tests;
