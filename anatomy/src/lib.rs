//! What a WebAssembly module of Go is made of: the door of the crate, and its description.

#![doc = include_str!("../README.md")]

mod error;
mod note;
mod symbol;
mod find;
mod module;
mod memory;
mod go_tables;
mod dwarf;
mod program;
mod size;
mod instruction;
mod listing;
mod explanation;
mod anatomy;

pub use anatomy::Anatomy;
pub use error::Error;
pub use explanation::{Explanation, Instruction, Line, Variable};
pub use find::NotFound;
pub use instruction::Class;
pub use note::Note;
pub use size::{DataSize, FunctionSize, PackageSize, SectionSize, Sizes};
pub use symbol::{UNATTRIBUTED, import_path, readable};
