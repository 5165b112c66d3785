//! A board that follows another server's: with its epoch, sequences and numbers, so that clients can go from one to the
//! other and miss nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

use super::bell::Bell;
use super::board::{Board, Epoch, ProgramBoard};
use super::events::Events;
use super::feed::Feed;

/// What is true at another server, as far as it is known here.
#[derive(Debug)]
pub struct Mirror {
    board: watch::Sender<Arc<Board>>,
    bell: Arc<Bell>,
    events: Arc<Events>,
}

impl Mirror {
    /// Nothing is known yet of the log with that epoch.
    pub fn new(epoch: Epoch) -> Self {
        let programs = std::collections::BTreeMap::new();
        Self {
            board: watch::Sender::new(Arc::new(Board { epoch, programs })),
            bell: Arc::default(),
            events: Arc::new(Events::of_another(epoch)),
        }
    }

    /// For readers, as those of the other server have it.
    pub fn feed(&self) -> Feed {
        Feed::new(self.board.subscribe(), Arc::clone(&self.bell), Arc::clone(&self.events)).of_another()
    }

    /// What is true of a program now. What pages had here before is remembered, so that they are told what differs.
    pub fn show(&self, mut program: ProgramBoard) {
        self.board.send_modify(|board| {
            let mut next = Board::clone(board);
            if let Some(old) = next.programs.get(&program.name) {
                let manifest = std::mem::replace(&mut program.manifest, Arc::clone(&old.manifest));
                program.earlier_manifests.clone_from(&old.earlier_manifests);
                if manifest.digest != program.manifest.digest {
                    program.replace_manifest(manifest);
                }
            }
            next.programs.insert(program.name.clone(), Arc::new(program));
            *board = Arc::new(next);
        });
        self.bell.ring();
    }

    /// There are only these programs.
    pub fn keep(&self, names: &BTreeSet<String>) {
        let modified = self.board.send_if_modified(|board| {
            let mut next = Board::clone(board);
            next.programs.retain(|name, _| names.contains(name));
            let modified = next.programs.len() != board.programs.len();
            *board = Arc::new(next);
            modified
        });
        if modified {
            self.bell.ring();
        }
    }

    /// What has happened. An event that is known already changes nothing.
    pub fn event(&self, number: u64, json: String) {
        self.events.follow(number, json);
    }
}
