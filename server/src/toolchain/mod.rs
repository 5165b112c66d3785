//! Finds the tools that the stages drive, makes those that can be made, and says what is missing.

mod version;
mod system;
mod tool;
mod missing;
mod probe;
mod go;
mod scrub;
mod wasm_opt;
mod tinygo;
mod warm_compiler;
mod browser;
mod provision;
mod wasi;
mod locate;
mod report;
mod fix;

pub use browser::{Browser, BrowserKind};
pub use fix::{Failure, Fixed, fix};
pub use go::GoTool;
pub use locate::Toolchain;
pub use missing::Missing;
pub use provision::{Product, ProvisionError, Step};
pub use report::{Report, ToolRow};
pub use system::System;
pub use tinygo::{TinyGoTarget, TinyGoTool};
pub use tool::Tool;
pub use version::GoVersion;
pub use warm_compiler::WarmCompiler;
pub use wasi::{WasiTarget, WasiTargetError};
pub use wasm_opt::WasmOpt;
