//! Go source as a row of tokens: just enough to tell a string literal from a comment, a rune and a raw string.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Name or keyword.
    Word,
    /// `"..."`.
    Text,
    /// A raw string, a rune or a number.
    Other,
    /// One character of punctuation.
    Sign(u8),
    /// `// ...` up to the line's end.
    LineComment,
}

/// A token and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// In bytes; of a text with its quotes.
    pub(super) range: Range<usize>,
}

/// Tokens of a source file. Never fails: what is not closed ends with its line or with the file.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let (kind, end) = match (byte, next) {
            (b'/', Some(b'/')) => (Some(Kind::LineComment), line_end(bytes, at)),
            (b'/', Some(b'*')) => {
                let close = source[at + 2..].find("*/");
                (None, close.map_or(bytes.len(), |offset| at + 2 + offset + 2))
            }
            (b'"', _) => (Some(Kind::Text), quoted_end(bytes, at, b'"')),
            (b'\'', _) => (Some(Kind::Other), quoted_end(bytes, at, b'\'')),
            (b'`', _) => {
                let close = source[at + 1..].find('`');
                (Some(Kind::Other), close.map_or(bytes.len(), |offset| at + 1 + offset + 1))
            }
            (b'0'..=b'9', _) => (Some(Kind::Other), word_end(bytes, at)),
            (byte, _) if is_word(byte) => (Some(Kind::Word), word_end(bytes, at)),
            (byte, _) if byte.is_ascii_whitespace() => (None, at + 1),
            (byte, _) => (Some(Kind::Sign(byte)), at + 1),
        };
        if let Some(kind) = kind {
            found.push(Token { kind, range: at..end });
        }
        at = end;
    }
    found
}

/// Bytes of a letter outside ASCII count as letters: Go allows them in names.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| !is_word(*byte)).map_or(bytes.len(), |length| start + length)
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length)
}

/// Behind the closing quote, or the line's end when there is none.
fn quoted_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(|byte| *byte != b'\n') => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        let found = tokens(source);
        found
            .iter()
            .filter(|token| token.kind == Kind::Text)
            .map(|token| &source[token.range.clone()])
            .collect()
    }

    #[test]
    fn comments_runes_and_raw_strings_hide_quotes() {
        assert_eq!(texts("a := '\"'; b := '\\''; c := \"x\""), ["\"x\""]);
        assert_eq!(texts("// \"no\"\n/* \"no\" \n */ \"yes\""), ["\"yes\""]);
        assert_eq!(texts("`\"no\" // \n ` + \"a\\\"b\" + \"\\\\\""), ["\"a\\\"b\"", "\"\\\\\""]);
        assert_eq!(texts("\u{e4}\u{f6} := \"\u{fc}\" // \""), ["\"\u{fc}\""]);
    }

    #[test]
    fn what_is_not_closed_ends_somewhere() {
        for source in ["\"", "\"abc\\", "'", "`abc", "/* abc", "//", "\\", "\"a\nb", "/"] {
            let found = tokens(source);
            assert!(found.iter().all(|token| token.range.end <= source.len()), "{source}");
        }
        assert_eq!(texts("\"a\nx := \"b\""), ["\"a", "\"b\""]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_tokens_in_order_within_it(source in "\\PC{0,60}|[\"'`/*\\\\\n a{}]{0,60}") {
            let mut last = 0;
            for token in tokens(&source) {
                proptest::prop_assert!(token.range.start >= last && token.range.end > token.range.start);
                proptest::prop_assert!(source.get(token.range.clone()).is_some());
                last = token.range.end;
            }
        }
    }
}
