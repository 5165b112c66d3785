//! Writes the nodes of a declaration, with the directives where they belong.

use std::ops::Range;

use crate::comments;
use crate::directives::Remark;
use crate::kind::Kind;
use crate::tree::TreeBuilder;

/// What the nodes of a declaration are written to.
pub(crate) struct Writer<'a> {
    pub(crate) source: &'a [u8],
    /// All comments of the part of the file that is read, in order.
    pub(crate) comments: &'a [Range<u32>],
    /// Those that have a meaning and are not yet written.
    pub(crate) remarks: std::iter::Peekable<std::vec::IntoIter<Remark<'a>>>,
    pub(crate) builder: &'a mut TreeBuilder,
    pub(crate) spans: &'a mut Vec<Range<u32>>,
    /// Does an example say what it prints in its last comment?
    pub(crate) is_test: bool,
}

impl Writer<'_> {
    pub(crate) fn leaf(&mut self, kind: Kind, range: Range<u32>, text: &[u8]) {
        self.builder.leaf(kind, text);
        self.spans.push(range);
    }

    /// Writes the directives before `start`; those in the comments directly above it are attached to it.
    /// How many there were.
    pub(crate) fn directives_before(&mut self, start: u32, above: Option<Range<usize>>) -> usize {
        let first = above.map_or(u32::MAX, |above| self.comments[above.start].start);
        let mut count = 0;
        while let Some(remark) = self.remarks.next_if(|remark| remark.range.end <= start) {
            let kind = if remark.range.start >= first { Kind::ATTACHED_DIRECTIVE } else { Kind::DIRECTIVE };
            self.leaf(kind, remark.range, &remark.label);
            count += 1;
        }
        count
    }

    /// Writes what stands above `import "C"`, and drops what is a part of it.
    pub(crate) fn preamble(&mut self, start: u32, above: Option<Range<usize>>) {
        let Some(above) = above else { return };
        let members = &self.comments[above];
        let range = members[0].start..members[members.len() - 1].end;
        self.directives_before(range.start, None);
        self.skip_remarks_before(start);
        let text = comments::joined(self.source, members, |_| false);
        self.leaf(Kind::PREAMBLE, range, &text);
    }

    pub(crate) fn skip_remarks_before(&mut self, end: u32) {
        while self.remarks.next_if(|remark| remark.range.end <= end).is_some() {}
    }

    pub(crate) fn has_remarks_before(&mut self, start: u32) -> bool {
        self.remarks.peek().is_some_and(|remark| remark.range.end <= start)
    }
}
