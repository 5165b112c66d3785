//! An edit script on its way: the tree that it is for, the tree that it makes, and its operations, coded.

use std::sync::OnceLock;

use crate::apply::{ApplyError, apply};
use crate::coding;
use crate::hash::{Blake3, Digest, grammar, structure_root};
use crate::script::Script;
use crate::tree::Tree;

/// The first half of a structure root: what a receiver compares. Nobody finds two trees that agree in 128 bits by
/// accident, and a sender that wants to deceive can send what it likes anyway.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Root(pub [u8; 16]);

impl From<Digest> for Root {
    fn from(digest: Digest) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&digest.0[..16]);
        Self(half)
    }
}

impl std::fmt::Display for Root {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{self}")
    }
}

/// How much a message may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Nodes of the new tree, and operations of a patch.
    pub nodes: usize,
    /// Bytes of new texts, counted each time they are used.
    pub text: usize,
}

impl Default for Limits {
    /// Files of 5 MB stay far below.
    fn default() -> Self {
        Self { nodes: 1 << 22, text: 1 << 25 }
    }
}

/// Why a message was refused; nothing has been changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatchError {
    /// It is not a message of this version.
    #[error("the patch is of another version, or no patch at all")]
    OtherFormat,
    /// It was made for another tree.
    #[error("the patch is for another tree")]
    OtherBase,
    /// Its bytes say nothing that makes sense, or more than is allowed.
    #[error("the patch cannot be read")]
    Malformed,
    /// Its operations cannot be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// It makes another tree than it says.
    #[error("the patch makes another tree than it says")]
    OtherTarget,
}

/// A patch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Patch {
    /// First bytes of the old tree's root: enough to tell a wrong tree early. What is made of it is verified in full.
    pub base: [u8; 8],
    /// Root of the new tree.
    pub target: Root,
    /// The script, coded with the old tree in mind.
    pub operations: Vec<u8>,
}

impl Patch {
    /// The message for a script about `old` that makes a tree with the root `target`. Fails for a script that speaks of
    /// places that the tree does not have.
    pub fn new(old: &Tree, old_root: Digest, target: Digest, script: &Script) -> Result<Self, PatchError> {
        let operations = coding::encode(old, script).map_err(|_| PatchError::Malformed)?;
        Ok(Self { base: base(old_root), target: target.into(), operations })
    }

    /// The script.
    pub fn script(&self, old: &Tree, limits: &Limits) -> Result<Script, PatchError> {
        coding::decode(old, &self.operations, limits).map_err(|_| PatchError::Malformed)
    }

    /// The new tree, when `old` is the tree that was meant and the new one is what it should be.
    pub fn apply(&self, old: &Tree, old_root: Digest, limits: &Limits) -> Result<Tree, PatchError> {
        if base(old_root) != self.base {
            return Err(PatchError::OtherBase);
        }
        let new = apply(old, &self.script(old, limits)?, limits.nodes)?;
        if Root::from(structure_root(&new)) != self.target {
            return Err(PatchError::OtherTarget);
        }
        Ok(new)
    }

    /// As one text of bytes, for files.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.operations.len());
        bytes.extend_from_slice(&format().0[..4]);
        bytes.extend_from_slice(&self.base);
        bytes.extend_from_slice(&self.target.0);
        bytes.extend_from_slice(&self.operations);
        bytes
    }

    /// From what [`Patch::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PatchError> {
        let (head, operations) = bytes.split_at_checked(HEAD).ok_or(PatchError::OtherFormat)?;
        if head[..4] != format().0[..4] {
            return Err(PatchError::OtherFormat);
        }
        let mut patch = Self { base: [0; 8], target: Root::default(), operations: operations.to_vec() };
        patch.base.copy_from_slice(&head[4..12]);
        patch.target.0.copy_from_slice(&head[12..]);
        Ok(patch)
    }
}

/// Bytes of the format, of the base and of the target.
const HEAD: usize = 4 + 8 + 16;

fn base(root: Digest) -> [u8; 8] {
    let mut base = [0; 8];
    base.copy_from_slice(&root.0[..8]);
    base
}

/// What both ends must agree on to understand each other: the kinds of nodes, and the tables of the coding.
pub fn format() -> Digest {
    // The tables are long, and every message is asked for this.
    static FORMAT: OnceLock<Digest> = OnceLock::new();
    *FORMAT.get_or_init(|| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"ast-diff coding 2");
        hasher.update(&grammar::<Blake3>().0);
        hasher.update(coding::TABLE);
        Digest(*hasher.finalize().as_bytes())
    })
}
