//! Finds the tools that the stages drive, makes the one that can be made, and says what is missing.

mod version;
mod system;
mod tool;
mod missing;
mod probe;
mod go;
mod scrub;
mod wasm_opt;
mod tinygo;
mod browser;
mod provision;
mod locate;
mod report;

pub use browser::{Browser, BrowserKind};
pub use go::GoTool;
pub use locate::Toolchain;
pub use missing::Missing;
pub use provision::{ProvisionError, Step};
pub use report::{Fixed, Report, ToolRow, fix};
pub use system::System;
pub use tinygo::{TinyGoTarget, TinyGoTool};
pub use tool::Tool;
pub use version::GoVersion;
pub use wasm_opt::WasmOpt;
