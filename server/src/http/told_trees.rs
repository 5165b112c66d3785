//! Which syntax trees one page has been sent, and from it what it has to be sent next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dev_server_proto::Run;

use super::wire::Urgency;
use crate::analyse::{Following, ProgramTrees, TreeMessage, TreePriority};
use crate::publish::{Board, Frames, ProgramBoard, TreeFrame};

/// The server's knowledge of the trees of one page that follows them.
#[derive(Debug)]
pub(super) struct ToldTrees {
    following: Following,
    /// Files that the page was told of.
    files: BTreeMap<PathBuf, Told>,
    /// The page was told which files there are.
    began: bool,
    is_behind: bool,
}

/// The numbers of what the page was sent of a file.
#[derive(Debug, Default)]
struct Told {
    tree: Option<u64>,
    trivia: Option<u64>,
}

/// What is put together for a page at one time.
struct Batch<'a> {
    board: &'a Board,
    program: &'a ProgramBoard,
    frames: &'a Frames,
    pieces: Vec<TreeFrame>,
    size: usize,
    most: usize,
}

impl ToldTrees {
    pub(super) fn new(following: Following) -> Self {
        Self { following, files: BTreeMap::new(), began: false, is_behind: true }
    }

    pub(super) fn following(&self) -> Following {
        self.following
    }

    /// The page wants more, or less, from now on.
    pub(super) fn follow(&mut self, following: Following) {
        self.following = following;
        self.is_behind = true;
    }

    /// The trees may be other ones now.
    pub(super) fn board_changed(&mut self) {
        self.is_behind = true;
    }

    /// Frames that bring the page nearer to what is true now, about `most` bytes, the most urgent ones first.
    pub(super) fn catch_up(
        &mut self,
        board: &Board,
        program: &ProgramBoard,
        frames: &Frames,
        most: usize,
        out: &mut Vec<(Run, Urgency)>,
    ) {
        self.is_behind = false;
        // Not read yet: the pipeline has just been told that they are wanted.
        let Some(trees) = &program.trees else { return };
        if !self.began || !self.has_files_of(trees) {
            self.began = true;
            self.files.retain(|path, _| trees.contains_key(path));
            for path in trees.keys() {
                self.files.entry(path.clone()).or_default();
            }
            out.push((frames.tree_files(board, program, trees).into(), Urgency::First));
        }
        let mut batch = Batch { board, program, frames, pieces: Vec::new(), size: 0, most };
        self.is_behind = !self.trees(trees, &mut batch)
            || (self.following == Following::Texts && !self.trivia(trees, &mut batch));
        let mut pieces = batch.pieces;
        pieces.sort_by_key(|piece| piece.priority);
        out.extend(pieces.into_iter().map(|piece| (piece.frame.into(), urgency(piece.priority))));
    }

    /// Returns whether the page has all trees then.
    fn trees(&mut self, trees: &ProgramTrees, batch: &mut Batch<'_>) -> bool {
        for (path, file) in trees {
            let Some(told) = self.files.get_mut(path).filter(|told| told.tree != Some(file.tree.number))
            else {
                continue;
            };
            if batch.is_full() {
                return false;
            }
            for message in file.tree.since(told.tree) {
                batch.add(path, &message);
            }
            told.tree = Some(file.tree.number);
        }
        true
    }

    /// Once the page has all trees, what makes texts of them. Returns whether it has all of that then.
    fn trivia(&mut self, trees: &ProgramTrees, batch: &mut Batch<'_>) -> bool {
        for (path, file) in trees {
            let (Some(told), Some(trivia)) = (self.files.get_mut(path), &file.trivia) else { continue };
            if told.trivia == Some(trivia.number) {
                continue;
            }
            if batch.is_full() {
                return false;
            }
            if let Some(message) = trivia.since(told.trivia) {
                batch.add(path, &message);
            }
            told.trivia = Some(trivia.number);
        }
        true
    }

    /// True when there may be something to send.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The page's tree of `file` cannot be patched, or only what makes a text of it.
    pub(super) fn wants_snapshot(&mut self, file: &str, only_trivia: bool, frames: &Frames) {
        if let Some((_, told)) = self.files.iter_mut().find(|(path, _)| frames.shown(path) == file) {
            *told = Told { tree: told.tree.filter(|_| only_trivia), trivia: None };
            self.is_behind = true;
        }
    }

    fn has_files_of(&self, trees: &ProgramTrees) -> bool {
        self.files.len() == trees.len() && self.files.keys().eq(trees.keys())
    }
}

impl Batch<'_> {
    fn is_full(&self) -> bool {
        self.size >= self.most
    }

    fn add(&mut self, path: &Path, message: &TreeMessage) {
        let message = self.frames.tree_message(self.board, self.program, path, message);
        self.size += message.iter().map(|piece| piece.frame.web_socket().len()).sum::<usize>();
        self.pieces.extend(message.iter().cloned());
    }
}

/// Pieces of a message may be overtaken by the first one of the next: a receiver puts them in their order.
const fn urgency(priority: TreePriority) -> Urgency {
    match priority {
        TreePriority::Root => Urgency::First,
        TreePriority::Tree => Urgency::Second,
        TreePriority::Trivia => Urgency::Third,
    }
}
