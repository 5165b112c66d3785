//! Sets of versions, as ranges.

use std::fmt;

/// Versions from one to another, both included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VersionRange {
    /// The first one.
    pub from: u32,
    /// The last one; [`u32::MAX`]: all from the first one on.
    pub to: u32,
}

/// A set of versions; an empty one means any, also an unknown one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Versions(Vec<VersionRange>);

impl Versions {
    /// The set of all that are in any of `ranges`. Ranges that touch become one and empty ones vanish, so that equal sets
    /// are equal values; nothing when no version at all is in.
    pub fn new(ranges: impl IntoIterator<Item = VersionRange>) -> Option<Self> {
        let mut sorted: Vec<VersionRange> =
            ranges.into_iter().filter(|range| range.from <= range.to).collect();
        sorted.sort_unstable();
        let mut merged: Vec<VersionRange> = Vec::new();
        for range in sorted {
            match merged.last_mut() {
                Some(last) if range.from <= last.to.saturating_add(1) => last.to = last.to.max(range.to),
                _ => merged.push(range),
            }
        }
        if merged.is_empty() { None } else { Some(Self(merged)) }
    }

    /// In order, with gaps between them; none means any version.
    pub fn ranges(&self) -> &[VersionRange] {
        &self.0
    }

    /// Is it in the set? An unknown version is in that of all only.
    pub fn contains(&self, version: Option<u32>) -> bool {
        self.0.is_empty()
            || version
                .is_some_and(|version| self.0.iter().any(|range| (range.from..=range.to).contains(&version)))
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" or ")?;
            }
            match range {
                VersionRange { from, to } if from == to => write!(formatter, "{from}")?,
                VersionRange { from, to: u32::MAX } => write!(formatter, "at least {from}")?,
                VersionRange { from: 0, to } => write!(formatter, "at most {to}")?,
                VersionRange { from, to } => write!(formatter, "{from} to {to}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(ranges: &[(u32, u32)]) -> Option<Versions> {
        Versions::new(ranges.iter().map(|(from, to)| VersionRange { from: *from, to: *to }))
    }

    #[test]
    fn equal_sets_are_equal_values() {
        assert_eq!(versions(&[(5, 9), (1, 3), (4, 4)]), versions(&[(1, 9)]));
        assert_eq!(versions(&[(1, 5), (3, 4)]), versions(&[(1, 5)]));
        assert_ne!(versions(&[(1, 3), (5, 9)]), versions(&[(1, 9)]));
        assert_eq!(versions(&[(9, 8), (7, u32::MAX), (u32::MAX, u32::MAX)]), versions(&[(7, u32::MAX)]));
        assert_eq!(versions(&[(2, 1)]), None);
    }

    #[test]
    fn borders_are_in() {
        let set = versions(&[(100, 110), (120, u32::MAX)]).unwrap();
        let inside = [99, 100, 110, 111, 119, 120, u32::MAX].map(|version| set.contains(Some(version)));
        assert_eq!(inside, [false, true, true, false, false, true, true]);
        assert!(!set.contains(None));
        assert!(Versions::default().contains(None));
        assert_eq!(set.to_string(), "100 to 110 or at least 120");
    }
}
