//! Programs that run on this machine: from a file or a folder of Go to a module that is ready to run, and again with
//! each save.

mod source;
mod workshop;
mod http_message;
mod turn;
mod answering;

pub use answering::{AnswerError, Answering, Heard, Words};
pub use http_message::{GuestAnswer, GuestRequest};
pub use source::{Folder, ModuleSource, Written};
pub use turn::Turn;
pub use workshop::{Made, Workshop};
