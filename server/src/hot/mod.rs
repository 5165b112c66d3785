//! Keeps a program's compiler warm, makes bases that can be patched, and patches for those that run.
//!
//! [`HotBuilder`] is asked for each new text: which of the bases that run become it by patches, and why the others do
//! not. It owns everything that is known of the bases; the compiler's process ([`WarmTools`]) knows of none.

mod error;
mod lineage;
mod sources;
mod worker;
mod facts;
mod library;
mod laps;
mod program;
mod saved;
mod base;
mod builder;

pub use base::Room;
pub use builder::{HotBuilder, HotOutcome, HotRequest, Purpose};
pub use error::HotError;
pub use lineage::{Lineage, Patch};
pub use worker::WarmTools;
