//! Why a receiver cannot go on by itself.

use crate::patch::PatchError;

/// Why a whole tree, or whole trivia, are needed.
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
