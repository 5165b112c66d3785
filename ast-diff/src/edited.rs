//! Where two texts differ.

/// The one replaced range between two texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Edited {
    /// Up to here both are the same.
    pub(crate) start: u32,
    /// From here on in the old one they are the same again.
    pub(crate) old_end: u32,
    /// And in the new one.
    pub(crate) new_end: u32,
}

impl Edited {
    pub(crate) fn between(before: &[u8], after: &[u8]) -> Self {
        // Whole blocks are compared faster than bytes.
        const BLOCK: usize = 256;
        let blocks = before.chunks_exact(BLOCK).zip(after.chunks_exact(BLOCK));
        let mut start = BLOCK * blocks.take_while(|(left, right)| left == right).count();
        start +=
            before[start..].iter().zip(&after[start..]).take_while(|(left, right)| left == right).count();
        let longest = before.len().min(after.len()) - start;
        let (old, new) = (&before[before.len() - longest..], &after[after.len() - longest..]);
        let blocks = old.rchunks_exact(BLOCK).zip(new.rchunks_exact(BLOCK));
        let mut end = BLOCK * blocks.take_while(|(left, right)| left == right).count();
        let (old, new) = (&old[..longest - end], &new[..longest - end]);
        end += old.iter().rev().zip(new.iter().rev()).take_while(|(left, right)| left == right).count();
        Self {
            start: start as u32,
            old_end: (before.len() - end) as u32,
            new_end: (after.len() - end) as u32,
        }
    }

    /// Where a place behind the edit was.
    pub(crate) fn unshifted(&self, place: u32) -> Option<u32> {
        (place >= self.new_end).then(|| place - self.new_end + self.old_end)
    }

    /// Where a place behind the edit is.
    pub(crate) fn shifted(&self, place: u32) -> u32 {
        place - self.old_end + self.new_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_the_smallest() {
        for (before, after, expected) in [
            ("", "", (0, 0, 0)),
            ("abc", "abc", (3, 3, 3)),
            ("abc", "abxc", (2, 2, 3)),
            ("aaa", "aa", (2, 3, 2)),
            ("abc", "", (0, 3, 0)),
            ("abc", "xyz", (0, 3, 3)),
        ] {
            let Edited { start, old_end, new_end } = Edited::between(before.as_bytes(), after.as_bytes());
            assert_eq!((start, old_end, new_end), expected, "{before} {after}");
        }
        // Longer than what is compared at once.
        let before = vec![b'a'; 1000];
        for at in [0, 255, 256, 257, 500, 743, 744, 745, 999] {
            let mut after = before.clone();
            after[at] = b'b';
            let edited = Edited::between(&before, &after);
            assert_eq!((edited.start, edited.old_end), (at as u32, at as u32 + 1));
        }
    }
}
