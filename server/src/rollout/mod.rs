//! Which clients get what: the flags of the project, changed while it is served, and what they allow each client.
//!
//! The file of the project declares flags; commands change them while the server runs. Both make one document, which is
//! kept over restarts and looked at by every session when it is another.

mod subject;
mod merged;
mod kept;
mod values;
mod refused;
mod changed;
mod permitted;
mod experiment;
mod trials;
mod handle;

pub use changed::{Cause, Changed};
pub use experiment::Happened;
pub use handle::Rollout;
pub use permitted::{Permitted, permitted};
pub use refused::Refused;
pub use subject::{Said, Subject, SubjectError};
pub use values::{InForce, Values};
