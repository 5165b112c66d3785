//! What a build gives: a module that may be published, or reasons why there is none.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::content::ContentHash;
use crate::diagnostic::Diagnostic;
use crate::revision::Revision;

/// Whose `wasm_exec.js` a module needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GlueKind {
    /// The standard Go distribution's.
    Go,
    /// TinyGo's.
    TinyGo,
}

impl GlueKind {
    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::TinyGo => "TinyGo",
        }
    }
}

/// The script that connects a module to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glue {
    /// Whose it is.
    pub kind: GlueKind,
    /// Its bytes, in the blob store.
    pub hash: ContentHash,
    /// Its size.
    pub size: u64,
}

/// Time that one stage took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageTime {
    /// Name, as in frames and `bench` rows.
    pub name: &'static str,
    /// How long.
    pub elapsed: Duration,
}

/// A checked module and what belongs to it; all bytes are in the blob store.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The source state it was built from.
    pub revision: Revision,
    /// The program's name.
    pub program: String,
    /// The bytes to publish: without debug sections, with the `name` section.
    pub module: ContentHash,
    /// Size of these bytes.
    pub size: u64,
    /// The script that goes with it.
    pub glue: Glue,
    /// The module as the compiler wrote it, when that has DWARF. Never published.
    pub symbols: Option<ContentHash>,
    /// Where the time went.
    pub stages: Vec<StageTime>,
    /// What the compiler said although it succeeded.
    pub warnings: Vec<Diagnostic>,
    /// True when no compiler ran.
    pub from_cache: bool,
}

/// How a build ended.
#[derive(Debug)]
pub enum BuildOutcome {
    /// There is a module.
    Built(Artifact),
    /// There is none, and why; never empty.
    Failed(Vec<Diagnostic>),
    /// Nobody wanted it any more.
    Cancelled,
    /// A source was written while the compiler read it: what came out is of neither state, and has to be made again.
    Overtaken,
}
