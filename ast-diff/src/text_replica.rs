//! The receiving end of trivia: with the tree that they belong to they make a text that is always one that the sender had.

use std::sync::Arc;

use crate::assembly::{Assemblies, Taken};
use crate::exact::ExactText;
use crate::hash::Digest;
use crate::part::{Head, Part};
use crate::patch::{Limits, Root};
use crate::reason::Reason;
use crate::tree::Tree;
use crate::trivia_message::TriviaMessage;

/// The text that belongs to the tree of a receiver, or belonged to an earlier one.
#[derive(Debug)]
pub(crate) struct TextReplica {
    text: Option<ExactText>,
    /// Messages with lower numbers are over.
    next: u64,
    held: Assemblies,
    limits: Limits,
    reason: Option<Reason>,
}

/// What became of a part, or of what waited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextFed {
    Repeated,
    Waiting,
    /// The text is another one now.
    Changed,
    /// It is the one that it was.
    Stuck(Reason),
}

/// The receiver's tree, and its root.
type Reached<'a> = (&'a Arc<Tree>, Digest);

impl TextReplica {
    pub(crate) fn new(limits: Limits, longest: usize) -> Self {
        Self { text: None, next: 0, held: Assemblies::new(longest), limits, reason: Some(Reason::Nothing) }
    }

    pub(crate) fn text(&self) -> Option<&ExactText> {
        self.text.as_ref()
    }

    pub(crate) fn wants_trivia(&self) -> Option<Reason> {
        self.reason
    }

    pub(crate) fn feed(&mut self, part: Part, tree: Option<Reached<'_>>) -> TextFed {
        let is_trivia = part.head.is_none_or(|head| matches!(head, Head::Trivia { .. }));
        if part.message < self.next || !is_trivia {
            return TextFed::Repeated;
        }
        // Who asked for whole trivia is given them with the number of those that were of no use.
        if let Some(Head::Trivia { base: None, .. }) = part.head
            && self.held.head(part.message).is_some_and(|head| Some(head) != part.head)
        {
            self.held.forget(part.message);
        }
        match self.held.take(part) {
            Taken::Repeated => TextFed::Repeated,
            Taken::Incomplete => TextFed::Waiting,
            Taken::Whole => tree.map_or(TextFed::Waiting, |tree| self.reach(tree)),
            Taken::Refused(reason) => self.stuck(reason),
        }
    }

    /// Takes what there is for the tree that the receiver has now. What is for another one waits for that.
    pub(crate) fn reach(&mut self, (tree, tree_root): Reached<'_>) -> TextFed {
        let wanted = Root::from(tree_root);
        // Whole trivia make all that is before them unnecessary.
        let ready: Vec<(u64, bool)> = self
            .held
            .whole()
            .filter_map(|(number, head)| match head {
                Head::Trivia { tree, base, .. } => (tree == wanted).then_some((number, base.is_none())),
                _ => None,
            })
            .collect();
        let first = ready.iter().rposition(|(_, is_whole)| *is_whole);
        if let (None, Some(reason)) = (first, self.reason) {
            return if ready.is_empty() { TextFed::Waiting } else { TextFed::Stuck(reason) };
        }
        let mut is_changed = false;
        for (number, _) in ready.into_iter().skip(first.unwrap_or_default()) {
            self.held.forget_before(number);
            self.next = number;
            let Some((Head::Trivia { tree: root_of_tree, root, base }, coded)) = self.held.remove(number)
            else {
                continue;
            };
            let message = TriviaMessage { tree: root_of_tree, root, base, coded };
            match message.text(tree, tree_root, self.text.as_ref(), &self.limits) {
                Ok(text) => {
                    self.text = Some(text);
                    self.next = number + 1;
                    self.reason = None;
                    is_changed = true;
                }
                Err(error) => return self.stuck(Reason::Refused(error)),
            }
        }
        if is_changed { TextFed::Changed } else { TextFed::Waiting }
    }

    fn stuck(&mut self, reason: Reason) -> TextFed {
        self.reason = Some(reason);
        TextFed::Stuck(reason)
    }
}
