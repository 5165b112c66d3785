//! Frames about syntax trees: the list of files, and the pieces of messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;
use dev_server_proto::Encoded;
use dev_server_proto::v1::{self, server_frame, tree_piece};

use super::{Frames, frame};
use crate::analyse::{MessageKind, ProgramTrees, TreeMessage, TreePriority};
use crate::publish::{Board, ProgramBoard};

/// A piece of a message about a tree, encoded.
#[derive(Debug, Clone)]
pub struct TreeFrame {
    /// When it is to be sent.
    pub priority: TreePriority,
    /// The frame.
    pub frame: Encoded,
}

/// Program, file, number and kind of the message.
type Key = (String, PathBuf, u64, MessageKind);

/// Messages that were encoded.
pub(super) type Shared = DashMap<Key, Arc<[TreeFrame]>>;

/// Encoded messages that are kept: enough that pages of a large project which all come back at once share them.
const KEPT: usize = 1024;

impl Frames {
    /// Which files of a program have a tree.
    pub fn tree_files(&self, board: &Board, program: &ProgramBoard, trees: &ProgramTrees) -> Encoded {
        let files = trees.keys().map(|path| self.shown(path)).collect();
        let body = server_frame::Body::TreeFiles(v1::TreeFiles { files, receiver: self.receiver.clone() });
        Encoded::new(&frame(board, program, 0, program.revision.get(), body))
    }

    /// The pieces of a message about the tree of `file`.
    pub fn tree_message(
        &self,
        board: &Board,
        program: &ProgramBoard,
        file: &Path,
        message: &TreeMessage,
    ) -> Arc<[TreeFrame]> {
        let key = (program.name.clone(), file.to_owned(), message.number, message.kind);
        if let Some(frames) = self.trees.get(&key) {
            return Arc::clone(&frames);
        }
        let name = self.shown(file);
        let frames: Arc<[TreeFrame]> = (0..message.pieces.len())
            .map(|at| {
                let piece = v1::TreePiece { file: name.clone(), piece: Some(piece(message, at)) };
                let body = server_frame::Body::TreePiece(piece);
                let frame = Encoded::new(&frame(board, program, 0, message.revision.get(), body));
                TreeFrame { priority: message.pieces[at].priority, frame }
            })
            .collect();
        if self.trees.len() >= KEPT {
            self.trees.clear();
        }
        self.trees.insert(key, Arc::clone(&frames));
        frames
    }
}

fn piece(message: &TreeMessage, at: usize) -> tree_piece::Piece {
    let part = &message.pieces[at];
    // Only the first piece says what the message is.
    let head = |bytes: &[u8]| if at == 0 { Bytes::copy_from_slice(bytes) } else { Bytes::new() };
    let (content, last) = (Bytes::copy_from_slice(&part.bytes), at + 1 == message.pieces.len());
    let number = u32::try_from(at).unwrap_or(u32::MAX);
    let priority = match part.priority {
        TreePriority::Root => v1::TreePriority::Root,
        TreePriority::Tree => v1::TreePriority::Tree,
        TreePriority::Trivia => v1::TreePriority::Trivia,
    };
    match message.kind {
        MessageKind::Patch(base) => tree_piece::Piece::Patch(v1::DeltaPatch {
            base: head(&base),
            target: head(&message.root),
            grammar: head(&message.format),
            operations: content,
            message: message.number,
            piece: number,
            last,
            priority: priority.into(),
        }),
        MessageKind::Snapshot => tree_piece::Piece::Snapshot(v1::TreeSnapshot {
            root: head(&message.root),
            grammar: head(&message.format),
            nodes: content,
            message: message.number,
            piece: number,
            last,
            priority: priority.into(),
        }),
        MessageKind::Trivia { tree, base } => tree_piece::Piece::Trivia(v1::TreeTrivia {
            tree: head(&tree),
            root: head(&message.root),
            base: base.map(|base| head(&base)).unwrap_or_default(),
            grammar: head(&message.format),
            content,
            message: message.number,
            piece: number,
            last,
            priority: priority.into(),
        }),
    }
}
