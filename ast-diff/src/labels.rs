//! The texts of a tree, each kept once.

use std::fmt;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

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
