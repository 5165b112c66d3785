//! The nodes that both ends know, found by what surrounds them: what followed there is likely to follow here.

use crate::labels::Label;
use crate::tree::Tree;

/// How many kinds of surroundings there are, from the longest to the loosest.
pub(crate) const SURROUNDINGS: usize = 6;
/// How many nodes with the same surroundings are looked at.
const LONGEST_CHAIN: usize = 12;

/// A node without its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: u8,
    pub(crate) label: u32,
    pub(crate) children: u32,
}

impl Token {
    fn hash(self) -> u32 {
        mix(u32::from(self.kind) + 1, self.label)
    }
}

/// One step of a multiplicative hash; the upper bits are the good ones.
fn mix(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(11) ^ value).wrapping_mul(0x9E37_79B1)
}

/// A node some of whose children are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) kind: u8,
    /// Kind of its parent.
    pub(crate) above: u8,
    /// How many children are known.
    pub(crate) seen: u32,
    /// Kind of the last of them.
    pub(crate) last: u8,
    /// What the first of them ends with.
    pub(crate) head: u32,
    /// How many there are, or the index behind the last one.
    pub(crate) rest: u32,
}

/// No kind has that number.
pub(crate) const NOTHING: u8 = 127;

impl Open {
    pub(crate) fn new(kind: u8, above: u8, rest: u32) -> Self {
        Self { kind, above, seen: 0, last: NOTHING, head: 0, rest }
    }
}

/// Hashes of what surrounds a node.
pub(crate) type Hashes = [u32; SURROUNDINGS];

/// The nodes, old ones first.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) tokens: Vec<Token>,
    token_hashes: Vec<u32>,
    hashes: Vec<Hashes>,
    /// The node before with the same surroundings, plus one.
    before: Vec<Hashes>,
    heads: Vec<Hashes>,
    shift: u32,
    old: usize,
}

impl Memory {
    pub(crate) fn new(old: Option<&Tree>) -> Self {
        let count = old.map_or(0, |tree| tree.nodes().len());
        let bits = (usize::BITS - count.leading_zeros()).clamp(8, 17);
        let mut memory = Self {
            tokens: Vec::with_capacity(count),
            token_hashes: Vec::with_capacity(count),
            hashes: Vec::with_capacity(count),
            before: Vec::with_capacity(count),
            heads: vec![[0; SURROUNDINGS]; 1 << bits],
            shift: 32 - bits,
            old: count,
        };
        if let Some(tree) = old {
            memory.read(tree);
        }
        memory
    }

    fn read(&mut self, tree: &Tree) {
        let mut open: Vec<(Open, u32)> = Vec::new();
        for (index, node) in tree.nodes().iter().enumerate() {
            let index = index as u32;
            while open.last().is_some_and(|(parent, _)| parent.rest <= index) {
                if let Some((closed, at)) = open.pop() {
                    self.tokens[at as usize].children = closed.seen;
                }
            }
            let (above, hashes) = match open.last_mut() {
                Some((parent, _)) => {
                    let hashes = self.surroundings(parent, index as usize);
                    self.step(parent, node.kind.number(), index as usize);
                    (parent.kind, hashes)
                }
                None => (NOTHING, self.surroundings(&Open::new(NOTHING, NOTHING, 0), 0)),
            };
            self.push(Token { kind: node.kind.number(), label: node.label.0, children: 0 }, hashes);
            if node.size > 1 {
                open.push((Open::new(node.kind.number(), above, index + node.size), index));
            }
        }
        for (closed, at) in open {
            self.tokens[at as usize].children = closed.seen;
        }
    }

    /// How many of the nodes are of the old tree.
    pub(crate) fn old(&self) -> usize {
        self.old
    }

    /// A child of that kind comes next, the nodes before it ending at `end`.
    pub(crate) fn step(&self, parent: &mut Open, kind: u8, end: usize) {
        if parent.seen == 1 {
            parent.head = self.token_hashes[end - 1];
        }
        parent.seen += 1;
        parent.last = kind;
    }

    /// What surrounds the next child of `parent`, when the nodes before it end at `end`.
    pub(crate) fn surroundings(&self, parent: &Open, end: usize) -> Hashes {
        let token = |back: usize| end.checked_sub(back).map_or(0, |index| self.token_hashes[index]);
        let (kind, above, last) = (u32::from(parent.kind), u32::from(parent.above), u32::from(parent.last));
        let head = if parent.seen == 1 { token(1) } else { parent.head };
        let one = mix(kind, token(1));
        let two = mix(one, token(2));
        let three = mix(two, token(3));
        let five = mix(mix(three, token(4)), token(5));
        let step = parent.seen.min(3);
        [
            five,
            three,
            two,
            mix(one, step),
            mix(mix(kind << 7 | above, last), step),
            mix(mix(mix(kind, head), parent.seen.min(7)), last),
        ]
    }

    /// What surrounded a node that is known.
    pub(crate) fn surroundings_of(&self, index: usize) -> Hashes {
        self.hashes[index]
    }

    pub(crate) fn push(&mut self, token: Token, hashes: Hashes) {
        let number = self.tokens.len() as u32 + 1;
        self.tokens.push(token);
        self.token_hashes.push(token.hash());
        self.hashes.push(hashes);
        let mut before = [0; SURROUNDINGS];
        for (order, (hash, before)) in hashes.iter().zip(&mut before).enumerate() {
            let head = &mut self.heads[(hash >> self.shift) as usize][order];
            *before = std::mem::replace(head, number);
        }
        self.before.push(before);
    }

    /// Nodes with the same surroundings, the last ones first: how alike, and which.
    pub(crate) fn alike(&self, hashes: &Hashes, found: &mut Vec<(usize, u32)>) {
        found.clear();
        for (order, hash) in hashes.iter().enumerate() {
            let mut number = self.heads[(hash >> self.shift) as usize][order];
            for _ in 0..LONGEST_CHAIN {
                let Some(index) = number.checked_sub(1) else { break };
                if self.hashes[index as usize][order] == *hash {
                    found.push((order, index));
                }
                number = self.before[index as usize][order];
            }
        }
    }

    /// What a subtree of the old tree ends with, for [`Open::head`].
    pub(crate) fn tail(&self, end: u32) -> u32 {
        self.token_hashes[end as usize - 1]
    }

    /// Labels that are in the tree with that kind, each once.
    pub(crate) fn labels_of(&self, kind: u8, labels: usize) -> Vec<Label> {
        let mut is_known = vec![false; labels];
        let mut found = Vec::new();
        for token in &self.tokens[..self.old] {
            if token.kind == kind && !std::mem::replace(&mut is_known[token.label as usize], true) {
                found.push(Label(token.label));
            }
        }
        found
    }
}
