//! Hashes of a tree: what they cover, and how they are made.
//!
//! The *structure root* is what a replica verifies: equal roots mean equal [`Tree`]s, order included. It is a Merkle hash
//! of two levels:
//!
//! ```text
//! root        = H("ast-diff root 1"        grammar  node(root)  digest of each child)
//! child       = H("ast-diff declaration 1" node of each node of its subtree, in preorder)
//! grammar     = H("ast-diff grammar 1"     length and name of each kind, in the order of their numbers)
//! node        = number of the kind (1 byte), size of the subtree (varint), length of the label (varint), label
//! ```
//!
//! A node is far smaller than a block of the hash function, which costs the same for one byte as for 64: whole
//! declarations are hashed in one go, and only they have digests that can be kept. Sizes of subtrees say the same as
//! counts of children, and need not be counted. Kinds are numbers, but the digest of their names is in the root: two ends
//! with other lists of kinds never agree by chance.
//!
//! What a tree has, and with it the root:
//!
//! 1. In: the kind of every node, all names, literals as they are spelled, operators, `...`, channel arrows, struct tags.
//! 2. In: the order of everything.
//! 3. In: directives, build constraints, cgo preambles, expected output of examples; where they are, as far as it counts.
//! 4. In: every byte of what could not be read.
//! 5. Out: blanks, newlines, semicolons, trailing commas, parentheses around a specification, carriage returns.
//! 6. Out: comments that no compiler reads.
//!
//! [`crate::Outline`] has hashes that leave out more: order that means nothing, and bodies.

use std::ops::Range;
use std::sync::OnceLock;

use crate::kind::Kind;
use crate::tree::Tree;

/// A hash of 256 bits. A collision would let an edit go unseen, so there is no shorter one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{self}")
    }
}

/// What canonical bytes are hashed with.
pub trait HashFunction {
    /// As people know it.
    const NAME: &'static str;

    /// How many bits of a [`Digest`] it fills. Two of `n` different texts collide by chance with a probability of about
    /// `n * n / 2 ^ (bits + 1)`.
    const BITS: u32;

    /// Can nobody make two texts with the same digest on purpose?
    const RESISTS_ATTACKS: bool;

    /// The hash of a text; what it does not fill is 0.
    fn digest(bytes: &[u8]) -> Digest;
}

/// BLAKE3: what is used for all that leaves the process.
#[derive(Clone, Copy, Debug)]
pub struct Blake3;

impl HashFunction for Blake3 {
    const NAME: &'static str = "BLAKE3";
    const BITS: u32 = 256;
    const RESISTS_ATTACKS: bool = true;

    fn digest(bytes: &[u8]) -> Digest {
        Digest(*blake3::hash(bytes).as_bytes())
    }
}

/// xxh3 with 128 bits: fast, and no defence against those who look for collisions.
#[derive(Clone, Copy, Debug)]
pub struct Xxh3;

impl HashFunction for Xxh3 {
    const NAME: &'static str = "xxh3";
    const BITS: u32 = 128;
    const RESISTS_ATTACKS: bool = false;

    fn digest(bytes: &[u8]) -> Digest {
        let mut digest = Digest::default();
        digest.0[..16].copy_from_slice(&xxhash_rust::xxh3::xxh3_128(bytes).to_le_bytes());
        digest
    }
}

/// The structure root of a tree.
pub fn structure_root(tree: &Tree) -> Digest {
    Hashes::of(tree).root()
}

/// The structure root of a tree, and what of it can be used again when the tree changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hashes {
    /// The root of each child of the tree's root.
    children: Vec<Digest>,
    root: Digest,
    /// How many children were hashed to get here: the cost, without a clock.
    hashed: usize,
}

/// Children of a tree's root that are what children of an earlier one's were, side by side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// Index of the first one.
    pub(crate) new: u32,
    /// All of their nodes in the earlier tree.
    pub(crate) old: Range<u32>,
}

