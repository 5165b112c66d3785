//! From built modules to what is true now, and what each client has to do to get there.

mod level;
mod release;
mod board;
mod decide;
mod ledger;
mod journal;
mod sync;
mod bell;
mod log;
mod events;
mod gestures;
mod feed;
mod publisher;
mod mirror;
mod locations;
mod frames;

pub use bell::Listener;
pub use board::{Board, Building, Epoch, Order, OrderKind, ProgramBoard, Reported};
pub use decide::{ClientView, Decision, decide};
pub use events::Events;
pub use feed::Feed;
pub use frames::{ErrorReport, Frames, TreeFrame};
pub use gestures::Gestures;
pub use journal::{Journal, Known};
pub use ledger::{Ledger, Remembered};
pub use level::Level;
pub use locations::Locations;
pub use mirror::Mirror;
pub use publisher::{Made, Publisher};
pub use release::Release;

#[cfg(test)]
mod bell_tests;
#[cfg(test)]
mod log_tests;
