//! Programs that run on this machine: from a file or a folder of Go to a module that is ready to run, and again with
//! each save.

mod source;
mod workshop;

pub use source::{Folder, ModuleSource};
pub use workshop::{Made, Workshop};
