//! Bytes of a guest to lines that may go to a terminal.

use super::harmless::{Harmless, text};

type Line = Box<dyn FnMut(&str) + Send>;

pub(super) struct Lines {
    longest: usize,
    pending: Vec<u8>,
    harmless: Harmless,
    hand: Line,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Lines").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl Lines {
    pub(super) fn new(longest: usize, hand: Line) -> Self {
        Self { longest: longest.max(4), pending: Vec::new(), harmless: Harmless::default(), hand }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_shown = self.harmless.is_shown(*byte);
            if *byte == b'\n' {
                self.hand_over();
            } else if is_shown {
                if self.pending.len() >= self.longest && !is_continuation(*byte) {
                    self.hand_over();
                }
                self.pending.push(*byte);
            }
        }
    }

    /// The guest has ended.
    pub(super) fn end(&mut self, dropped: u64) {
        if !self.pending.is_empty() {
            self.hand_over();
        }
        if dropped > 0 {
            (self.hand)(&format!("[{dropped} more bytes were not shown]"));
        }
    }

    fn hand_over(&mut self) {
        (self.hand)(&text(&self.pending));
        self.pending.clear();
    }
}

/// Whether it belongs to the character before it: a line is not cut there.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
