//! Edit script and old tree to new tree, all or nothing.

use crate::kind::Kind;
use crate::labels::Label;
use crate::script::{Edit, Item, Script, Text};
use crate::tree::{LabelNumbers, Tree, TreeBuilder};

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

/// What happens to an old node.
#[derive(Clone, Copy, Default)]
struct Fate {
    /// It is not emitted at its old place.
    is_gone: bool,
    /// Index of its `Update`, plus one.
    update: u32,
    /// Index of the first `Insert` below it, plus one.
    insert: u32,
}

/// Makes the new tree. `longest` is how many nodes it may have.
pub fn apply(old: &Tree, script: &Script, longest: usize) -> Result<Tree, ApplyError> {
    let mut plan = Plan {
        old,
        script,
        fates: vec![Fate::default(); old.nodes().len()],
        touched: Vec::new(),
        renames: Vec::new(),
        expected: 0,
    };
    plan.read()?;
    let mut emission = Emission {
        plan: &plan,
        builder: TreeBuilder::new(),
        numbers: LabelNumbers::default(),
        contents: Vec::new(),
        longest,
        done: 0,
    };
    emission.run()?;
    // What is said about a node that is not in the new tree cannot be meant.
    if emission.done != plan.expected {
        return Err(ApplyError::Contradiction);
    }
    emission.builder.finish().ok_or(ApplyError::Incomplete)
}

/// The script by node.
struct Plan<'a> {
    old: &'a Tree,
    script: &'a Script,
    fates: Vec<Fate>,
    /// How many nodes before each are not simply copied.
    touched: Vec<u32>,
    /// By label: index of its `Rename`, plus one.
    renames: Vec<u32>,
    /// How many updates and insertions there are.
    expected: usize,
}

