//! From built modules to what is true now, and what each client has to do to get there.

mod board;
mod decide;
mod frames;
mod level;
mod locations;
mod publisher;
mod release;

pub use board::{Board, Building, Epoch, Order, OrderKind, ProgramBoard, Reported};
pub use decide::{ClientView, Decision, decide};
pub use frames::{ErrorReport, Frames, GoFrame};
pub use level::Level;
pub use locations::Locations;
pub use publisher::Publisher;
pub use release::Release;
