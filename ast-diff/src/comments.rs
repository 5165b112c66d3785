//! Groups of comments, as Go makes them: which comments belong together, and which stand above a declaration.

use std::ops::Range;

/// Comments that follow each other without an empty line between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    /// Which of the comments.
    pub(crate) members: Range<usize>,
    /// It begins behind something else in the same line, so that it is about that, and not about what follows.
    is_trailing: bool,
}

/// The groups of a run of comments (`go/parser`, `consumeCommentGroup` and `next`). `begin` is where what comes before
/// them ends; 0 when there is nothing.
pub(crate) fn groups(source: &[u8], comments: &[Range<u32>], begin: u32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut end = begin;
    for (index, comment) in comments.iter().enumerate() {
        let gap = gap(&source[end as usize..comment.start as usize]);
        let joins = groups.last().is_some_and(|last| {
            !gap.has_tokens && if last.is_trailing { gap.newlines == 0 } else { gap.newlines <= 1 }
        });
        match groups.last_mut() {
            Some(last) if joins => last.members.end = index + 1,
            last => {
                let is_behind = gap.has_tokens || (last.is_none() && begin > 0);
                let is_trailing = is_behind && gap.newlines == 0;
                groups.push(Group { members: index..index + 1, is_trailing });
            }
        }
        end = comment.end;
    }
    groups
}

/// The group that stands directly above what starts at `start`.
pub(crate) fn above(source: &[u8], comments: &[Range<u32>], begin: u32, start: u32) -> Option<Range<usize>> {
    let before = comments.partition_point(|comment| comment.end <= start);
    let first = comments.partition_point(|comment| comment.start < begin);
    let last = groups(source, &comments[first..before], begin).pop().filter(|last| !last.is_trailing)?;
    let gap = gap(&source[comments[before - 1].end as usize..start as usize]);
    (!gap.has_tokens && gap.newlines == 1).then_some(first + last.members.start..first + last.members.end)
}

/// What is between two comments.
struct Gap {
    has_tokens: bool,
    /// Behind the last token.
    newlines: usize,
}

fn gap(text: &[u8]) -> Gap {
    // A byte order mark is nothing.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut gap = Gap { has_tokens: false, newlines: 0 };
    for byte in text {
        match byte {
            b'\n' => gap.newlines += 1,
            b' ' | b'\t' | b'\r' => (),
            _ => gap = Gap { has_tokens: true, newlines: 0 },
        }
    }
    gap
}

/// A comment in the one spelling that its meaning has: without the carriage return of its line, and without spaces before
/// it. Go's compiler takes other blanks for a part of the directive.
pub(crate) fn without_returns(text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"//") {
        return without_spaces(text.strip_suffix(b"\r").unwrap_or(text)).to_vec();
    }
    text.iter().copied().filter(|byte| *byte != b'\r').collect()
}

/// Without spaces at the end.
pub(crate) fn without_spaces(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

/// The comments of a group, a line each, without what `is_left_out`.
pub(crate) fn joined(
    source: &[u8],
    members: &[Range<u32>],
    is_left_out: impl Fn(&Range<u32>) -> bool,
) -> Vec<u8> {
    let lines: Vec<_> = members
        .iter()
        .filter(|member| !is_left_out(member))
        .map(|member| without_returns(&source[member.start as usize..member.end as usize]))
        .collect();
    lines.join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::scan;

    /// Each group as text, `<` before those that are trailing.
    fn shown(source: &str) -> Vec<String> {
        let comments = scan(source.as_bytes(), 0, &mut |_, _| false).comments;
        groups(source.as_bytes(), &comments, 0)
            .into_iter()
            .map(|group| {
                let texts: Vec<_> = comments[group.members]
                    .iter()
                    .map(|range| &source[range.start as usize..range.end as usize])
                    .collect();
                format!("{}{}", if group.is_trailing { "<" } else { "" }, texts.join("|"))
            })
            .collect()
    }

    #[test]
    fn groups_are_those_of_go() {
        assert_eq!(shown("// a\n// b\n\n// c"), ["// a|// b", "// c"]);
        assert_eq!(shown("x // a\n// b\n"), ["<// a", "// b"]);
        assert_eq!(shown("x /* a */ // b\n// c\n"), ["</* a */|// b", "// c"]);
        assert_eq!(shown("/* a */ /* b\n */ // c\nx\n// d"), ["/* a */|/* b\n */|// c", "// d"]);
        assert_eq!(shown("// a\nx; // b"), ["// a", "<// b"]);
    }

    #[test]
    fn what_is_above_is_adjacent() {
        for (source, expected) in [
            ("// a\nfunc", true),
            ("x\n// a\n// b\nfunc", true),
            ("// a\n\nfunc", false),
            ("/* a */ func", false),
            ("x // a\nfunc", false),
            ("// a\n\tfunc", true),
            ("// a\r\nfunc", true),
        ] {
            let comments = scan(source.as_bytes(), 0, &mut |_, _| false).comments;
            let start = source.find("func").unwrap() as u32;
            assert_eq!(above(source.as_bytes(), &comments, 0, start).is_some(), expected, "{source}");
        }
    }
}
