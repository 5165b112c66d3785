//! Bytes of a guest without what would do something to a terminal: escape sequences, control characters, and characters
//! that turn the direction of text. Line ends and tabs stay.

/// Takes bytes as they come; a sequence or a character may begin in one piece and end in the next.
#[derive(Debug, Default)]
pub struct Harmless {
    escape: Escape,
    /// The beginning of a character of several bytes.
    begun: Vec<u8>,
}

/// Where in an escape sequence the last byte was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    No,
    /// After ESC.
    Begun,
    /// In `ESC [ ...`, which a letter ends.
    Control,
    /// In `ESC ] ...` and its like, which BEL, `ESC \` or the end of the line ends.
    Text,
}

impl Harmless {
    /// What of `bytes` may be shown; the beginning of a character waits for its rest.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        let mut shown = std::mem::take(&mut self.begun);
        shown.extend(bytes.iter().filter(|byte| self.is_shown(**byte)));
        if let Err(error) = std::str::from_utf8(&shown)
            && error.error_len().is_none()
        {
            self.begun = shown.split_off(error.valid_up_to());
        }
        text(&shown)
    }

    /// Whether a byte is shown, as a part of a character or by itself.
    pub(super) fn is_shown(&mut self, byte: u8) -> bool {
        let (next, shown) = match (self.escape, byte) {
            (_, b'\n') => (Escape::No, true),
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
}

/// Shown bytes as text, without the characters that no single byte gives away.
pub(super) fn text(shown: &[u8]) -> String {
    // C1 controls are escape sequences as single code points.
    let is_harmless =
        |c: &char| !matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    String::from_utf8_lossy(shown).chars().filter(is_harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_where_pieces_begin() {
        let bytes = "a\u{1b}[31mré\u{1b}]0;title\u{7}d\t\u{202e}\u{9b}1m\r\n\u{1b}]never ended\nüb\u{7f}er"
            .as_bytes();
        let shown = "aréd\t1m\n\nüber";
        for at in 0..=bytes.len() {
            let mut harmless = Harmless::default();
            let both = harmless.pass(&bytes[..at]) + &harmless.pass(&bytes[at..]);
            assert_eq!(both, shown, "cut at {at}");
        }
        assert_eq!(Harmless::default().pass(b"\xffx\xc3\x28"), "\u{fffd}x\u{fffd}(");
    }
}
