//! Lines and columns of a text.

/// A place in a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub(crate) struct Lines(Vec<u32>);

impl Lines {
    pub(crate) fn of(text: &[u8]) -> Self {
        let breaks = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect())
    }

    /// The place of a byte.
    pub(crate) fn place(&self, offset: u32) -> Place {
        let line = self.0.partition_point(|start| *start <= offset);
        Place { line: line as u32, column: offset - self.0[line - 1] + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let lines = Lines::of(b"ab\n\nc");
        let at = |offset| {
            let Place { line, column } = lines.place(offset);
            (line, column)
        };
        assert_eq!([at(0), at(2), at(3), at(4), at(5)], [(1, 1), (1, 3), (2, 1), (3, 1), (3, 2)]);
    }
}
