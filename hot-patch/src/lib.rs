//! Replaces single functions of a running Go program. Pure: no files, no clock, no processes.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod facts;
mod refusal;
mod difference;
mod object;
mod content;
mod library;
mod world;
mod thunk;
mod base;
mod link;
mod asyncify_globals;

pub use asyncify_globals::{AsyncifyError, AsyncifyRole, share_asyncify_globals};
pub use base::{Base, BaseError, BaseInput, make_base};
pub use difference::{LiveFacts, PackagePlan, Plan};
pub use facts::{ClosureFacts, Facts, FunctionFacts, InitFacts, PackageFacts, TypeFacts, VariableFacts};
pub use library::{ArchiveError, Library, LibraryObject};
pub use link::{Patch, PatchInput, link};
pub use object::{Object, ObjectError, Signature};
pub use refusal::{Note, Refusal};
pub use world::{World, WorldError};
