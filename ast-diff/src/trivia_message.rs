//! Trivia on their way: whole, or as what became of those that the other end has.

use std::sync::{Arc, OnceLock};

use crate::coding;
use crate::exact::ExactText;
use crate::hash::{Blake3, Digest, grammar};
use crate::patch::{Limits, PatchError, Root};
use crate::tree::Tree;

/// What makes a text of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TriviaMessage {
    /// Root of the tree that they belong to.
    pub tree: Root,
    /// Their own root.
    pub root: Root,
    /// First bytes of the root of the trivia that they were made from; none when they are whole.
    pub base: Option<[u8; 8]>,
    /// The trivia, coded with both trees and the old trivia in mind.
    pub coded: Vec<u8>,
}

impl TriviaMessage {
    /// The message for those who have the tree of a text, and perhaps a text before it.
    pub fn new(text: &ExactText, before: Option<&ExactText>) -> Self {
        let known = before.map(|before| (&**before.tree(), before.trivia()));
        Self {
            tree: text.tree_root().into(),
            root: text.root().into(),
            base: before.map(|before| base(before.root())),
            coded: coding::encode_trivia(text.tree(), text.trivia(), known),
        }
    }

    /// The text, when `tree` and `before` are those that were meant, and it is what it should be.
    pub fn text(
        &self,
        tree: &Arc<Tree>,
        tree_root: Digest,
        before: Option<&ExactText>,
        limits: &Limits,
    ) -> Result<ExactText, PatchError> {
        let before = match self.base {
            None => None,
            Some(wanted) => {
                Some(before.filter(|before| base(before.root()) == wanted).ok_or(PatchError::OtherBase)?)
            }
        };
        if self.tree != tree_root.into() {
            return Err(PatchError::OtherBase);
        }
        let known = before.map(|before| (&**before.tree(), before.trivia()));
        let trivia =
            coding::decode_trivia(tree, &self.coded, known, limits).map_err(|_| PatchError::Malformed)?;
        let text = ExactText::new(Arc::clone(tree), tree_root, trivia);
        if Root::from(text.root()) != self.root {
            return Err(PatchError::OtherTarget);
        }
        Ok(text)
    }
}

fn base(root: Digest) -> [u8; 8] {
    let mut base = [0; 8];
    base.copy_from_slice(&root.0[..8]);
    base
}

/// What both ends must agree on to understand each other's trivia: the kinds of nodes, the tables of the coding, and what is
/// expected where, which has no table: a change of that changes the number in the text.
pub fn trivia_format() -> Digest {
    static FORMAT: OnceLock<Digest> = OnceLock::new();
    *FORMAT.get_or_init(|| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"ast-diff trivia coding 1");
        hasher.update(&grammar::<Blake3>().0);
        hasher.update(coding::TABLE);
        hasher.update(coding::PROSE);
        Digest(*hasher.finalize().as_bytes())
    })
}
