//! How much what is known counts: found by trying on real edits, part of the format.

use super::surroundings::SURROUNDINGS;

/// Weights of a node with the same surroundings, by how alike they are and how many such nodes there are (1, 2 or 3, more).
pub(crate) type Evidence = [[u32; 3]; SURROUNDINGS];

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// For the kind of a node.
    pub(crate) kind: Evidence,
    /// For its label.
    pub(crate) label: Evidence,
    /// For the number of its children.
    pub(crate) children: Evidence,
    /// Quarters: for nodes of the patch itself, those within 64 nodes, within 512.
    pub(crate) near: [u32; 3],
    /// What is known of all Go sources: the kind after a sibling, the kind below a parent, the number of children.
    pub(crate) prior: [u32; 3],
    /// Labels near the place with the same kind, by distance: 8, 32, 128 nodes.
    pub(crate) window: [u32; 3],
    /// Labels of the patch with the same kind: the last 8, 32, 128 nodes.
    pub(crate) fresh: [u32; 3],
    /// Labels nearby with another kind.
    pub(crate) other_kind: u32,
    /// A label that replaced the same one before.
    pub(crate) replaced: u32,
    /// A byte that followed the same bytes.
    pub(crate) bytes: [u32; 4],
    /// A byte that followed the same bytes in well-known texts.
    pub(crate) pieces: [u32; 4],
    /// A byte after one that is not as foreseen.
    pub(crate) pointer: u32,
}

pub(crate) const WEIGHTS: Weights = Weights {
    kind: [[12, 472, 468], [454, 351, 234], [195, 132, 58], [66, 52, 22], [150, 150, 81], [135, 90, 4]],
    label: [[710, 1066, 472], [236, 236, 157], [199, 88, 56], [66, 73, 42], [67, 45, 6], [26, 11, 0]],
    children: [[69, 236, 104], [52, 177, 78], [25, 38, 58], [12, 10, 2], [67, 45, 33], [11, 11, 7]],
    near: [36, 4, 4],
    prior: [19, 0, 6],
    window: [60, 20, 10],
    fresh: [202, 337, 109],
    other_kind: 4,
    replaced: 16384,
    bytes: [202, 302, 24, 20],
    pieces: [94, 504, 1135, 300],
    pointer: 133,
};

#[cfg(test)]
impl Weights {
    /// Each of them, for those who try others.
    pub(crate) fn all(&mut self) -> Vec<&mut u32> {
        let Self {
            kind,
            label,
            children,
            near,
            prior,
            window,
            fresh,
            other_kind,
            replaced,
            bytes,
            pieces,
            pointer,
        } = self;
        let evidence = [kind, label, children].into_iter().flatten().flatten();
        let short = [near, prior, window, fresh].into_iter().flatten();
        evidence.chain(short).chain([other_kind, replaced, pointer]).chain(bytes).chain(pieces).collect()
    }
}
