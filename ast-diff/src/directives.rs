//! Comments that have a meaning: which ones, and in what spelling.
//!
//! Read in the sources of Go's compiler (`cmd/compile/internal/{syntax,noder}`), `go/build`, `cmd/cgo`, `go/doc`, and of
//! TinyGo (`compiler/symbol.go`, `loader`, `cgo`). Where they differ, what one of them reads is kept.

use std::borrow::Cow;
use std::ops::Range;

use crate::comments::{without_returns, without_spaces};
use crate::constraint;

/// A comment that has a meaning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Remark<'a> {
    /// Where it is.
    pub(crate) range: Range<u32>,
    /// What is kept of it.
    pub(crate) label: Cow<'a, [u8]>,
}

/// What Go's compiler takes for an error, wherever it stands: a directive behind something else in its line. A label says
/// so in Go itself, since behind a comment is behind something.
const MISPLACED: &[u8] = b"/**/";

/// Words before a colon that only tools read. All others are kept: a comment too many costs a little work, one too few
/// costs the truth.
const TOOLS: &[&str] = &["nolint", "lint", "revive", "goland", "gosec", "staticcheck", "exhaustive"];

/// Verbs behind `//go:` that only tools read.
const TOOL_VERBS: &[&[u8]] = &[b"generate", b"fix"];

/// Those of a run of comments that have a meaning, in order. `header` is where the package clause begins when the comments
/// are those before it.
pub(crate) fn remarks<'a>(source: &'a [u8], comments: &[Range<u32>], header: Option<u32>) -> Vec<Remark<'a>> {
    let mut remarks: Vec<_> = comments
        .iter()
        .filter_map(|range| {
            let label = label(source, range, header.is_some())?;
            Some(Remark { range: range.clone(), label })
        })
        .collect();
    if let Some(header) = header {
        remarks.extend(old_constraints(&source[..header as usize]));
        remarks.sort_by_key(|remark| remark.range.start);
    }
    remarks
}

fn label<'a>(source: &'a [u8], range: &Range<u32>, is_header: bool) -> Option<Cow<'a, [u8]>> {
    let text = &source[range.start as usize..range.end as usize];
    // Most comments are prose, and end here.
    if !matches!(text.get(2), Some(b'a'..=b'z' | b'0'..=b'9')) {
        return None;
    }
    if text.starts_with(b"/*") {
        return is_position(text).then(|| Cow::Owned(without_returns(text)));
    }
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.starts_with(b"//line ") {
        let is_first = range.start == 0 || source[range.start as usize - 1] == b'\n';
        return (is_first && is_position(text)).then_some(Cow::Borrowed(text));
    }
    if !is_directive(&text[2..]) {
        return None;
    }
    let text = without_spaces(text);
    if !is_first_in_line(source, range.start) {
        return Some(Cow::Owned([MISPLACED, text].concat()));
    }
    if let Some(verb) = text.strip_prefix(b"//go:") {
        let end = verb.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(verb.len());
        if TOOL_VERBS.contains(&&verb[..end]) {
            return None;
        }
        if is_header && let Some(expression) = go_build(text) {
            return Some(Cow::Owned(format!("//go:build {}", expression.text()).into_bytes()));
        }
    }
    Some(Cow::Borrowed(text))
}

/// `//line f:1` and `/*line f:1*/`; without a colon there is no number, and the comment is one like others.
fn is_position(text: &[u8]) -> bool {
    text[2..].starts_with(b"line ") && text.contains(&b':')
}

/// What `go/ast` takes for a directive, slashes aside, and is not for tools.
pub(crate) fn is_directive(text: &[u8]) -> bool {
    if text.starts_with(b"export ") || text.starts_with(b"extern ") {
        return true;
    }
    let is_of_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let length = text.iter().take_while(|byte| is_of_word(byte)).count();
    length > 0
        && text.get(length) == Some(&b':')
        // Go's own are known by the colon alone.
        && (text.starts_with(b"go:") || text.get(length + 1).is_some_and(is_of_word))
        && !TOOLS.iter().any(|tool| tool.as_bytes() == &text[..length])
}