impl Hashes {
    /// Hashes all of a tree.
    pub fn of(tree: &Tree) -> Self {
        Self::whole::<Blake3>(tree, known_grammar())
    }

    /// Hashes all of a tree with another function.
    pub fn with<H: HashFunction>(tree: &Tree) -> Self {
        Self::whole::<H>(tree, grammar::<H>())
    }

    fn whole<H: HashFunction>(tree: &Tree, grammar: Digest) -> Self {
        let mut buffer = Vec::new();
        let children: Vec<_> =
            tree.children(0).map(|child| child_digest::<H>(tree, child, &mut buffer)).collect();
        let hashed = children.len();
        Self::join::<H>(tree, grammar, children, hashed, &mut buffer)
    }

    /// Hashes what is new in a tree that was `old`; the result is that of [`Hashes::of`].
    pub fn again(old: &Tree, known: &Self, new: &Tree) -> Self {
        let mut buffer = Vec::new();
        let old_children: Vec<u32> = old.children(0).collect();
        let new_children: Vec<u32> = new.children(0).collect();
        let mut translation = Translation::new(old, new);
        let shorter = old_children.len().min(new_children.len());
        let first =
            (0..shorter).take_while(|at| translation.is_same(old_children[*at], new_children[*at])).count();
        let last = (1..=shorter - first)
            .take_while(|back| {
                let (old, new) = (old_children.len() - back, new_children.len() - back);
                translation.is_same(old_children[old], new_children[new])
            })
            .count();
        let mut children = Vec::with_capacity(new_children.len());
        children.extend_from_slice(&known.children[..first]);
        let between = &new_children[first..new_children.len() - last];
        children.extend(between.iter().map(|child| child_digest::<Blake3>(new, *child, &mut buffer)));
        children.extend_from_slice(&known.children[known.children.len() - last..]);
        Self::join::<Blake3>(new, known_grammar(), children, between.len(), &mut buffer)
    }

    /// Hashes what is new in a tree that was `old`, when `runs`, in the order of the tree, are what is not; the result is
    /// that of [`Hashes::of`].
    pub(crate) fn after(old: &Tree, known: &Self, new: &Tree, runs: &[Run]) -> Self {
        let mut buffer = Vec::new();
        let old_children: Vec<u32> = old.children(0).collect();
        let mut runs = runs.iter().peekable();
        let mut children = Vec::with_capacity(known.children.len() + 4);
        let mut hashed = 0;
        let mut child = 1;
        while (child as usize) < new.nodes().len() {
            if let Some(run) = runs.next_if(|run| run.new == child)
                && let Ok(first) = old_children.binary_search(&run.old.start)
            {
                let last = old_children.partition_point(|start| *start < run.old.end);
                children.extend_from_slice(&known.children[first..last]);
                child += run.old.end - run.old.start;
            } else {
                children.push(child_digest::<Blake3>(new, child, &mut buffer));
                hashed += 1;
                child = new.end(child);
            }
        }
        Self::join::<Blake3>(new, known_grammar(), children, hashed, &mut buffer)
    }

    fn join<H: HashFunction>(
        tree: &Tree,
        grammar: Digest,
        children: Vec<Digest>,
        hashed: usize,
        buffer: &mut Vec<u8>,
    ) -> Self {
        buffer.clear();
        buffer.extend_from_slice(b"ast-diff root 1");
        buffer.extend_from_slice(&grammar.0);
        write_nodes(tree, 0..1, buffer);
        for child in &children {
            buffer.extend_from_slice(&child.0);
        }
        Self { root: H::digest(buffer), children, hashed }
    }

    /// The structure root.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The digests of the children of the tree's root, in order.
    pub fn children(&self) -> &[Digest] {
        &self.children
    }

    /// How many of the children were hashed, and not known before.
    pub fn hashed(&self) -> usize {
        self.hashed
    }
}

