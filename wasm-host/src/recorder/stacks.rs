//! Stacks by number: the same one comes again and again.

use std::collections::HashMap;

use super::recording::Stack;

/// Different stacks that are kept: of 256 frames they take 64 MiB.
const MOST_STACKS: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct Stacks {
    numbers: HashMap<Box<[u32]>, usize>,
    most_frames: usize,
    /// Came when there was no room.
    pub(super) forgotten: u64,
}

impl Stacks {
    /// The first one is empty, and stands for all that have no room.
    pub(super) fn new(most_frames: usize) -> Self {
        Self { numbers: HashMap::from([(Box::default(), 0)]), most_frames, forgotten: 0 }
    }

    pub(super) fn number(&mut self, offsets: Vec<u32>) -> usize {
        let next = self.numbers.len();
        if let Some(number) = self.numbers.get(&offsets[..]) {
            return *number;
        }
        if next >= MOST_STACKS {
            self.forgotten += 1;
            return 0;
        }
        self.numbers.insert(offsets.into(), next);
        next
    }

    pub(super) fn all(&self) -> Vec<Stack> {
        let mut all = vec![Stack { offsets: Vec::new(), is_cut: false }; self.numbers.len()];
        #[expect(clippy::iter_over_hash_type, reason = "each has its place")]
        for (offsets, number) in &self.numbers {
            all[*number] = Stack { offsets: offsets.to_vec(), is_cut: offsets.len() >= self.most_frames };
        }
        all
    }
}
