//! How much two subtrees have in common.

use super::Matcher;

/// Below this nodes with children are not the same: what they share is less than what tells them apart.
const LEAST: f64 = 0.3;

/// The same for nodes of two kinds, such as an assignment that became a declaration.
const LEAST_OF_KINDS: f64 = 0.8;

/// Tokens of a subtree that are compared; enough to tell declarations apart.
const LONGEST: usize = 4096;

impl Matcher<'_> {
    /// Weight of a pair: how many tokens two subtrees have in common; 0 when they had better stay apart.
    pub(super) fn likeness(&mut self, old: u32, new: u32) -> f64 {
        let (ours, theirs) = (self.old.size(old), self.new.size(new));
        let same_kind = self.old.tree.node(old).kind == self.new.tree.node(new).kind;
        if ours == 1 && theirs == 1 {
            // To give a leaf another text is one operation, to replace it two.
            return if same_kind { 0.5 } else { 0.3 };
        }
        if ours == 1 || theirs == 1 {
            return 0.0;
        }
        if self.budget == 0 {
            return if same_kind { 0.5 } else { 0.0 };
        }
        let share = self.share(old, new);
        let common = share * f64::from(ours + theirs) / 2.0;
        let least = if same_kind { LEAST } else { LEAST_OF_KINDS };
        if share >= least { common + if same_kind { 0.5 } else { 0.0 } } else { 0.0 }
    }

    /// The share of tokens that two subtrees have in common, from 0 to 1.
    pub(super) fn share(&mut self, old: u32, new: u32) -> f64 {
        let (ours, theirs) = (self.old.subtree(old), self.new.subtree(new));
        let (ours, theirs) = (&ours[..ours.len().min(LONGEST)], &theirs[..theirs.len().min(LONGEST)]);
        self.budget = self.budget.saturating_sub(ours.len() + theirs.len());
        let (mut ours, mut theirs) = (ours.to_vec(), theirs.to_vec());
        ours.sort_unstable();
        theirs.sort_unstable();
        let (mut here, mut there, mut common) = (0, 0, 0_u32);
        while here < ours.len() && there < theirs.len() {
            match ours[here].cmp(&theirs[there]) {
                std::cmp::Ordering::Less => here += 1,
                std::cmp::Ordering::Greater => there += 1,
                std::cmp::Ordering::Equal => (here, there, common) = (here + 1, there + 1, common + 1),
            }
        }
        2.0 * f64::from(common) / (ours.len() + theirs.len()) as f64
    }
}
