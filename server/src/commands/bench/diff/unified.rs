//! Hunks as the text that `diff -u` prints below its head, and that text followed from the old file to the new one.

use std::fmt::Write as _;
use std::ops::Range;

/// Lines around a change: what people send to each other.
const CONTEXT: usize = 3;

/// What stands behind a line that is the last one and does not end.
const NO_END: &str = "\\ No newline at end of file";

/// Lines that go and lines that come in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// Lines with their ends.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The hunks, which are in order, with what is around them.
pub(super) fn write(old: &[&str], new: &[&str], hunks: &[Hunk]) -> String {
    let mut out = String::new();
    for near in hunks.chunk_by(|one, next| next.old.start - one.old.end <= 2 * CONTEXT) {
        if let (Some(first), Some(last)) = (near.first(), near.last()) {
            write_near(&mut out, old, new, near, first, last);
        }
    }
    out
}

fn write_near(out: &mut String, old: &[&str], new: &[&str], near: &[Hunk], first: &Hunk, last: &Hunk) {
    let before = CONTEXT.min(first.old.start);
    let after = CONTEXT.min(old.len() - last.old.end);
    let old_range = first.old.start - before..last.old.end + after;
    let new_range = first.new.start - before..last.new.end + after;
    let _ = writeln!(out, "@@ -{} +{} @@", place(&old_range), place(&new_range));
    let mut at = old_range.start;
    for hunk in near {
        put(out, ' ', &old[at..hunk.old.start]);
        put(out, '-', &old[hunk.old.clone()]);
        put(out, '+', &new[hunk.new.clone()]);
        at = hunk.old.end;
    }
    put(out, ' ', &old[at..old_range.end]);
}

/// Lines count from 1; of none the line before is named, and a count of one is left out.
fn place(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => (range.start + 1).to_string(),
        count => format!("{},{count}", range.start + 1),
    }
}

fn put(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            let _ = write!(out, "\n{NO_END}\n");
        }
    }
}

/// The new text; `None` when the patch is not for the old one.
pub(super) fn follow(old: &str, patch: &str) -> Option<String> {
    let old = lines(old);
    let mut new = String::new();
    let mut at = 0;
    let mut rest = patch.split_inclusive('\n').peekable();
    while let Some(line) = rest.next() {
        if let Some(head) = line.strip_prefix("@@ -") {
            let start = old_start(head)?;
            old.get(at..start)?.iter().for_each(|line| new.push_str(line));
            at = start;
            continue;
        }
        let ends = rest.next_if(|next| next.trim_end() == NO_END).is_none();
        let text = line.get(1..)?;
        let text = if ends { text } else { text.strip_suffix('\n')? };
        if line.starts_with([' ', '-']) {
            (*old.get(at)? == text).then_some(())?;
            at += 1;
        }
        if line.starts_with([' ', '+']) {
            new.push_str(text);
        }
    }
    old.get(at..)?.iter().for_each(|line| new.push_str(line));
    Some(new)
}

fn old_start(head: &str) -> Option<usize> {
    let place = head.split(' ').next()?;
    match place.split_once(',') {
        Some((line, "0")) => line.parse().ok(),
        Some((line, _)) => line.parse::<usize>().ok()?.checked_sub(1),
        None => place.parse::<usize>().ok()?.checked_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(range: Range<usize>) -> String {
        range.map(|number| number.to_string() + "\n").collect()
    }

    #[test]
    fn hunks_are_written_as_diff_writes_them() {
        let old = numbered(1..21);
        let new = old.replace("\n2\n", "\ntwo\n").replace("\n10\n", "\n").replace("20\n", "20");
        let hunks = [
            Hunk { old: 1..2, new: 1..2 },
            Hunk { old: 9..10, new: 9..9 },
            Hunk { old: 19..20, new: 18..19 },
        ];
        let patch = write(&lines(&old), &lines(&new), &hunks);
        assert_eq!(
            patch,
            "@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n\
             @@ -7,7 +7,6 @@\n 7\n 8\n 9\n-10\n 11\n 12\n 13\n\
             @@ -17,4 +16,4 @@\n 17\n 18\n 19\n-20\n+20\n\\ No newline at end of file\n"
        );
        assert_eq!(follow(&old, &patch).unwrap(), new);
    }

    #[test]
    fn changes_that_are_near_share_a_hunk() {
        let old = numbered(1..12);
        let new = old.replace("\n3\n", "\n\n").replace("\n10\n", "\nten\n");
        let hunks = [Hunk { old: 2..3, new: 2..3 }, Hunk { old: 9..10, new: 9..10 }];
        let patch = write(&lines(&old), &lines(&new), &hunks);
        assert_eq!(patch.matches("@@ -").count(), 1, "{patch}");
        assert_eq!(follow(&old, &patch).unwrap(), new);
    }

    #[test]
    fn a_file_may_begin_or_become_empty() {
        let text = numbered(1..3);
        let patch = write(&[], &lines(&text), &[Hunk { old: 0..0, new: 0..2 }]);
        assert_eq!(patch, "@@ -0,0 +1,2 @@\n+1\n+2\n");
        assert_eq!(follow("", &patch).unwrap(), text);
        let patch = write(&lines("1\n"), &[], &[Hunk { old: 0..1, new: 0..0 }]);
        assert_eq!(patch, "@@ -1 +0,0 @@\n-1\n");
        assert_eq!(follow("1\n", &patch).unwrap(), "");
        assert_eq!(follow("1\n", "").unwrap(), "1\n");
    }

    #[test]
    fn a_patch_for_another_file_is_refused() {
        let patch = "@@ -1,2 +1,2 @@\n 1\n-2\n+3\n";
        assert_eq!(follow("1\n2\n", patch).unwrap(), "1\n3\n");
        for other in ["1\n4\n", "1\n", "", "2\n1\n2\n"] {
            assert_eq!(follow(other, patch), None, "{other:?}");
        }
    }
}
