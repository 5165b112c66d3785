//! What is wrong with a text that cannot be read, and where.

use std::ops::Range;

use crate::scan::refused;

/// Something that is not Go, or that the grammar does not know.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{problem}")]
pub struct SyntaxError {
    /// Bytes of the source that are kept as text.
    pub range: Range<u32>,
    /// Where the reason is.
    pub at: u32,
    /// What is wrong with them.
    pub problem: SyntaxProblem,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SyntaxProblem {
    /// Neither Go nor the grammar's idea of it, or both.
    #[error("this is no declaration that can be read; it counts as text")]
    Unreadable,
    /// Go source is UTF-8.
    #[error("this is not UTF-8")]
    NotUtf8,
    /// Go refuses the character 0 everywhere.
    #[error("this is a NUL character")]
    Nul,
    /// Go accepts it as the first character only.
    #[error("this is a byte order mark, which is allowed at the start of a file only")]
    ByteOrderMark,
    /// Left by a merge.
    #[error("this is a mark of a conflict that a merge has left")]
    Conflict,
    /// `/*` without `*/`.
    #[error("this comment has no end")]
    Comment,
    /// A string or rune without its closing quote.
    #[error("this text has no closing quote")]
    Quote,
}

impl SyntaxError {
    /// Says why a part of a file cannot be read.
    pub(crate) fn about(source: &[u8], range: Range<u32>) -> Self {
        let text = &source[range.start as usize..range.end as usize];
        let (at, problem) = refusal(text)
            .or_else(|| conflict(text).map(|at| (at, SyntaxProblem::Conflict)))
            .or_else(|| without_end(text))
            .unwrap_or((0, SyntaxProblem::Unreadable));
        Self { at: range.start + at as u32, range, problem }
    }
}

fn refusal(text: &[u8]) -> Option<(usize, SyntaxProblem)> {
    refused(text).map(|at| {
        let problem = match text[at] {
            0 => SyntaxProblem::Nul,
            0xef if text[at..].starts_with("\u{feff}".as_bytes()) => SyntaxProblem::ByteOrderMark,
            _ => SyntaxProblem::NotUtf8,
        };
        (at, problem)
    })
}

fn conflict(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if [&b"<<<<<<< "[..], b">>>>>>> ", b"||||||| "].iter().any(|mark| line.starts_with(mark))
            || line.trim_ascii_end() == b"======="
        {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Finds a comment or a text without an end.
fn without_end(text: &[u8]) -> Option<(usize, SyntaxProblem)> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let until = |mark: &[u8], from: usize| {
            rest.get(from..)?.windows(mark.len()).position(|window| window == mark).map(|end| from + end)
        };
        at += match rest {
            [b'/', b'/', ..] => until(b"\n", 2).unwrap_or(rest.len()),
            [b'/', b'*', ..] => match until(b"*/", 2) {
                Some(end) => end + 2,
                None => return Some((at, SyntaxProblem::Comment)),
            },
            [b'`', ..] => match until(b"`", 1) {
                Some(end) => end + 1,
                None => return Some((at, SyntaxProblem::Quote)),
            },
            [quote @ (b'"' | b'\''), ..] => {
                let mut end = 1;
                loop {
                    match rest.get(end) {
                        None | Some(b'\n') => return Some((at, SyntaxProblem::Quote)),
                        Some(b'\\') => end += 2,
                        Some(byte) if byte == quote => break end + 1,
                        Some(_) => end += 1,
                    }
                }
            }
            _ => 1,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found() {
        for (text, at, problem) in [
            (&b"func f() {"[..], 0, SyntaxProblem::Unreadable),
            (b"var x = \"\xff\"", 9, SyntaxProblem::NotUtf8),
            (b"var \0", 4, SyntaxProblem::Nul),
            (b"var \xef\xbb\xbf", 4, SyntaxProblem::ByteOrderMark),
            (b"a\n<<<<<<< HEAD", 2, SyntaxProblem::Conflict),
            (b"=======", 0, SyntaxProblem::Conflict),
            (b"/* a", 0, SyntaxProblem::Comment),
            (b"// \"\nx /* a", 7, SyntaxProblem::Comment),
            (b"x := \"a\\\"\n\"", 5, SyntaxProblem::Quote),
            (b"x := `a", 5, SyntaxProblem::Quote),
            (b"'\\''; '", 6, SyntaxProblem::Quote),
        ] {
            let error = SyntaxError::about(text, 0..text.len() as u32);
            assert_eq!((error.at, error.problem), (at, problem), "{}", String::from_utf8_lossy(text));
        }
    }
}
