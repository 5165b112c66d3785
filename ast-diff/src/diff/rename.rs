//! Many updates from one label to another are one renaming.

use std::collections::BTreeMap;

use crate::labels::Label;
use crate::matching::Matching;
use crate::script::{Edit, Text};
use crate::tree::Tree;

/// Replaces updates by renames where that takes fewer operations: nodes that keep the label have to say so then.
pub(super) fn find(old: &Tree, new: &Tree, matching: &Matching<'_>, edits: &mut Vec<Edit>) {
    let mut counts: BTreeMap<Label, BTreeMap<Text, u32>> = BTreeMap::new();
    for edit in edits.iter() {
        if let Some((from, to)) = relabelled(old, edit) {
            *counts.entry(from).or_default().entry(to.clone()).or_default() += 1;
        }
    }
    for (from, targets) in counts {
        let Some((to, count)) =
            targets.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 1)
        else {
            continue;
        };
        let keeping: Vec<u32> = (0..old.nodes().len() as u32)
            .filter(|node| old.node(*node).label == from && keeps(old, new, matching, *node))
            .collect();
        if keeping.len() as u32 + 1 >= count {
            continue;
        }
        edits.retain(|edit| relabelled(old, edit) != Some((from, &to)));
        edits.extend(keeping.into_iter().map(|at| Edit::Update {
            at,
            kind: old.node(at).kind,
            label: Text::Old(from),
        }));
        edits.push(Edit::Rename { from, to });
    }
}

/// From and to, for an update that changes only the label.
fn relabelled<'edit>(old: &Tree, edit: &'edit Edit) -> Option<(Label, &'edit Text)> {
    match edit {
        Edit::Update { at, kind, label } if *kind == old.node(*at).kind => {
            let from = old.node(*at).label;
            (from != Label::NONE && *label != Text::Old(from)).then_some((from, label))
        }
        _ => None,
    }
}

/// Does the node stay, with its kind and its label?
fn keeps(old: &Tree, new: &Tree, matching: &Matching<'_>, node: u32) -> bool {
    matching.new_of(node).is_some_and(|theirs| {
        new.node(theirs).kind == old.node(node).kind && new.text(theirs) == old.text(node)
    })
}
