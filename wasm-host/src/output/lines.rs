//! Bytes of a guest to lines that may go to a terminal.

type Line = Box<dyn FnMut(&str) + Send>;

pub(super) struct Lines {
    longest: usize,
    pending: Vec<u8>,
    escape: Escape,
    hand: Line,
}

/// Where in an escape sequence the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    /// After ESC.
    Begun,
    /// In `ESC [ ...`, which a letter ends.
    Control,
    /// In `ESC ] ...` and its like, which BEL, `ESC \` or the end of the line ends.
    Text,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Lines").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl Lines {
    pub(super) fn new(longest: usize, hand: Line) -> Self {
        Self { longest: longest.max(4), pending: Vec::new(), escape: Escape::No, hand }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.escape = Escape::No;
                self.hand_over();
            } else if self.is_shown(*byte) {
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

    fn is_shown(&mut self, byte: u8) -> bool {
        let (next, shown) = match (self.escape, byte) {
            (_, 0x1b) => (Escape::Begun, false),
            (Escape::No, 0..0x20 | 0x7f) => (Escape::No, byte == b'\t'),
            (Escape::No, _) => (Escape::No, true),
            (Escape::Begun, b'[') => (Escape::Control, false),
            (Escape::Begun, b']' | b'P' | b'X' | b'^' | b'_') => (Escape::Text, false),
            (Escape::Begun, 0x20..0x30) => (Escape::Begun, false),
            (Escape::Begun, _) => (Escape::No, false),
            (Escape::Control, 0x40..0x7f) => (Escape::No, false),
            (Escape::Control, _) => (Escape::Control, false),
            (Escape::Text, 0x07) => (Escape::No, false),
            (Escape::Text, _) => (Escape::Text, false),
        };
        self.escape = next;
        shown
    }

    fn hand_over(&mut self) {
        let text = String::from_utf8_lossy(&self.pending);
        // The same characters as single code points: C1 controls, and those that turn the direction of text.
        let harmless = text
            .chars()
            .filter(|c| !matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
            .collect::<String>();
        (self.hand)(&harmless);
        self.pending.clear();
    }
}

/// Whether it belongs to the character before it: a line is not cut there.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
