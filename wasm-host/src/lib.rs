//! Runs WebAssembly outside of a browser: the door of the crate, and its description.

#![doc = include_str!("../README.md")]

mod signature;
mod failure;
mod outcome;
mod error;
mod limits;
mod permissions;
mod clock;
mod input;
mod output;
#[cfg(feature = "nn")]
mod inference;
mod functions;
mod message;
mod preflight;
mod use_position;
mod source_places;
mod go_stack;
mod instrument;
mod processor_time;
mod call_stack;
mod recorder;
mod setup;
mod componentize;
mod read;
mod bare;
mod cache;
mod meter;
mod turns;
mod gate;
mod state;
mod wasi_clock;
mod engine;
mod core_module;
mod component;
mod module;
mod guest;
mod at_once;
mod handler;
mod swap;

pub use bare::Bare;
pub use clock::{Awake, Clock};
pub use componentize::component_of;
pub use engine::{Host, HostOptions};
pub use error::{Error, UnknownImport};
pub use failure::{Failure, Frame};
pub use functions::{Answer, Functions, Guest};
pub use guest::{Done, Instantiated, Running, Times};
pub use handler::{AnswerBody, Cut, Handled, Handler};
#[cfg(feature = "nn")]
pub use inference::{Device, GivenModel, Inference, InferenceOptions};
pub use input::{Input, InputWriter};
pub use instrument::{Allocator, Known, Moves, Unwinding};
pub use limits::Limits;
pub use message::{Message, MessageError};
pub use module::{Compiled, Created, Observed};
pub use outcome::Outcome;
pub use output::{Harmless, Output, OutputReader, Written};
pub use permissions::{Folder, Permissions};
pub use preflight::Kind;
pub use recorder::{
    Allocated, Collection, Computed, Growth, Recorder, Recording, Snapshot, Stack, Unreleased,
};
pub use setup::Setup;
pub use signature::{Signature, Value, ValueType};
pub use source_places::{SourcePlace, SourcePlaces};
pub use swap::{Policy, Swap, Swapped, Ticket};
