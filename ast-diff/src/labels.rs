//! The texts of a tree, each kept once.

use std::fmt;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::tree::Node;

/// A text of one tree; numbers of two trees have nothing to do with each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label(pub u32);

impl Label {
    /// The empty text, which every tree has.
    pub const NONE: Self = Self(0);
}

/// Texts by number, without repetition. The first is the empty one.
///
/// They are bytes: a file that is not UTF-8 is still a file, though not a Go program.
#[derive(Clone, PartialEq, Eq)]
pub struct Labels {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
}

impl Labels {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), ends: vec![0], hashes: vec![xxh3_64(b"")] }
    }

    /// How many there are, the empty one included.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes and texts there are together.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len()
    }

    /// The text of a label.
    pub fn get(&self, label: Label) -> &[u8] {
        let index = label.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..self.ends[index] as usize]
    }

    /// xxh3 of the text: a hint, never a proof of equality.
    pub(crate) fn hash(&self, label: Label) -> u64 {
        self.hashes[label.0 as usize]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|number| self.get(Label(number)))
    }

    /// Takes over labels of another tree that follow each other.
    fn append(&mut self, other: &Self, numbers: std::ops::Range<usize>) {
        let start = numbers.start.checked_sub(1).map_or(0, |before| other.ends[before]);
        let ends = &other.ends[numbers.clone()];
        let Some(end) = ends.last() else { return };
        let place = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&other.bytes[start as usize..*end as usize]);
        self.ends.extend(ends.iter().map(|end| end - start + place));
        self.hashes.extend_from_slice(&other.hashes[numbers]);
    }

    fn push(&mut self, text: &[u8], hash: u64) -> Label {
        let label = Label(self.ends.len() as u32);
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
        self.hashes.push(hash);
        label
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(String::from_utf8_lossy)).finish()
    }
}

/// Finds labels by text.
#[derive(Debug)]
pub(crate) struct Lookup<'labels> {
    labels: &'labels Labels,
    table: HashTable<u32>,
}

impl<'labels> Lookup<'labels> {
    pub(crate) fn new(labels: &'labels Labels) -> Self {
        Self { labels, table: table(labels) }
    }

    /// The label that has the text of a label of another tree.
    pub(crate) fn find(&self, other: &Labels, label: Label) -> Option<Label> {
        find(&self.table, self.labels, other.get(label), other.hash(label))
    }
}

fn table(labels: &Labels) -> HashTable<u32> {
    let hash = |number: &u32| labels.hashes[*number as usize];
    let mut table = HashTable::with_capacity(labels.count() * 2);
    for number in 0..labels.count() as u32 {
        table.insert_unique(hash(&number), number, hash);
    }
    table
}

fn find(table: &HashTable<u32>, labels: &Labels, text: &[u8], hash: u64) -> Option<Label> {
    table.find(hash, |known| labels.get(Label(*known)) == text).map(|known| Label(*known))
}

/// Labels that grow, and are found by text.
#[derive(Clone, Debug)]
pub(crate) struct Interner {
    labels: Labels,
    table: HashTable<u32>,
}

impl Interner {
    pub(crate) fn new() -> Self {
        let labels = Labels::new();
        Self { table: table(&labels), labels }
    }

    pub(crate) fn intern(&mut self, text: &[u8]) -> Label {
        self.intern_hashed(text, xxh3_64(text))
    }

    pub(crate) fn intern_of(&mut self, other: &Labels, label: Label) -> Label {
        self.intern_hashed(other.get(label), other.hash(label))
    }

    fn intern_hashed(&mut self, text: &[u8], hash: u64) -> Label {
        if let Some(known) = find(&self.table, &self.labels, text, hash) {
            return known;
        }
        let label = self.labels.push(text, hash);
        let labels = &self.labels;
        self.table.insert_unique(hash, label.0, |known| labels.hashes[*known as usize]);
        label
    }

    /// The labels that `used` names, numbered anew in that order, and the number of each old one (0 where it is unused).
    pub(crate) fn renumber(&self, used: impl Iterator<Item = Label>) -> (Labels, Vec<Label>) {
        let mut numbers = vec![Label::NONE; self.labels.count()];
        let mut labels = Labels::new();
        for label in used {
            if label != Label::NONE && numbers[label.0 as usize] == Label::NONE {
                numbers[label.0 as usize] = labels.push(self.labels.get(label), self.labels.hash(label));
            }
        }
        (labels, numbers)
    }
}

/// The labels of a tree and more: what is made of it, before it is known which of them stay and in what order.
#[derive(Debug)]
pub(crate) struct Extended<'labels> {
    old: &'labels Labels,
    /// Those that the tree does not have; their numbers are behind its own.
    news: Labels,
    /// Made for the first text.
    table: Option<HashTable<u32>>,
}

impl<'labels> Extended<'labels> {
    pub(crate) fn new(old: &'labels Labels) -> Self {
        Self { old, news: Labels::new(), table: None }
    }

    /// The number of a text.
    pub(crate) fn number(&mut self, text: &[u8]) -> Label {
        let Self { old, news, table } = self;
        let count = old.count() as u32;
        let table = table.get_or_insert_with(|| self::table(old));
        let get = |number: u32| match number.checked_sub(count) {
            Some(new) => (&*news, Label(new + 1)),
            None => (*old, Label(number)),
        };
        let hash = xxh3_64(text);
        let is_same = |number: &u32| {
            let (labels, label) = get(*number);
            labels.get(label) == text
        };
        if let Some(known) = table.find(hash, is_same) {
            return Label(*known);
        }
        let number = count + news.count() as u32 - 1;
        let hash_of = |number: &u32| {
            let (labels, label) = get(*number);
            labels.hash(label)
        };
        table.insert_unique(hash, number, hash_of);
        news.push(text, hash);
        Label(number)
    }

    /// Numbers the labels of nodes in the order in which they first occur; of the first `same` ones it is known that they
    /// have the order of the old tree already.
    pub(crate) fn renumber(&self, nodes: &mut [Node], same: usize) -> Labels {
        const UNKNOWN: u32 = u32::MAX;
        let count = self.old.count() as u32;
        let (first, rest) = nodes.split_at_mut(same);
        let kept = first.iter().fold(0, |highest, node| node.label.0.max(highest)) + 1;
        let mut numbers: Vec<u32> = (0..kept).collect();
        numbers.resize(count as usize + self.news.count() - 1, UNKNOWN);
        let mut order = Vec::with_capacity((count - kept) as usize);
        for node in rest {
            let number = &mut numbers[node.label.0 as usize];
            if *number == UNKNOWN {
                *number = kept + order.len() as u32;
                order.push(node.label.0);
            }
            node.label.0 = *number;
        }
        let mut labels = Labels {
            bytes: Vec::with_capacity(self.old.bytes.len() + self.news.bytes.len()),
            ends: Vec::with_capacity(kept as usize + order.len()),
            hashes: Vec::with_capacity(kept as usize + order.len()),
        };
        labels.append(self.old, 0..kept as usize);
        for run in order.chunk_by(|left, right| left + 1 == *right && *right != count) {
            match run[0].checked_sub(count) {
                Some(new) => labels.append(&self.news, new as usize + 1..new as usize + 1 + run.len()),
                None => labels.append(self.old, run[0] as usize..run[0] as usize + run.len()),
            }
        }
        labels
    }
}
