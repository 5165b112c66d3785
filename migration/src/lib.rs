//! Whether Go code can move to WASI: the door of the crate, and its description.

#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod back_end;
mod kind;
mod verdict;
mod entry;
mod catalogue;
mod lines;
mod numbers;
mod texts;
mod imports;
mod scope;
mod walk;
mod reader;
mod item;
mod score;
mod proof;

pub use back_end::{BackEnd, BackEnds};
pub use catalogue::{catalogue, of_use};
pub use entry::Entry;
pub use item::{Item, Items, Source};
pub use kind::Kind;
pub use lines::Place;
pub use proof::{Complaint, Finding, Judged, judge};
pub use reader::{Reader, Uses, foreign};
pub use score::{Score, Share};
pub use verdict::{Outcome, Verdict};
pub use walk::Use;
