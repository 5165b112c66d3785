//! A diff of lines, as version control makes it.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::marks::{Marks, line_starts};
use super::unified::{Hunk, follow, lines, write};

/// What is done with every pair, and timed: the text that people send to each other.
pub(super) fn patch(old: &str, new: &str) -> (String, Vec<Hunk>) {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    let hunks: Vec<Hunk> =
        diff.hunks().map(|hunk| Hunk { old: range(hunk.before), new: range(hunk.after) }).collect();
    (write(&old_lines, &new_lines, &hunks), hunks)
}

/// Does the patch make the new text?
pub(super) fn applies(old: &str, patch: &str, new: &str) -> bool {
    follow(old, patch).as_deref() == Some(new)
}

/// The lines of the hunks.
pub(super) fn marks(hunks: &[Hunk], old: &str, new: &str) -> Marks {
    let (old_starts, new_starts) = (line_starts(old), line_starts(new));
    let each = |lines: &Range<usize>, starts: &[usize], length: usize| -> Vec<Range<usize>> {
        let start = |line: usize| starts.get(line).copied().unwrap_or(length);
        lines.clone().map(|line| start(line)..start(line + 1)).collect()
    };
    Marks {
        old: hunks.iter().flat_map(|hunk| each(&hunk.old, &old_starts, old.len())).collect(),
        new: hunks.iter().flat_map(|hunk| each(&hunk.new, &new_starts, new.len())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_marked() {
        let (old, new) = ("a := 1\nb := 2\nc := 3\n", "a := 1\nb := 4\n// x\nc := 3\n");
        let (patch, hunks) = patch(old, new);
        assert_eq!(patch, "@@ -1,3 +1,4 @@\n a := 1\n-b := 2\n+b := 4\n+// x\n c := 3\n");
        let marks = marks(&hunks, old, new);
        assert!(marks.old.iter().eq([&(7..14)]) && marks.new.iter().eq([&(7..14), &(14..19)]), "{marks:?}");
        assert_eq!((marks.lines(old, new), marks.words(old, new)), (3, 4));
        assert!(applies(old, &patch, new) && !applies(old, &patch, old));
    }

    proptest::proptest! {
        #[test]
        fn a_patch_makes_the_new_text(old in "[ab\n]{0,60}", new in "[ab\n]{0,60}") {
            let (patch, hunks) = patch(&old, &new);
            proptest::prop_assert!(applies(&old, &patch, &new), "{}", patch);
            proptest::prop_assert_eq!(hunks.is_empty(), old == new);
        }
    }
}
