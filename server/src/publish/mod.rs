//! From built modules to what is true now, and what each client has to do to get there.

mod level;
mod release;
mod board;
mod decide;
mod publisher;
mod locations;
mod frames;

pub use board::{Board, Building, Epoch, Order, OrderKind, ProgramBoard, Reported};
pub use decide::{ClientView, Decision, decide};
pub use frames::{ErrorReport, Frames, TreeFrame};
pub use level::Level;
pub use locations::Locations;
pub use publisher::{Made, Publisher};
pub use release::Release;
