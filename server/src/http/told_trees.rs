//! Which syntax trees one page has been sent, and from it what it has to be sent next.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dev_server_proto::Encoded;

use super::wire::Urgency;
use crate::analyse::{ProgramTrees, TreePriority};
use crate::publish::{Board, Frames, ProgramBoard, TreeFrame};

/// The server's knowledge of the trees of one page that follows them.
#[derive(Debug, Default)]
pub(super) struct ToldTrees {
    /// Files that the page was told of, and the number of the tree that it was sent.
    files: BTreeMap<PathBuf, Option<u64>>,
    /// The page was told which files there are.
    began: bool,
    is_behind: bool,
}

impl ToldTrees {
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
        out: &mut Vec<(Encoded, Urgency)>,
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
            out.push((frames.tree_files(board, program, trees), Urgency::First));
        }
        let mut pieces: Vec<TreeFrame> = Vec::new();
        let mut size = 0;
        for (path, tree) in trees.iter() {
            let Some(told) = self.files.get_mut(path) else { continue };
            if *told == Some(tree.number) {
                continue;
            }
            if size >= most {
                self.is_behind = true;
                break;
            }
            for message in tree.since(*told) {
                let message = frames.tree_message(board, program, path, &message);
                size += message.iter().map(|piece| piece.frame.web_socket().len()).sum::<usize>();
                pieces.extend(message.iter().cloned());
            }
            *told = Some(tree.number);
        }
        pieces.sort_by_key(|piece| piece.priority);
        out.extend(pieces.into_iter().map(|piece| (piece.frame, urgency(piece.priority))));
    }

    /// True when there may be something to send.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The page's tree of `file` cannot be patched.
    pub(super) fn wants_snapshot(&mut self, file: &str, frames: &Frames) {
        if let Some((_, told)) = self.files.iter_mut().find(|(path, _)| frames.shown(path) == file) {
            *told = None;
            self.is_behind = true;
        }
    }

    fn has_files_of(&self, trees: &ProgramTrees) -> bool {
        self.files.len() == trees.len() && self.files.keys().eq(trees.keys())
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
