//! Running other programs: own process group, clean environment, bounded time, memory and output.

mod group;
mod output;
mod conversation;
mod program;
mod usage;

pub use conversation::{Conversation, Deaf};
pub use group::kill_all;
pub use output::Output;
pub use program::{Ending, Limits, Program, RunError};
pub use usage::{resident_memory, time_of_children, time_of_this_process};