/// The digest of the list of kinds. Two ends that speak of trees must have the same.
pub fn grammar<H: HashFunction>() -> Digest {
    let mut bytes = b"ast-diff grammar 1".to_vec();
    for kind in Kind::ALL {
        write_text(kind.name().as_bytes(), &mut bytes);
    }
    H::digest(&bytes)
}

/// [`grammar`] with the function that every root is made with.
fn known_grammar() -> Digest {
    static GRAMMAR: OnceLock<Digest> = OnceLock::new();
    *GRAMMAR.get_or_init(grammar::<Blake3>)
}

fn child_digest<H: HashFunction>(tree: &Tree, child: u32, buffer: &mut Vec<u8>) -> Digest {
    buffer.clear();
    buffer.extend_from_slice(b"ast-diff declaration 1");
    write_nodes(tree, child as usize..tree.end(child) as usize, buffer);
    H::digest(buffer)
}

/// Appends the canonical bytes of nodes.
pub(crate) fn write_nodes(tree: &Tree, nodes: Range<usize>, bytes: &mut Vec<u8>) {
    for node in &tree.nodes()[nodes] {
        bytes.push(node.kind.number());
        write_number(node.size, bytes);
        write_text(tree.labels().get(node.label), bytes);
    }
}

/// Appends a text and its length before it.
pub(crate) fn write_text(text: &[u8], bytes: &mut Vec<u8>) {
    write_number(text.len() as u32, bytes);
    bytes.extend_from_slice(text);
}

/// Appends a number, seven bits a byte, the lowest first; all but the last byte have the eighth set.
pub(crate) fn write_number(mut number: u32, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Compares subtrees of two trees, the texts of each pair of labels once.
struct Translation<'a> {
    old: &'a Tree,
    new: &'a Tree,
    /// By label of the old tree: the label of the new tree with the same text, plus one.
    labels: Vec<u32>,
}

impl<'a> Translation<'a> {
    fn new(old: &'a Tree, new: &'a Tree) -> Self {
        Self { old, new, labels: vec![0; old.labels().count()] }
    }

