//! Replaces single functions of a running Go program. Pure: no files, no clock, no processes.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod facts;
mod refusal;
mod difference;

pub use difference::{LiveFacts, PackagePlan, Plan};
pub use facts::{ClosureFacts, Facts, FunctionFacts, InitFacts, PackageFacts, TypeFacts, VariableFacts};
pub use refusal::{Note, Refusal};
