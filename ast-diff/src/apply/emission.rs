//! Writes the new tree node by node: what nothing happens to as it lies there, the rest as the script says.

use super::{ApplyError, Plan};
use crate::hash::Run;
use crate::kind::Kind;
use crate::labels::{Extended, Label};
use crate::script::{Edit, Item, Text};
use crate::tree::{Node, Tree};

/// What is to be written next.
enum Task {
    /// An old node, with what is below it.
    Old(u32),
    /// The old children of a node from here on, then its end.
    Rest { parent: u32, child: u32, position: u32, insert: u32 },
    /// What is left of the innermost content.
    Content,
    /// So many subtrees of the innermost content, then the end of a node.
    Children(u32),
}

pub(super) struct Emission<'a> {
    plan: &'a Plan<'a>,
    nodes: Vec<Node>,
    open: Vec<u32>,
    labels: Extended<'a>,
    /// How many of the first nodes have the kinds and labels of the first ones of the old tree.
    same: usize,
    runs: Vec<Run>,
    /// What is being inserted: a moved subtree can have insertions of its own.
    contents: Vec<std::slice::Iter<'a, Item>>,
    longest: usize,
    /// How many updates and insertions were made.
    done: usize,
}

impl<'a> Emission<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, longest: usize) -> Self {
        let count = plan.old.nodes().len();
        Self {
            plan,
            nodes: Vec::with_capacity((count + plan.written).min(longest)),
            open: Vec::new(),
            labels: Extended::new(plan.old.labels()),
            same: 0,
            runs: Vec::new(),
            contents: Vec::new(),
            longest,
            done: 0,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), ApplyError> {
        if self.plan.fate(0).gone > 0 {
            return Err(ApplyError::Incomplete);
        }
        let mut tasks = vec![Task::Old(0)];
        while let Some(task) = tasks.pop() {
            if self.nodes.len() > self.longest {
                return Err(ApplyError::TooLarge);
            }
            match task {
                Task::Old(index) => self.old(index, &mut tasks)?,
                Task::Rest { parent, child, position, insert } => {
                    self.rest(parent, child, position, insert, &mut tasks)?;
                }
                Task::Content => match self.contents.last_mut().and_then(Iterator::next) {
                    Some(item) => {
                        tasks.push(Task::Content);
                        self.item(item, &mut tasks)?;
                    }
                    None => drop(self.contents.pop()),
                },
                Task::Children(0) => self.close(),
                Task::Children(count) => {
                    let item =
                        self.contents.last_mut().and_then(Iterator::next).ok_or(ApplyError::Incomplete)?;
                    tasks.push(Task::Children(count - 1));
                    self.item(item, &mut tasks)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(Tree, Vec<Run>), ApplyError> {
        // What is said about a node that is not in the new tree cannot be meant.
        if self.done != self.plan.expected {
            return Err(ApplyError::Contradiction);
        }
        if !self.open.is_empty()
            || self.nodes.first().is_none_or(|root| root.size as usize != self.nodes.len())
        {
            return Err(ApplyError::Incomplete);
        }
        let labels = self.labels.renumber(&mut self.nodes, self.same);
        Ok((Tree::of(self.nodes, labels), self.runs))
    }

    fn old(&mut self, index: u32, tasks: &mut Vec<Task>) -> Result<(), ApplyError> {
        let plan = self.plan;
        let end = plan.old.end(index);
        let fate = plan.fate(index);
        let rename = plan.rename_of(index);
        // A node that only leaves its old place is as it was.
        let is_same = fate.update == 0 && fate.insert == 0 && rename.is_none();
        if is_same && plan.next_mark(index + 1).is_none_or(|mark| mark.at >= end) {
            return self.copy(index, end);
        }
        let node = plan.old.node(index);
        let update = fate.update.checked_sub(1).map(|number| &plan.script.edits[number as usize]);
        if let Some(Edit::Update { kind, label, .. }) = update {
            self.done += 1;
            self.open(*kind, label);
        } else if let Some(to) = rename {
            self.open(node.kind, to);
        } else {
            self.same += usize::from(self.same == self.nodes.len() && self.same == index as usize);
            self.open_labelled(node.kind, node.label);
        }
        tasks.push(Task::Rest { parent: index, child: index + 1, position: 0, insert: fate.insert });
        Ok(())
    }

    fn rest(
        &mut self,
        parent: u32,
        child: u32,
        position: u32,
        insert: u32,
        tasks: &mut Vec<Task>,
    ) -> Result<(), ApplyError> {
        let plan = self.plan;
        let end = plan.old.end(parent);
        let next = insert.checked_sub(1).and_then(|number| plan.script.edits.get(number as usize));
        let mut stop = u32::MAX;
        if let Some(Edit::Insert { parent: below, position: place, content }) = next
            && *below == parent
        {
            if *place == position {
                self.done += 1;
                tasks.push(Task::Rest { parent, child, position, insert: insert + 1 });
                self.contents.push(content.iter());
                tasks.push(Task::Content);
                return Ok(());
            }
            if child == end {
                return Err(ApplyError::OutOfRange);
            }
            stop = *place;
        }
        if child == end {
            self.close();
            return Ok(());
        }
        let mark = plan.next_mark(child).map_or(u32::MAX, |mark| mark.at);
        let (mut behind, mut count) = (child, position);
        while behind < end && count != stop && plan.old.end(behind) <= mark {
            behind = plan.old.end(behind);
            count += 1;
        }
        if behind > child {
            tasks.push(Task::Rest { parent, child: behind, position: count, insert });
            return self.copy(child, behind);
        }
        tasks.push(Task::Rest { parent, child: plan.old.end(child), position: position + 1, insert });
        if plan.fate(child).gone == 0 {
            tasks.push(Task::Old(child));
        }
        Ok(())
    }

    fn item(&mut self, item: &'a Item, tasks: &mut Vec<Task>) -> Result<(), ApplyError> {
        match item {
            Item::New { kind, label, children } => {
                self.open(*kind, label);
                tasks.push(Task::Children(*children));
                Ok(())
            }
            Item::Moved { at } => {
                tasks.push(Task::Old(*at));
                Ok(())
            }
            Item::Copied { at } => self.copy(*at, self.plan.old.end(*at)),
        }
    }

    /// Whole subtrees of the old tree as they are.
    fn copy(&mut self, from: u32, to: u32) -> Result<(), ApplyError> {
        let subtrees = &self.plan.old.nodes()[from as usize..to as usize];
        if self.nodes.len() + subtrees.len() > self.longest {
            return Err(ApplyError::TooLarge);
        }
        if self.open.len() == 1 {
            self.runs.push(Run { new: self.nodes.len() as u32, old: from..to });
        }
        if self.same == self.nodes.len() && self.same == from as usize {
            self.same += subtrees.len();
        }
        self.nodes.extend_from_slice(subtrees);
        Ok(())
    }

    fn open(&mut self, kind: Kind, label: &Text) {
        let label = match label {
            Text::Old(label) => *label,
            Text::New(text) => self.labels.number(text),
        };
        self.open_labelled(kind, label);
    }

    fn open_labelled(&mut self, kind: Kind, label: Label) {
        self.open.push(self.nodes.len() as u32);
        self.nodes.push(Node { kind, label, size: 1 });
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.nodes[open as usize].size = self.nodes.len() as u32 - open;
        }
    }
}
