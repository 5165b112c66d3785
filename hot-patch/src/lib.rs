//! Replaces single functions of a running Go program. Pure: no files, no clock, no processes.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod step;
mod facts;
mod refusal;
mod difference;
mod object;
mod content;
mod library;
mod world;
mod thunk;
mod asyncify;
mod base;
mod link;

pub use asyncify::{Asyncified, AsyncifyError, AsyncifyInput, AsyncifyRole, Fault, asyncify};
pub use base::{Base, BaseError, BaseInput, make_base};
pub use difference::{LiveFacts, PackagePlan, Plan};
pub use facts::{ClosureFacts, Facts, FunctionFacts, InitFacts, PackageFacts, TypeFacts, VariableFacts};
pub use library::{ArchiveError, Library, LibraryObject};
pub use link::{Patch, PatchInput, link};
pub use object::{Object, ObjectError, Signature};
pub use refusal::{Note, Refusal};
pub use step::Step;
pub use world::{World, WorldError};
