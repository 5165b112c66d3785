//! Everything that one run of `bench edit` finds out.

use super::measure::Measurements;
use super::patches::PatchSizes;
use super::speed::Speed;
use super::statistics::Sample;

/// Times are in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Edits were followed to the screen, not to the release.
    pub(super) screen: bool,
    /// The edits.
    pub(super) measurements: Measurements,
    /// What was sent for those that were patched.
    pub(super) patches: PatchSizes,
    /// From the start of a server that has everything cached to the first screen.
    pub(super) warm_start: Sample,
    /// Bytes of memory that the warm compiler had after all edits.
    pub(super) resident: Option<u64>,
    /// Edits that were patched, against the same kind of edit with `tinygo build` and a module swap.
    pub(super) reload: Comparison,
    /// Edits that were patched, against the standard Go compiler's build alone.
    pub(super) go: Comparison,
    /// Builds of a whole program by the warm compiler, against `tinygo build`.
    pub(super) base: Comparison,
    /// How fast the code runs.
    pub(super) speed: Speed,
    /// What was not measured, and why.
    pub(super) left_out: Vec<String>,
}

/// Times of ours and of others, taken in turns. Machines get slower and faster, so each of theirs is compared with
/// ours of the same turn.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) ours: Sample,
    pub(super) theirs: Sample,
    /// Theirs by ours.
    pub(super) ratios: Sample,
}

impl Comparison {
    /// Adds a turn. What nobody took part in is left out.
    pub(super) fn add(&mut self, ours: Option<f64>, theirs: Option<f64>) {
        self.ours.extend(&ours.into_iter().collect());
        self.theirs.extend(&theirs.into_iter().collect());
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            self.ratios.add(theirs / ours);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_turn() {
        let mut comparison = Comparison::default();
        comparison.add(Some(10.0), Some(100.0));
        comparison.add(Some(20.0), Some(400.0));
        comparison.add(Some(5.0), None);
        comparison.add(None, Some(50.0));
        assert_eq!(comparison.ratios, [10.0, 20.0].into_iter().collect());
        assert_eq!((comparison.ours.len(), comparison.theirs.len()), (3, 3));
        // Nothing takes no time at all, and a ratio to it says nothing.
        comparison.add(Some(0.0), Some(1.0));
        assert_eq!(comparison.ratios.len(), 2);
    }
}