    fn is_same(&mut self, old: u32, new: u32) -> bool {
        let (left, right) = (self.old.subtree(old), self.new.subtree(new));
        left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| {
                if left.kind != right.kind || left.size != right.size {
                    return false;
                }
                let known = &mut self.labels[left.label.0 as usize];
                if *known == 0 && self.old.labels().get(left.label) == self.new.labels().get(right.label) {
                    *known = right.label.0 + 1;
                }
                *known == right.label.0 + 1
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::apply_traced;
    use crate::labels::Label;
    use crate::script::{Edit, Item, Script, Text};
    use crate::tree::TreeBuilder;

    fn file(declarations: &[&[&str]]) -> Tree {
        let mut builder = TreeBuilder::new();
        builder.open(Kind::SOURCE_FILE);
        for names in declarations {
            builder.open(Kind::BLOCK);
            for name in *names {
                builder.leaf(Kind::IDENTIFIER, name.as_bytes());
            }
            builder.close();
        }
        builder.close();
        builder.finish().unwrap()
    }

    #[test]
    fn every_difference_of_trees_is_one_of_roots() {
        let trees = [
            file(&[]),
            file(&[&[]]),
            file(&[&["a"]]),
            file(&[&["a", "b"]]),
            file(&[&["ab"]]),
            file(&[&["b", "a"]]),
            file(&[&["a"], &["b"]]),
            file(&[&["b"], &["a"]]),
            file(&[&["a"], &["b"], &[]]),
        ];
        let mut roots: Vec<_> = trees.iter().map(structure_root).collect();
        roots.sort_unstable();
        roots.dedup();
        assert_eq!(roots.len(), trees.len());
    }

    #[test]
    fn what_is_hashed_again_is_what_changed() {
        let old = file(&[&["a"], &["b", "c"], &["d"], &["e"]]);
        let known = Hashes::of(&old);
        for (new, hashed) in [
            (file(&[&["a"], &["b", "c"], &["d"], &["e"]]), 0),
            (file(&[&["a"], &["x", "c"], &["d"], &["e"]]), 1),
            (file(&[&["a"], &["d"], &["e"]]), 0),
            (file(&[&["a"], &["b", "c"], &["d"], &["e"], &["f"]]), 1),
            (file(&[&["d"], &["b", "c"], &["a"], &["e"]]), 3),
            (file(&[]), 0),
            (file(&[&["a"], &["a"], &["b", "c"], &["d"], &["e"]]), 1),
        ] {
            let again = Hashes::again(&old, &known, &new);
            assert_eq!(again.root(), structure_root(&new));
            assert_eq!(again.children(), Hashes::of(&new).children());
            assert_eq!(again.hashed(), hashed);
        }
    }

    #[test]
    fn what_nothing_happens_to_is_not_hashed() {
        let names: Vec<String> = (0..1000).map(|number| format!("name{}", number / 2)).collect();
        let declarations: Vec<[&str; 2]> = names.iter().map(|name| [name.as_str(), "same"]).collect();
        let declarations: Vec<&[&str]> = declarations.iter().map(|names| &names[..]).collect();
        let old = file(&declarations);
        let known = Hashes::of(&old);
        let block = |number: u32| 1 + 3 * number;
        let text = |text: &str| Text::New(text.as_bytes().into());
        let update = |at| Edit::Update { at, kind: Kind::IDENTIFIER, label: text("x") };
        let insert = |content| Edit::Insert { parent: 0, position: 10, content };
        let new = |kind, children| Item::New { kind, label: text("y"), children };
        for (edits, hashed) in [
            (vec![update(block(500) + 1)], 1),
            (vec![update(block(5) + 1), update(block(5) + 2), update(block(999) + 2)], 2),
            (vec![Edit::Delete { at: block(7) }], 0),
            (vec![insert(vec![Item::Moved { at: block(700) }, Item::Moved { at: block(300) }])], 0),
            (vec![insert(vec![Item::Copied { at: block(700) }])], 0),
            (vec![insert(vec![new(Kind::BLOCK, 1), new(Kind::INT_LITERAL, 0)])], 1),
            (vec![insert(vec![Item::Copied { at: block(700) + 1 }])], 1),
            (vec![Edit::Rename { from: Label(1), to: text("z") }], 2),
        ] {
            let (tree, runs) = apply_traced(&old, &Script { edits }, 10_000).unwrap();
            let after = Hashes::after(&old, &known, &tree, &runs);
            assert_eq!(after.children(), Hashes::of(&tree).children());
            assert_eq!((after.root(), after.hashed()), (structure_root(&tree), hashed));
        }
    }

    #[test]
    fn the_root_is_the_same_for_ever() {
        // A change of this value is a change of the wire: the number in the domain tags is raised with it.
        let root = structure_root(&file(&[&["a"], &["b", "c"]])).to_string();
        assert_eq!(root, "18d81d4930f17530648e63260278d1455d6911daf879dcc019953ae40001bc9c");
    }

    #[test]
    fn depth_needs_no_stack() {
        let deep = || {
            let mut builder = TreeBuilder::new();
            builder.open(Kind::SOURCE_FILE);
            for _ in 0..100_000 {
                builder.open(Kind::PARENTHESIZED_EXPRESSION);
            }
            for _ in 0..=100_000 {
                builder.close();
            }
            structure_root(&builder.finish().unwrap())
        };
        let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(deep).unwrap();
        assert_ne!(thread.join().unwrap(), Digest::default());
    }

    #[test]
    fn functions_differ() {
        let tree = file(&[&["a"]]);
        assert_ne!(Hashes::with::<Xxh3>(&tree).root(), structure_root(&tree));
        assert_eq!(Xxh3::digest(b"a").0[16..], [0; 16]);
    }
}
