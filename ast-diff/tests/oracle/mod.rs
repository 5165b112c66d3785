//! A simple difference of two trees, to have scripts that do not come from the matcher: equal subtrees are cut, children
//! are aligned, the rest is deleted and inserted.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ast_diff::{Edit, Item, Label, Script, Text, Tree};

/// Products of lengths up to which children are aligned by a table; longer lists by position.
const LARGEST_TABLE: usize = 1 << 20;
/// Smaller subtrees are written again instead of being copied.
const SMALLEST_COPY: u32 = 4;

/// The script that turns `old` into `new`.
pub(crate) fn diff(old: &Tree, new: &Tree) -> Script {
    let sides = Sides {
        old,
        new,
        old_hashes: hashes(old),
        new_hashes: hashes(new),
        known: old.labels().iter().enumerate().map(|(number, text)| (text, Label(number as u32))).collect(),
    };
    let mut found = Found::default();
    let mut pairs = vec![(0, 0)];
    while let Some((left, right)) = pairs.pop() {
        sides.compare(left, right, &mut found, &mut pairs);
    }
    sides.script(found)
}

#[derive(Default)]
struct Found {
    updates: Vec<(u32, u32)>,
    deletes: Vec<u32>,
    /// Parent, position, roots in the new tree.
    inserts: Vec<(u32, u32, Vec<u32>)>,
}

struct Sides<'a> {
    old: &'a Tree,
    new: &'a Tree,
    old_hashes: Vec<u64>,
    new_hashes: Vec<u64>,
    known: HashMap<&'a [u8], Label>,
}

/// By node, of its whole subtree.
fn hashes(tree: &Tree) -> Vec<u64> {
    let mut hashes = vec![0; tree.nodes().len()];
    for index in (0..tree.nodes().len() as u32).rev() {
        let mut hasher = DefaultHasher::new();
        (tree.node(index).kind.number(), tree.text(index)).hash(&mut hasher);
        for child in tree.children(index) {
            hashes[child as usize].hash(&mut hasher);
        }
        hashes[index as usize] = hasher.finish();
    }
    hashes
}

