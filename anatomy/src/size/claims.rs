//! Whose each byte of data is, where several say that it is theirs: the innermost one's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use super::DataSize;
use crate::module::Module;

/// Of all owners together.
const MOST_BYTES_OF_NAMES: usize = 64 << 20;

/// Parts of memory, each with an owner.
#[derive(Debug, Default)]
pub(super) struct Claims {
    made: Vec<(Range<u64>, usize)>,
    owners: Vec<(String, String)>,
    known: BTreeMap<(String, String), usize>,
    bytes_of_names: usize,
}

impl Claims {
    /// Memory at these addresses is the package's, and is called so.
    pub(super) fn add(&mut self, range: Range<u64>, package: &str, name: &str) {
        if range.is_empty() {
            return;
        }
        let name = if self.bytes_of_names < MOST_BYTES_OF_NAMES { name } else { "" };
        let key = (package.to_owned(), name.to_owned());
        let owner = *self.known.entry(key.clone()).or_insert_with(|| {
            self.bytes_of_names += package.len() + name.len();
            self.owners.push(key);
            self.owners.len() - 1
        });
        self.made.push((range, owner));
    }

    /// Bytes of each owner, in the file and beyond it.
    pub(super) fn settle(mut self, module: &Module<'_>) -> Vec<DataSize> {
        let parts = self.parts();
        let mut sizes: Vec<DataSize> = self
            .owners
            .into_iter()
            .map(|(package, name)| DataSize { name, package, data: 0, zeroed: 0 })
            .collect();
        for (range, owner) in &parts {
            sizes[*owner].zeroed += range.end - range.start;
        }
        let pieces = pieces(module);
        let mut first = 0;
        for piece in pieces {
            while parts.get(first).is_some_and(|(range, _)| range.end <= piece.start) {
                first += 1;
            }
            for (range, owner) in parts[first..].iter().take_while(|(range, _)| range.start < piece.end) {
                let shared = range.end.min(piece.end) - range.start.max(piece.start);
                sizes[*owner].data += shared;
                sizes[*owner].zeroed -= shared;
            }
        }
        sizes.retain(|size| size.data > 0 || size.zeroed > 0);
        sizes
    }

    /// Without overlaps, by address: of several the one that began last, and of those the shortest.
    fn parts(&mut self) -> Vec<(Range<u64>, usize)> {
        self.made.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
        let mut edges: Vec<u64> = self.made.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut parts: Vec<(Range<u64>, usize)> = Vec::new();
        // The latest on top.
        let mut open: BinaryHeap<usize> = BinaryHeap::new();
        let mut next = 0;
        for pair in edges.windows(2) {
            let (start, end) = (pair[0], pair[1]);
            while self.made.get(next).is_some_and(|(range, _)| range.start <= start) {
                open.push(next);
                next += 1;
            }
            while open.peek().is_some_and(|index| self.made[*index].0.end <= start) {
                open.pop();
            }
            let Some(index) = open.peek() else { continue };
            let owner = self.made[*index].1;
            match parts.last_mut() {
                Some((range, before)) if *before == owner && range.end == start => range.end = end,
                _ => parts.push((start..end, owner)),
            }
        }
        parts
    }
}

/// Where data lies in memory, by address. What later data lies over counts once.
fn pieces(module: &Module<'_>) -> Vec<Range<u64>> {
    let addressed = module.segments.iter().filter_map(|segment| {
        let address = segment.address?;
        Some(address..address.checked_add(segment.contents.len() as u64)?)
    });
    let mut pieces: Vec<_> = addressed.collect();
    pieces.sort_by_key(|piece| piece.start);
    let starts: Vec<u64> = pieces.iter().skip(1).map(|piece| piece.start).collect();
    for (piece, next) in pieces.iter_mut().zip(starts) {
        piece.end = piece.end.min(next);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::Segment;

    fn settled(claims: &[(Range<u64>, &str)], segments: &[(u64, usize)]) -> Vec<(String, u64, u64)> {
        let mut all = Claims::default();
        for (range, name) in claims {
            all.add(range.clone(), "main", name);
        }
        let segments = segments
            .iter()
            .map(|(address, length)| Segment { contents: 0..*length, address: Some(*address) })
            .collect();
        let module = Module { segments, ..Module::default() };
        let sizes = all.settle(&module);
        sizes.into_iter().map(|size| (size.name, size.data, size.zeroed)).collect()
    }

    #[test]
    fn the_innermost_claim_counts_and_no_byte_twice() {
        let claims = [(0..100, "table"), (10..20, "one"), (15..30, "two"), (200..260, "zeroed")];
        let sizes = settled(&claims, &[(0, 50), (60, 20), (210, 10)]);
        let expected = [("table", 50, 30), ("one", 5, 0), ("two", 15, 0), ("zeroed", 10, 50)];
        let expected = expected.map(|(name, data, zeroed)| (name.to_owned(), data, zeroed));
        assert_eq!(sizes, expected);
    }

    #[test]
    fn data_over_data_counts_once() {
        let whole = 0..u64::MAX;
        let sizes = settled(&[(whole, "all")], &[(0, 100), (0, 100), (50, 100), (u64::MAX - 5, 100)]);
        assert_eq!((sizes[0].1, sizes.len()), (150, 1));
    }
}
