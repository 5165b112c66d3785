//! Every reason not to patch, and everything a patch leaves as it was, in words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why the next level of the ladder has to be taken. Shown to the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// Values of the type are alive with the old layout.
    #[error("the layout of type {0} changed")]
    TypeLayout(String),
    /// Method sets of an interface are compiled into code that is alive.
    #[error("interface {0} changed")]
    Interface(String),
    /// The variable's memory holds a value of the old type.
    #[error("variable {name} changed its type from {old} to {new}")]
    VariableType {
        /// Full name.
        name: String,
        /// Type of what is alive.
        old: String,
        /// Type in the new text.
        new: String,
    },
    /// What was embedded may have been read and kept anywhere.
    #[error("another file is embedded in {0}")]
    Embedded(String),
    /// The function that the program begins with is never called again.
    #[error("main itself changed, which runs only at the start")]
    Entry,
    /// The page offers no such function.
    #[error("the page does not offer the function {0} that is imported now")]
    HostImport(String),
    /// No room for the data of the patch.
    #[error("the memory set aside for patches is full")]
    ArenaFull,
    /// No room for the entries of new functions.
    #[error("the table of replaceable functions is full")]
    SlotsFull,
    /// A type descriptor does not fit where the old one lies.
    #[error("type {0} got more methods than there is room for")]
    DescriptorGrew(String),
    /// Something is referred to that nobody defines.
    #[error("{0} is not defined anywhere")]
    Undefined(String),
    /// The objects are not what the linker can work with.
    #[error("the compiler's output cannot be linked: {0}")]
    Unreadable(String),
}

/// What the user should know about a patch that is applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Note {
    /// The variable keeps the value that it has.
    InitialValueChanged(String),
    /// An `init` function is not run once more.
    InitChanged(String),
    /// Closures that are alive go on with their old code.
    ClosureKept(String),
    /// Values that were made before are of another type.
    LocalTypeChanged(String),
    /// Callers that are suspended go on in the old code.
    SignatureChanged(String),
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InitialValueChanged(name) => {
                write!(formatter, "{name} keeps its value; the new one takes effect at the next start")
            }
            Self::InitChanged(name) => write!(formatter, "{name} has run already and is not run again"),
            Self::ClosureKept(name) => {
                write!(formatter, "closures of {name} that were made before keep their old code")
            }
            Self::LocalTypeChanged(name) => {
                write!(formatter, "values of type {name} that were made before do not match the new one")
            }
            Self::SignatureChanged(name) => {
                write!(formatter, "calls of {name} that are under way end in the old code")
            }
        }
    }
}
