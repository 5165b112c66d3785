//! The receiving end: parts in any order to a tree that is always one that the sender had.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::ops::Range;

use crate::apply::apply;
use crate::hash::{Digest, Hashes};
use crate::kind::Kind;
use crate::part::{Head, Part};
use crate::patch::{Limits, Patch, PatchError, Root};
use crate::snapshot::Snapshot;
use crate::tree::Tree;

/// Why a whole tree is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// There is none yet.
    Nothing,
    /// A message could not be applied.
    Refused(PatchError),
    /// So much came out of order that it could not be kept.
    TooMuch,
    /// Two parts with the same number said different things, or one came after the last.
    Contradiction,
}

/// What became of a part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fed {
    /// It was known, or belongs to what is over.
    Repeated,
    /// Other parts have to come first.
    Waiting,
    /// The tree is another one now.
    Changed(Vec<Change>),
    /// The tree is the one that it was, and patches are of no use until a snapshot comes.
    Stuck(Reason),
}

/// What happened to a declaration, or another child of the tree's root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its nodes in the tree before; empty for one that is new.
    pub old: Range<u32>,
    /// Its nodes in the tree now; empty for one that is gone.
    pub new: Range<u32>,
    /// Is what it says the same, and only its place another?
    pub is_moved: bool,
}

/// A message some of whose parts are there.
#[derive(Debug, Default)]
struct Assembly {
    parts: BTreeMap<u32, Part>,
    /// How many parts there are, once the last one is known.
    count: Option<u32>,
}

impl Assembly {
    fn is_whole(&self) -> bool {
        self.count.is_some_and(|count| self.parts.len() == count as usize)
    }
}

/// What a part takes beside its bytes, so that many empty ones are not free.
const OVERHEAD: usize = 128;

/// A tree that follows another one.
#[derive(Debug)]
pub struct Replica {
    tree: Option<(Tree, Hashes)>,
    /// Number of the message that comes next.
    next: u64,
    /// Messages from `next` on.
    held: BTreeMap<u64, Assembly>,
    /// How much is in them.
    size: usize,
    longest: usize,
    limits: Limits,
    reason: Option<Reason>,
}

impl Replica {
    /// Without a tree. Of parts that came too early at most `longest` bytes are kept.
    pub fn new(limits: Limits, longest: usize) -> Self {
        Self {
            tree: None,
            next: 0,
            held: BTreeMap::new(),
            size: 0,
            longest,
            limits,
            reason: Some(Reason::Nothing),
        }
    }

    /// The tree; what it says was verified.
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref().map(|(tree, _)| tree)
    }

    /// The tree's root.
    pub fn root(&self) -> Option<Digest> {
        self.tree.as_ref().map(|(_, hashes)| hashes.root())
    }

    /// Is a snapshot needed, and why? One is worth asking for too when [`Replica::missing`] stays for long.
    pub fn wants_snapshot(&self) -> Option<Reason> {
        self.reason
    }

    /// The first message that is not there although parts of later ones, or of itself, are.
    pub fn missing(&self) -> Option<u64> {
        (!self.held.is_empty() && self.reason.is_none()).then_some(self.next)
    }

    /// Takes a part.
    pub fn feed(&mut self, part: Part) -> Fed {
        let (message, number) = (part.message, part.number);
        // The last number has none after it.
        if message < self.next || message == u64::MAX || (number == 0) != part.head.is_some() {
            return Fed::Repeated;
        }
        let size = part.bytes.len() + OVERHEAD;
        let assembly = self.held.entry(message).or_default();
        if let Some(known) = assembly.parts.get(&number) {
            return if *known == part { Fed::Repeated } else { self.give_up(Reason::Contradiction) };
        }
        if part.is_last {
            if assembly.count.is_some() || assembly.parts.range(number..).next().is_some() {
                return self.give_up(Reason::Contradiction);
            }
            assembly.count = number.checked_add(1);
        } else if assembly.count.is_some_and(|count| number >= count) {
            return self.give_up(Reason::Contradiction);
        }
        assembly.parts.insert(number, part);
        self.size += size;
        if self.size > self.longest {
            return self.give_up(Reason::TooMuch);
        }
        if !self.held.get(&message).is_some_and(Assembly::is_whole) {
            return Fed::Waiting;
        }
        self.advance()
    }

    /// Applies all that can be.
    fn advance(&mut self) -> Fed {
        let before = self.tree.clone();
        let mut is_changed = false;
        // The last snapshot makes all that is before it unnecessary.
        let is_snapshot = |assembly: &Assembly| {
            assembly.is_whole()
                && assembly.parts.get(&0).is_some_and(|part| matches!(part.head, Some(Head::Snapshot(_))))
        };
        if let Some(number) =
            self.held.iter().rev().find(|(_, assembly)| is_snapshot(assembly)).map(|(number, _)| *number)
        {
            while let Some(first) = self.held.first_key_value().map(|(first, _)| *first)
                && first < number
            {
                self.remove(first);
            }
            self.next = number;
            self.reason = None;
        }
        while self.reason.is_none() && self.held.get(&self.next).is_some_and(Assembly::is_whole) {
            let (head, bytes) = self.remove(self.next);
            self.next += 1;
            match self.made(head, bytes) {
                Ok(tree) => {
                    self.tree = Some(tree);
                    is_changed = true;
                }
                Err(error) => self.reason = Some(Reason::Refused(error)),
            }
        }
        match (&self.tree, self.reason) {
            (_, Some(reason)) => Fed::Stuck(reason),
            (Some(now), None) if is_changed => Fed::Changed(changes(before.as_ref(), now)),
            _ => Fed::Waiting,
        }
    }

    fn made(&self, head: Option<Head>, bytes: Vec<u8>) -> Result<(Tree, Hashes), PatchError> {
        match head.ok_or(PatchError::Malformed)? {
            Head::Snapshot(root) => {
                let tree = Snapshot { root, nodes: bytes }.tree(&self.limits)?;
                let hashes = Hashes::of(&tree);
                Ok((tree, hashes))
            }
            Head::Patch(base, target) => {
                let (old, known) = self.tree.as_ref().ok_or(PatchError::OtherBase)?;
                if known.root().0[..8] != base {
                    return Err(PatchError::OtherBase);
                }
                let script = Patch { base, target, operations: bytes }.script(old, &self.limits)?;
                let new = apply(old, &script, self.limits.nodes)?;
                let hashes = Hashes::again(old, known, &new);
                if Root::from(hashes.root()) != target {
                    return Err(PatchError::OtherTarget);
                }
                Ok((new, hashes))
            }
        }
    }

    /// Takes a message out; what it is, and all of its bytes.
    fn remove(&mut self, message: u64) -> (Option<Head>, Vec<u8>) {
        let parts = self.held.remove(&message).unwrap_or_default().parts;
        let mut head = None;
        let mut bytes = Vec::new();
        for part in parts.into_values() {
            self.size -= part.bytes.len() + OVERHEAD;
            head = head.or(part.head);
            bytes.extend_from_slice(&part.bytes);
        }
        (head, bytes)
    }

    /// Forgets what came too early.
    fn give_up(&mut self, reason: Reason) -> Fed {
        self.held.clear();
        self.size = 0;
        self.reason = Some(reason);
        Fed::Stuck(reason)
    }
}