fn is_first_in_line(source: &[u8], start: u32) -> bool {
    let before = &source[..start as usize];
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let before = &before[line..];
    let before =
        if line == 0 { before.strip_prefix("\u{feff}".as_bytes()).unwrap_or(before) } else { before };
    before.trim_ascii().is_empty()
}

fn go_build(text: &[u8]) -> Option<constraint::Expression> {
    let rest = std::str::from_utf8(text).ok()?.strip_prefix("//go:build")?;
    if rest.starts_with([' ', '\t']) { constraint::go_build(rest.trim_ascii()) } else { None }
}

/// The `// +build` lines of a file: read when there is no `//go:build`, above an empty line, and not behind a comment of
/// the other kind (`go/build`, `parseFileHeader`).
fn old_constraints(header: &[u8]) -> Vec<Remark<'static>> {
    let (mut lines, mut offset, mut end, mut ended) = (Vec::new(), 0, 0, false);
    let mut is_in_comment = false;
    // A byte order mark is nothing to Go.
    let mark = "\u{feff}".as_bytes();
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let start = offset;
        offset += line.len();
        let text = trim(if start == 0 { line.strip_prefix(mark).unwrap_or(line) } else { line });
        if text.is_empty() && !ended {
            end = offset;
            continue;
        }
        ended |= !text.starts_with(b"//");
        if !is_in_comment && is_word_of(text, b"//go:build") {
            return Vec::new();
        }
        if !ended && let Some(rest) = plus_build(text) {
            let begin = start + text.as_ptr() as usize - line.as_ptr() as usize;
            let range = begin as u32..(begin + text.len()) as u32;
            lines.push((range, rest.to_vec()));
        }
        is_in_comment = is_open_after(text, is_in_comment);
    }
    lines.retain(|(range, _)| range.end as usize <= end);
    let expressions: Option<Vec<_>> =
        lines.iter().map(|(_, text)| constraint::plus_build(std::str::from_utf8(text).ok()?)).collect();
    let joined = expressions.unwrap_or_default().into_iter().reduce(|left, right| left.and(&right));
    match joined {
        // Only the new form sets the version of the language.
        Some(joined) if !joined.names_a_version() => {
            let label = format!("//go:build {}", joined.text()).into_bytes();
            vec![Remark { range: lines[0].0.clone(), label: Cow::Owned(label) }]
        }
        _ => lines
            .into_iter()
            .map(|(range, text)| Remark { range, label: Cow::Owned([b"// +build ", &text[..]].concat()) })
            .collect(),
    }
}

/// Is a comment of the kind that can have several lines open at the end of a line?
fn is_open_after(mut line: &[u8], mut is_open: bool) -> bool {
    loop {
        let wanted: &[u8] = if is_open { b"*/" } else { b"/*" };
        if !is_open && line.starts_with(b"//") {
            return false;
        }
        match line.windows(2).position(|window| window == wanted) {
            Some(found) => line = line[found + 2..].trim_ascii_start(),
            None => return is_open,
        }
        is_open = !is_open;
    }
}

fn plus_build(line: &[u8]) -> Option<&[u8]> {
    let text = trim(line.strip_prefix(b"//")?);
    is_word_of(text, b"+build").then(|| trim(&text[b"+build".len()..]))
}

/// Without blanks of any language around it, as `go/build` reads lines.
fn trim(text: &[u8]) -> &[u8] {
    std::str::from_utf8(text).map_or(text, |text| text.trim().as_bytes())
}

/// Does it begin with a word, and then a blank or nothing?
fn is_word_of(text: &[u8], word: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    let rest = std::str::from_utf8(rest).ok().and_then(|rest| rest.chars().next());
    rest.is_none_or(char::is_whitespace)
}

/// Does the text of the last comments in an example say what it prints (`go/doc`, `exampleOutput`)?
pub(crate) fn is_output(comments: &[u8]) -> bool {
    let mut text = comments.trim_ascii_start();
    loop {
        let line_comment = text.strip_prefix(b"//");
        text = match line_comment.or_else(|| text.strip_prefix(b"/*")) {
            Some(rest) => rest.trim_ascii_start(),
            None => break,
        };
    }
    let lower: Vec<u8> = text.iter().take(40).map(u8::to_ascii_lowercase).collect();
    let rest = lower.strip_prefix(b"unordered ").unwrap_or(&lower);
    rest.starts_with(b"output:")
}
