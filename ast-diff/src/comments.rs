//! Finds the comments of a Go file, and makes a text of the same length without them.

use std::ops::Range;

/// The comments of a file, and its bytes with blanks in their place.
///
/// The grammar takes a comment for nothing, but to Go one that contains a newline is a newline (specification,
/// "Lexical elements", "Comments"): where blanks stand for comments and newlines are kept, the grammar sees what Go sees.
#[derive(Debug)]
pub(crate) struct Comments {
    /// As long as the source.
    pub(crate) blanked: Vec<u8>,
    /// In order; a line comment ends before its newline.
    pub(crate) ranges: Vec<Range<u32>>,
}

impl Comments {
    pub(crate) fn find(source: &[u8]) -> Self {
        let mut blanked = source.to_vec();
        let mut ranges = Vec::new();
        // Go ignores one at the very start.
        if source.starts_with("\u{feff}".as_bytes()) {
            blanked[..3].fill(b' ');
        }
        let mut at = 0;
        while at < source.len() {
            at = match (source[at], source.get(at + 1)) {
                (b'/', Some(b'/')) => {
                    let end = line_end(source, at);
                    blank(&mut blanked, at..end, &mut ranges);
                    end
                }
                (b'/', Some(b'*')) => {
                    let end = find(source, at + 2, b"*/").map_or(source.len(), |found| found + 2);
                    blank(&mut blanked, at..end, &mut ranges);
                    end
                }
                (quote @ (b'"' | b'\''), _) => quoted_end(source, at, quote),
                (b'`', _) => find(source, at + 1, b"`").map_or(source.len(), |found| found + 1),
                _ => at + 1,
            };
        }
        Self { blanked, ranges }
    }
}

fn line_end(source: &[u8], from: usize) -> usize {
    source[from..].iter().position(|byte| *byte == b'\n').map_or(source.len(), |length| from + length)
}

fn find(source: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    source.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|length| from + length)
}

/// A quoted text ends with its line at the latest, so that one that lacks its end does not swallow the file.
fn quoted_end(source: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while let Some(byte) = source.get(at) {
        match byte {
            b'\\' if source.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            b'\n' => return at,
            byte if *byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    source.len()
}

fn blank(blanked: &mut [u8], range: Range<usize>, ranges: &mut Vec<Range<u32>>) {
    for byte in &mut blanked[range.clone()] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
    ranges.push(range.start as u32..range.end as u32);
}

#[cfg(test)]
mod tests {
    use super::Comments;

    fn blanked(source: &str) -> String {
        String::from_utf8(Comments::find(source.as_bytes()).blanked).unwrap()
    }

    #[test]
    fn comments_become_blanks_and_newlines_stay() {
        assert_eq!(blanked("a // b\nc /* d\n e */ f"), "a     \nc     \n      f");
    }

    #[test]
    fn what_looks_like_one_in_a_text_stays() {
        for source in ["a := \"// b\"", "a := `/* b */`", "a := '\\''; b := '\"'", "a := \"\\\"// c\""] {
            assert_eq!(blanked(source), source);
        }
    }

    #[test]
    fn a_text_without_an_end_ends_with_its_line() {
        assert_eq!(blanked("a := \"b\n// c"), "a := \"b\n    ");
        assert_eq!(blanked("'\n// c"), "'\n    ");
        assert_eq!(blanked("/* a"), "    ");
        assert_eq!(blanked("`a // b"), "`a // b");
    }

    #[test]
    fn a_byte_order_mark_is_blank() {
        assert_eq!(blanked("\u{feff}package a"), "   package a");
    }
}
