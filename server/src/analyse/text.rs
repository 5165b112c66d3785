//! The text of a Go file, read as Go when that is asked for first: most files of a project never change.

use std::sync::{Arc, OnceLock};

use ast_diff::{Digest, ExactText, Outline, Parsed, Parser, Tree, Trivia};

use crate::content::ContentHash;

/// What a file contains.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) hash: ContentHash,
    bytes: Vec<u8>,
    read: OnceLock<(Parsed, Outline)>,
}

impl Text {
    pub(super) fn new(bytes: Vec<u8>, hash: ContentHash) -> Self {
        Self { hash, bytes, read: OnceLock::new() }
    }

    /// What it says. What was read of the text `before` makes it faster.
    pub(super) fn read(&self, parser: &mut Parser, before: Option<&Self>) -> &(Parsed, Outline) {
        self.read.get_or_init(|| {
            let parsed = match before.and_then(Self::known) {
                Some((before, _)) => parser.parse_again(&self.bytes, before),
                None => parser.parse(&self.bytes),
            };
            let outline = Outline::of(&parsed.tree);
            (parsed, outline)
        })
    }

    /// What it says, when it was read.
    pub(super) fn known(&self) -> Option<&(Parsed, Outline)> {
        self.read.get()
    }

    /// It byte for byte, when it was read: its tree, which somebody may have already, and what is not in that.
    pub(super) fn exact(&self, tree: Option<Arc<Tree>>, tree_root: Digest) -> Option<ExactText> {
        let (parsed, _) = self.known()?;
        let trivia = Trivia::of(&parsed.tree, &parsed.spans, &self.bytes);
        let tree = tree.unwrap_or_else(|| Arc::new(parsed.tree.clone()));
        Some(ExactText::new(tree, tree_root, trivia))
    }
}
