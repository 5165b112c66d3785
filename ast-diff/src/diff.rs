//! Two trees to the edit script between them.

mod rename;

use std::collections::HashMap;

use crate::matching::{Matching, increasing};
use crate::script::{Edit, Item, Script, Text};
use crate::tree::Tree;

/// Smallest subtree that is taken from elsewhere instead of being written out.
const SMALLEST_COPY: u32 = 2;

/// Base of the rolling hash for who has no random number at hand.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;

/// What turns `old` into `new`.
///
/// The script is the same on every run. Its size is near the least one, not the least: that would take cubic time.
pub fn diff(old: &Tree, new: &Tree) -> Script {
    diff_seeded(old, new, SEED)
}

/// The same; `seed` should differ from process to process where sources may come from enemies.
pub fn diff_seeded(old: &Tree, new: &Tree, seed: u64) -> Script {
    if old == new {
        return Script::default();
    }
    let mut writer =
        Writer { old, new, matching: Matching::find(old, new, seed), edits: Vec::new(), work: vec![(0, 0)] };
    while let Some((ours, theirs)) = writer.work.pop() {
        writer.node(ours, theirs);
    }
    let Writer { mut edits, matching, .. } = writer;
    rename::find(old, new, &matching, &mut edits);
    edits.sort_unstable_by_key(Edit::order);
    Script { edits }
}

struct Writer<'tree> {
    old: &'tree Tree,
    new: &'tree Tree,
    matching: Matching<'tree>,
    edits: Vec<Edit>,
    /// Nodes that are the same one and have not been written.
    work: Vec<(u32, u32)>,
}

impl Writer<'_> {
    fn node(&mut self, ours: u32, theirs: u32) {
        if self.matching.is_untouched(ours) {
            return;
        }
        let (before, after) = (self.old.node(ours), self.new.node(theirs));
        let label = self.text(theirs);
        if before.kind != after.kind || label != Text::Old(before.label) {
            self.edits.push(Edit::Update { at: ours, kind: after.kind, label });
        }
        let mut places = HashMap::new();
        for (place, child) in self.old.children(ours).enumerate() {
            match self.matching.new_of(child) {
                None => self.edits.push(Edit::Delete { at: child }),
                Some(_) => drop(places.insert(child, place)),
            }
        }
        let children: Vec<u32> = self.new.children(theirs).collect();
        let stays = self.stays(&children, &places);
        let (mut position, mut content) = (0, Vec::new());
        for child in children {
            let Some(place) = stays.get(&child) else {
                self.content(child, &mut content);
                continue;
            };
            self.insert(ours, position, &mut content);
            position = *place as u32 + 1;
            if let Some(old) = self.matching.old_of(child) {
                self.work.push((old, child));
            }
        }
        self.insert(ours, position, &mut content);
    }

    /// The children that stay, with their places among the old ones: as many as can without changing their order.
    fn stays(&self, children: &[u32], places: &HashMap<u32, usize>) -> HashMap<u32, usize> {
        let kept: Vec<(u32, usize)> = children
            .iter()
            .filter_map(|child| {
                let old = self.matching.old_of(*child)?;
                Some((*child, *places.get(&old)?))
            })
            .collect();
        let order: Vec<usize> = kept.iter().map(|(_, place)| *place).collect();
        increasing(&order).into_iter().map(|index| kept[index]).collect()
    }

    fn insert(&mut self, parent: u32, position: u32, content: &mut Vec<Item>) {
        if !content.is_empty() {
            self.edits.push(Edit::Insert { parent, position, content: std::mem::take(content) });
        }
    }

    /// Appends a subtree of the new tree.
    fn content(&mut self, root: u32, content: &mut Vec<Item>) {
        let mut next = root;
        while next < self.new.end(root) {
            let node = self.new.node(next);
            if let Some(old) = self.matching.old_of(next) {
                content.push(Item::Moved { at: old });
                self.work.push((old, next));
                next = self.new.end(next);
            } else if let Some(old) = self.copy_of(next) {
                content.push(Item::Copied { at: old });
                next = self.new.end(next);
            } else {
                content.push(Item::New {
                    kind: node.kind,
                    label: self.text(next),
                    children: self.new.children(next).count() as u32,
                });
                next += 1;
            }
        }
    }

    fn text(&self, theirs: u32) -> Text {
        self.matching.label(theirs).map_or_else(|| Text::New(self.new.text(theirs).into()), Text::Old)
    }

    /// An equal subtree of the old tree.
    fn copy_of(&mut self, theirs: u32) -> Option<u32> {
        if self.new.node(theirs).size < SMALLEST_COPY {
            return None;
        }
        self.matching.copy_of(theirs, SMALLEST_COPY)
    }
}
