//! Forms of Go that are newer than the grammar, in a form of the same length that it knows.

use std::ops::Range;

/// A name as long as `new`, and a letter that no name of a program has by chance: it is never shown.
pub(crate) fn substitute_new(text: &[u8]) -> Option<Vec<u8>> {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let mut result: Option<Vec<u8>> = None;
    for (at, _) in text.windows(3).enumerate().filter(|(_, window)| *window == b"new") {
        let is_whole = at == 0 || !is_of_word(&text[at - 1]);
        let next = text[at + 3..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        if is_whole && next == Some(&b'(') {
            result.get_or_insert_with(|| text.to_vec())[at..at + 3].copy_from_slice(b"nEW");
        }
    }
    result
}

/// Where the receiver and the type parameters of a method are.
pub(crate) fn generic_method(text: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let after_blanks =
        |from: usize| Some(from + text.get(from..)?.iter().position(|byte| !byte.is_ascii_whitespace())?);
    if !text.starts_with(b"func") {
        return None;
    }
    let receiver = after_blanks(4)?;
    let receiver = receiver..closing(text, receiver, b'(')?;
    let name = after_blanks(receiver.end)?;
    let length =
        text[name..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b'('))?;
    let parameters = after_blanks(name + length)?;
    let parameters = parameters..closing(text, parameters, b'[')?;
    Some((receiver, parameters))
}

/// Behind the bracket that closes the one at `from`. Types contain no brackets in texts, except for tags, which must be
/// in a receiver or a constraint to do harm: then the declaration cannot be read.
fn closing(text: &[u8], from: usize, open: u8) -> Option<usize> {
    if text.get(from) != Some(&open) {
        return None;
    }
    let mut depth = 0_usize;
    for (index, byte) in text[from..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(from + index + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_becomes_a_name() {
        let substituted =
            |text: &str| substitute_new(text.as_bytes()).map(|text| String::from_utf8(text).unwrap());
        assert_eq!(substituted("x = new(f())").as_deref(), Some("x = nEW(f())"));
        assert_eq!(substituted("new (a, new(b))").as_deref(), Some("nEW (a, nEW(b))"));
        assert_eq!(substituted("renew(a); newer(b); new := 1"), None);
    }

    #[test]
    fn type_parameters_of_methods_are_found() {
        let found = |text: &'static str| {
            let (receiver, parameters) = generic_method(text.as_bytes())?;
            Some((&text[receiver], &text[parameters]))
        };
        assert_eq!(found("func (r R) Do[T any](x T) T {}"), Some(("(r R)", "[T any]")));
        assert_eq!(found("func (*R[A]) Do[T [2]int]() {}"), Some(("(*R[A])", "[T [2]int]")));
        assert_eq!(found("func (r R) Do(x T) T {}"), None);
        assert_eq!(found("func Do[T any]() {}"), None);
        assert_eq!(found("func ("), None);
    }
}