impl Plan<'_> {
    fn read(&mut self) -> Result<(), ApplyError> {
        let mut previous = None;
        for (index, edit) in self.script.edits.iter().enumerate() {
            let number = index as u32 + 1;
            let order = edit.order();
            if previous.is_some_and(|previous| previous >= order) {
                return Err(ApplyError::Contradiction);
            }
            previous = Some(order);
            match edit {
                Edit::Rename { from, to } => {
                    self.check(to)?;
                    self.renames.resize(self.old.labels().count(), 0);
                    *self.renames.get_mut(from.0 as usize).ok_or(ApplyError::OutOfRange)? = number;
                }
                Edit::Update { at, label, .. } => {
                    self.check(label)?;
                    self.fate(*at)?.update = number;
                    self.expected += 1;
                }
                Edit::Delete { at } => self.go(*at)?,
                Edit::Insert { parent, content, .. } => {
                    let fate = self.fate(*parent)?;
                    if fate.insert == 0 {
                        fate.insert = number;
                    }
                    self.expected += 1;
                    self.content(content)?;
                }
            }
        }
        let mut count = 0;
        self.touched = Vec::with_capacity(self.fates.len() + 1);
        self.touched.push(0);
        for (fate, node) in self.fates.iter().zip(self.old.nodes()) {
            let is_renamed = self.renames.get(node.label.0 as usize).is_some_and(|number| *number > 0);
            count += u32::from(fate.is_gone || fate.update > 0 || fate.insert > 0 || is_renamed);
            self.touched.push(count);
        }
        Ok(())
    }

    fn content(&mut self, content: &[Item]) -> Result<(), ApplyError> {
        // How many items are still to come, for each open node: the content is whole when it is the last item that ends it.
        let mut missing: Vec<u32> = Vec::new();
        for item in content {
            match item {
                Item::New { label, children, .. } => {
                    self.check(label)?;
                    missing.push(*children);
                }
                Item::Moved { at } => {
                    self.go(*at)?;
                    missing.push(0);
                }
                Item::Copied { at } => {
                    self.fate(*at)?;
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

    fn go(&mut self, at: u32) -> Result<(), ApplyError> {
        let fate = self.fate(at)?;
        if std::mem::replace(&mut fate.is_gone, true) {
            return Err(ApplyError::Contradiction);
        }
        Ok(())
    }

    fn fate(&mut self, at: u32) -> Result<&mut Fate, ApplyError> {
        self.fates.get_mut(at as usize).ok_or(ApplyError::OutOfRange)
    }

    fn check(&self, text: &Text) -> Result<(), ApplyError> {
        match text {
            Text::Old(label) if label.0 as usize >= self.old.labels().count() => Err(ApplyError::OutOfRange),
            _ => Ok(()),
        }
    }

    /// Is there nothing to be done in a subtree?
    fn is_untouched(&self, index: u32) -> bool {
        self.touched[index as usize] == self.touched[self.old.end(index) as usize]
    }
}

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

struct Emission<'a> {
    plan: &'a Plan<'a>,
    builder: TreeBuilder,
    numbers: LabelNumbers,
    /// What is being inserted: a moved subtree can have insertions of its own.
    contents: Vec<std::slice::Iter<'a, Item>>,
    longest: usize,
    /// How many updates and insertions were made.
    done: usize,
}

impl<'a> Emission<'a> {
    fn run(&mut self) -> Result<(), ApplyError> {
        if self.plan.fates[0].is_gone {
            return Err(ApplyError::Incomplete);
        }
        let mut tasks = vec![Task::Old(0)];
        while let Some(task) = tasks.pop() {
            if self.builder.count() > self.longest {
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
                Task::Children(0) => self.builder.close(),
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

    fn old(&mut self, index: u32, tasks: &mut Vec<Task>) -> Result<(), ApplyError> {
        let plan = self.plan;
        if plan.is_untouched(index) {
            return self.copy(index);
        }
        let fate = plan.fates[index as usize];
        let node = plan.old.node(index);
        match fate.update.checked_sub(1).map(|number| &plan.script.edits[number as usize]) {
            Some(Edit::Update { kind, label, .. }) => {
                self.done += 1;
                self.open(*kind, label);
            }
            _ => match plan.renames.get(node.label.0 as usize).and_then(|number| number.checked_sub(1)) {
                Some(number) => {
                    let Edit::Rename { to, .. } = &plan.script.edits[number as usize] else {
                        return Err(ApplyError::Contradiction);
                    };
                    self.open(node.kind, to);
                }
                None => self.builder.open_like(plan.old, index, &mut self.numbers),
            },
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
        if let Some(Edit::Insert { parent: below, position: place, content }) =
            insert.checked_sub(1).and_then(|number| plan.script.edits.get(number as usize))
            && *below == parent
        {
            if *place == position {
                self.done += 1;
                tasks.push(Task::Rest { parent, child, position, insert: insert + 1 });
                self.contents.push(content.iter());
                tasks.push(Task::Content);
                return Ok(());
            }
            if child == plan.old.end(parent) {
                return Err(ApplyError::OutOfRange);
            }
        }
        if child == plan.old.end(parent) {
            self.builder.close();
            return Ok(());
        }
        tasks.push(Task::Rest { parent, child: plan.old.end(child), position: position + 1, insert });
        if !plan.fates[child as usize].is_gone {
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
            Item::Copied { at } => self.copy(*at),
        }
    }

    fn copy(&mut self, index: u32) -> Result<(), ApplyError> {
        if self.builder.count() + self.plan.old.node(index).size as usize > self.longest {
            return Err(ApplyError::TooLarge);
        }
        self.builder.graft(self.plan.old, index, &mut self.numbers);
        Ok(())
    }

    fn open(&mut self, kind: Kind, label: &Text) {
        self.builder.open(kind);
        match label {
            Text::Old(Label::NONE) => (),
            Text::Old(label) => self.builder.set_label(self.plan.old.labels().get(*label)),
            Text::New(text) => self.builder.set_label(text),
        }
    }
}