/// What happened to the children of the root.
fn changes(before: Option<&(Tree, Hashes)>, now: &(Tree, Hashes)) -> Vec<Change> {
    let (new, new_digests) = (&now.0, now.1.children());
    let ranges =
        |tree: &Tree| -> Vec<Range<u32>> { tree.children(0).map(|child| child..tree.end(child)).collect() };
    let news = ranges(new);
    let Some((old, hashes)) = before else {
        return news.into_iter().map(|new| Change { old: 0..0, new, is_moved: false }).collect();
    };
    let (olds, old_digests) = (ranges(old), hashes.children());
    let shorter = olds.len().min(news.len());
    let first = (0..shorter).take_while(|at| old_digests[*at] == new_digests[*at]).count();
    let last = (1..=shorter - first)
        .take_while(|back| old_digests[olds.len() - back] == new_digests[news.len() - back])
        .count();
    // Between them: first the same ones, then those with the same name.
    let (old_between, new_between) = (first..olds.len() - last, first..news.len() - last);
    let mut same = Unmatched::of(new_between.clone().map(|at| (new_digests[at], at)));
    let mut furthest = 0;
    let mut partners: Vec<Option<usize>> = Vec::new();
    let mut is_new = vec![true; news.len()];
    let mut changes = Vec::new();
    for at in old_between.clone() {
        let found = same.take(&old_digests[at]);
        if let Some(other) = found {
            is_new[other] = false;
            // One that only gave way to others is where it was.
            if other < furthest {
                changes.push(Change { old: olds[at].clone(), new: news[other].clone(), is_moved: true });
            }
            furthest = furthest.max(other);
        }
        partners.push(found);
    }
    let mut named =
        Unmatched::of(new_between.clone().filter(|at| is_new[*at]).map(|at| (name(new, news[at].start), at)));
    for (at, _) in old_between.zip(partners).filter(|(_, partner)| partner.is_none()) {
        let found = named.take(&name(old, olds[at].start));
        let range = found.map_or(0..0, |other| {
            is_new[other] = false;
            news[other].clone()
        });
        changes.push(Change { old: olds[at].clone(), new: range, is_moved: false });
    }
    for at in new_between.filter(|at| is_new[*at]) {
        changes.push(Change { old: 0..0, new: news[at].clone(), is_moved: false });
    }
    changes.sort_by_key(|change| (change.new.start, change.old.start));
    changes
}

/// Indices by what is at them, each to be taken once, the first ones first.
struct Unmatched<K>(HashMap<K, VecDeque<usize>>);

impl<K: Eq + Hash> Unmatched<K> {
    fn of(entries: impl Iterator<Item = (K, usize)>) -> Self {
        let mut by_key: HashMap<K, VecDeque<usize>> = HashMap::new();
        for (key, at) in entries {
            by_key.entry(key).or_default().push_back(at);
        }
        Self(by_key)
    }

    fn take(&mut self, key: &K) -> Option<usize> {
        self.0.get_mut(key).and_then(VecDeque::pop_front)
    }
}

/// What tells a declaration from others: its kind and the names right below it.
fn name(tree: &Tree, index: u32) -> (Kind, Vec<&[u8]>) {
    let is_name = |child: &u32| {
        matches!(tree.node(*child).kind, Kind::IDENTIFIER | Kind::FIELD_IDENTIFIER | Kind::TYPE_IDENTIFIER)
    };
    let names = tree.children(index).filter(is_name).map(|child| tree.text(child)).collect();
    (tree.node(index).kind, names)
}
