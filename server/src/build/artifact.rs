//! A module that was built and checked.

use std::time::Duration;

use crate::content::ContentHash;
use crate::diagnostic::Diagnostic;
use crate::revision::Revision;

/// Which toolchain a module and its glue are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlueKind {
    /// The standard Go compiler.
    Go,
    /// TinyGo.
    TinyGo,
}

/// The `wasm_exec.js` of the toolchain that built a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glue {
    /// Which toolchain.
    pub kind: GlueKind,
    /// Name of the script in the blob store.
    pub hash: ContentHash,
    /// Size in bytes.
    pub size: u64,
}

/// Time that one stage took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageTime {
    /// Name, as printed and as in frames.
    pub name: &'static str,
    /// How long.
    pub elapsed: Duration,
}

/// A module that was built and checked; its bytes lie in the blob store.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The source that it was made from.
    pub revision: Revision,
    /// Name of the program.
    pub program: String,
    /// Name of the published module in the blob store.
    pub module: ContentHash,
    /// Its size in bytes.
    pub size: u64,
    /// What connects it to a page.
    pub glue: Glue,
    /// The same module with its debug sections.
    pub symbols: Option<ContentHash>,
    /// What each part of the build took.
    pub stages: Vec<StageTime>,
    /// What deserves a look although it was built.
    pub warnings: Vec<Diagnostic>,
    /// True when nothing was compiled, because the same sources had been built before.
    pub from_cache: bool,
}
