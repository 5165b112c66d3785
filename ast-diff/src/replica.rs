//! The receiving end: parts in any order to a tree that is always one that the sender had.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use crate::apply::apply_traced;
use crate::assembly::{Assemblies, Taken};
use crate::exact::ExactText;
use crate::hash::{Digest, Hashes};
use crate::kind::Kind;
use crate::order::sorted;
use crate::part::{Head, Part, Priority};
use crate::patch::{Limits, Patch, PatchError, Root};
use crate::reason::Reason;
use crate::snapshot::Snapshot;
use crate::text_replica::{TextFed, TextReplica};
use crate::tree::Tree;

/// What became of a part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fed {
    /// It was known, or belongs to what is over.
    Repeated,
    /// Other parts have to come first.
    Waiting,
    /// The tree is another one now. Its text may be there with it, or come later.
    Changed(Vec<Change>),
    /// The tree is the same, and its text is another one now.
    Text,
    /// The tree is the one that it was, and patches are of no use until a snapshot comes.
    Stuck(Reason),
    /// The tree and its text, if there is one, are what they were, and trivia are of no use until whole ones come.
    TextStuck(Reason),
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

/// A tree that follows another one.
#[derive(Debug)]
pub struct Replica {
    tree: Option<(Arc<Tree>, Hashes)>,
    /// Number of the message that comes next.
    next: u64,
    /// Messages from `next` on.
    held: Assemblies,
    limits: Limits,
    reason: Option<Reason>,
    text: TextReplica,
}

impl Replica {
    /// Without a tree. Of parts that came too early at most `longest` bytes are kept.
    pub fn new(limits: Limits, longest: usize) -> Self {
        Self {
            tree: None,
            next: 0,
            held: Assemblies::new(longest),
            limits,
            reason: Some(Reason::Nothing),
            text: TextReplica::new(limits, longest),
        }
    }

    /// The tree; what it says was verified.
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref().map(|(tree, _)| &**tree)
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

    /// The text that the tree is of, once its trivia are there. What it says was verified.
    pub fn text(&self) -> Option<&ExactText> {
        let root = self.root()?;
        self.text.text().filter(|text| text.tree_root() == root)
    }

    /// Are whole trivia needed, and why? Those who never asked for trivia have no need of them.
    pub fn wants_trivia(&self) -> Option<Reason> {
        self.text.wants_trivia()
    }

    /// Takes a part.
    pub fn feed(&mut self, part: Part) -> Fed {
        if part.priority == Priority::Trivia {
            let tree = self.tree.as_ref().map(|(tree, hashes)| (tree, hashes.root()));
            return match self.text.feed(part, tree) {
                TextFed::Repeated => Fed::Repeated,
                TextFed::Waiting => Fed::Waiting,
                TextFed::Changed => Fed::Text,
                TextFed::Stuck(reason) => Fed::TextStuck(reason),
            };
        }
        let message = part.message;
        if message < self.next || matches!(part.head, Some(Head::Trivia { .. })) {
            return Fed::Repeated;
        }
        match self.held.take(part) {
            Taken::Repeated => Fed::Repeated,
            Taken::Incomplete => Fed::Waiting,
            Taken::Whole => self.advance(),
            Taken::Refused(reason) => {
                self.reason = Some(reason);
                Fed::Stuck(reason)
            }
        }
    }

    /// Applies all that can be.
    fn advance(&mut self) -> Fed {
        // The tree before the first message that changes it.
        let mut before = None;
        let mut is_changed = false;
        // The last snapshot makes all that is before it unnecessary.
        let is_snapshot = |head: &Head| matches!(head, Head::Snapshot(_));
        let last = self.held.whole().rev().find(|(_, head)| is_snapshot(head)).map(|(number, _)| number);
        if let Some(number) = last {
            self.held.forget_before(number);
            self.next = number;
            self.reason = None;
        }
        while self.reason.is_none()
            && let Some((head, bytes)) = self.held.remove(self.next)
        {
            self.next += 1;
            match self.made(head, bytes) {
                Ok(tree) => {
                    let last = self.tree.replace(tree);
                    if !std::mem::replace(&mut is_changed, true) {
                        before = last;
                    }
                }
                Err(error) => self.reason = Some(Reason::Refused(error)),
            }
        }
        if let Some((tree, hashes)) = self.tree.as_ref().filter(|_| is_changed) {
            self.text.reach((tree, hashes.root()));
        }
        match (&self.tree, self.reason) {
            (_, Some(reason)) => Fed::Stuck(reason),
            (Some(now), None) if is_changed => Fed::Changed(changes(before.as_ref(), now)),
            _ => Fed::Waiting,
        }
    }

    fn made(&self, head: Head, bytes: Vec<u8>) -> Result<(Arc<Tree>, Hashes), PatchError> {
        match head {
            Head::Snapshot(root) => {
                let tree = Snapshot { root, nodes: bytes }.tree(&self.limits)?;
                let hashes = Hashes::of(&tree);
                Ok((Arc::new(tree), hashes))
            }
            Head::Patch(base, target) => {
                let (old, known) = self.tree.as_ref().ok_or(PatchError::OtherBase)?;
                if known.root().0[..8] != base {
                    return Err(PatchError::OtherBase);
                }
                let script = Patch { base, target, operations: bytes }.script(old, &self.limits)?;
                let (new, runs) = apply_traced(old, &script, self.limits.nodes)?;
                let hashes = Hashes::after(old, known, &new, &runs);
                if Root::from(hashes.root()) != target {
                    return Err(PatchError::OtherTarget);
                }
                Ok((Arc::new(new), hashes))
            }
            Head::Trivia { .. } => Err(PatchError::Malformed),
        }
    }
}

/// What happened to the children of the root.
fn changes(before: Option<&(Arc<Tree>, Hashes)>, now: &(Arc<Tree>, Hashes)) -> Vec<Change> {
    let (new, new_digests) = (&*now.0, now.1.children());
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
    sorted(changes, |change| u128::from(change.new.start) << 32 | u128::from(change.old.start))
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