impl Sides<'_> {
    fn compare(&self, left: u32, right: u32, found: &mut Found, pairs: &mut Vec<(u32, u32)>) {
        if self.old_hashes[left as usize] == self.new_hashes[right as usize] {
            return;
        }
        let (old, new) = (self.old.node(left), self.new.node(right));
        if old.kind != new.kind || self.old.text(left) != self.new.text(right) {
            found.updates.push((left, right));
        }
        let lefts: Vec<u32> = self.old.children(left).collect();
        let rights: Vec<u32> = self.new.children(right).collect();
        let equal = align(lefts.len(), rights.len(), |l, r| {
            self.old_hashes[lefts[l] as usize] == self.new_hashes[rights[r] as usize]
        });
        let (mut l, mut r) = (0, 0);
        for (to_left, to_right) in equal.into_iter().chain([(lefts.len(), rights.len())]) {
            self.gap(left, l, &lefts[l..to_left], &rights[r..to_right], found, pairs);
            (l, r) = (to_left + 1, to_right + 1);
        }
    }

    /// Children between two that are equal: those of one kind are compared, the rest goes and comes.
    fn gap(
        &self,
        parent: u32,
        first: usize,
        lefts: &[u32],
        rights: &[u32],
        found: &mut Found,
        pairs: &mut Vec<(u32, u32)>,
    ) {
        let alike = align(lefts.len(), rights.len(), |l, r| self.is_alike(lefts[l], rights[r]));
        let (mut l, mut r) = (0, 0);
        for (to_left, to_right) in alike.into_iter().chain([(lefts.len(), rights.len())]) {
            found.deletes.extend(&lefts[l..to_left]);
            if r < to_right {
                found.inserts.push((parent, (first + l) as u32, rights[r..to_right].to_vec()));
            }
            if to_left < lefts.len() {
                pairs.push((lefts[to_left], rights[to_right]));
            }
            (l, r) = (to_left + 1, to_right + 1);
        }
    }

    /// Same kind, and for large ones enough leaves in common.
    fn is_alike(&self, left: u32, right: u32) -> bool {
        let (old, new) = (self.old.node(left), self.new.node(right));
        if old.kind != new.kind {
            return false;
        }
        if old.size < 4 || new.size < 4 || old.size + new.size > 4000 {
            return true;
        }
        let mut texts: Vec<&[u8]> = (left..self.old.end(left)).map(|index| self.old.text(index)).collect();
        texts.sort_unstable();
        let common =
            (right..self.new.end(right)).filter(|index| texts.binary_search(&self.new.text(*index)).is_ok());
        common.count() * 2 > new.size as usize
    }

    fn script(&self, found: Found) -> Script {
        let mut at_hash: HashMap<u64, Vec<u32>> = HashMap::new();
        for (index, hash) in self.old_hashes.iter().enumerate() {
            at_hash.entry(*hash).or_default().push(index as u32);
        }
        let mut gone: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut is_gone = vec![false; self.old.nodes().len()];
        for delete in &found.deletes {
            gone.entry(self.old_hashes[*delete as usize]).or_default().push(*delete);
            is_gone[*delete as usize..self.old.end(*delete) as usize].fill(true);
        }
        let mut edits = Vec::new();
        for (left, right) in found.updates {
            let kind = self.new.node(right).kind;
            edits.push(Edit::Update { at: left, kind, label: self.text(right) });
        }
        let mut moved = Vec::new();
        for (parent, position, roots) in found.inserts {
            let mut content = Vec::new();
            for root in roots {
                let mut index = root;
                while index < self.new.end(root) {
                    let node = self.new.node(index);
                    let hash = self.new_hashes[index as usize];
                    if node.size >= SMALLEST_COPY || node.label != Label::NONE && node.size > 1 {
                        if let Some(at) = gone.get_mut(&hash).and_then(Vec::pop) {
                            content.push(Item::Moved { at });
                            moved.push(at);
                            index += node.size;
                            continue;
                        }
                        if node.size >= SMALLEST_COPY
                            && let Some(at) = at_hash.get(&hash).and_then(|known| known.first())
                        {
                            content.push(Item::Copied { at: *at });
                            index += node.size;
                            continue;
                        }
                    }
                    let children = self.new.children(index).count() as u32;
                    content.push(Item::New { kind: node.kind, label: self.text(index), children });
                    index += 1;
                }
            }
            edits.push(Edit::Insert { parent, position, content });
        }
        edits
            .extend(found.deletes.iter().filter(|at| !moved.contains(at)).map(|at| Edit::Delete { at: *at }));
        edits.sort_by_key(order);
        Script { edits }
    }

    fn text(&self, right: u32) -> Text {
        let text = self.new.text(right);
        self.known.get(text).map_or_else(|| Text::New(text.into()), |label| Text::Old(*label))
    }
}

fn order(edit: &Edit) -> (u8, u32, u8, u32) {
    match edit {
        Edit::Rename { from, .. } => (0, from.0, 0, 0),
        Edit::Update { at, .. } => (1, *at, 0, 0),
        Edit::Delete { at } => (1, *at, 1, 0),
        Edit::Insert { parent, position, .. } => (1, *parent, 2, *position),
    }
}

/// A longest common subsequence, as pairs of indices.
fn align(left: usize, right: usize, equal: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let start = (0..left.min(right)).take_while(|index| equal(*index, *index)).count();
    let longest = left.min(right) - start;
    let end = (0..longest).take_while(|index| equal(left - 1 - index, right - 1 - index)).count();
    let mut pairs: Vec<_> = (0..start).map(|index| (index, index)).collect();
    let (rows, columns) = (left - start - end, right - start - end);
    if rows * columns <= LARGEST_TABLE {
        let width = columns + 1;
        let mut lengths = vec![0_u32; (rows + 1) * width];
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                lengths[row * width + column] = if equal(start + row, start + column) {
                    lengths[(row + 1) * width + column + 1] + 1
                } else {
                    lengths[(row + 1) * width + column].max(lengths[row * width + column + 1])
                };
            }
        }
        let (mut row, mut column) = (0, 0);
        while row < rows && column < columns {
            if equal(start + row, start + column) {
                pairs.push((start + row, start + column));
                (row, column) = (row + 1, column + 1);
            } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
                row += 1;
            } else {
                column += 1;
            }
        }
    }
    pairs.extend((0..end).rev().map(|index| (left - 1 - index, right - 1 - index)));
    pairs
}
