//! The seam between the builder and whatever turns Go into WebAssembly.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::GlueKind;
use crate::analyse::{Program, SourceDigest};
use crate::diagnostic::{Diagnostic, Origin};
use crate::revision::Revision;

/// Which compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompilerKind {
    /// `tinygo build`.
    TinyGo,
    /// `go build` with GOOS=js.
    Go,
}

impl CompilerKind {
    /// Name in flags, keys and printed events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TinyGo => "tinygo",
            Self::Go => "go",
        }
    }

    /// The glue that its modules need.
    pub const fn glue(self) -> GlueKind {
        match self {
            Self::TinyGo => GlueKind::TinyGo,
            Self::Go => GlueKind::Go,
        }
    }

    /// Who is named in its diagnostics.
    pub const fn origin(self) -> Origin {
        match self {
            Self::TinyGo => Origin::TinyGo,
            Self::Go => Origin::Go,
        }
    }
}

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Built fast, with what is needed to find Go lines again.
    Development,
    /// Built small.
    Release,
}

impl Mode {
    /// Name in cache keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Release => "release",
        }
    }
}

/// One module that is wanted.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The source state.
    pub revision: Revision,
    /// What to build.
    pub program: Arc<Program>,
    /// What its sources say.
    pub digest: SourceDigest,
    /// What for.
    pub mode: Mode,
    /// Sources that were written during the build and say the same afterwards do not make it overtaken. False at
    /// first: one of them may have said something else in between. True when that has gone on for some builds: a tool
    /// that touches a file every few seconds must not keep a long build from ever being taken.
    pub lenient: bool,
}

/// How a compiler run ended.
#[derive(Debug)]
pub enum CompileOutcome {
    /// The module was written to the output path.
    Written {
        /// What was said on the way.
        warnings: Vec<Diagnostic>,
        /// Time the compiler itself took.
        elapsed: Duration,
    },
    /// It was not, and why; never empty.
    Failed(Vec<Diagnostic>),
    /// The caller did not want it any more.
    Cancelled,
}

/// Future of a compiler run; boxed so that the trait can be used behind `dyn`.
pub type Compiling<'a> = Pin<Box<dyn Future<Output = CompileOutcome> + Send + 'a>>;

/// Future of a listing.
pub type Listing<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

/// Turns a program into a module. A warm compiler for development is one more implementation.
pub trait Compiler: Send + Sync {
    /// Which one.
    fn kind(&self) -> CompilerKind;

    /// Version, flags and all else that decides the bytes, besides sources and mode: part of cache keys.
    fn identity(&self) -> String;

    /// The `wasm_exec.js` of the same toolchain.
    fn glue(&self) -> &Path;

    /// Writes the module to `output`, whose folder is private to this run and may hold temporary files.
    /// Every process that was started is gone when the future is done or dropped.
    fn compile<'a>(
        &'a self,
        request: &'a BuildRequest,
        output: &'a Path,
        cancel: &'a CancellationToken,
    ) -> Compiling<'a>;

    /// What the compiler says of the instructions of a package, where it says more than is in the module: which lines they
    /// came from. `None`: nothing. `output` as for [`Self::compile`].
    fn list<'a>(
        &'a self,
        _request: &'a BuildRequest,
        _package: &'a str,
        _output: &'a Path,
        _cancel: &'a CancellationToken,
    ) -> Listing<'a> {
        Box::pin(std::future::ready(None))
    }
}
