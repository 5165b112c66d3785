//! Texts of Go files, byte for byte, for pages that have their syntax trees: the newest one of each file, and what leads to
//! it from those before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use ast_diff::{ExactText, TriviaMessage};

use super::tree_message::TreeMessage;
use crate::content::ContentHash;
use crate::revision::Revision;

/// Texts before the newest one that are kept, each as a tree: who has one of them is sent what became of it. A page that is
/// awake has the last one or two.
const KEPT: usize = 4;

/// What the newest text of a file has that is not in its tree.
#[derive(Debug)]
pub struct FileTrivia {
    /// Raised by every text that is another one.
    pub number: u64,
    /// The first text that is the same, byte for byte.
    pub revision: Revision,
    /// Of the text.
    pub(super) hash: ContentHash,
    text: Arc<ExactText>,
    /// The last ones before it, and their numbers.
    earlier: VecDeque<(u64, Arc<ExactText>)>,
    /// Messages that lead here, by the number of the text that they are for. Held for the time that it takes to make one:
    /// who waits would have made the same.
    messages: Mutex<BTreeMap<Option<u64>, Arc<TreeMessage>>>,
}

impl FileTrivia {
    /// The first text that is followed.
    pub(super) fn first(number: u64, revision: Revision, hash: ContentHash, text: ExactText) -> Self {
        let trivia = Self {
            number,
            revision,
            hash,
            text: Arc::new(text),
            earlier: VecDeque::new(),
            messages: Mutex::default(),
        };
        // Somebody waits for it, and this is not the thread that serves sockets.
        trivia.since(None);
        trivia
    }

    /// The text that this one has become.
    pub(super) fn next(&self, revision: Revision, hash: ContentHash, text: ExactText) -> Self {
        let mut earlier = self.earlier.clone();
        earlier.push_back((self.number, Arc::clone(&self.text)));
        if earlier.len() > KEPT {
            earlier.pop_front();
        }
        let trivia = Self {
            number: self.number + 1,
            revision,
            hash,
            text: Arc::new(text),
            earlier,
            messages: Mutex::default(),
        };
        trivia.since(Some(self.number));
        trivia
    }

    /// The text itself.
    pub(super) fn text(&self) -> &ExactText {
        &self.text
    }

    /// What leads from the text with the number `told` to this one, if that is another one.
    pub fn since(&self, told: Option<u64>) -> Option<Arc<TreeMessage>> {
        if told == Some(self.number) {
            return None;
        }
        let before = told.and_then(|told| self.earlier.iter().find(|(number, _)| *number == told));
        let key = before.map(|(number, _)| *number);
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = messages.get(&key) {
            return Some(Arc::clone(known));
        }
        let message = TriviaMessage::new(&self.text, before.map(|(_, text)| &**text));
        let message =
            TreeMessage::cut(self.number, self.revision, |number, longest| message.parts(number, longest));
        let message = Arc::new(message?);
        messages.insert(key, Arc::clone(&message));
        Some(message)
    }
}
