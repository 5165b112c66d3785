//! A whole tree for those who have none: its root, and its nodes coded as those of a patch are.

use crate::coding;
use crate::hash::structure_root;
use crate::labels::Label;
use crate::patch::{Limits, PatchError, Root};
use crate::script::{Item, Text};
use crate::tree::{Tree, TreeBuilder};

/// A tree on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// Root of the tree.
    pub root: Root,
    /// Its nodes, coded.
    pub nodes: Vec<u8>,
}

impl Snapshot {
    /// The message for a tree.
    pub fn of(tree: &Tree) -> Self {
        Self { root: structure_root(tree).into(), nodes: coding::encode_tree(&items(tree)) }
    }

    /// The tree, when it is the one that was meant.
    pub fn tree(&self, limits: &Limits) -> Result<Tree, PatchError> {
        let items = coding::decode_tree(&self.nodes, limits).map_err(|_| PatchError::Malformed)?;
        let tree = built(&items).ok_or(PatchError::Malformed)?;
        if Root::from(structure_root(&tree)) != self.root {
            return Err(PatchError::OtherTarget);
        }
        Ok(tree)
    }
}

fn items(tree: &Tree) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(tree.nodes().len());
    let mut open: Vec<(usize, u32)> = Vec::new();
    for (index, node) in tree.nodes().iter().enumerate() {
        while open.last().is_some_and(|(_, end)| *end <= index as u32) {
            open.pop();
        }
        if let Some((parent, _)) = open.last()
            && let Item::New { children, .. } = &mut items[*parent]
        {
            *children += 1;
        }
        open.push((index, tree.end(index as u32)));
        let label = match node.label {
            Label::NONE => Text::Old(Label::NONE),
            label => Text::New(tree.labels().get(label).into()),
        };
        items.push(Item::New { kind: node.kind, label, children: 0 });
    }
    items
}

fn built(items: &[Item]) -> Option<Tree> {
    let mut builder = TreeBuilder::new();
    let mut missing: Vec<u32> = Vec::new();
    for item in items {
        let Item::New { kind, label, children } = item else { return None };
        builder.open(*kind);
        if let Text::New(text) = label {
            builder.set_label(text);
        }
        missing.push(*children);
        while missing.last() == Some(&0) {
            builder.close();
            missing.pop();
            if let Some(rest) = missing.last_mut() {
                *rest -= 1;
            }
        }
    }
    builder.finish()
}
