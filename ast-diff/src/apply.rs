//! Edit script and old tree to new tree, all or nothing.

mod emission;

use crate::hash::Run;
use crate::order::sorted;
use crate::script::{Edit, Item, Script, Text};
use crate::tree::Tree;
use emission::Emission;

/// Why a script cannot be applied; nothing has been changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApplyError {
    /// A node, label or place is named that the old tree does not have.
    #[error("the patch speaks of something that the tree does not have")]
    OutOfRange,
    /// Two operations about the same node or place, or not in the order of the old tree.
    #[error("the operations of the patch contradict each other")]
    Contradiction,
    /// What is inserted is not a number of whole subtrees.
    #[error("the patch inserts a part of a subtree")]
    Incomplete,
    /// The new tree would have more nodes than it is said to have.
    #[error("the patch makes a larger tree than it says")]
    TooLarge,
}

/// Makes the new tree. `longest` is how many nodes it may have.
pub fn apply(old: &Tree, script: &Script, longest: usize) -> Result<Tree, ApplyError> {
    apply_traced(old, script, longest).map(|(tree, _)| tree)
}

/// As [`apply`], and what of the new tree need not be looked at again, in its order.
pub(crate) fn apply_traced(
    old: &Tree,
    script: &Script,
    longest: usize,
) -> Result<(Tree, Vec<Run>), ApplyError> {
    let plan = Plan::read(old, script)?;
    let mut emission = Emission::new(&plan, longest);
    emission.run()?;
    emission.finish()
}

/// What happens to an old node.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    at: u32,
    /// How often it is taken away from its old place, which is once or never.
    gone: u32,
    /// Index of its `Update`, plus one.
    update: u32,
    /// Index of the first `Insert` below it, plus one.
    insert: u32,
}

impl Mark {
    fn add(&mut self, other: Self) {
        self.gone += other.gone;
        self.update = self.update.max(other.update);
        self.insert = match (self.insert, other.insert) {
            (0, insert) | (insert, 0) => insert,
            (one, another) => one.min(another),
        };
    }
}

/// The script by node.
#[derive(Debug)]
struct Plan<'a> {
    old: &'a Tree,
    script: &'a Script,
    /// Nodes that are not simply copied, in order.
    marks: Vec<Mark>,
    /// By label: index of its `Rename`, plus one; empty when there are none.
    renames: Vec<u32>,
    /// How many updates and insertions there are.
    expected: usize,
    /// How many nodes come that are written out.
    written: usize,
}

impl<'a> Plan<'a> {
    fn read(old: &'a Tree, script: &'a Script) -> Result<Self, ApplyError> {
        let mut plan = Self { old, script, marks: Vec::new(), renames: Vec::new(), expected: 0, written: 0 };
        let mut previous = None;
        for (number, edit) in (1..).zip(&script.edits) {
            let order = edit.order();
            if previous.is_some_and(|previous| previous >= order) {
                return Err(ApplyError::Contradiction);
            }
            previous = Some(order);
            match edit {
                Edit::Rename { from, to } => {
                    plan.check(to)?;
                    plan.renames.resize(old.labels().count(), 0);
                    *plan.renames.get_mut(from.0 as usize).ok_or(ApplyError::OutOfRange)? = number;
                }
                Edit::Update { at, label, .. } => {
                    plan.check(label)?;
                    plan.mark(Mark { at: *at, update: number, ..Mark::default() })?;
                    plan.expected += 1;
                }
                Edit::Delete { at } => plan.mark(Mark { at: *at, gone: 1, ..Mark::default() })?,
                Edit::Insert { parent, content, .. } => {
                    plan.mark(Mark { at: *parent, insert: number, ..Mark::default() })?;
                    plan.expected += 1;
                    plan.content(content)?;
                }
            }
        }
        plan.rename();
        plan.marks = sorted(plan.marks, |mark| mark.at.into());
        plan.marks.dedup_by(|next, mark| {
            let is_same = next.at == mark.at;
            if is_same {
                mark.add(*next);
            }
            is_same
        });
        if plan.marks.iter().any(|mark| mark.gone > 1) {
            return Err(ApplyError::Contradiction);
        }
        Ok(plan)
    }

    fn content(&mut self, content: &[Item]) -> Result<(), ApplyError> {
        // How many items are still to come, for each open node: the content is whole when it is the last item that ends it.
        let mut missing: Vec<u32> = Vec::new();
        for item in content {
            match item {
                Item::New { label, children, .. } => {
                    self.check(label)?;
                    self.written += 1;
                    missing.push(*children);
                }
                Item::Moved { at } => {
                    self.mark(Mark { at: *at, gone: 1, ..Mark::default() })?;
                    missing.push(0);
                }
                Item::Copied { at } => {
                    self.check_node(*at)?;
                    missing.push(0);
                }
            }
            while missing.last() == Some(&0) {
                missing.pop();
                if let Some(last) = missing.last_mut() {
                    *last -= 1;
                }
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(ApplyError::Incomplete) }
    }

    fn mark(&mut self, mark: Mark) -> Result<(), ApplyError> {
        self.check_node(mark.at)?;
        self.marks.push(mark);
        Ok(())
    }

    /// Marks nodes whose label is renamed.
    fn rename(&mut self) {
        if self.renames.is_empty() {
            return;
        }
        let nodes = (0..).zip(self.old.nodes());
        let renamed = nodes.filter(|(_, node)| self.renames[node.label.0 as usize] > 0);
        self.marks.extend(renamed.map(|(at, _)| Mark { at, ..Mark::default() }));
    }

    fn check_node(&self, at: u32) -> Result<(), ApplyError> {
        if (at as usize) < self.old.nodes().len() { Ok(()) } else { Err(ApplyError::OutOfRange) }
    }

    fn check(&self, text: &Text) -> Result<(), ApplyError> {
        match text {
            Text::Old(label) if label.0 as usize >= self.old.labels().count() => Err(ApplyError::OutOfRange),
            _ => Ok(()),
        }
    }

    /// The first mark of a node that is not before this one.
    fn next_mark(&self, at: u32) -> Option<&Mark> {
        self.marks.get(self.marks.partition_point(|mark| mark.at < at))
    }

    /// What happens to a node.
    fn fate(&self, at: u32) -> Mark {
        self.next_mark(at).filter(|mark| mark.at == at).copied().unwrap_or_default()
    }

    /// The label that a node has when only its label is renamed.
    fn rename_of(&self, at: u32) -> Option<&'a Text> {
        let number = self.renames.get(self.old.node(at).label.0 as usize)?.checked_sub(1)?;
        match &self.script.edits[number as usize] {
            Edit::Rename { to, .. } => Some(to),
            _ => None,
        }
    }
}
